import AuditLog
import GatehouseCore

/// Decisions and their progress: what the audit entry says, under the entry's own name or that of what it decided.
extension EventDraft {
    /// Refusals that are news; other refused acts stay in the log.
    private static let refusalsTold: Set<AuditAction> = [.transitionRefused, .reviewRejected]

    /// What the entry is told as, beside MLflow's events: at most its own name, and what it decided.
    static func decisions(of entry: AuditEntry) -> [EventDraft] {
        guard entry.outcome != .refused || refusalsTold.contains(entry.action) else { return [] }
        return types(of: entry).map { type in
            EventDraft(type: type, model: entry.model, data: .object(data(of: entry)))
        }
    }

    static func isDecision(_ action: AuditAction) -> Bool {
        EventType(rawValue: action.rawValue)?.isEntry == true || action == .transitionGranted || action == .webhookUpdated
    }

    private static func types(of entry: AuditEntry) -> [EventType] {
        let hasPromotion = entry.facts["promotion"]?.stringValue != nil
        if entry.action == .transitionGranted {
            let isRollout = entry.facts["rollout"]?.stringValue != nil
            return (hasPromotion ? [.promotionApproved] : []) + (isRollout ? [.rolloutStarted] : [])
        }
        if entry.action == .webhookUpdated {
            return entry.facts["because"]?.stringValue != nil ? [.webhookDisabled] : []
        }
        guard let own = EventType(rawValue: entry.action.rawValue), own.isEntry else { return [] }
        if own == .transitionRefused, hasPromotion { return [.promotionBlocked] }
        return own == .reviewRejected ? [own, .promotionRejected] : [own]
    }

    /// Measurements can be long, and are one call away.
    private static let factsLeftOut: Set = ["results", "champion_metrics"]
    /// Words of people that belong to the news; others stay where they can be erased.
    private static let textsTold: Set = ["incident", "comment"]

    private static func data(of entry: AuditEntry) -> [String: JSONValue] {
        var data = (entry.facts.objectValue ?? [:]).filter { !factsLeftOut.contains($0.key) }
        for (role, person) in entry.people { data[role] = .string(person.text) }
        for (name, text) in entry.texts where textsTold.contains(name) { data[name] = .string(text) }
        if let model = entry.model { data["name"] = .string(model.text) }
        if let version = entry.version { data["version"] = .string(version.description) }
        data["outcome"] = .string(entry.outcome.rawValue)
        data["reason"] = .string(entry.reason)
        return data
    }
}
