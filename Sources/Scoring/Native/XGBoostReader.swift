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
        let margins = try Self.margins(parameters)
        guard margins > 1 || !objective.isMulticlass else { throw ModelLimits.damaged("\(objective.name) has one class") }
        let featureCount = try parameters.member("num_feature").count()
        let names = try learner.optional("feature_names")?.texts() ?? []
        guard names.isEmpty || names.count == featureCount else {
            throw ModelLimits.damaged("it has \(names.count) feature names for \(featureCount) features")
        }
        try NativeModel.checkUnique(names)
        let featureNames = NativeModel.meaningful(names, placeholder: "f")
        let base = try objective.baseMargins(try parameters.member("base_score"), count: margins)
        let booster = try learner.member("gradient_booster")
        if try booster.member("name").text() == "gblinear" {
            let weights = try booster.member("model").member("weights").floats()
            return NativeModel(
                format: format, objective: objective.name, featureNames: featureNames,
                predictor: .linear(try LinearModel(featureCount: featureCount, outputs: margins, weights: weights), base: base),
                transform: objective.transform, categories: .none)
        }
        let trees = try XGBoostTrees(booster, featureCount: featureCount, margins: margins)
        return NativeModel(
            format: format, objective: objective.name, featureNames: featureNames,
            predictor: .single(try trees.ensemble(), base: base), transform: objective.transform,
            categories: try XGBoostCategories.read(trees.model, featureCount: featureCount), iterationEnds: trees.iterationEnds,
            iterations: try iterations(of: learner, count: trees.iterationEnds.count - 1))
    }

    /// One sum per class or per target; there are no classes of several targets.
    private static func margins(_ parameters: XGBoostDocument) throws(GatehouseError) -> Int {
        let classes = max(1, try parameters.member("num_class").count())
        try ModelLimits.check(classes, atMost: ModelLimits.classesMax, "classes")
        let targets = max(1, try parameters.optional("num_target")?.count() ?? 1)
        try ModelLimits.check(targets, atMost: ModelLimits.classesMax, "targets")
        guard classes == 1 || targets == 1 else {
            throw ModelLimits.unsupported("\(targets) targets of \(classes) classes each", of: "XGBoost")
        }
        return classes * targets
    }

    /// All iterations; but scikit-learn's classes predict with those up to the best one when training stopped early, and
    /// such a file says that it is theirs.
    private static func iterations(of learner: XGBoostDocument, count: Int) throws(GatehouseError) -> Range<Int>? {
        guard let attributes = learner.optional("attributes"), attributes.optional("scikit_learn") != nil,
            let best = try attributes.optional("best_iteration")?.count()
        else { return nil }
        guard best < count else { throw ModelLimits.damaged("its best iteration \(best) does not exist") }
        return 0..<best + 1
    }
}
