/// Two arms watched row by row, as outcomes arrive: what a canary or a challenger is judged by at any moment.
package struct ArmStream: Sendable, Equatable {
    package enum Arm: Sendable, CaseIterable { case control, treatment }

    /// What the stream said at one moment: a point of its curve.
    package struct Moment: Sendable, Equatable {
        package let rows: Int
        package let difference: Double
        package let p: Double
        package let interval: Interval?
    }

    package let alpha: Double
    package let isBinary: Bool
    package let asymptotic: AsymptoticSequence
    package private(set) var control = Moments()
    package private(set) var treatment = Moments()
    package private(set) var test: MixtureTest
    /// Robbins's sequence with the mixture of the test, intersected over all looks.
    package private(set) var running = RunningInterval()
    private var controlSuccesses = 0
    private var treatmentSuccesses = 0

    /// `isBinary` outcomes are 0 or 1. Nil unless 0 < alpha < 1 and the tuning is positive.
    package init?(
        test: MixtureTest, alpha: Double = 1 - Interval.level, isBinary: Bool, tuning: Double = AsymptoticSequence.defaultTuning
    ) {
        guard let asymptotic = AsymptoticSequence(alpha: alpha, tuning: tuning) else { return nil }
        self.alpha = alpha
        self.isBinary = isBinary
        self.asymptotic = asymptotic
        self.test = test
    }

    /// The outcome must be finite; where outcomes are binary, 0 or 1.
    package mutating func observe(_ arm: Arm, _ outcome: Double) {
        switch arm {
        case .control:
            control.observe(outcome)
            controlSuccesses += outcome == 1 ? 1 : 0
        case .treatment:
            treatment.observe(outcome)
            treatmentSuccesses += outcome == 1 ? 1 : 0
        }
        look()
    }

    /// All outcomes at once, in unknown order: a single look. Replaces what was observed.
    package mutating func look(control: Moments, treatment: Moments) {
        (self.control, self.treatment) = (control, treatment)
        look()
    }

    /// The same from counts.
    package mutating func look(control: ArmCounts, treatment: ArmCounts) {
        (controlSuccesses, treatmentSuccesses) = (control.successes, treatment.successes)
        look(control: Moments(control), treatment: Moments(treatment))
    }

    private mutating func look() {
        guard min(control.count, treatment.count) >= test.rowsPerArmMin, let difference else { return }
        test.observe(difference)
        if let interval = test.mixture.interval(difference, alpha: alpha) { running.intersect(interval) }
    }

    package var difference: ArmDifference? {
        guard isBinary else { return ArmDifference(control: control, treatment: treatment) }
        guard let counts else { return nil }
        return ArmDifference(control: counts.control, treatment: counts.treatment)
    }

    /// Nil where outcomes are not binary.
    package var counts: (control: ArmCounts, treatment: ArmCounts)? {
        guard isBinary, let a = ArmCounts(successes: controlSuccesses, trials: control.count),
            let b = ArmCounts(successes: treatmentSuccesses, trials: treatment.count)
        else { return nil }
        return (a, b)
    }

    /// Nil before both arms have rows enough.
    package var moment: Moment? {
        guard let difference, test.looks > 0 else { return nil }
        return Moment(
            rows: difference.rows, difference: difference.value, p: test.p, interval: asymptotic.interval(difference))
    }
}
