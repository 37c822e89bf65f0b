import Glibc

/// Intervals for shares of counted rows.
package enum Proportion {
    /// Wilson's score interval (1927). Nil without trials. Never leaves [0, 1] and does not collapse at 0 or all.
    package static func wilson(_ successes: Int, of trials: Int) -> Interval? {
        guard trials > 0, (0...trials).contains(successes) else { return nil }
        let n = Double(trials)
        let share = Double(successes) / n
        let square = Interval.z * Interval.z
        let centre = (share + square / (2 * n)) / (1 + square / n)
        let half = Interval.z / (1 + square / n) * (share * (1 - share) / n + square / (4 * n * n)).squareRoot()
        // At the ends the exact bound is the share itself; rounding must not move it inwards.
        return Interval(
            lower: successes == 0 ? 0 : max(0, centre - half), upper: successes == trials ? 1 : min(1, centre + half))
    }

    /// The interval of a ratio of two independent shares, on the log scale (Katz and others, 1978).
    ///
    /// A half is added to every count when a count is 0 (Walter, 1975). Nil without trials or without any success.
    package static func ratio(_ first: (successes: Int, trials: Int), to second: (successes: Int, trials: Int)) -> Interval? {
        guard first.trials > 0, second.trials > 0, first.successes + second.successes > 0 else { return nil }
        let added = first.successes == 0 || second.successes == 0 ? 0.5 : 0
        let (a, n) = (Double(first.successes) + added, Double(first.trials) + added)
        let (b, m) = (Double(second.successes) + added, Double(second.trials) + added)
        let centre = log(a / n) - log(b / m)
        let half = Interval.z * max(0, 1 / a - 1 / n + 1 / b - 1 / m).squareRoot()
        return Interval(lower: first.successes == 0 ? 0 : exp(centre - half), upper: exp(centre + half))
    }
}
