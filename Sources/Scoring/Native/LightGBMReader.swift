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
        return NativeModel(
            format: .lightGBMText, objective: objective, featureNames: NativeModel.meaningful(names, placeholder: "Column_"),
            predictor: .double(ensemble, averages: header.optional("average_output") != nil), transform: transform,
            categories: try categories(text.trailer("pandas_categorical"), header),
            iterationEnds: Array(stride(from: 0, through: ensemble.trees.count, by: margins)))
    }

    private static func ensemble(
        of text: inout LightGBMText, header: LightGBMText.Section, featureCount: Int, margins: Int
    ) throws(GatehouseError) -> TreeEnsemble<Double> {
        let declared = try header.wordCount("tree_sizes")
        var ensemble = try TreeEnsemble<Double>(featureCount: featureCount, outputs: margins)
        while !text.isAtEndOfTrees {
            let number = ensemble.trees.count
            let section = try text.section()
            guard section.title == "Tree=\(number)" else {
                throw ModelLimits.damaged("'\(section.title.prefix(40))' stands where 'Tree=\(number)' was expected")
            }
            try ensemble.append(try LightGBMTree(section).nodes(), output: number % margins)
        }
        guard ensemble.trees.count == declared, declared % margins == 0 else {
            throw ModelLimits.damaged(
                "it holds \(ensemble.trees.count) trees, declares \(declared) and needs a multiple of \(margins)")
        }
        return ensemble
    }

    // MARK: - Categories

    /// The lists that pandas columns of categories had in training, for the features they belong to.
    ///
    /// The file does not name these features. It describes a categorical feature by its codes (`-1:0:2`) and a numeric one
    /// by its range (`[0:1]`); one that never splits by `none`, and ordered categories look like numbers. Only where the
    /// counts leave no doubt are the lists given to features here.
    private static func categories(
        _ line: ArraySlice<UInt8>?, _ header: LightGBMText.Section
    ) throws(GatehouseError) -> ModelCategories {
        guard let line, !line.isEmpty else { return .none }
        guard let lists = try JSONParser.parse(line, allowsNonFinite: true).arrayValue, !lists.isEmpty else { return .none }
        try ModelLimits.check(lists.count, atMost: ModelLimits.featuresMax, "columns of categories")
        var codes: [CategoryCodes] = []
        for list in lists {
            guard let values = list.arrayValue else { throw ModelLimits.damaged("pandas_categorical holds no lists") }
            codes.append(try CategoryCodes(values))
        }
        let infos = header.optional("feature_infos") == nil ? [] : try header.words("feature_infos")
        let described = infos.indices.filter { !infos[$0].hasPrefix("[") && infos[$0] != "none" }
        let possible = infos.indices.filter { !infos[$0].hasPrefix("[") }
        for features in [described, possible] where features.count == codes.count {
            let byFeature = Dictionary(uniqueKeysWithValues: zip(features, codes))
            return ModelCategories(names: .byFeature(byFeature), unknown: .isMissing)
        }
        return ModelCategories(names: .inOrder(codes), unknown: .isMissing)
    }
}
