/// Intervals for shares of counted rows.
package enum Proportion {
    /// Wilson's score interval (1927), of 95 % unless `z` is another normal quantile. Nil without trials. Never leaves [0, 1] and
    /// does not collapse at 0 or all.
    package static func wilson(_ successes: Int, of trials: Int, z: Double = Interval.z) -> Interval? {
        guard trials > 0, (0...trials).contains(successes) else { return nil }
        return wilson(share: Double(successes) / Double(trials), effectiveTrials: Double(trials), z: z)
    }

    /// The same for a weighted share, of `effectiveTrials` = (Σw)²/Σw² rows. Nil unless there are any, or when `share` is not
    /// in [0, 1].
    package static func wilson(share: Double, effectiveTrials n: Double, z: Double = Interval.z) -> Interval? {
        guard n > 0, n < .infinity, share >= 0, share <= 1 else { return nil }
        let square = z * z
        let centre = (share + square / (2 * n)) / (1 + square / n)
        let half = z / (1 + square / n) * (share * (1 - share) / n + square / (4 * n * n)).squareRoot()
        // At the ends the exact bound is the share itself; rounding must not move it inwards.
        return Interval(
            lower: share == 0 ? 0 : max(0, centre - half), upper: share == 1 ? 1 : min(1, centre + half))
    }
}
