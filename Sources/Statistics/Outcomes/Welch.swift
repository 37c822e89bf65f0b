/// Two means compared without assuming equal variances (Welch, 1947).
package struct WelchTest: Sendable, Equatable {
    /// Treatment minus control, with Student's interval.
    package let difference: OutcomeEstimate
    /// Satterthwaite's (1946); nil where `difference` has no standard error or it is 0.
    package let degreesOfFreedom: Double?
    package let t: Double?
    /// Two-sided. Nil without a variance: equal constants and unequal constants alike say nothing about chance.
    package let p: Double?
    /// treatment/control − 1.
    package let lift: OutcomeEstimate

    /// Intervals hold 1 − `alpha`. Everything missing has its reason in `difference`.
    package init(control: Moments, treatment: Moments, alpha: Double = 1 - Interval.level) {
        let shift = control.count > 0 && treatment.count > 0 ? treatment.mean - control.mean : nil
        guard let a = control.variance, let b = treatment.variance else {
            let isEmpty = control.count == 0 || treatment.count == 0
            let isShort = control.count < 2 || treatment.count < 2
            let reason: MissingReason = isEmpty ? .emptyArm : isShort ? .tooFewRows : .notFinite
            self.init(missing: reason, value: isEmpty ? nil : shift)
            return
        }
        let (partA, partB) = (a / Double(control.count), b / Double(treatment.count))
        let variance = partA + partB
        guard variance > 0 else {
            self.init(missing: .noVariance, value: shift)
            return
        }
        // Shares of the variance, so that tiny or huge variances neither vanish nor overflow when squared.
        let (shareA, shareB) = (partA / variance, partB / variance)
        let freedom = 1 / (shareA * shareA / Double(control.count - 1) + shareB * shareB / Double(treatment.count - 1))
        let lift = OutcomeEstimate.lift(
            control: control.mean, partA, treatment: treatment.mean, partB, multiplier: Normal.quantile(1 - alpha / 2))
        self.init(
            difference: OutcomeEstimate(
                value: treatment.mean - control.mean, standardError: variance.squareRoot(),
                multiplier: StudentT.quantile(1 - alpha / 2, degreesOfFreedom: freedom)),
            degreesOfFreedom: freedom, lift: lift)
    }

    /// Not computed, and why.
    package init(missing reason: MissingReason) { self.init(missing: reason, value: nil) }

    private init(missing reason: MissingReason, value: Double?) {
        let finite = value.flatMap { $0.isFinite ? $0 : nil }
        self.init(difference: .missing(reason, value: finite), degreesOfFreedom: nil, lift: .missing(reason))
    }

    private init(difference: OutcomeEstimate, degreesOfFreedom: Double?, lift: OutcomeEstimate) {
        self.difference = difference
        self.degreesOfFreedom = degreesOfFreedom
        self.lift = lift
        guard let value = difference.value, let error = difference.standardError, let degreesOfFreedom else {
            (t, p) = (nil, nil)
            return
        }
        t = value / error
        p = StudentT.twoSidedP(value / error, degreesOfFreedom: degreesOfFreedom)
    }
}

/// The mean of differences on the same requests, as a shadow gives them: pairing removes what both arms share.
package struct PairedTTest: Sendable, Equatable {
    package let difference: OutcomeEstimate
    package let t: Double?
    package let p: Double?

    /// `differences` holds treatment minus control, request by request.
    package init(differences: Moments, alpha: Double = 1 - Interval.level) {
        guard let variance = differences.variance else {
            let reason: MissingReason = differences.count == 0 ? .emptyArm : differences.count < 2 ? .tooFewRows : .notFinite
            difference = .missing(reason, value: differences.count == 1 ? differences.mean : nil)
            (t, p) = (nil, nil)
            return
        }
        guard variance > 0 else {
            // All differences equal: none at all is no evidence; a constant one has no error to be judged by.
            difference = .missing(.noVariance, value: differences.mean)
            (t, p) = (nil, differences.mean == 0 ? 1 : nil)
            return
        }
        let freedom = Double(differences.count - 1)
        let error = (variance / Double(differences.count)).squareRoot()
        difference = OutcomeEstimate(
            value: differences.mean, standardError: error,
            multiplier: StudentT.quantile(1 - alpha / 2, degreesOfFreedom: freedom))
        t = difference.value.map { $0 / error }
        p = t.map { StudentT.twoSidedP($0, degreesOfFreedom: freedom) }
    }
}
