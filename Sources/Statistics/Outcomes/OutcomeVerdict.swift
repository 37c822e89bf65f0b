/// What a comparison of two arms says about the treatment.
package enum OutcomeVerdict: String, Sendable, CaseIterable {
    case better
    /// Not worse by the margin or more; whether it is better is open.
    case notInferior = "not_inferior"
    /// Worse; with a margin, worse by more than the margin.
    case worse
    case notDecided = "not_decided"

    /// Reads an interval of treatment minus control.
    ///
    /// Superiority after non-inferiority needs no correction: the questions are asked in a fixed order.
    package init(_ interval: Interval, margin: Double? = nil, higherIsBetter: Bool = true) {
        let gain = higherIsBetter ? interval : Interval(lower: -interval.upper, upper: -interval.lower)
        if gain.lower > 0 {
            self = .better
        } else if let margin {
            self = gain.lower > -margin ? .notInferior : gain.upper < -margin ? .worse : .notDecided
        } else {
            self = gain.upper < 0 ? .worse : .notDecided
        }
    }
}
