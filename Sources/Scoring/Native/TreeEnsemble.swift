import GatehouseCore

/// Decision trees, flat: one array of nodes for all trees, checked once so that scoring needs no checks.
///
/// Every invariant the scoring loops rely on is established by `append`: children exist and lead away from the root,
/// siblings lie side by side, slots exist, and each leaf is its own left child and never left, so a row that has
/// arrived stays where it is.
struct TreeEnsemble<Scalar: TreeScalar>: Sendable {
    /// Nodes in three lists: an index then needs no multiplication to become an address.
    struct Nodes: Sendable {
        /// The threshold of a split (up to it: left), the index of its set of categories; of a leaf the value, or the
        /// index of what it holds instead.
        fileprivate(set) var values: [Scalar] = []
        /// Where a slot's numbers begin in a tile; 0 marks a leaf. The top bit marks a split on categories.
        fileprivate(set) var slots: [UInt32] = []
        /// The left child; the right one is the next.
        fileprivate(set) var lefts: [UInt32] = []

        var count: Int { values.count }

        fileprivate mutating func append(_ value: Scalar, slot: UInt32, left: Int) {
            values.append(value)
            slots.append(slot)
            lefts.append(UInt32(left))
        }
    }

    /// In `Nodes.slots`. No place in a tile needs it: there are fewer than 2²⁵ slots of features.
    static var categoryBit: UInt32 { 1 << 31 }

    struct Tree: Sendable {
        let root: UInt32
        let depth: Int32
        /// Where the leaves' values go.
        let target: Target
        let hasCategories: Bool
    }

    enum Target: Sendable {
        case output(Int)
        case allOutputs
        case linear(output: Int)
    }

    struct CategorySet: Sendable {
        let firstWord: Int
        let bitCount: Int32
    }

    struct LinearLeaf: Sendable {
        let constant: Scalar
        let fallback: Scalar
        let terms: Range<Int>
    }

    let featureCount: Int
    let outputs: Int
    private(set) var nodes = Nodes()
    /// What the library calls a leaf, for every node that is one.
    private(set) var leafNumbers: [Int32] = []
    private(set) var trees: [Tree] = []
    private(set) var slots: [FeatureSlot] = []
    private(set) var categorySets: [CategorySet] = []
    private(set) var categoryWords: [UInt32] = []
    /// `outputs` numbers for each leaf that holds several.
    private(set) var leafVectors: [Scalar] = []
    private(set) var linearLeaves: [LinearLeaf] = []
    private(set) var linearTerms: [(slot: UInt32, coefficient: Scalar)] = []
    /// Where in a tile the slot of a feature and a reading begins, 0 where there is none yet.
    private var slotPlaces: [UInt32]

    /// Fails with `invalidArgument` when there are no features or too many.
    init(featureCount: Int, outputs: Int) throws(GatehouseError) {
        guard featureCount > 0 else { throw ModelLimits.damaged("it has no features") }
        try ModelLimits.check(featureCount, atMost: ModelLimits.featuresMax, "features")
        self.featureCount = featureCount
        self.outputs = outputs
        slotPlaces = Array(repeating: 0, count: featureCount * FeatureReading.allCases.count)
    }

    /// Adds a tree whose root is node 0. Its leaves add to `output`, unless they hold numbers for all outputs.
    ///
    /// Fails with `invalidArgument`, naming tree and node, when a child or a feature does not exist, a node is reached
    /// twice (a cycle, or two parents), the tree is too deep, a threshold is NaN, or a leaf's number is not finite or of
    /// another kind than the leaves before it; with `tooLarge` beyond the limits.
    mutating func append(_ tree: [DecisionNode<Scalar>], output: Int) throws(GatehouseError) {
        precondition((0..<outputs).contains(output), "a tree adds to an output there is")
        try ModelLimits.check(trees.count + 1, atMost: ModelLimits.treesMax, "trees")
        try ModelLimits.check(nodes.count + tree.count, atMost: ModelLimits.nodesMax, "nodes")
        let (order, depth) = try Self.reachableNodes(of: tree, number: trees.count)
        let root = nodes.count
        var next = root + 1
        var hasCategories = false
        var target: Target?
        for index in order {
            switch tree[index] {
            case .split(let split):
                let (value, slot) = try keep(split, at: index)
                hasCategories = hasCategories || slot & Self.categoryBit != 0
                nodes.append(value, slot: slot, left: next)
                leafNumbers.append(-1)
                next += 2
            case .leaf(let number, let leaf):
                let (value, kind) = try keep(leaf, at: index, output: output)
                guard target.map({ Self.isSameKind($0, kind) }) ?? true else {
                    throw ModelLimits.damaged("the leaves of tree \(trees.count) are of several kinds")
                }
                target = kind
                nodes.append(value, slot: 0, left: nodes.count)
                leafNumbers.append(Int32(truncatingIfNeeded: number))
            }
        }
        trees.append(
            Tree(root: UInt32(root), depth: depth, target: target ?? .output(output), hasCategories: hasCategories))
    }

    private static func isSameKind(_ one: Target, _ other: Target) -> Bool {
        switch (one, other) {
        case (.output, .output), (.allOutputs, .allOutputs), (.linear, .linear): true
        case (.output, _), (.allOutputs, _), (.linear, _): false
        }
    }

    /// The nodes that a row can come to, level by level and children in pairs: the order they are stored in.
    private static func reachableNodes(
        of tree: [DecisionNode<Scalar>], number: Int
    ) throws(GatehouseError) -> (order: [Int], depth: Int32) {
        var order = [0]
        order.reserveCapacity(tree.count)
        var isReached = [Bool](repeating: false, count: tree.count)
        var (position, levelEnd, depth) = (0, 1, 0)
        while position < order.count {
            if position == levelEnd { (levelEnd, depth) = (order.count, depth + 1) }
            guard depth <= ModelLimits.depthMax else {
                throw ModelLimits.damaged("tree \(number) is deeper than \(ModelLimits.depthMax)")
            }
            let index = order[position]
            position += 1
            guard tree.indices.contains(index) else {
                throw ModelLimits.damaged("tree \(number) refers to the node \(index), but has \(tree.count) nodes")
            }
            guard !isReached[index] else {
                throw ModelLimits.damaged("tree \(number) reaches its node \(index) twice: it is a graph, not a tree")
            }
            isReached[index] = true
            if case .split(let split) = tree[index] { order += [split.left, split.right] }
        }
        return (order, Int32(depth))
    }
}

// MARK: - One node

extension TreeEnsemble {
    /// What a split's node carries: threshold or set, and slot.
    private mutating func keep(
        _ split: DecisionNode<Scalar>.Split, at index: Int
    ) throws(GatehouseError) -> (Scalar, UInt32) {
        let number = trees.count
        guard (0..<featureCount).contains(split.feature) else {
            throw ModelLimits.damaged(
                "node \(index) of tree \(number) reads feature \(split.feature), but there are \(featureCount)")
        }
        switch split.test {
        case .atMost(let threshold, let missing):
            guard !threshold.isNaN else {
                throw ModelLimits.damaged("the threshold of node \(index) of tree \(number) is not a number")
            }
            // Every finite number is up to the greatest one; what is missing and goes right is beyond.
            return (min(threshold, .greatestFiniteMagnitude), slot(split.feature, Self.reading(missing)))
        case .inSet(let words, let rule):
            try ModelLimits.check(
                categoryWords.count + words.count, atMost: ModelLimits.categoryWordsMax, "words of category sets")
            let set = UInt32(categorySets.count)
            categorySets.append(
                CategorySet(firstWord: categoryWords.count, bitCount: Int32(clamping: words.count * 32)))
            categoryWords += words
            return (Scalar(carrying: set), slot(split.feature, Self.reading(rule)) | Self.categoryBit)
        }
    }

    private static func reading(_ rule: DecisionNode<Scalar>.MissingRule) -> FeatureReading {
        switch rule {
        case .notANumber(let goesLeft): goesLeft ? .missingLeft : .missingRight
        case .notANumberIsZero: .missingIsZero
        case .notANumberOrZero(let goesLeft): goesLeft ? .zeroOrMissingLeft : .zeroOrMissingRight
        }
    }

    private static func reading(_ rule: DecisionNode<Scalar>.CategoryRule) -> FeatureReading {
        switch rule {
        case .upTo24Bits(let missingGoesLeft): missingGoesLeft ? .categoryMissingLeft : .categoryMissingRight
        case .cutOff: .categoryCutOff
        }
    }

    /// Where the numbers of a feature, read in one way, begin in a tile.
    private mutating func slot(_ feature: Int, _ reading: FeatureReading) -> UInt32 {
        let key = feature * FeatureReading.allCases.count + reading.rawValue
        if slotPlaces[key] == 0 {
            slots.append(FeatureSlot(feature: feature, reading: reading))
            slotPlaces[key] = UInt32(slots.count * FeatureTile<Scalar>.rowsMax)
        }
        return slotPlaces[key]
    }

    /// The number a leaf's node carries, and where what it stands for goes.
    private mutating func keep(
        _ leaf: DecisionNode<Scalar>.Leaf, at index: Int, output: Int
    ) throws(GatehouseError) -> (Scalar, Target) {
        let number = trees.count
        func check(_ values: some Sequence<Scalar>) throws(GatehouseError) {
            guard values.allSatisfy(\.isFinite) else {
                throw ModelLimits.damaged("leaf \(index) of tree \(number) is not a finite number")
            }
        }
        switch leaf {
        case .value(let value):
            try check([value])
            return (value, .output(output))
        case .vector(let values):
            guard values.count == outputs else {
                throw ModelLimits.damaged(
                    "leaf \(index) of tree \(number) holds \(values.count) numbers for \(outputs) outputs")
            }
            try check(values)
            let first = leafVectors.count / outputs
            leafVectors += values
            return (Scalar(carrying: UInt32(first)), .allOutputs)
        case .linear(let constant, let terms, let fallback):
            try check([constant, fallback])
            try check(terms.lazy.map(\.coefficient))
            let first = linearTerms.count
            try ModelLimits.check(first + terms.count, atMost: ModelLimits.nodesMax, "terms of linear leaves")
            for term in terms {
                guard (0..<featureCount).contains(term.feature) else {
                    throw ModelLimits.damaged(
                        "leaf \(index) of tree \(number) reads feature \(term.feature), but there are \(featureCount)")
                }
                linearTerms.append((slot(term.feature, .plain), term.coefficient))
            }
            linearLeaves.append(LinearLeaf(constant: constant, fallback: fallback, terms: first..<linearTerms.count))
            return (Scalar(carrying: UInt32(linearLeaves.count - 1)), .linear(output: output))
        }
    }
}
