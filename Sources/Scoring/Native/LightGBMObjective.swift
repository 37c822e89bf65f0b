import GatehouseCore

/// What LightGBM's `objective` line makes of the sums: a name and parameters such as `sigmoid:1` or `num_class:3`.
enum LightGBMObjective {
    /// Fails with `notImplemented` for an unknown objective or parameter, with `invalidArgument` when it contradicts the
    /// number of outputs.
    static func transform(of line: String, margins: Int) throws(GatehouseError) -> OutputTransform {
        let words = line.split(separator: " ").map(String.init)
        let name = words.first ?? ""
        var parameters: [String: String] = [:]
        for word in words.dropFirst() {
            let parts = word.split(separator: ":", maxSplits: 1).map(String.init)
            parameters[parts[0]] = parts.count > 1 ? parts[1] : ""
        }
        if let classes = parameters["num_class"], Int(classes) != margins {
            throw ModelLimits.damaged("the objective has \(classes) classes, but an iteration has \(margins) trees")
        }
        switch name {
        case "regression" where parameters["sqrt"] != nil: return .signedSquare
        case "regression", "regression_l1", "huber", "fair", "quantile", "mape", "lambdarank", "rank_xendcg", "custom":
            return .identity
        case "poisson", "gamma", "tweedie": return .exponential
        case "binary", "multiclassova": return .logistic(slope: try slope(parameters["sigmoid"]))
        case "cross_entropy": return .logistic(slope: 1)
        case "cross_entropy_lambda": return .logOnePlusExponential
        case "multiclass": return .softmax
        default: throw ModelLimits.unsupported("the objective '\(line)'", of: "LightGBM")
        }
    }

    private static func slope(_ text: String?) throws(GatehouseError) -> Double {
        guard let text else { return 1 }
        guard let slope = Double(text), slope.isFinite, slope > 0 else {
            throw ModelLimits.damaged("the objective's sigmoid '\(text.prefix(40))' is not a positive number")
        }
        return slope
    }
}
