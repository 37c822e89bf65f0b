package import GatehouseCore

/// The number type a library scores in: XGBoost adds up `Float`, LightGBM `Double`.
package protocol TreeScalar: BinaryFloatingPoint, Sendable {
    static func exponential(_ value: Self) -> Self
    static func logarithmOfOnePlus(_ value: Self) -> Self
}

/// One node of a decision tree as a reader hands it over; children are indices into the tree's list of nodes.
package enum DecisionNode<Scalar: TreeScalar>: Sendable {
    case leaf(Scalar)
    case split(Split)

    package struct Split: Sendable {
        let feature: Int
        /// A row goes left when its value is at most this.
        let threshold: Scalar
        let missing: MissingRule
        let left: Int
        let right: Int
    }

    /// Where a row without a value goes.
    package enum MissingRule: Sendable {
        case notANumber(goesLeft: Bool)
        /// LightGBM's `zero_as_missing`: NaN and every value within 1e-35 of zero.
        case notANumberOrZero(goesLeft: Bool)
    }
}

/// Decision trees, flat: one array of nodes for all trees, checked once so that scoring needs no checks.
///
/// Every invariant the scoring loop relies on is established by `append`: children exist and lead away from the root,
/// features are below `featureCount`, and each leaf is its own child, so a row that has arrived stays where it is.
package struct TreeEnsemble<Scalar: TreeScalar>: Sendable {
    struct Node: Sendable {
        /// The threshold of a split (at most: left), the value of a leaf.
        let value: Scalar
        /// The feature's index, doubled, plus one when NaN goes left.
        let featureAndMissing: UInt32
        let left: Int32
        let right: Int32
    }

    struct Tree: Sendable {
        let root: Int32
        /// Splits come before leaves: a row has arrived when its node is at or behind this one.
        let firstLeaf: Int32
        /// The output that the leaf's value is added to.
        let output: Int32
    }

    let featureCount: Int
    private(set) var nodes: [Node] = []
    private(set) var trees: [Tree] = []

    /// Fails with `invalidArgument` when there are no features or too many.
    package init(featureCount: Int) throws(GatehouseError) {
        guard featureCount > 0 else { throw ModelLimits.damaged("it has no features") }
        try ModelLimits.check(featureCount, atMost: ModelLimits.featuresMax, "features")
        self.featureCount = featureCount
    }

    /// Adds a tree whose root is node 0 and whose leaves add to `output`.
    ///
    /// Fails with `invalidArgument`, naming tree and node, when a child or a feature does not exist, a node is reached
    /// twice (a cycle, or two parents), the tree is too deep, or a threshold is NaN, or a leaf
    /// is not a finite number.
    package mutating func append(_ tree: [DecisionNode<Scalar>], output: Int) throws(GatehouseError) {
        let number = trees.count
        try ModelLimits.check(number + 1, atMost: ModelLimits.treesMax, "trees")
        // A split on zero-or-missing takes three slots.
        try ModelLimits.check(nodes.count + 3 * tree.count, atMost: ModelLimits.nodesMax, "nodes")
        let reached = try reachableNodes(of: tree, number: number)

        var slot = [Int32](repeating: -1, count: tree.count)
        var next = Int32(nodes.count)
        for index in reached {
            guard case .split(let split) = tree[index] else { continue }
            slot[index] = next
            next += Self.slotCount(of: split)
        }
        let firstLeaf = next
        for index in reached {
            guard case .leaf = tree[index] else { continue }
            slot[index] = next
            next += 1
        }
        for index in reached {
            guard case .split(let split) = tree[index] else { continue }
            append(split, at: slot[index], left: slot[split.left], right: slot[split.right])
        }
        for index in reached {
            guard case .leaf(let value) = tree[index] else { continue }
            nodes.append(Node(value: value, featureAndMissing: 0, left: slot[index], right: slot[index]))
        }
        trees.append(Tree(root: slot[0], firstLeaf: firstLeaf, output: Int32(output)))
    }

    private static func slotCount(of split: DecisionNode<Scalar>.Split) -> Int32 {
        switch split.missing {
        case .notANumber: 1
        case .notANumberOrZero: 3
        }
    }

    private mutating func append(_ split: DecisionNode<Scalar>.Split, at slot: Int32, left: Int32, right: Int32) {
        func add(atMost threshold: Scalar, missingGoesLeft: Bool, left: Int32, right: Int32) {
            let code = UInt32(split.feature) << 1 | (missingGoesLeft ? 1 : 0)
            nodes.append(Node(value: threshold, featureAndMissing: code, left: left, right: right))
        }
        switch split.missing {
        case .notANumber(let goesLeft):
            add(atMost: split.threshold, missingGoesLeft: goesLeft, left: left, right: right)
        case .notANumberOrZero(let goesLeft):
            // Below -1e-35: the real question. Else up to 1e-35, or NaN: the missing side. Else the real question.
            let zero = Scalar(Float(1e-35))  // LightGBM writes it as a float
            let (nearZero, question) = (slot + 1, slot + 2)
            add(atMost: (-zero).nextDown, missingGoesLeft: false, left: question, right: nearZero)
            add(atMost: zero, missingGoesLeft: true, left: goesLeft ? left : right, right: question)
            add(atMost: split.threshold, missingGoesLeft: goesLeft, left: left, right: right)
        }
    }

    /// The nodes that a row can come to, parents before children.
    private func reachableNodes(
        of tree: [DecisionNode<Scalar>], number: Int
    ) throws(GatehouseError) -> [Int] {
        var reached: [Int] = []
        var isReached = [Bool](repeating: false, count: tree.count)
        var waiting = [(index: 0, depth: 0)]
        while let (index, depth) = waiting.popLast() {
            guard tree.indices.contains(index) else {
                throw ModelLimits.damaged("tree \(number) refers to the node \(index), but has \(tree.count) nodes")
            }
            guard !isReached[index] else {
                throw ModelLimits.damaged("tree \(number) reaches its node \(index) twice: it is a graph, not a tree")
            }
            guard depth <= ModelLimits.depthMax else {
                throw ModelLimits.damaged("tree \(number) is deeper than \(ModelLimits.depthMax)")
            }
            isReached[index] = true
            reached.append(index)
            switch tree[index] {
            case .leaf(let value):
                guard value.isFinite else {
                    throw ModelLimits.damaged("leaf \(index) of tree \(number) is not a finite number")
                }
            case .split(let split):
                guard !split.threshold.isNaN else {
                    throw ModelLimits.damaged("the threshold of node \(index) of tree \(number) is not a number")
                }
                guard (0..<featureCount).contains(split.feature) else {
                    throw ModelLimits.damaged(
                        "node \(index) of tree \(number) reads feature \(split.feature), but there are \(featureCount)")
                }
                waiting.append((split.right, depth + 1))
                waiting.append((split.left, depth + 1))
            }
        }
        return reached
    }
}
