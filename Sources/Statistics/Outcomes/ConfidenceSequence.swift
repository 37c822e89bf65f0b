import Glibc

/// An interval that only shrinks: the intersection of all intervals of a confidence sequence so far.
package struct RunningInterval: Sendable, Equatable {
    package private(set) var lower = -Double.infinity
    package private(set) var upper = Double.infinity

    package init() {}

    package mutating func intersect(_ interval: Interval) {
        lower = max(lower, interval.lower)
        upper = min(upper, interval.upper)
    }

    /// Nil before the first interval, and when the intervals contradict each other: then the rows did not come from one
    /// unchanging pair of arms.
    package var interval: Interval? {
        lower <= upper && lower.isFinite && upper.isFinite ? Interval(lower: lower, upper: upper) : nil
    }

    package var isContradiction: Bool { lower > upper }
}

/// The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas ("Time-uniform central limit theory
/// and asymptotic confidence sequences", 2024).
///
/// Half width √(N s² · 2(Nρ²+1)/(N²ρ²) · ln(√(Nρ²+1)/α)), N rows of both arms, s² the squared standard error. It is
/// Robbins's mixture with τ² = ρ²·N·s², so no difference worth finding need be named.
package struct AsymptoticSequence: Sendable, Equatable {
    package static let defaultTuning = 5000.0

    package let alpha: Double
    /// ρ² = (−2 ln α + ln(1 − 2 ln α))/tuning: the interval is tightest near `tuning` rows.
    package let rho: Double

    /// Nil unless 0 < alpha < 1 and `tuning` is positive and finite.
    package init?(alpha: Double = 1 - Interval.level, tuning: Double = Self.defaultTuning) {
        guard alpha > 0, alpha < 1, tuning > 0, tuning.isFinite else { return nil }
        self.alpha = alpha
        rho = ((-2 * log(alpha) + log(1 - 2 * log(alpha))) / tuning).squareRoot()
    }

    /// Nil while the difference has no variance.
    package func interval(_ difference: ArmDifference) -> Interval? {
        NormalMixture(variance: rho * rho * Double(difference.rows) * difference.variance)?.interval(difference, alpha: alpha)
    }
}

/// The rate of a yes-or-no outcome, exactly and at any time: no normal approximation, right for error rates of small canaries.
///
/// Holds all rates that a uniform mixture of bets has not refuted: B(1+s, 1+f)/(pˢ(1−p)ᶠ) < 1/α (Robbins, 1970).
package enum BernoulliSequence {
    /// Both ends lie in 0…1; without rows, all of it.
    package static func interval(_ counts: ArmCounts, alpha: Double) -> Interval {
        let (s, f) = (Double(counts.successes), Double(counts.trials - counts.successes))
        guard let rate = counts.rate else { return Interval(lower: 0, upper: 1) }
        let evidence = lgamma(1 + s) + lgamma(1 + f) - lgamma(2 + s + f) + log(alpha)
        func isRefuted(_ p: Double) -> Bool {
            evidence - (s > 0 ? s * log(p) : 0) - (f > 0 ? f * log1p(-p) : 0) >= 0
        }
        return Interval(
            lower: s == 0 ? 0 : edge(from: rate, to: 0, isRefuted), upper: f == 0 ? 1 : edge(from: rate, to: 1, isRefuted))
    }

    /// Treatment minus control, from a sequence per arm at α/2 each: exact, and wider than it need be.
    package static func difference(control: ArmCounts, treatment: ArmCounts, alpha: Double) -> Interval {
        let a = interval(control, alpha: alpha / 2)
        let b = interval(treatment, alpha: alpha / 2)
        return Interval(lower: b.lower - a.upper, upper: b.upper - a.lower)
    }

    private static func edge(from inside: Double, to end: Double, _ isRefuted: (Double) -> Bool) -> Double {
        var (inside, outside) = (inside, end)
        for _ in 0..<200 {
            let middle = inside + (outside - inside) / 2
            guard middle != inside, middle != outside else { break }
            if isRefuted(middle) { outside = middle } else { inside = middle }
        }
        return outside
    }
}

/// The mean of bounded outcomes at any time, without a normal approximation: the predictable plug-in empirical-Bernstein
/// sequence of Waudby-Smith and Ramdas ("Estimating means of bounded random variables by betting", 2024, theorem 2).
package struct EmpiricalBernsteinSequence: Sendable, Equatable {
    package let range: Interval
    package let alpha: Double
    package private(set) var count = 0
    package private(set) var running = RunningInterval()
    /// Of outcomes scaled to 0…1.
    private var sum = 0.0
    private var variances = 0.25
    private var bets = 0.0
    private var betOutcomes = 0.0
    private var penalty = 0.0

    /// Nil unless the range is finite and not empty and 0 < alpha < 1.
    package init?(range: Interval, alpha: Double = 1 - Interval.level) {
        guard range.isFinite, range.upper > range.lower, (range.upper - range.lower).isFinite, alpha > 0, alpha < 1 else {
            return nil
        }
        self.range = range
        self.alpha = alpha
    }

    /// An outcome outside the range would break the guarantee: it is refused with false.
    package mutating func observe(_ outcome: Double) -> Bool {
        guard range.contains(outcome) else { return false }
        let width = range.upper - range.lower
        let x = (outcome - range.lower) / width
        let before = (0.5 + sum) / Double(count + 1)
        let varianceBefore = variances / Double(count + 1)
        count += 1
        let t = Double(count)
        // A bet is made before its outcome is seen; the cap keeps the logarithm below finite.
        let bet = min(0.5, (2 * log(2 / alpha) / (varianceBefore * t * log(1 + t))).squareRoot())
        bets += bet
        betOutcomes += bet * x
        penalty += (x - before) * (x - before) * (-log1p(-bet) - bet)
        sum += x
        let mean = (0.5 + sum) / (t + 1)
        variances += (x - mean) * (x - mean)
        let centre = betOutcomes / bets
        let half = (log(2 / alpha) + penalty) / bets
        running.intersect(
            Interval(
                lower: max(range.lower, range.lower + width * (centre - half)),
                upper: min(range.upper, range.lower + width * (centre + half))))
        return true
    }
}

/// Evidence, at any time, that a rate exceeds a limit: E = ∏(1 + λ(x − limit)) is at most 1 on average while the rate keeps to
/// the limit, so E ≥ 1/α at any moment is proof at level α (Ville, 1939; Shafer and Vovk, "Game-theoretic foundations", 2019).
package struct RateLimitProcess: Sendable, Equatable {
    package let limit: Double
    /// λ, below 1/limit so that no outcome can end the process.
    package let bet: Double
    package private(set) var count = 0
    package private(set) var logE = 0.0
    private var logMax = 0.0
    private let logSuccess: Double
    private let logFailure: Double

    /// Bets as if the rate were `harm`: λ = (harm − limit)/(limit(1 − limit)), which makes E the likelihood ratio and grows
    /// fastest when that is so (Kelly, 1956). Nil unless 0 < limit < harm < 1.
    package init?(limit: Double, harm: Double) {
        guard limit > 0, limit < harm, harm < 1 else { return nil }
        self.limit = limit
        bet = (harm - limit) / (limit * (1 - limit))
        logSuccess = log(harm / limit)
        logFailure = log((1 - harm) / (1 - limit))
    }

    /// `isHarm`: an error, a timeout, a complaint.
    package mutating func observe(isHarm: Bool) {
        count += 1
        logE += isHarm ? logSuccess : logFailure
        logMax = max(logMax, logE)
    }

    /// May overflow to infinity: proof beyond doubt.
    package var e: Double { exp(logE) }
    /// Always valid: 1 over the largest E so far.
    package var p: Double { exp(-logMax) }

    /// The evidence of several metrics against "none is harmed", whatever their dependence (Vovk and Wang, 2021). Nil without any.
    package static func combined(_ values: [Double]) -> Double? {
        values.isEmpty ? nil : values.reduce(0) { $0 + $1 / Double(values.count) }
    }
}
