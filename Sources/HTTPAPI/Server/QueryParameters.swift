import GatehouseCore
package import Hummingbird

extension Request {
    /// A whole number from the query, within bounds. Fails with `invalidArgument`.
    package func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let text = uri.queryParameters[Substring(name)] else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw GatehouseError(
                .invalidArgument, "'\(name)' is a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'.")
        }
        return value
    }

    package func text(_ name: String) -> String? { uri.queryParameters[Substring(name)].map(String.init) }
}

extension Request {
    /// `true` or `false`; absent is false. Fails with `invalidArgument`.
    package func flag(_ name: String) throws -> Bool {
        switch text(name) {
        case nil, "false": return false
        case "true": return true
        case let other?:
            throw GatehouseError(.invalidArgument, "'\(name)' is true or false, not '\(other.prefix(80))'.")
        }
    }
}
