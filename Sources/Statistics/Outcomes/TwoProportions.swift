import Glibc

/// Two rates compared at one look.
package struct TwoProportions: Sendable, Equatable {
    package let control: ArmCounts
    package let treatment: ArmCounts
    /// Treatment minus control.
    package let difference: Double
    /// z with the rate of both arms together, the test of no difference; nil when every outcome is the same.
    package let zPooled: Double?
    /// Two-sided; 1 when every outcome is the same.
    package let p: Double
    /// z with each arm's own variance (Wald); nil when both variances are 0.
    package let zUnpooled: Double?
    package let pUnpooled: Double
    /// Newcombe's hybrid score interval, method 10 (1998).
    package let newcombe: Interval
    /// The score interval of Miettinen and Nurminen (1985).
    package let score: Interval
    /// treatment/control − 1.
    package let lift: OutcomeEstimate

    /// Intervals hold 1 − `alpha`. Throws `emptyArm`.
    package init(control: ArmCounts, treatment: ArmCounts, alpha: Double = 1 - Interval.level) throws(MissingReason) {
        let multiplier = Normal.quantile(1 - alpha / 2)
        guard let a = control.rate, let b = treatment.rate,
            let wilsonA = Proportion.wilson(control.successes, of: control.trials, z: multiplier),
            let wilsonB = Proportion.wilson(treatment.successes, of: treatment.trials, z: multiplier)
        else { throw .emptyArm }
        self.control = control
        self.treatment = treatment
        difference = b - a
        let (n, m) = (Double(control.trials), Double(treatment.trials))
        let pooled = (Double(control.successes) + Double(treatment.successes)) / (n + m)
        zPooled = Self.ratio(difference, pooled * (1 - pooled) * (1 / n + 1 / m))
        p = zPooled.map { Normal.twoSidedP($0) } ?? 1
        let (varianceA, varianceB) = (control.variance / n, treatment.variance / m)
        zUnpooled = Self.ratio(difference, varianceA + varianceB)
        // Without any variance in either arm Wald's z would be infinite: it says nothing, and the pooled test does.
        pUnpooled = zUnpooled.map { Normal.twoSidedP($0) } ?? 1
        newcombe = Interval(
            lower: difference - hypot(b - wilsonB.lower, wilsonA.upper - a),
            upper: difference + hypot(wilsonB.upper - b, a - wilsonA.lower))
        score = ScoreInterval(control: control, treatment: treatment).interval(multiplier: multiplier)
        lift = OutcomeEstimate.lift(control: a, varianceA, treatment: b, varianceB, multiplier: multiplier)
    }

    private static func ratio(_ difference: Double, _ variance: Double) -> Double? {
        variance > 0 ? difference / variance.squareRoot() : nil
    }
}

/// All differences that the score test does not reject (Miettinen and Nurminen, "Comparative analysis of two rates", 1985).
private struct ScoreInterval {
    let control: ArmCounts
    let treatment: ArmCounts

    func interval(multiplier: Double) -> Interval {
        let (n, m) = (Double(control.trials), Double(treatment.trials))
        let (a, b) = (Double(control.successes) / n, Double(treatment.successes) / m)
        let estimate = b - a
        func statistic(_ delta: Double) -> Double {
            let rates = restricted(delta)
            let variance =
                (rates.treatment * (1 - rates.treatment) / m + rates.control * (1 - rates.control) / n) * (n + m) / (n + m - 1)
            guard variance > 0 else { return estimate == delta ? 0 : .infinity }
            return (estimate - delta) / variance.squareRoot()
        }
        return Interval(
            lower: bound(from: estimate, to: -1) { statistic($0) <= multiplier },
            upper: bound(from: estimate, to: 1) { statistic($0) >= -multiplier })
    }

    /// The last delta on the way from `inside` to `end` that is accepted, to the last digit.
    private func bound(from inside: Double, to end: Double, accepts: (Double) -> Bool) -> Double {
        var (inside, outside) = (inside, end)
        for _ in 0..<200 {
            let middle = inside + (outside - inside) / 2
            guard middle != inside, middle != outside else { break }
            if accepts(middle) { inside = middle } else { outside = middle }
        }
        return abs(inside - end) <= 1e-15 ? end : inside
    }

    /// The most likely rates among those that differ by `delta`: where the slope of the log likelihood, which falls all the
    /// way, passes 0.
    private func restricted(_ delta: Double) -> (control: Double, treatment: Double) {
        let (x, y) = (Double(control.successes), Double(treatment.successes))
        let (misses, missesTreated) = (Double(control.trials) - x, Double(treatment.trials) - y)
        func slope(_ p: Double) -> Double {
            let q = p + delta
            return (x > 0 ? x / p : 0) - (misses > 0 ? misses / (1 - p) : 0) + (y > 0 ? y / q : 0)
                - (missesTreated > 0 ? missesTreated / (1 - q) : 0)
        }
        var (low, high) = (max(0, -delta), min(1, 1 - delta))
        for _ in 0..<100 {
            let middle = low + (high - low) / 2
            guard middle != low, middle != high else { break }
            if slope(middle) > 0 { low = middle } else { high = middle }
        }
        return (low, min(1, max(0, low + delta)))
    }
}
