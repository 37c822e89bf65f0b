import AuditLog
import GatehouseCore
import Registry
import Storage

/// What an audit entry tells the outside, before anybody is asked who wants to know.
struct EventDraft {
    let type: EventType
    /// Nil: it is about no model, and has an order of its own with others like it.
    let model: ModelName?
    /// MLflow's members exactly, for its events.
    let data: JSONValue
    /// What MLflow's members leave out, for those who look.
    var more: JSONValue = [:]

    var kind: EventKind { EventKind(type: type.rawValue, model: model?.text ?? "") }
}

extension EventDraft {
    /// MLflow's events and ours; nothing for most entries. Names and tags are read as the transaction leaves them.
    static func drafts(of entry: AuditEntry, _ tx: SQLTransaction) throws -> [EventDraft] {
        let decisions = decisions(of: entry)
        guard let model = entry.model, entry.outcome != .refused, let read = readers[entry.action] else { return decisions }
        return try decisions + read(entry, model, tx)
    }

    /// Whether entries of this kind tell the outside anything.
    static func isTold(_ action: AuditAction) -> Bool { readers[action] != nil || isDecision(action) }

    private typealias Reader = @Sendable (AuditEntry, ModelName, SQLTransaction) throws -> [EventDraft]

    private static let readers: [AuditAction: Reader] = [
        .modelCreated: created, .versionRegistered: registered, .versionCopied: registered, .tagSet: tag, .tagDeleted: tag,
        .aliasSet: alias,
        .aliasDeleted: alias, .transitionGranted: transitions, .rollbackPerformed: transitions, .slotAdopted: transitions,
        .breakGlassUsed: transitions, .rolloutPromoted: transitions, .rolloutRolledBack: transitions,
    ]

    /// MLflow's prompts are models with this tag.
    private static let promptTag = "mlflow.prompt.is_prompt"
    private static let promptTextTag = "mlflow.prompt.text"
    private static let promptOwnTags: Set = [promptTag, promptTextTag, "_mlflow_prompt_type"]

    private static func isPrompt(_ tags: [String: String]) -> Bool { tags[promptTag]?.lowercased() == "true" }

    private static func isPrompt(_ model: ModelName, _ tx: SQLTransaction) throws -> Bool {
        try isPrompt(tx.model(model)?.tags ?? [:])
    }

    private static func object(_ tags: [String: String], without keys: Set<String> = []) -> JSONValue {
        .object(tags.filter { !keys.contains($0.key) }.mapValues(JSONValue.string))
    }

    @Sendable
    private static func created(_ entry: AuditEntry, _ name: ModelName, _ tx: SQLTransaction) throws -> [EventDraft] {
        guard let model = try tx.model(name) else { return [] }
        let isPrompt = Self.isPrompt(model.tags)
        let data: JSONValue = .object([
            "name": .string(name.text), "tags": object(model.tags, without: isPrompt ? promptOwnTags : []),
            "description": .string(model.description),
        ])
        return [EventDraft(type: isPrompt ? .promptCreated : .registeredModelCreated, model: name, data: data)]
    }

    @Sendable
    private static func registered(_ entry: AuditEntry, _ model: ModelName, _ tx: SQLTransaction) throws -> [EventDraft] {
        guard let number = entry.version, let version = try tx.version(number, of: model) else { return [] }
        let isPrompt = Self.isPrompt(version.tags)
        var data: [String: JSONValue] = [
            "name": .string(model.text), "version": .string(number.description),
            "tags": object(version.tags, without: isPrompt ? promptOwnTags : []),
            "description": version.description.isEmpty ? .null : .string(version.description),
        ]
        if isPrompt {
            data["template"] = version.tags[promptTextTag].map(JSONValue.string) ?? .null
        } else {
            data["source"] = .string(version.source)
            data["run_id"] = version.runID.map(JSONValue.string) ?? .null
        }
        return [
            EventDraft(
                type: isPrompt ? .promptVersionCreated : .modelVersionCreated, model: model, data: .object(data),
                more: ["artifact": version.artifact.map { .string($0.description) } ?? .null])
        ]
    }

    /// MLflow has no event for the tags of a model, unless it is a prompt.
    @Sendable
    private static func tag(_ entry: AuditEntry, _ model: ModelName, _ tx: SQLTransaction) throws -> [EventDraft] {
        guard let key = entry.facts["key"]?.stringValue else { return [] }
        let isPrompt = try Self.isPrompt(model, tx)
        let isSet = entry.action == .tagSet
        var data: [String: JSONValue] = ["name": .string(model.text), "key": .string(key)]
        let type: EventType
        if let number = entry.version {
            data["version"] = .string(number.description)
            // The record holds a long value by its digest only.
            let value = try entry.texts["value"] ?? tx.version(number, of: model)?.tags[key]
            if isSet { data["value"] = .string(value ?? "") }
            type =
                isSet
                ? (isPrompt ? .promptVersionTagSet : .modelVersionTagSet)
                : (isPrompt ? .promptVersionTagDeleted : .modelVersionTagDeleted)
        } else {
            guard isPrompt else { return [] }
            let value = try entry.texts["value"] ?? tx.model(model)?.tags[key]
            if isSet { data["value"] = .string(value ?? "") }
            type = isSet ? .promptTagSet : .promptTagDeleted
        }
        return [EventDraft(type: type, model: model, data: .object(data))]
    }

    @Sendable
    private static func alias(_ entry: AuditEntry, _ model: ModelName, _ tx: SQLTransaction) throws -> [EventDraft] {
        guard let alias = entry.facts["alias"]?.stringValue else { return [] }
        let isPrompt = try Self.isPrompt(model, tx)
        let isSet = entry.action == .aliasSet
        return [
            moved(
                alias, of: model, to: isSet ? entry.version?.value : nil,
                from: isSet ? entry.facts["previous_version"]?.integerValue : entry.version?.value,
                set: isPrompt ? .promptAliasCreated : .modelVersionAliasCreated,
                deleted: isPrompt ? .promptAliasDeleted : .modelVersionAliasDeleted)
        ]
    }

    private static func moved(
        _ alias: String, of model: ModelName, to target: Int64?, from previous: Int64?, set: EventType, deleted: EventType
    ) -> EventDraft {
        var data: [String: JSONValue] = ["name": .string(model.text), "alias": .string(alias)]
        if target != nil { data["version"] = text(target) }
        return EventDraft(
            type: target == nil ? deleted : set, model: model, data: .object(data), more: ["previous_version": text(previous)])
    }

    /// Versions travel as text, as in MLflow.
    private static func text(_ number: Int64?) -> JSONValue { number.map { .string(String($0)) } ?? .null }

    /// The move itself, then what it displaced, then the alias that went with it.
    @Sendable
    private static func transitions(_ entry: AuditEntry, _ model: ModelName, _ tx: SQLTransaction) throws -> [EventDraft] {
        guard let version = entry.version, let from = entry.facts["from"]?.stringValue, let to = entry.facts["to"]?.stringValue
        else { return [] }
        let displaced = (entry.facts["displaced"]?.arrayValue ?? []).compactMap(\.integerValue)
        func moved(_ number: Int64, _ from: String, _ to: String, _ more: [String: JSONValue]) -> EventDraft {
            let data: [String: JSONValue] = [
                "name": .string(model.text), "version": text(number), "from_stage": .string(from), "to_stage": .string(to),
                "reason": .string(entry.reason),
            ]
            return EventDraft(type: .stageTransitioned, model: model, data: .object(data.merging(more) { $1 }))
        }
        let own = moved(
            version.value, from, to,
            [
                "previous_version": text(displaced.first), "displaced_versions": .array(displaced.map { text($0) }),
                "displaced_by": .null,
            ])
        let others = displaced.map {
            moved(
                $0, to, Stage.archived.rawValue,
                ["previous_version": .null, "displaced_versions": [], "displaced_by": text(version.value)])
        }
        return try [own] + others + [mirrored(entry, model, tx)].compactMap { $0 }
    }

    /// The alias that stands for Production moves with the stage, without an entry of its own.
    private static func mirrored(_ entry: AuditEntry, _ model: ModelName, _ tx: SQLTransaction) throws -> EventDraft? {
        guard let alias = entry.facts["alias"]?.stringValue, let found = try tx.model(model) else { return nil }
        let target = try found.aliases[Alias(alias)]?.value
        let previous = entry.facts["alias_was"]?.integerValue
        guard target != previous else { return nil }
        return moved(
            alias, of: model, to: target, from: previous, set: .modelVersionAliasCreated, deleted: .modelVersionAliasDeleted)
    }
}
