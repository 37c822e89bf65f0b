import GatehouseCore

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

/// A tree model read from its library's own file, checked and ready to score.
package struct NativeModel: Sendable {
    package let format: ModelFormat
    /// As the library writes it: `binary:logistic`, `multiclass num_class:3`.
    package let objective: String
    /// The columns the model reads, in its order; nil when it was trained without names and reads by position.
    package private(set) var featureNames: [String]?
    package let featureCount: Int
    /// Sums per row before the objective's transformation: one, or one per class.
    package let margins: Int
    let trees: Trees
    let transform: OutputTransform

    /// The trees with the sum each row starts from, in the arithmetic of the library.
    enum Trees: Sendable {
        /// LightGBM. The finished sum is divided by `divisor` (1, or the number of iterations of a random forest), but
        /// only on the way to an answer: the library's raw score is the plain sum.
        case double(TreeEnsemble<Double>, divisor: Double)
        /// XGBoost: one base margin per sum.
        case single(TreeEnsemble<Float>, base: [Float])
    }

    /// Numbers per row that `raw` or transformed scoring answers with.
    package func outputs(raw: Bool) -> Int { raw ? margins : transform.outputs(ofMargins: margins) }

    package var treeCount: Int {
        switch trees {
        case .double(let ensemble, _): ensemble.trees.count
        case .single(let ensemble, _): ensemble.trees.count
        }
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
