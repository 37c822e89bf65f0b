import Glibc
import Statistics

/// How far the challenger's predictions lie from the champion's of the same time: the smoothed population stability index, as
/// in `BucketDrift`, without the rest of what that computes. A rollout looks every few seconds.
struct PredictionIndex {
    /// Σ (q − p) ln(q/p), half a row added to every bucket on both sides.
    let value: Double
    private let scale: Double
    private let freedom: Double

    /// Nil unless both lists have the same buckets, two at least, and both sides hold rows.
    init?(champion: [Int], challenger: [Int]) {
        let (n, m) = (champion.reduce(0, +), challenger.reduce(0, +))
        guard champion.count == challenger.count, champion.count > 1, n > 0, m > 0 else { return nil }
        let half = 0.5 * Double(champion.count)
        var sum = 0.0
        for (one, other) in zip(champion, challenger) {
            let p = (Double(one) + 0.5) / (Double(n) + half)
            let q = (Double(other) + 0.5) / (Double(m) + half)
            sum += (q - p) * log(q / p)
        }
        value = sum
        scale = 1 / Double(n) + 1 / Double(m)
        freedom = Double(champion.count - 1)
    }

    /// What chance alone stays below in 95 of 100 comparisons, from (1/N + 1/M)·χ²_{B−1}.
    var chanceLimit: Double { scale * ChiSquared.quantile(Interval.level, degreesOfFreedom: freedom) }

    /// P(as large without any drift).
    var p: Double { ChiSquared.upperTail(value / scale, degreesOfFreedom: freedom) }
}
