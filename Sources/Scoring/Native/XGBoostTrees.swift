import GatehouseCore

/// The trees of an XGBoost document: `gbtree`, or `dart`, which is one with a weight per tree.
struct XGBoostTrees {
    let model: XGBoostDocument
    /// Where each iteration's trees end; starts with 0.
    let iterationEnds: [Int]
    private let trees: [XGBoostDocument]
    private let outputs: [Int]
    private let weights: [Float]?
    private let featureCount: Int
    private let margins: Int

    /// Fails with `invalidArgument` when lists disagree, with `notImplemented` naming an unknown booster.
    init(_ booster: XGBoostDocument, featureCount: Int, margins: Int) throws(GatehouseError) {
        let name = try booster.member("name").text()
        switch name {
        case "gbtree": (model, weights) = (try booster.member("model"), nil)
        case "dart":
            model = try booster.member("gbtree").member("model")
            weights = try booster.member("weight_drop").floats()
        default: throw ModelLimits.unsupported("the booster '\(name)'", of: "XGBoost")
        }
        let declared = try model.member("gbtree_model_param").member("num_trees").count()
        try ModelLimits.check(declared, atMost: ModelLimits.treesMax, "trees")
        trees = try model.member("trees").elements(count: declared)
        outputs = try model.member("tree_info").integers()
        guard outputs.count == declared, weights.map({ $0.count == declared }) ?? true else {
            throw ModelLimits.damaged("it declares \(declared) trees, but its lists disagree")
        }
        guard outputs.allSatisfy((0..<margins).contains) else {
            throw ModelLimits.damaged("a tree adds to an output beyond the \(margins) there are")
        }
        self.featureCount = featureCount
        self.margins = margins
        iterationEnds = try Self.iterationEnds(model, treeCount: declared, margins: margins)
    }

    /// Since 2.0 the document says it; before, an iteration had its parallel trees for every output.
    private static func iterationEnds(
        _ model: XGBoostDocument, treeCount: Int, margins: Int
    ) throws(GatehouseError) -> [Int] {
        if let written = try model.optional("iteration_indptr")?.integers() {
            guard written.first == 0, written.last == treeCount, zip(written, written.dropFirst()).allSatisfy({ $0 <= $1 })
            else { throw ModelLimits.damaged("its iterations do not end with its \(treeCount) trees") }
            return written
        }
        let parallel = max(1, try model.member("gbtree_model_param").optional("num_parallel_tree")?.count() ?? 1)
        try ModelLimits.check(parallel, atMost: ModelLimits.treesMax, "parallel trees")
        guard treeCount % (parallel * margins) == 0 else {
            throw ModelLimits.damaged("\(treeCount) trees make no whole iterations of \(parallel * margins)")
        }
        return Array(stride(from: 0, through: treeCount, by: parallel * margins))
    }

    func ensemble() throws(GatehouseError) -> TreeEnsemble<Float> {
        var ensemble = try TreeEnsemble<Float>(featureCount: featureCount, outputs: margins)
        for (index, tree) in trees.enumerated() {
            try ensemble.append(try nodes(of: tree, weight: weights?[index] ?? 1), output: outputs[index])
        }
        return ensemble
    }

    // MARK: - One tree

    private func nodes(of tree: XGBoostDocument, weight: Float) throws(GatehouseError) -> [DecisionNode<Float>] {
        let parameters = try tree.member("tree_param")
        let count = try parameters.member("num_nodes").count()
        let left = try tree.member("left_children").integers()
        let right = try tree.member("right_children").integers()
        let features = try tree.member("split_indices").integers()
        let conditions = try tree.member("split_conditions").floats()
        let defaultLeft = try tree.member("default_left").flags()
        let types = try tree.optional("split_type")?.integers() ?? Array(repeating: 0, count: count)
        let counts = [left.count, right.count, features.count, conditions.count, defaultLeft.count, types.count]
        guard counts.allSatisfy({ $0 == count }) else {
            throw ModelLimits.damaged("\(tree.place) declares \(count) nodes, but its lists disagree")
        }
        let vectors = try XGBoostLeafVectors(tree, parameters, nodeCount: count)
        let sets = types.contains(1) ? try XGBoostCategorySets(tree, nodeCount: count) : nil
        var nodes: [DecisionNode<Float>] = []
        nodes.reserveCapacity(count)
        for index in 0..<count {
            if left[index] == -1 {
                let leaf: DecisionNode<Float>.Leaf =
                    if let vectors {
                        .vector(try vectors.values(of: index, place: right[index]).map { $0 * weight })
                    } else {
                        .value(conditions[index] * weight)
                    }
                nodes.append(.leaf(number: index, leaf))
                continue
            }
            let test: DecisionNode<Float>.Test
            switch types[index] {
            // "Less than" becomes "at most the number before": the one comparison all trees share.
            case 0: test = .atMost(conditions[index].nextDown, missing: .notANumber(goesLeft: defaultLeft[index]))
            case 1:
                guard let set = try sets?.words(of: index) else {
                    throw ModelLimits.damaged("node \(index) of \(tree.place) splits on categories it does not list")
                }
                test = .inSet(set, .upTo24Bits(missingGoesLeft: defaultLeft[index]))
            default: throw ModelLimits.unsupported("the split type \(types[index])", of: "XGBoost")
            }
            nodes.append(.split(.init(feature: features[index], test: test, left: left[index], right: right[index])))
        }
        return nodes
    }
}

/// The leaves of a tree that answers for all targets at once.
struct XGBoostLeafVectors {
    private let size: Int
    private let weights: [Float]
    /// Since 3.1 leaves are numbered and their place stands where the right child would; before, every node has weights.
    private let isByLeaf: Bool
    private let place: String

    /// Nil when leaves hold one number. Fails with `invalidArgument` when the numbers are not as many as the leaves need.
    init?(_ tree: XGBoostDocument, _ parameters: XGBoostDocument, nodeCount: Int) throws(GatehouseError) {
        size = try parameters.optional("size_leaf_vector")?.count() ?? 1
        guard size > 1 else { return nil }
        try ModelLimits.check(size, atMost: ModelLimits.classesMax, "targets")
        place = tree.place
        if let byLeaf = tree.optional("leaf_weights") {
            (weights, isByLeaf) = (try byLeaf.floats(), true)
        } else {
            (weights, isByLeaf) = (try tree.member("base_weights").floats(), false)
            guard weights.count / size == nodeCount else {
                throw ModelLimits.damaged("\(place) has \(weights.count) weights for \(nodeCount) nodes with \(size) each")
            }
        }
    }

    func values(of node: Int, place leaf: Int) throws(GatehouseError) -> ArraySlice<Float> {
        let index = isByLeaf ? leaf : node
        guard index >= 0, index < weights.count / size else {
            throw ModelLimits.damaged("node \(node) of \(place) refers to the leaf \(index) of \(weights.count / size)")
        }
        return weights[index * size..<(index + 1) * size]
    }
}
