import GatehouseCore

/// What an entry holds beside its fields, as rows: nested values by their path, and what was one thing before and another
/// after side by side.
struct EntryFacts: Sendable, Equatable {
    struct Row: Sendable, Equatable {
        let name: String
        let value: String
        /// Where it leads, when it names something that has a page.
        let address: String?
    }

    struct Change: Sendable, Equatable {
        let name: String
        let before: String
        let after: String
    }

    static let rowsMax = 120
    static let valueCharactersMax = 400
    /// Keys that come in pairs, and what the pair is about.
    private static let pairs: [(before: String, after: String, name: String)] = [
        ("from", "to", "stage"), ("alias_was", "version", "alias"), ("previous", "policy", "policy"), ("old", "new", "value"),
        ("before", "after", "value"),
    ]

    private(set) var changes: [Change] = []
    private(set) var rows: [Row] = []
    /// Rows there would be beyond `rowsMax`.
    private(set) var left = 0

    init(_ facts: JSONValue, version: VersionNumber?) {
        guard var members = facts.objectValue else { return }
        for pair in Self.pairs {
            let after = pair.after == "version" ? version.map { JSONValue.integer($0.value) } : members[pair.after]
            guard let before = members[pair.before], let after else { continue }
            changes.append(Change(name: pair.name, before: Self.text(before), after: Self.text(after)))
            members[pair.before] = nil
            members[pair.after] = nil
        }
        for (name, value) in members.sorted(by: { $0.key < $1.key }) { add(name, value) }
    }

    private mutating func add(_ name: String, _ value: JSONValue) {
        switch value {
        case .object(let members) where !members.isEmpty:
            for (key, inner) in members.sorted(by: { $0.key < $1.key }) { add("\(name).\(key)", inner) }
        case .array(let items) where items.contains { $0.objectValue != nil }:
            for (index, item) in items.enumerated() { add("\(name) \(index + 1)", item) }
        case .null, .bool, .number, .integer, .string, .array, .object:
            guard rows.count < Self.rowsMax else { return left += 1 }
            let text = Self.text(value)
            rows.append(Row(name: name.replacing("_", with: " "), value: text, address: Self.address(name, text)))
        }
    }

    private static func text(_ value: JSONValue) -> String {
        let text: String
        switch value {
        case .null: text = "none"
        case .bool(let flag): text = flag ? "yes" : "no"
        case .string(let words): text = words
        case .array(let items): text = items.isEmpty ? "none" : items.map(Self.text).joined(separator: ", ")
        case .object(let members): text = members.isEmpty ? "none" : value.canonicalText
        case .number, .integer: text = value.canonicalText
        }
        return text.count > valueCharactersMax ? text.prefix(valueCharactersMax) + "…" : text
    }

    private static func address(_ name: String, _ text: String) -> String? {
        switch name {
        case "promotion": Address.promotion(text)
        case "review" where text.hasPrefix("rv_"): Address.review(text)
        case "rollout": Address.rollout(text)
        case "endpoint": Address.endpoint(text)
        case "run_id" where text != "none": Address.run(text)
        case "policy":
            text.contains("@") ? Address.policy(String(text[..<(text.lastIndex(of: "@") ?? text.endIndex)])) : nil
        default: nil
        }
    }
}
