/// An arm's metric when rows come in clusters: several requests of one user are not several users.
///
/// Observe each unit once with the sum of its outcomes and the number of its rows. The metric is Σ sums / Σ rows, its variance
/// that of a ratio of means over units by the delta method (Deng, Knoblich and Lu, "Applying the delta method in metric
/// analytics", 2018). The same type serves any ratio of two sums, such as cost per request.
package struct RatioMetric: Sendable, Equatable {
    /// x is the denominator of a unit, y the numerator.
    private var units = JointMoments()

    package init() {}

    package mutating func observe(numerator: Double, denominator: Double) { units.observe(x: denominator, y: numerator) }

    package var unitCount: Int { units.count }

    /// Nil without units, or with denominators that sum to 0.
    package var value: Double? {
        guard units.count > 0, units.meanX != 0 else { return nil }
        let ratio = units.meanY / units.meanX
        return ratio.isFinite ? ratio : nil
    }

    /// Squared standard error: (Var(y) − 2R Cov(x, y) + R² Var(x)) / (k x̄²). Nil below two units.
    package var variance: Double? {
        guard let ratio = value, units.count >= 2 else { return nil }
        let k = Double(units.count)
        let squares = units.squaresY - 2 * ratio * units.products + ratio * ratio * units.squaresX
        let variance = max(0, squares) / (k - 1) / k / (units.meanX * units.meanX)
        return variance.isFinite ? variance : nil
    }
}

/// Two arms compared by clusters of rows.
package struct ClusteredComparison: Sendable, Equatable {
    /// Treatment minus control, with a normal interval over units.
    package let difference: OutcomeEstimate
    package let z: Double?
    package let p: Double?
    /// treatment/control − 1.
    package let lift: OutcomeEstimate

    package init(control: RatioMetric, treatment: RatioMetric, alpha: Double = 1 - Interval.level) {
        let multiplier = Normal.quantile(1 - alpha / 2)
        guard let a = control.value, let b = treatment.value, let varianceA = control.variance,
            let varianceB = treatment.variance, varianceA + varianceB > 0
        else {
            let reason = Self.gap(control, treatment)
            let shift = treatment.value.flatMap { b in control.value.map { b - $0 } }
            (z, p) = (nil, nil)
            difference = .missing(reason, value: shift)
            lift = .missing(reason)
            return
        }
        let error = (varianceA + varianceB).squareRoot()
        difference = OutcomeEstimate(value: b - a, standardError: error, multiplier: multiplier)
        z = (b - a) / error
        p = Normal.twoSidedP((b - a) / error)
        lift = OutcomeEstimate.lift(control: a, varianceA, treatment: b, varianceB, multiplier: multiplier)
    }

    private static func gap(_ control: RatioMetric, _ treatment: RatioMetric) -> MissingReason {
        if control.value == nil || treatment.value == nil { return .emptyArm }
        if control.unitCount < 2 || treatment.unitCount < 2 { return .tooFewRows }
        return control.variance == nil || treatment.variance == nil ? .notFinite : .noVariance
    }
}
