import Glibc

/// Treatment minus control as an estimate with a variance: what every sequential method watches.
package struct ArmDifference: Sendable, Equatable {
    package let value: Double
    /// Squared standard error of `value`.
    package let variance: Double
    /// Rows of both arms together.
    package let rows: Int

    /// From yes-or-no outcomes, with the arms' own variances (unpooled). Nil when an arm is empty.
    package init?(control: ArmCounts, treatment: ArmCounts) {
        guard let a = control.rate, let b = treatment.rate else { return nil }
        value = b - a
        variance = control.variance / Double(control.trials) + treatment.variance / Double(treatment.trials)
        rows = control.trials + treatment.trials
    }

    /// From means. Nil when an arm has fewer than two rows or the sums overflowed.
    package init?(control: Moments, treatment: Moments) {
        guard let a = control.variance, let b = treatment.variance else { return nil }
        value = treatment.mean - control.mean
        variance = a / Double(control.count) + b / Double(treatment.count)
        rows = control.count + treatment.count
        guard value.isFinite, variance.isFinite else { return nil }
    }
}

/// An estimate with standard error and interval, or the reason why there is none.
package struct OutcomeEstimate: Sendable, Equatable {
    package let value: Double?
    package let standardError: Double?
    package let interval: Interval?
    package let reason: MissingReason?

    static func missing(_ reason: MissingReason, value: Double? = nil) -> OutcomeEstimate {
        OutcomeEstimate(value: value, standardError: nil, interval: nil, reason: reason)
    }

    private init(value: Double?, standardError: Double?, interval: Interval?, reason: MissingReason?) {
        self.value = value
        self.standardError = standardError
        self.interval = interval
        self.reason = reason
    }

    init(value: Double, interval: Interval) {
        self.init(value: value, standardError: nil, interval: interval, reason: nil)
    }

    /// value ± multiplier × standardError.
    init(value: Double, standardError: Double, multiplier: Double) {
        guard value.isFinite, standardError.isFinite else {
            self = .missing(.notFinite)
            return
        }
        let half = multiplier * standardError
        self.init(
            value: value, standardError: standardError, interval: Interval(lower: value - half, upper: value + half), reason: nil)
    }

    /// Treatment over control minus 1 by the delta method: Var(b/a) = Var(b)/a² + b² Var(a)/a⁴ for independent arms.
    ///
    /// Undefined where the control is 0. `varianceA`, `varianceB` are squared standard errors.
    static func lift(control a: Double, _ varianceA: Double, treatment b: Double, _ varianceB: Double, multiplier: Double)
        -> OutcomeEstimate
    {
        guard a != 0 else { return .missing(.noBaseline) }
        let ratio = b / a
        let variance = (varianceB + ratio * ratio * varianceA) / (a * a)
        return OutcomeEstimate(value: ratio - 1, standardError: variance.squareRoot(), multiplier: multiplier)
    }
}
