package import GatehouseCore

extension Grant: CustomStringConvertible {
    package static let textBytesMax = 2000

    /// `ROLE[:MODELS[:ENVIRONMENT[:SEGMENT]]]`: as it is typed, sent and recorded. `*` is everywhere.
    package var description: String {
        var parts = [role.rawValue, models ?? "*", environment ?? "*", segment ?? "*"]
        while parts.count > 1, parts.last == "*" { parts.removeLast() }
        return parts.joined(separator: ":")
    }

    /// Reads `description`. Fails with `invalidArgument` saying which part is wrong.
    package init(parsing text: String) throws(GatehouseError) {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false).map(String.init)
        guard text.utf8.count <= Self.textBytesMax, parts.count <= 4, parts.allSatisfy({ !$0.isEmpty }) else {
            throw GatehouseError(
                .invalidArgument, "'\(text.prefix(80))' is not a grant.",
                hint: "Write ROLE[:MODELS[:ENVIRONMENT[:SEGMENT]]], such as viewer or production-manager:credit-*:production:eu.")
        }
        guard let role = Role(rawValue: parts[0]) else {
            let near = Suggestion.nearest(to: parts[0], in: Role.allCases.map(\.rawValue)).map { " Did you mean '\($0)'?" } ?? ""
            throw GatehouseError(
                .invalidArgument, "There is no role '\(parts[0].prefix(80))'.\(near)",
                hint: "Roles are: \(Role.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        func part(_ index: Int) -> String? { index < parts.count && parts[index] != "*" ? parts[index] : nil }
        try self.init(role, checkedModels: part(1), environment: part(2), segment: part(3))
    }

    private init(_ role: Role, checkedModels models: String?, environment: String?, segment: String?) throws(GatehouseError) {
        if let models {
            do { _ = try ModelName(models.replacing("*", with: "x")) } catch {
                throw GatehouseError(
                    .invalidArgument, "'\(models.prefix(80))' cannot be the name or pattern of models.",
                    hint: "Use a model's name, or a pattern such as 'credit-*'.")
            }
        }
        guard role.isHeldPerSlot || (environment == nil && segment == nil) else {
            throw GatehouseError(
                .invalidArgument, "The role \(role.rawValue) is not held per environment or segment.",
                hint: "Narrow it to models at most: \(role.rawValue):\(models ?? "*").")
        }
        // The model is any: only the other two are looked at.
        _ = try Slot.named(ModelName("any"), environment: environment, segment: segment)
        self.init(role, models: models, environment: environment, segment: segment)
    }
}
