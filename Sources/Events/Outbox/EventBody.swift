import AuditLog
import GatehouseCore

/// The document that is sent: MLflow's envelope, the `type` that Standard Webhooks asks for, and, under one name of our own,
/// what MLflow leaves out.
enum EventBody {
    static let bytesMax = 1 << 20

    static func bytes(_ draft: EventDraft, sequence: Int64, entry: AuditEntry) -> [UInt8] {
        var own = draft.more.objectValue ?? [:]
        own["sequence"] = .integer(sequence)
        own["audit_index"] = .integer(entry.sequence)
        own["actor"] = .string(entry.principal.text)
        let whole = bytes(draft.type, at: entry.time, data: draft.data, gatehouse: own)
        guard whole.count > bytesMax else { return whole }
        // A thousand tags of 100,000 bytes each are allowed, and no receiver wants them.
        var data = draft.data.objectValue ?? [:]
        data["tags"] = [:]
        own["omitted"] = ["tags"]
        return bytes(draft.type, at: entry.time, data: .object(data), gatehouse: own)
    }

    /// Without `gatehouse`, it is a test that reports nothing.
    static func bytes(
        _ type: EventType, at time: Timestamp, data: JSONValue, gatehouse: [String: JSONValue] = ["test": true]
    ) -> [UInt8] {
        JSONWriter.object(capacity: 1024) {
            $0.member("entity", type.entity)
            $0.member("action", type.action)
            $0.member("timestamp", pythonText(of: time))
            $0.key("data")
            $0.value(data)
            $0.member("type", type.rawValue)
            $0.key("gatehouse")
            $0.value(JSONValue.object(gatehouse))
        }
    }

    /// As Python's `isoformat` writes it and every version of its `fromisoformat` reads it: microseconds and an offset.
    private static func pythonText(of time: Timestamp) -> String { "\(time.description.dropLast())000+00:00" }
}
