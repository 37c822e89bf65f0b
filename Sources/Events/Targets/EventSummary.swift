import GatehouseCore

/// An event as people read it: one line, then names and values. What people wrote is among the values as they wrote it; each
/// target shows it as plain text in its own way.
struct EventSummary: Sendable, Equatable {
    struct Fact: Sendable, Equatable {
        /// `from stage`: a member's name, which is ours.
        let name: String
        let value: String
    }

    static let factsMax = 10
    static let valueCharactersMax = 300
    /// These come first, the others by name.
    private static let order = [
        "slot", "from_stage", "to_stage", "from", "to", "percent", "phase", "verdict", "alias", "previous_version",
    ]
    /// Shown elsewhere, or too long to be shown.
    private static let leftOut: Set<String> = [
        "name", "version", "reason", "because", "description", "tags", "template", "checks",
    ]

    let type: String
    /// Nil for what is about no model.
    let model: String?
    let version: String?
    /// `credit-risk v2: stage transitioned, Staging → Production`.
    let title: String
    let facts: [Fact]
    /// Why, in somebody's words or in ours.
    let reason: String?
    let actor: String?
    /// As the document has it: ISO 8601 with an offset.
    let time: String
    let auditEntry: Int64?
    let isTest: Bool
    /// What a fact's name stands for, unshortened.
    let data: [String: JSONValue]

    /// Fails with `integrity` for a stored document that cannot be read.
    init(_ notice: EventNotice) throws(GatehouseError) {
        let document = try notice.document()
        let data = document["data"]?.objectValue ?? [:]
        let own = document["gatehouse"]?.objectValue ?? [:]
        self.data = data
        type = notice.type.rawValue
        // There the name is that of the webhook.
        model = notice.type == .webhookDisabled ? nil : data["name"]?.stringValue
        version = data["version"].flatMap(Self.text)
        reason = [data["reason"], data["because"]].lazy.compactMap { $0?.stringValue }.first { !$0.isEmpty }
        actor = own["actor"]?.stringValue
        time = document["timestamp"]?.stringValue ?? ""
        auditEntry = own["audit_index"]?.integerValue
        isTest = own["test"]?.boolValue ?? false
        facts = Self.facts(data)
        title = Self.title(notice.type, model: model, version: version, data, isTest: isTest)
    }

    private static func title(
        _ type: EventType, model: String?, version: String?, _ data: [String: JSONValue], isTest: Bool
    ) -> String {
        let subject = [model ?? "Gatehouse", version.map { "v\($0)" }].compactMap(\.self).joined(separator: " ")
        // The version is in the subject already.
        let words = (type.entity == "model_version" ? type.action : type.rawValue).replacing("_", with: " ")
            .replacing(".", with: " ")
        var title = "\(isTest ? "Test: " : "")\(subject): \(words)"
        if let from = stage("from", data), let to = stage("to", data) { title += ", \(from) → \(to)" }
        return title
    }

    /// MLflow's messages have a longer name for it than the records.
    private static func stage(_ end: String, _ data: [String: JSONValue]) -> String? {
        (data["\(end)_stage"] ?? data[end])?.stringValue
    }

    var fromStage: String? { Self.stage("from", data) }
    var toStage: String? { Self.stage("to", data) }

    private static func facts(_ data: [String: JSONValue]) -> [Fact] {
        let rank = Dictionary(order.enumerated().map { ($1, $0) }) { first, _ in first }
        let names = data.keys.filter { !leftOut.contains($0) }.sorted {
            (rank[$0] ?? order.count, $0) < (rank[$1] ?? order.count, $1)
        }
        let shown = names.compactMap { name -> Fact? in
            guard let value = data[name].flatMap(text), !value.isEmpty else { return nil }
            return Fact(name: name.replacing("_", with: " "), value: shortened(value))
        }
        return Array(shown.prefix(factsMax))
    }

    /// A value on one line; nil for what has more to it than that.
    private static func text(_ value: JSONValue) -> String? {
        switch value {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number(let number): "\(number)"
        case .bool(let flag): flag ? "yes" : "no"
        case .array(let elements):
            elements.isEmpty ? nil : elements.compactMap(text).joined(separator: ", ")
        case .null, .object: nil
        }
    }

    static func shortened(_ text: String, charactersMax: Int = valueCharactersMax) -> String {
        text.count > charactersMax ? text.prefix(charactersMax - 1) + "…" : text
    }
}
