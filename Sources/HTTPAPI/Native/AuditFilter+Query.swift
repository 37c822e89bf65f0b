package import AuditLog
import GatehouseCore

extension AuditFilter {
    /// The filters of a query, by their names. Fails with `invalidArgument` naming the one that cannot be read.
    package init(_ text: (_ name: String) -> String?) throws {
        self.init(
            model: try text("model").map { try ModelName($0) },
            version: try text("version").map { try VersionNumber(parsing: $0) },
            action: try text("action").map { try Self.word($0, "action", AuditAction.init(rawValue:)) },
            outcome: try text("outcome").map { try Self.word($0, "outcome", AuditOutcome.init(rawValue:)) },
            principal: text("principal").map { Principal(stored: $0.contains(":") ? $0 : "user:\($0)") },
            from: try text("from").map { try Timestamp(parsing: $0) },
            until: try text("until").map { try Timestamp(parsing: $0) })
    }

    private static func word<Word: RawRepresentable & CaseIterable>(
        _ text: String, _ name: String, _ make: (String) -> Word?
    ) throws(GatehouseError) -> Word where Word.RawValue == String {
        guard let word = make(text) else {
            let known = Word.allCases.map(\.rawValue)
            let closest = Suggestion.nearest(to: text, in: known)
            throw GatehouseError(
                .invalidArgument, "There is no \(name) '\(text.prefix(80))'.",
                hint: closest.map { "Did you mean '\($0)'?" } ?? "Known are: \(known.joined(separator: ", ")).")
        }
        return word
    }
}
