import GatehouseCore
import Hummingbird

extension Request {
    /// A whole number from the query, within bounds. Fails with `invalidArgument`.
    func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let text = uri.queryParameters[Substring(name)] else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw GatehouseError(
                .invalidArgument, "'\(name)' is a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'.")
        }
        return value
    }

    func text(_ name: String) -> String? { uri.queryParameters[Substring(name)].map(String.init) }
}
