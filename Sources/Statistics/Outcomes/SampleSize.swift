import Glibc

/// Rows per arm.
package struct ArmSizes: Sendable, Equatable {
    package let control: Int
    package let treatment: Int

    package init(control: Int, treatment: Int) {
        self.control = control
        self.treatment = treatment
    }

    package var total: Int { control + treatment }
}

/// What a comparison shall be able to do: the error rates it may have and how rows are shared out.
package struct ComparisonDesign: Sendable, Equatable {
    /// Beyond this nobody waits for an answer; a difference that needs more is too small to look for.
    package static let rowsPerArmMax = 1_000_000_000_000_000.0

    /// Chance to find a difference where there is none, both directions together.
    package let alpha: Double
    /// Chance to find the difference that is there.
    package let power: Double
    /// Treatment rows per control row.
    package let ratio: Double

    /// `shares`: control and treatment, any positive weights. Nil unless 0 < alpha < power < 1 and the shares are positive.
    package init?(alpha: Double = 1 - Interval.level, power: Double = 0.8, shares: (control: Double, treatment: Double) = (1, 1))
    {
        let ratio = shares.treatment / shares.control
        guard alpha > 0, power > alpha, power < 1, shares.control > 0, shares.treatment > 0, ratio > 1e-9, ratio < 1e9 else {
            return nil
        }
        self.alpha = alpha
        self.power = power
        self.ratio = ratio
    }

    var zAlpha: Double { -Normal.quantile(alpha / 2) }
    var zPower: Double { Normal.quantile(power) }

    /// Rows at which a comparison that has `standardError` with the present rows sees `distance` with the design's power,
    /// the arms' shares unchanged: the standard error shrinks with the root of the rows. Nil when there are too many.
    package func scaled(_ present: (control: Int, treatment: Int), standardError: Double, distance: Double) -> ArmSizes? {
        guard distance > 0, standardError.isFinite else { return nil }
        let root = (zAlpha + zPower) * standardError / distance
        let (control, treatment) = (Double(present.control) * root * root, Double(present.treatment) * root * root)
        guard max(control, treatment) <= Self.rowsPerArmMax else { return nil }
        return ArmSizes(control: Self.roundedUp(control), treatment: Self.roundedUp(treatment))
    }

    /// Whole rows from a real number of control rows; nil when there are too many.
    func sizes(control n: Double) -> ArmSizes? {
        guard n.isFinite, n * max(1, ratio) <= Self.rowsPerArmMax else { return nil }
        return ArmSizes(control: Self.roundedUp(n), treatment: Self.roundedUp(n * ratio))
    }

    /// A share of 10⁻⁹ above a whole number is rounding, not a row. At least 1.
    static func roundedUp(_ rows: Double) -> Int { max(1, Int((rows - 1e-9 * rows).rounded(.up))) }

    /// The real n from which `power(n)` reaches the design's power, for a power that grows with n; nil when none does.
    func rows(from start: Double, power: (Double) -> Double) -> Double? {
        var high = max(start, 2)
        while power(high) < self.power {
            high *= 2
            guard high <= Self.rowsPerArmMax else { return nil }
        }
        var low = start
        guard power(low) < self.power else { return low }
        for _ in 0..<200 {
            let middle = low + (high - low) / 2
            guard middle != low, middle != high, high - low > 1e-12 * high else { break }
            if power(middle) < self.power { low = middle } else { high = middle }
        }
        return high
    }
}

/// Rates of yes-or-no outcomes.
extension ComparisonDesign {
    package static let proportionMethod = "two-sided z test of two rates, variance pooled under no difference (Fleiss, 1981)"

    /// Rows to see that the rates differ: n = (z_{α/2} √(p̄q̄(1+1/r)) + z_β √(p₀q₀ + p₁q₁/r))² / (p₁ − p₀)² in the control
    /// (Fleiss, Levin and Paik, without continuity correction). Nil when the rates are equal or outside 0…1.
    package func sizes(controlRate a: Double, treatmentRate b: Double) -> ArmSizes? {
        guard (0...1).contains(a), (0...1).contains(b), a != b else { return nil }
        let root = (zAlpha * nullDeviation(a, b) + zPower * deviation(a, b)) / (b - a)
        return sizes(control: root * root)
    }

    /// The chance to see that the rates differ with `n` rows in the control.
    package func power(controlRate a: Double, treatmentRate b: Double, controlRows n: Double) -> Double {
        let alternative = deviation(a, b)
        guard alternative > 0 else { return a == b ? alpha : 1 }
        let shift = abs(b - a) * n.squareRoot()
        let limit = zAlpha * nullDeviation(a, b)
        return Normal.cdf((shift - limit) / alternative) + Normal.cdf((-shift - limit) / alternative)
    }

    /// The nearest treatment rates that `n` control rows can tell from `a`; nil on a side where none can.
    package func detectable(controlRate a: Double, controlRows n: Double) -> (below: Double?, above: Double?) {
        (edge(from: a, to: 0, controlRows: n), edge(from: a, to: 1, controlRows: n))
    }

    private func edge(from a: Double, to end: Double, controlRows n: Double) -> Double? {
        guard a != end, power(controlRate: a, treatmentRate: end, controlRows: n) >= power else { return nil }
        var (inside, outside) = (a, end)
        for _ in 0..<200 {
            let middle = inside + (outside - inside) / 2
            guard middle != inside, middle != outside else { break }
            if power(controlRate: a, treatmentRate: middle, controlRows: n) < power { inside = middle } else { outside = middle }
        }
        return outside
    }

    package static let proportionMarginMethod = "one-sided z test against the margin at alpha/2, unpooled variance"

    /// Rows to show that the treatment is worse by less than `margin`: n = (z_{α/2} + z_β)² (p₀q₀ + p₁q₁/r) / distance², with
    /// distance = margin + how much better the treatment truly is. Nil when it is truly worse by the margin or more.
    package func sizes(controlRate a: Double, treatmentRate b: Double, margin: Double, higherIsBetter: Bool = true) -> ArmSizes? {
        let distance = margin + (higherIsBetter ? b - a : a - b)
        guard (0...1).contains(a), (0...1).contains(b), distance > 0 else { return nil }
        let root = (zAlpha + zPower) * deviation(a, b) / distance
        return sizes(control: root * root)
    }

    /// The chance to show with `n` control rows that the treatment is worse by less than `margin`.
    package func power(
        controlRate a: Double, treatmentRate b: Double, margin: Double, higherIsBetter: Bool = true, controlRows n: Double
    ) -> Double {
        let distance = margin + (higherIsBetter ? b - a : a - b)
        let deviation = deviation(a, b)
        guard deviation > 0 else { return distance > 0 ? 1 : 0 }
        return Normal.cdf(distance * n.squareRoot() / deviation - zAlpha)
    }

    private func deviation(_ a: Double, _ b: Double) -> Double { (a * (1 - a) + b * (1 - b) / ratio).squareRoot() }

    private func nullDeviation(_ a: Double, _ b: Double) -> Double {
        let pooled = (a + ratio * b) / (1 + ratio)
        return (pooled * (1 - pooled) * (1 + 1 / ratio)).squareRoot()
    }
}

/// Means.
extension ComparisonDesign {
    package static let meanMethod = "two-sided t test of two means, exact noncentral t"
    package static let meanMarginMethod = "one-sided t test against the margin at alpha/2, exact noncentral t"

    /// Rows to see a difference of means that is `effect` standard deviations. Nil when it is 0.
    package func sizes(effect: Double) -> ArmSizes? {
        guard effect != 0, effect.isFinite else { return nil }
        return sizes(controlRows: rows(from: leastRows) { power(effect: effect, controlRows: $0) })
    }

    /// Rows to show that a treatment which is `distance` standard deviations above its margin is not below it.
    package func sizes(aboveMargin distance: Double) -> ArmSizes? {
        guard distance > 0, distance.isFinite else { return nil }
        return sizes(controlRows: rows(from: leastRows) { power(aboveMargin: distance, controlRows: $0) })
    }

    /// The chance of a two-sided t test with `n` control rows to see `effect` standard deviations.
    package func power(effect: Double, controlRows n: Double) -> Double {
        let parts = student(n)
        let delta = effect * parts.scale
        return NoncentralT.upperTail(parts.limit, degreesOfFreedom: parts.freedom, delta: delta)
            + NoncentralT.upperTail(parts.limit, degreesOfFreedom: parts.freedom, delta: -delta)
    }

    /// The least effect, in standard deviations, that `n` control rows can see; nil with too few rows for any variance.
    package func detectableEffect(controlRows n: Double) -> Double? {
        guard n > leastRows else { return nil }
        var (low, high) = (0.0, 1.0)
        while power(effect: high, controlRows: n) < power {
            high *= 2
            guard high < 1e9 else { return nil }
        }
        for _ in 0..<200 {
            let middle = (low + high) / 2
            guard middle != low, middle != high, high - low > 1e-13 * high else { break }
            if power(effect: middle, controlRows: n) < power { low = middle } else { high = middle }
        }
        return high
    }

    /// The chance of a one-sided t test at alpha/2 with `n` control rows to show that a treatment `distance` standard
    /// deviations above its margin is not below it.
    package func power(aboveMargin distance: Double, controlRows n: Double) -> Double {
        let parts = student(n)
        return NoncentralT.upperTail(parts.limit, degreesOfFreedom: parts.freedom, delta: distance * parts.scale)
    }

    private func sizes(controlRows: Double?) -> ArmSizes? { controlRows.flatMap { sizes(control: $0) } }

    /// Below this there is no degree of freedom.
    private var leastRows: Double { 3.0000001 / (1 + ratio) }

    private func student(_ n: Double) -> (freedom: Double, limit: Double, scale: Double) {
        let freedom = n * (1 + ratio) - 2
        return (
            freedom, StudentT.quantile(1 - alpha / 2, degreesOfFreedom: freedom), (n * ratio / (1 + ratio)).squareRoot()
        )
    }
}
