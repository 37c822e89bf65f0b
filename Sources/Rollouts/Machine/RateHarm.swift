import Glibc
package import Statistics

/// Proof that a share of the challenger's requests is above its limit, and that this is the challenger's doing.
///
/// What is refuted is "the share is at most the limit, or at most what the champion has at the same time": where both arms
/// fail alike, something behind them is broken and going back would not help. Requests are taken as independent; failures
/// that come in bursts raise the rate of false alarms above what is stated.
package enum RateHarm {
    /// One look at one window, decided by exact binomial tails at `alpha`.
    ///
    /// Against the champion: given all failures of both arms, those of the challenger are at most binomial with its share of
    /// the requests when the rates are equal (Przyborowski and Wilenski, 1940; the hypergeometric law is narrower). Both
    /// halves must be refuted, so neither needs a correction.
    package static func isProven(
        _ challenger: ArmCounts, champion: ArmCounts?, limit: Double, alpha: Double
    ) -> Bool {
        guard let rate = challenger.rate, rate > limit else { return false }
        let (bad, n) = (challenger.successes, challenger.trials)
        guard limit <= 0 || Binomial.upperTail(bad, trials: n, probability: limit) <= alpha else { return false }
        guard let champion else { return true }
        let share = Double(n) / (Double(n) + Double(champion.trials))
        return Binomial.upperTail(bad, trials: bad + champion.successes, probability: share) <= alpha
    }

    /// The same for counts that grow and are looked at after every window: an always-valid sequence per arm at half of
    /// `alpha` each.
    package static func isProvenAnytime(
        _ challenger: ArmCounts, champion: ArmCounts?, limit: Double, alpha: Double
    ) -> Bool {
        guard let rate = challenger.rate, rate > limit else { return false }
        guard limit <= 0 || logEvidence(challenger, against: limit) >= log(2 / alpha) else { return false }
        guard let champion, champion.trials > 0 else { return true }
        return BernoulliSequence.interval(challenger, alpha: alpha / 2).lower
            > BernoulliSequence.interval(champion, alpha: alpha / 2).upper
    }

    /// ln of what a uniform mixture of bets against the rate `p` has won: B(1+s, 1+f)/(pˢ(1−p)ᶠ) (Robbins, 1970). 0 < p < 1.
    static func logEvidence(_ counts: ArmCounts, against p: Double) -> Double {
        let (s, f) = (Double(counts.successes), Double(counts.trials - counts.successes))
        return lgamma(1 + s) + lgamma(1 + f) - lgamma(2 + s + f) - s * log(p) - f * log1p(-p)
    }
}
