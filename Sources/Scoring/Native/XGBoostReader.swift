import GatehouseCore

/// Reads the document that XGBoost 1.7 and later save, as JSON or as UBJSON.
enum XGBoostReader {
    /// Fails with `invalidArgument` naming the damaged part, or with `notImplemented` naming the unsupported option.
    static func model(from document: JSONValue, format: ModelFormat) throws(GatehouseError) -> NativeModel {
        guard document["learner"] != nil else {
            throw GatehouseError(
                .invalidArgument, "The document has no 'learner': it is not a model that XGBoost saved.",
                hint: "Use Booster.save_model; dumps and configurations are not models.")
        }
        let learner = try XGBoostDocument(value: document, place: "model").member("learner")
        let objective = try XGBoostObjective(name: try learner.member("objective").member("name").text())
        let parameters = try learner.member("learner_model_param")
        let margins = max(1, try parameters.member("num_class").count())
        try ModelLimits.check(margins, atMost: ModelLimits.classesMax, "classes")
        if let targets = try parameters.optional("num_target")?.count(), targets > 1 {
            throw ModelLimits.unsupported("several targets (num_target \(targets))", of: "XGBoost")
        }
        guard margins > 1 || !objective.isMulticlass else { throw ModelLimits.damaged("\(objective.name) has one class") }
        let featureCount = try parameters.member("num_feature").count()
        let names = try learner.optional("feature_names")?.texts() ?? []
        guard names.isEmpty || names.count == featureCount else {
            throw ModelLimits.damaged("it has \(names.count) feature names for \(featureCount) features")
        }
        try NativeModel.checkUnique(names)
        let base = try objective.baseMargins(try parameters.member("base_score"), count: margins)
        let ensemble = try Self.ensemble(of: learner, featureCount: featureCount, margins: margins)
        return NativeModel(
            format: format, objective: objective.name, featureNames: NativeModel.meaningful(names, placeholder: "f"),
            featureCount: featureCount, margins: margins, trees: .single(ensemble, base: base), transform: objective.transform)
    }

    // MARK: - Trees

    private static func ensemble(
        of learner: XGBoostDocument, featureCount: Int, margins: Int
    ) throws(GatehouseError) -> TreeEnsemble<Float> {
        let (model, weights) = try booster(of: learner)
        let declared = try model.member("gbtree_model_param").member("num_trees").count()
        try ModelLimits.check(declared, atMost: ModelLimits.treesMax, "trees")
        let trees = try model.member("trees").elements(count: declared)
        let outputs = try model.member("tree_info").integers()
        guard outputs.count == declared, weights.map({ $0.count == declared }) ?? true else {
            throw ModelLimits.damaged("it declares \(declared) trees, but its lists disagree")
        }
        guard outputs.allSatisfy((0..<margins).contains) else {
            throw ModelLimits.damaged("a tree adds to an output beyond the \(margins) there are")
        }
        var ensemble = try TreeEnsemble<Float>(featureCount: featureCount)
        for index in 0..<(try treesInUse(of: learner, model, margins: margins)) {
            try ensemble.append(
                nodes(of: trees[index], weight: weights?[index] ?? 1, featureCount: featureCount), output: outputs[index])
        }
        return ensemble
    }

    /// The trees' container and, for dart, the weight of each tree.
    private static func booster(of learner: XGBoostDocument) throws(GatehouseError) -> (XGBoostDocument, [Float]?) {
        let booster = try learner.member("gradient_booster")
        let name = try booster.member("name").text()
        switch name {
        case "gbtree": return (try booster.member("model"), nil)
        case "dart": return (try booster.member("gbtree").member("model"), try booster.member("weight_drop").floats())
        default: throw ModelLimits.unsupported("the booster '\(name)'", of: "XGBoost")
        }
    }

    /// All trees; but scikit-learn's classes predict with the iterations up to the best one when training stopped early,
    /// and such a file says that it is theirs.
    private static func treesInUse(
        of learner: XGBoostDocument, _ model: XGBoostDocument, margins: Int
    ) throws(GatehouseError) -> Int {
        let parameters = try model.member("gbtree_model_param")
        let all = try parameters.member("num_trees").count()
        guard let attributes = learner.optional("attributes"), attributes.optional("scikit_learn") != nil,
            let best = try attributes.optional("best_iteration")?.count()
        else { return all }
        let ends: [Int]
        if let written = try model.optional("iteration_indptr")?.integers() {
            ends = written
        } else {
            let parallel = max(1, try parameters.optional("num_parallel_tree")?.count() ?? 1)
            try ModelLimits.check(parallel, atMost: ModelLimits.treesMax, "parallel trees")
            ends = Array(stride(from: 0, through: all, by: parallel * margins))
        }
        guard best < ends.count - 1, (0...all).contains(ends[best + 1]) else {
            throw ModelLimits.damaged("its best iteration \(best) does not exist")
        }
        return ends[best + 1]
    }

    private static func nodes(
        of tree: XGBoostDocument, weight: Float, featureCount: Int
    ) throws(GatehouseError) -> [DecisionNode<Float>] {
        let parameters = try tree.member("tree_param")
        if let size = try parameters.optional("size_leaf_vector")?.count(), size > 1 {
            throw ModelLimits.unsupported("leaves with \(size) values (multi_output_tree)", of: "XGBoost")
        }
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
        var nodes: [DecisionNode<Float>] = []
        nodes.reserveCapacity(count)
        for index in 0..<count {
            if left[index] == -1 {
                nodes.append(.leaf(conditions[index] * weight))
                continue
            }
            guard types[index] == 0 else {
                let feature = features[index]
                throw ModelLimits.unsupported("splits on categories (feature \(feature), enable_categorical)", of: "XGBoost")
            }
            // "Less than" becomes "at most the number before": the one comparison all trees share.
            nodes.append(
                .split(
                    .init(
                        feature: features[index], threshold: conditions[index].nextDown,
                        missing: .notANumber(goesLeft: defaultLeft[index]), left: left[index], right: right[index])))
        }
        return nodes
    }
}
