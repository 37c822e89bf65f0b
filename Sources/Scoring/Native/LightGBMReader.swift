import GatehouseCore

/// Reads the text that LightGBM 3 and 4 save.
enum LightGBMReader {
    /// Fails with `invalidArgument` naming the damaged part, or with `notImplemented` naming the unsupported option.
    static func model(from bytes: [UInt8]) throws(GatehouseError) -> NativeModel {
        var text = LightGBMText(bytes)
        let header = try text.section()
        guard ["v3", "v4"].contains(try header.text("version")) else {
            throw ModelLimits.unsupported("the file version '\(try header.text("version"))'", of: "LightGBM")
        }
        let margins = try header.count("num_tree_per_iteration")
        guard margins > 0 else { throw ModelLimits.damaged("num_tree_per_iteration is 0") }
        try ModelLimits.check(margins, atMost: ModelLimits.classesMax, "classes")
        let lastFeature = try header.count("max_feature_idx")
        try ModelLimits.check(lastFeature, atMost: ModelLimits.featuresMax - 1, "features")
        let nameCount = try header.wordCount("feature_names")
        guard nameCount == lastFeature + 1 else {
            throw ModelLimits.damaged("it has \(nameCount) feature names for \(lastFeature + 1) features")
        }
        let names = try header.words("feature_names")
        try NativeModel.checkUnique(names)
        let objective = header.optional("objective") ?? "custom"
        let transform = try LightGBMObjective.transform(of: objective, margins: margins)
        let ensemble = try Self.ensemble(of: &text, header: header, featureCount: names.count, margins: margins)
        let iterations = Double(ensemble.trees.count / margins)
        let averages = header.optional("average_output") != nil && iterations > 0
        return NativeModel(
            format: .lightGBMText, objective: objective, featureNames: NativeModel.meaningful(names, placeholder: "Column_"),
            featureCount: names.count, margins: margins, trees: .double(ensemble, divisor: averages ? iterations : 1),
            transform: transform)
    }

    private static func ensemble(
        of text: inout LightGBMText, header: LightGBMText.Section, featureCount: Int, margins: Int
    ) throws(GatehouseError) -> TreeEnsemble<Double> {
        let declared = try header.wordCount("tree_sizes")
        var ensemble = try TreeEnsemble<Double>(featureCount: featureCount)
        while !text.isAtEndOfTrees {
            let number = ensemble.trees.count
            let section = try text.section()
            guard section.title == "Tree=\(number)" else {
                throw ModelLimits.damaged("'\(section.title.prefix(40))' stands where 'Tree=\(number)' was expected")
            }
            try ensemble.append(try nodes(of: section), output: number % margins)
        }
        guard ensemble.trees.count == declared, declared % margins == 0 else {
            throw ModelLimits.damaged(
                "it holds \(ensemble.trees.count) trees, declares \(declared) and needs a multiple of \(margins)")
        }
        return ensemble
    }

    /// Splits come first, leaves behind them; LightGBM writes leaf j as the child -j-1.
    private static func nodes(of tree: LightGBMText.Section) throws(GatehouseError) -> [DecisionNode<Double>] {
        if let linear = tree.optional("is_linear"), linear != "0" {
            throw ModelLimits.unsupported("linear trees (linear_tree)", of: "LightGBM")
        }
        if let categories = tree.optional("num_cat"), categories != "0" {
            throw ModelLimits.unsupported("splits on categories (categorical_feature)", of: "LightGBM")
        }
        let leafCount = try tree.count("num_leaves")
        guard leafCount > 0 else { throw ModelLimits.damaged("\(tree.title) has no leaves") }
        try ModelLimits.check(leafCount, atMost: ModelLimits.nodesMax / 2, "leaves")
        let leaves = try tree.numbers("leaf_value", count: leafCount)
        guard leafCount > 1 else { return [.leaf(leaves[0])] }

        let splitCount = leafCount - 1
        let features = try tree.integers("split_feature", count: splitCount)
        let thresholds = try tree.numbers("threshold", count: splitCount)
        let decisions = try tree.integers("decision_type", count: splitCount)
        let left = try tree.integers("left_child", count: splitCount)
        let right = try tree.integers("right_child", count: splitCount)
        var nodes: [DecisionNode<Double>] = []
        nodes.reserveCapacity(splitCount + leafCount)
        for index in 0..<splitCount {
            let missing = try missingRule(decisions[index], threshold: thresholds[index], of: tree)
            nodes.append(
                .split(
                    .init(
                        feature: features[index], threshold: thresholds[index], missing: missing,
                        left: position(left[index], splitCount), right: position(right[index], splitCount))))
        }
        return nodes + leaves.map { .leaf($0) }
    }

    private static func position(_ child: Int, _ splitCount: Int) -> Int {
        guard child < 0 else { return child < splitCount ? child : -1 }
        return splitCount + ~child
    }

    /// Bit 0: a split on categories; bit 1: missing goes left; bits 2 and 3: what is missing (nothing, zero, NaN).
    private static func missingRule(
        _ decision: Int, threshold: Double, of tree: LightGBMText.Section
    ) throws(GatehouseError) -> DecisionNode<Double>.MissingRule {
        guard (0..<16).contains(decision) else { throw ModelLimits.damaged("\(tree.title) has the decision type \(decision)") }
        guard decision & 1 == 0 else {
            throw ModelLimits.unsupported("splits on categories (categorical_feature)", of: "LightGBM")
        }
        let goesLeft = decision & 2 != 0
        switch decision >> 2 {
        case 0: return .notANumber(goesLeft: 0 <= threshold)  // nothing is missing: NaN counts as zero
        case 1: return .notANumberOrZero(goesLeft: goesLeft)
        case 2: return .notANumber(goesLeft: goesLeft)
        default: throw ModelLimits.damaged("\(tree.title) has the decision type \(decision)")
        }
    }
}
