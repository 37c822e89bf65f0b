/// Why a number about two arms is not there. The word stands beside the null.
package enum MissingReason: String, Sendable, CaseIterable, Error {
    /// An arm without a single outcome.
    case emptyArm = "empty_arm"
    /// Too few rows for a variance, or for an interval that means something.
    case tooFewRows = "too_few_rows"
    /// No row differs from the others: there is nothing to measure a difference with.
    case noVariance = "no_variance"
    /// The control's mean or rate is 0, or so uncertain that a ratio to it means nothing.
    case noBaseline = "no_baseline"
    /// Sums grew beyond what a double holds.
    case notFinite = "not_finite"
    /// Outcomes are not yes or no.
    case notBinary = "not_binary"
    /// Several rows share a unit: formulas for independent rows would overstate what is known.
    case clusteredRows = "clustered_rows"
    /// Equal values have no exact distribution that could be tabled.
    case ties
    /// More rows than an exact answer is computed for.
    case tooManyRows = "too_many_rows"
    /// Only counts were given, not rows.
    case noRows = "no_rows"
    /// No column to adjust by was named.
    case noCovariate = "no_covariate"
    /// The covariate is constant.
    case uninformativeCovariate = "uninformative_covariate"
    /// No column of units was named.
    case noUnits = "no_units"
    /// No looks were planned.
    case noLooks = "no_looks"
    /// Intervals that are right at any time exclude each other: the arms changed while they were watched.
    case contradiction
    /// The arms did not get the share of rows they were meant to get.
    case sampleRatioMismatch = "sample_ratio_mismatch"
    /// The observed difference is none: no number of rows would decide it.
    case noDifference = "no_difference"
    /// The interval still holds both answers.
    case intervalHoldsBoth = "interval_holds_both"
}
