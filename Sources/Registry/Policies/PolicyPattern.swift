import GatehouseCore

/// Which models a policy is for: a name, or a pattern in which `*` stands for any characters.
enum PolicyPattern {
    static let charactersMax = ModelName.charactersMax

    /// Fails with `invalidArgument` when no model could have a name that it matches.
    static func check(_ pattern: String) throws(GatehouseError) {
        do {
            _ = try ModelName(pattern.replacing("*", with: "x"))
        } catch {
            throw GatehouseError(
                .invalidArgument, "'\(pattern.prefix(80))' cannot be the name or pattern of a policy's models.",
                hint: "Use a model's name, or a pattern such as 'credit-*'; '*' alone is the server's default.")
        }
    }

    /// The pattern that rules a model: the one with the most literal characters, the first by name among equals.
    static func governing(_ name: ModelName, among patterns: [String]) -> String? {
        func literals(_ pattern: String) -> Int { pattern.unicodeScalars.count { $0 != "*" } }
        return patterns.filter { NamePattern.matches($0, name.text) }
            .min { (-literals($0), $0) < (-literals($1), $1) }
    }
}
