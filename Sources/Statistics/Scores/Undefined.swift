/// Why a number, or the interval around it, is not there. The words are part of the JSON that tools print.
package enum Undefined: String, Error, Sendable, CaseIterable {
    /// No rows at all.
    case empty
    /// Fewer rows than the least group size.
    case tooSmall = "too_small"
    /// All rows have the same label.
    case singleClass = "single_class"
    /// Too few rows of a class for a variance, or for one that can be relied on.
    case tooFewOfAClass = "too_few_of_a_class"
    case noPositives = "no_positives"
    case noNegatives = "no_negatives"
    /// No score reaches the threshold.
    case nothingSelected = "nothing_selected"
    /// Every score reaches the threshold.
    case nothingRejected = "nothing_rejected"
    /// Some scores lie outside 0…1, or do not sum to 1 over the classes.
    case notProbabilities = "not_probabilities"
    case tooFewRows = "too_few_rows"
    /// The rows leave no variance to go by.
    case noVariance = "no_variance"
    /// The metric is undefined in too many resamples of the rows.
    case undefinedInResamples = "undefined_in_resamples"
    /// The scores part the classes without error: a logistic fit has no finite answer.
    case separable
    /// All labels are the same number.
    case constantLabel = "constant_label"
    /// Some labels, or answers, do not lie in the metric's domain.
    case outsideDomain = "outside_domain"
    /// Not every class occurs among the labels.
    case missingClasses = "missing_classes"
    /// More classes than pairs of them are compared for.
    case tooManyClasses = "too_many_classes"
    /// The number is there; an interval for it is not computed.
    case notComputed = "not_computed"
    /// The formula counts rows, and these have weights.
    case weighted
    /// The sum leaves the range of a double.
    case overflow

    /// A group is there, but too small to be judged.
    package var isTooFew: Bool { self == .tooSmall || self == .tooFewOfAClass }
}

/// A number with its interval, and a word where either is missing.
package struct Measured: Sendable, Equatable {
    package let estimate: Estimate
    /// Nil when both the value and its interval are there.
    package let reason: Undefined?

    package var value: Double? { estimate.value }
    package var interval: Interval? { estimate.interval }

    package init(_ estimate: Estimate, reason: Undefined?) {
        self.estimate = estimate
        self.reason = estimate.value == nil || estimate.interval == nil ? reason ?? .overflow : nil
    }
}
