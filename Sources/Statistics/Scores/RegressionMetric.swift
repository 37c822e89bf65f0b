/// A number that says how far answers lie from labels that are numbers. Definitions are scikit-learn's.
package enum RegressionMetric: Sendable, Hashable, CaseIterable {
    /// √ of the mean squared error.
    case rmse
    /// Mean absolute error.
    case mae
    /// 1 − Σ(y − ŷ)²/Σ(y − ȳ)².
    case r2
    /// As R², but forgives a constant error.
    case explainedVariance
    case medianAbsoluteError
    case maxError
    /// Mean of ŷ − y: above 0 the answers are too high.
    case meanError
    /// Mean absolute error as a share of the label.
    case mape
    /// Mean pinball loss of a quantile; at the median half the mean absolute error.
    case pinball
    /// Mean Poisson deviance, for counts.
    case poissonDeviance
    /// Mean gamma deviance, for positive amounts.
    case gammaDeviance

    package var name: String {
        switch self {
        case .rmse: "rmse"
        case .mae: "mae"
        case .r2: "r2"
        case .explainedVariance: "explained_variance"
        case .medianAbsoluteError: "median_absolute_error"
        case .maxError: "max_error"
        case .meanError: "mean_error"
        case .mape: "mape"
        case .pinball: "pinball_loss"
        case .poissonDeviance: "poisson_deviance"
        case .gammaDeviance: "gamma_deviance"
        }
    }

    /// Whether less is better; nil where neither direction is.
    package var isLoss: Bool? {
        switch self {
        case .rmse, .mae, .medianAbsoluteError, .maxError, .mape, .pinball, .poissonDeviance, .gammaDeviance: true
        case .r2, .explainedVariance: false
        case .meanError: nil
        }
    }

    /// What a row adds to a metric that is a mean over rows; nil for the others. NaN where the row is outside its domain.
    func contribution(_ quantile: Double) -> ((_ label: Double, _ answer: Double) -> Double)? {
        switch self {
        case .mae: { abs($1 - $0) }
        case .meanError: { $1 - $0 }
        // Any error is infinitely large a share of a label of 0.
        case .mape: { $0 == 0 ? .nan : abs($1 - $0) / abs($0) }
        case .pinball: { $0 >= $1 ? quantile * ($0 - $1) : (1 - quantile) * ($1 - $0) }
        // Written so that answers near large labels keep their digits.
        case .poissonDeviance:
            { $0 < 0 || $1 <= 0 ? .nan : 2 * ($0 == 0 ? $1 : Saddlepoint.deviance($0, mean: $1)) }
        case .gammaDeviance: { $0 <= 0 || $1 <= 0 ? .nan : 2 * Saddlepoint.deviance($1, mean: $0) / $1 }
        case .rmse, .r2, .explainedVariance, .medianAbsoluteError, .maxError: nil
        }
    }
}
