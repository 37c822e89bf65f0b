extension Interval {
    /// Which side of a number an interval leaves possible.
    package enum Comparison: Sendable, Equatable {
        /// The whole interval lies above the number.
        case above
        /// The whole interval lies below it.
        case below
        /// Either may be true: the data do not decide.
        case includes
    }

    /// An interval that ends exactly at the number includes it.
    package func compared(to reference: Double) -> Comparison {
        if lower > reference { return .above }
        if upper < reference { return .below }
        return .includes
    }

    /// How many rows like the `rows` there are would make this interval around `value` exclude `reference`, if the value stayed:
    /// intervals shrink with the square root of the rows. Nil when no realistic number of rows would.
    package func rowsToDecide(_ value: Double, against reference: Double, rows: Int) -> Int? {
        let reach = value >= reference ? value - lower : upper - value
        let factor = reach / abs(value - reference)
        guard factor.isFinite, let needed = Int(exactly: (Double(rows) * factor * factor).rounded(.up)) else { return nil }
        return needed <= Self.rowsToDecideMax ? needed : nil
    }

    private static let rowsToDecideMax = 1_000_000_000
}

extension PairedDifference {
    /// The same with the models' places changed, as for a metric of which less is better.
    package var negated: PairedDifference {
        PairedDifference(
            difference: 0 - difference, interval: interval.map { Interval(lower: 0 - $0.upper, upper: 0 - $0.lower) },
            standardError: standardError, p: p, method: method, replicates: replicates)
    }

    /// Of a difference of which more is better: *superior* by `reference` when above, *not superior* when below. With
    /// -margin for `reference`, *non-inferior* when above and *inferior* when below; both may be asked of the same rows, in
    /// that order, at one level (a closed test). Nil without an interval.
    package func compared(to reference: Double) -> Interval.Comparison? { interval?.compared(to: reference) }

    /// How many rows like the `rows` there are would make the interval exclude `reference`. Nil without an interval, or when no
    /// realistic number would.
    package func rowsToDecide(against reference: Double, rows: Int) -> Int? {
        interval?.rowsToDecide(difference, against: reference, rows: rows)
    }
}
