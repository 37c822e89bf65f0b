import Rendering
import Statistics

extension Wording {
    /// `0.84…0.88`.
    static func range(_ interval: Interval, decimals: Int = 4) -> String {
        range(interval.lower, interval.upper, decimals: decimals)
    }

    /// How many rows would decide if the estimate stayed, for an interval that includes the limit.
    static func rowsToDecide(_ value: Double, _ interval: Interval, limit: Double, rows: Int) -> String {
        guard let needed = interval.rowsToDecide(value, against: limit, rows: rows) else {
            return "no realistic number of rows would decide"
        }
        return "about \(grouped(needed)) rows like these would decide, there are \(grouped(rows))"
    }
}
