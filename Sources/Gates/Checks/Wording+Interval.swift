import Rendering
import Statistics

extension Wording {
    /// `0.84…0.88`.
    static func range(_ interval: Interval, decimals: Int = 4) -> String {
        range(interval.lower, interval.upper, decimals: decimals)
    }

    /// How many rows would decide if the estimate stayed, for an interval that includes the limit: intervals shrink with the
    /// square root of the rows.
    static func rowsToDecide(_ value: Double, _ interval: Interval, limit: Double, rows: Int) -> String {
        let reach = value >= limit ? value - interval.lower : interval.upper - value
        let factor = reach / abs(value - limit)
        guard factor.isFinite, let needed = Int(exactly: (Double(rows) * factor * factor).rounded(.up)), needed <= 1_000_000_000
        else { return "no realistic number of rows would decide" }
        return "about \(needed) rows like these would decide, there are \(rows)"
    }
}
