import GatehouseCore
import Registry

/// The rule for reasons that a person must give.
enum Reason {
    /// Fails with `invalidArgument` for a blank one and with `tooLarge`.
    static func check(_ reason: String, for deed: String) throws(GatehouseError) {
        guard !reason.allSatisfy(\.isWhitespace) else {
            throw GatehouseError(.invalidArgument, "\(deed) needs a reason.", hint: "Repeat it with --reason \"…\".")
        }
        try ModelRegistry.check(reason, bytesMax: ModelRegistry.reasonBytesMax, what: "The reason")
    }
}
