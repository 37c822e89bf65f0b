/// A two-sided interval at `Interval.level`.
package struct Interval: Sendable, Equatable {
    /// The confidence of every interval in the product. One number, so that intervals can be compared.
    package static let level = 0.95
    /// What either end leaves outside.
    package static let tail = (1 - level) / 2
    /// The normal quantile of either end, 1.96.
    package static let z = Normal.quantile(1 - tail)

    package let lower: Double
    package let upper: Double

    package init(lower: Double, upper: Double) {
        self.lower = lower
        self.upper = upper
    }

    var isFinite: Bool { lower.isFinite && upper.isFinite }

    package func contains(_ value: Double) -> Bool { lower <= value && value <= upper }
}

/// How an interval was made, for the record.
package enum IntervalMethod: String, Sendable, CaseIterable {
    /// DeLong's variance of the AUC on the logit scale.
    case delongLogit = "delong-logit"
    /// DeLong's covariance of two AUCs on the same rows.
    case delongPaired = "delong-paired"
    /// DeLong's variances of the AUCs of two samples that share no row.
    case delongIndependent = "delong-independent"
    case wilson
    /// The t interval of a mean over rows.
    case studentT = "student-t"
    /// Percentiles over seeded resamples of the rows.
    case bootstrapPercentile = "bootstrap-percentile"
    /// The same, corrected for bias and for a spread that changes with the value (Efron, 1987).
    case bootstrapBCa = "bootstrap-bca"
    /// Bounds of an expected calibration error from resamples of its bins' surplus.
    case bootstrapBound = "bootstrap-bound"
    case orderStatistics = "order-statistics"
    /// Squared and added distances to the ends of two independent intervals (Newcombe, 1998; Zou and Donner, 2008).
    case squareAndAdd = "square-and-add"
    /// Wilson's interval of Jaccard's index, of which F1 is a rising function.
    case wilsonJaccard = "wilson-jaccard"
    /// The sandwich covariance of an estimating equation (Huber, 1967).
    case sandwich
    /// The delta method over counted cells, on the logit scale.
    case deltaLogit = "delta-logit"
    /// The delta method over counted cells, on Fisher's z scale.
    case deltaFisher = "delta-fisher"
    /// The delta method over the cells of two models' decisions on the same rows.
    case deltaPaired = "delta-paired"
    /// Each row's influence on the number (Hampel, 1974), with Student's t.
    case influence
    /// There is none.
    case pointOnly = "none"
}

/// A number with the interval around it. No value: the data do not define one (a single class, for instance).
package struct Estimate: Sendable, Equatable {
    package let value: Double?
    /// Nil where the data do not allow one (fewer than two rows of a class, for instance).
    package let interval: Interval?
    package let method: IntervalMethod
    /// How many resamples the interval rests on; nil where it rests on none.
    package let replicates: Int?

    /// A value or an end that overflowed is no number: it becomes nil.
    package init(value: Double?, interval: Interval?, method: IntervalMethod, replicates: Int? = nil) {
        self.replicates = replicates
        self.value = value.flatMap { $0.isFinite ? $0 : nil }
        self.interval = interval.flatMap { $0.isFinite ? $0 : nil }
        self.method = method
    }
}

/// One model's number minus another's, measured on the same rows.
package struct PairedDifference: Sendable, Equatable {
    package let difference: Double
    package let interval: Interval?
    package let standardError: Double?
    /// Two-sided, of no difference at all. Nil for bootstrap intervals.
    package let p: Double?
    package let method: IntervalMethod
    /// How many resamples the interval rests on; nil where it rests on none.
    package let replicates: Int?

    package init(
        difference: Double, interval: Interval?, standardError: Double?, p: Double?, method: IntervalMethod,
        replicates: Int? = nil
    ) {
        self.replicates = replicates
        self.difference = difference
        self.interval = interval.flatMap { $0.isFinite ? $0 : nil }
        self.standardError = standardError
        self.p = p
        self.method = method
    }
}
