import AuditLog
package import GatehouseCore

/// One attempt to move a version, granted, refused or taken back, as the log tells it.
package struct Decision: Sendable, Equatable {
    package enum Kind: String, Sendable, CaseIterable {
        case moved
        case refused
        /// Entered without gates, because it was in production before Gatehouse came.
        case adopted
        case rolledBack = "rolled_back"
        /// Into Production past the gates, in an emergency.
        case brokeGlass = "broke_glass"
        /// Another version took its place.
        case displaced
        /// The request was taken back before it was decided.
        case withdrawn
    }

    package let sequence: Int64
    package let time: Timestamp
    package let by: Principal
    package let kind: Kind
    package let from: Stage?
    package let to: Stage?
    /// `credit-risk/production/default/champion`; nil where no slot changed hands or the entry does not say.
    package let slot: String?
    package let reason: String
    /// What a refusal lacked; what a policy that only warns let through.
    package let missing: [String]
    /// Versions that left the stage because of it; for `displaced`, the one that took the place.
    package let others: [VersionNumber]
    package let policy: String?
    package let evaluation: String?
    package let promotion: String?
    /// The reviews it rests on.
    package let reviews: [String]
    package let rollout: String?

    /// Whether the version is elsewhere because of it.
    package var isChange: Bool {
        switch kind {
        case .moved, .adopted, .rolledBack, .brokeGlass, .displaced: true
        case .refused, .withdrawn: false
        }
    }

    /// Whether it put the version into a slot.
    package var isArrival: Bool { isChange && to == .production }
}

extension Decision {
    /// What an entry means for a version; nil when it moved nothing of this version's.
    init?(_ entry: AuditEntry, about version: VersionNumber) {
        let facts = entry.facts
        let displaced = (facts["displaced"]?.arrayValue ?? []).compactMap { $0.integerValue.flatMap { try? VersionNumber($0) } }
        let own = entry.version == version
        guard let kind = Self.kind(entry, own: own, displaces: displaced.contains(version)) else { return nil }
        sequence = entry.sequence
        time = entry.time
        by = entry.principal
        self.kind = kind
        from = own ? facts.stage("from") : facts.stage("to")
        to = own ? facts.stage("to") ?? (kind == .adopted ? .production : nil) : .archived
        slot = facts["slot"]?.stringValue
        // A rollout that ends by itself says why in its facts.
        reason = entry.reason.isEmpty ? facts["because"]?.stringValue ?? "" : entry.reason
        missing = facts.texts("missing")
        others = own ? displaced : entry.version.map { [$0] } ?? []
        policy = facts["policy"]?.stringValue
        evaluation = own ? facts["evaluation"]?.stringValue : nil
        promotion = own ? facts["promotion"]?.stringValue : nil
        reviews = own ? facts.texts("reviews") : []
        rollout = own ? facts["rollout"]?.stringValue : nil
    }

    /// Where the entries leave a version.
    static func stage(of version: VersionNumber, after entries: [AuditEntry]) -> Stage {
        let changes = entries.sorted { $0.sequence < $1.sequence }.compactMap { Decision($0, about: version) }
        return changes.last(where: \.isChange)?.to ?? .none
    }

    /// By action; what stands nowhere here moved nothing.
    private static let kinds: [String: Kind] = [
        "transition.granted": .moved, "transition.refused": .refused, "rollback.performed": .rolledBack,
        "slot.adopted": .adopted, "break_glass.used": .brokeGlass, "rollout.promoted": .moved, "rollout.rolled_back": .moved,
        "promotion.withdrawn": .withdrawn,
    ]

    private static func kind(_ entry: AuditEntry, own: Bool, displaces: Bool) -> Kind? {
        guard let kind = kinds[entry.action.rawValue] else { return nil }
        guard own else { return entry.outcome == .granted && displaces ? .displaced : nil }
        return entry.outcome == .refused ? .refused : kind
    }
}
