import GatehouseCore

/// One tree of a LightGBM file.
struct LightGBMTree {
    private let section: LightGBMText.Section
    private let leafCount: Int

    /// Fails with `invalidArgument` when it has no leaves, with `tooLarge` when it has too many.
    init(_ section: LightGBMText.Section) throws(GatehouseError) {
        self.section = section
        leafCount = try section.count("num_leaves")
        guard leafCount > 0 else { throw ModelLimits.damaged("\(section.title) has no leaves") }
        try ModelLimits.check(leafCount, atMost: ModelLimits.nodesMax / 2, "leaves")
    }

    /// Splits come first, leaves behind them; LightGBM writes leaf j as the child -j-1.
    ///
    /// Fails with `invalidArgument` naming the tree and what is wrong in it.
    func nodes() throws(GatehouseError) -> [DecisionNode<Double>] {
        let leaves = try leaves()
        guard leafCount > 1 else { return leaves }
        let splitCount = leafCount - 1
        let features = try section.integers("split_feature", count: splitCount)
        let thresholds = try section.numbers("threshold", count: splitCount)
        let decisions = try section.integers("decision_type", count: splitCount)
        let left = try section.integers("left_child", count: splitCount)
        let right = try section.integers("right_child", count: splitCount)
        let sets = try categorySets()
        var nodes: [DecisionNode<Double>] = []
        nodes.reserveCapacity(splitCount + leafCount)
        for index in 0..<splitCount {
            let children = (Self.position(left[index], splitCount), Self.position(right[index], splitCount))
            let decision = decisions[index]
            guard (0..<16).contains(decision) else { throw unknownDecision(decision) }
            if decision & 1 == 0 {
                let missing = try missingRule(decision)
                nodes.append(
                    .split(
                        .init(
                            feature: features[index], test: .atMost(thresholds[index], missing: missing), left: children.0,
                            right: children.1)))
            } else {
                guard let number = Int(exactly: thresholds[index]), sets.indices.contains(number) else {
                    throw ModelLimits.damaged("\(section.title) splits on the set \(thresholds[index]) of \(sets.count)")
                }
                // In the set is left here and right everywhere else: the children change places.
                nodes.append(
                    .split(
                        .init(
                            feature: features[index], test: .inSet(sets[number], .cutOff), left: children.1, right: children.0)))
            }
        }
        return nodes + leaves
    }

    private static func position(_ child: Int, _ splitCount: Int) -> Int {
        guard child < 0 else { return child < splitCount ? child : -1 }
        return splitCount + ~child
    }

    /// Bit 0: a split on categories; bit 1: missing goes left; bits 2 and 3: what is missing (nothing, zero, NaN).
    private func missingRule(_ decision: Int) throws(GatehouseError) -> DecisionNode<Double>.MissingRule {
        let goesLeft = decision & 2 != 0
        switch decision >> 2 {
        case 0: return .notANumberIsZero
        case 1: return .notANumberOrZero(goesLeft: goesLeft)
        case 2: return .notANumber(goesLeft: goesLeft)
        default: throw unknownDecision(decision)
        }
    }

    private func unknownDecision(_ decision: Int) -> GatehouseError {
        ModelLimits.damaged("\(section.title) has the decision type \(decision)")
    }

    /// Bits for the categories of each split on categories.
    private func categorySets() throws(GatehouseError) -> [ArraySlice<UInt32>] {
        guard section.optional("num_cat") != nil else { return [] }
        let count = try section.count("num_cat")
        guard count > 0 else { return [] }
        try ModelLimits.check(count, atMost: leafCount, "category sets than leaves")
        let ends = try section.integers("cat_boundaries", count: count + 1)
        let wordCount = try section.wordCount("cat_threshold")
        try ModelLimits.check(wordCount, atMost: ModelLimits.categoryWordsMax, "words of category sets")
        let words = try section.words32("cat_threshold", count: wordCount)
        guard ends.first == 0, ends.last == wordCount, zip(ends, ends.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw ModelLimits.damaged("the category sets of \(section.title) do not fit the words there are")
        }
        return zip(ends, ends.dropFirst()).map { words[$0..<$1] }
    }

    // MARK: - Leaves

    private func leaves() throws(GatehouseError) -> [DecisionNode<Double>] {
        let values = try section.numbers("leaf_value", count: leafCount)
        guard let linear = section.optional("is_linear"), linear != "0" else {
            return values.enumerated().map { .leaf(number: $0, .value($1)) }
        }
        let constants = try section.numbers("leaf_const", count: leafCount)
        let counts = try section.integers("num_features", count: leafCount)
        let termCount = try section.wordCount("leaf_features")
        let features = try section.integers("leaf_features", count: termCount)
        let coefficients = try section.numbers("leaf_coeff", count: termCount)
        var leaves: [DecisionNode<Double>] = []
        var next = 0
        for index in 0..<leafCount {
            guard counts[index] >= 0, counts[index] <= termCount - next else {
                throw ModelLimits.damaged("the linear leaves of \(section.title) have fewer features than they declare")
            }
            let terms = (next..<next + counts[index]).map {
                DecisionNode<Double>.Term(feature: features[$0], coefficient: coefficients[$0])
            }
            next += counts[index]
            leaves.append(
                .leaf(number: index, .linear(constant: constants[index], terms: terms, fallback: values[index])))
        }
        guard next == termCount else {
            throw ModelLimits.damaged("the linear leaves of \(section.title) have more features than they declare")
        }
        return leaves
    }
}
