import Rendering
import Statistics

extension Wording {
    /// `0.84…0.88`.
    static func range(_ interval: Interval, decimals: Int = 4) -> String {
        range(interval.lower, interval.upper, decimals: decimals)
    }
}
