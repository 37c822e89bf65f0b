package import GatehouseCore

package enum ModelFormat: String, Sendable, CaseIterable {
    case lightGBMText = "lightgbm text"
    case xgboostJSON = "xgboost json"
    case xgboostUBJSON = "xgboost ubjson"

    package var library: String {
        switch self {
        case .lightGBMText: "lightgbm"
        case .xgboostJSON, .xgboostUBJSON: "xgboost"
        }
    }
}

/// A model read from its library's own file, checked and ready to score.
package struct NativeModel: Sendable {
    package let format: ModelFormat
    /// As the library writes it: `binary:logistic`, `multiclass num_class:3`.
    package let objective: String
    /// The columns the model reads, in its order; nil when it was trained without names and reads by position.
    package private(set) var featureNames: [String]?
    package let featureCount: Int
    /// Sums per row before the objective's transformation: one, or one per class or target.
    package let margins: Int
    let predictor: Predictor
    let transform: OutputTransform
    let categories: ModelCategories
    /// Where each iteration's trees end; starts with 0. Empty for a linear model.
    private let iterationEnds: [Int]
    /// The iterations that score: all, or those up to the best one where the library's own class does so.
    package private(set) var iterations: Range<Int>

    /// What makes the sums, in the arithmetic of the library.
    enum Predictor: Sendable {
        /// LightGBM. A random forest's sums are divided by the number of iterations, but only on the way to an answer:
        /// the library's raw score is the plain sum.
        case double(TreeEnsemble<Double>, averages: Bool)
        /// XGBoost: one base margin per sum.
        case single(TreeEnsemble<Float>, base: [Float])
        case linear(LinearModel, base: [Float])
    }

    init(
        format: ModelFormat, objective: String, featureNames: [String]?, predictor: Predictor, transform: OutputTransform,
        categories: ModelCategories, iterationEnds: [Int] = [], iterations: Range<Int>? = nil
    ) {
        self.format = format
        self.objective = objective
        self.featureNames = featureNames
        switch predictor {
        case .double(let ensemble, _): (featureCount, margins) = (ensemble.featureCount, ensemble.outputs)
        case .single(let ensemble, _): (featureCount, margins) = (ensemble.featureCount, ensemble.outputs)
        case .linear(let model, _): (featureCount, margins) = (model.featureCount, model.outputs)
        }
        self.predictor = predictor
        self.transform = transform
        self.categories = categories
        self.iterationEnds = iterationEnds
        self.iterations = iterations ?? 0..<max(0, iterationEnds.count - 1)
    }

    /// Numbers per row that `raw` or transformed scoring answers with.
    package func outputs(raw: Bool) -> Int { raw ? margins : transform.outputs(ofMargins: margins) }

    /// The trees that score.
    package var treeCount: Int { treesInUse.count }

    var treesInUse: Range<Int> {
        iterationEnds.isEmpty ? 0..<0 : iterationEnds[iterations.lowerBound]..<iterationEnds[iterations.upperBound]
    }

    /// How many iterations the file holds, those beyond the best one included.
    package var iterationCount: Int { max(0, iterationEnds.count - 1) }

    /// The same model scoring with some of its iterations only; nil stands for the first or behind the last one.
    ///
    /// Fails with `invalidArgument` when the range is empty or there are no such iterations.
    package func limited(from lower: Int?, to upper: Int?) throws(GatehouseError) -> NativeModel {
        guard !iterationEnds.isEmpty else {
            throw GatehouseError(
                .invalidArgument, "A linear model (gblinear) has no iterations to choose from.", hint: "Leave the range away.")
        }
        let (lower, upper) = (lower ?? 0, upper ?? iterationCount)
        guard lower >= 0, lower < upper, upper <= iterationCount else {
            throw GatehouseError(
                .invalidArgument, "The model has no iterations \(lower):\(upper); it has \(iterationCount).",
                hint: "Pass A:B with 0 ≤ A < B ≤ \(iterationCount); iteration B itself is not used.")
        }
        var model = self
        model.iterations = lower..<upper
        return model
    }

    /// The same model reading named columns, for a model without names whose signature has as many inputs as it has
    /// features: MLflow orders the columns by the signature as well.
    func named(by signature: ModelSignature) -> NativeModel {
        guard featureNames == nil, signature.inputs.count == featureCount else { return self }
        var model = self
        model.featureNames = signature.inputs.map(\.name)
        return model
    }

    /// Nil when the names are only numbers in disguise (`prefix0`, `prefix1`, …): such a model reads by position.
    static func meaningful(_ names: [String], placeholder prefix: String) -> [String]? {
        names.isEmpty || names.enumerated().allSatisfy { $1 == "\(prefix)\($0)" } ? nil : names
    }

    /// Refuses names that cannot tell columns apart. Fails with `invalidArgument` naming the double.
    static func checkUnique(_ names: [String]) throws(GatehouseError) {
        var seen: Set<String> = []
        for name in names where !seen.insert(name).inserted {
            throw ModelLimits.damaged("the feature '\(name)' stands twice in its list of names")
        }
    }
}
