/// The copies of the audit log and its witnesses, as the server last saw them.
package struct MirrorsAnswer: Codable, Sendable {
    /// Entries in the log, signed or not yet.
    package let entries: Int64
    package let mirrors: [MirrorAnswer]
    package let witnesses: [WitnessAnswer]
    /// Entries of the newest checkpoint that enough witnesses cosigned.
    package let witnessedEntries: Int64?

    package init(entries: Int64, mirrors: [MirrorAnswer], witnesses: [WitnessAnswer], witnessedEntries: Int64?) {
        self.entries = entries
        self.mirrors = mirrors
        self.witnesses = witnesses
        self.witnessedEntries = witnessedEntries
    }

    enum CodingKeys: String, CodingKey {
        case entries, mirrors, witnesses
        case witnessedEntries = "witnessed_entries"
    }
}

package struct MirrorAnswer: Codable, Sendable {
    package let kind: String
    package let place: String
    package let state: String
    /// What kind of alarm; null without one.
    package let alarm: String?
    /// The alarm in words, or why the mirror cannot be reached.
    package let message: String?
    package let held: Int64?
    package let lagEntries: Int64?
    package let lagSeconds: Int64?
    /// Why the lag is null.
    package let reason: String?
    package let since: String
    package let lastAnswerAt: String?
    package let warnings: [String]

    package init(
        kind: String, place: String, state: String, alarm: String?, message: String?, held: Int64?, lagEntries: Int64?,
        lagSeconds: Int64?, reason: String?, since: String, lastAnswerAt: String?, warnings: [String]
    ) {
        self.kind = kind
        self.place = place
        self.state = state
        self.alarm = alarm
        self.message = message
        self.held = held
        self.lagEntries = lagEntries
        self.lagSeconds = lagSeconds
        self.reason = reason
        self.since = since
        self.lastAnswerAt = lastAnswerAt
        self.warnings = warnings
    }

    enum CodingKeys: String, CodingKey {
        case kind, place, state, alarm, message, held, reason, since, warnings
        case lagEntries = "lag_entries"
        case lagSeconds = "lag_seconds"
        case lastAnswerAt = "last_answer_at"
    }
}

package struct WitnessAnswer: Codable, Sendable {
    package let name: String
    /// Entries of the newest checkpoint it cosigned since the server started.
    package let cosignedEntries: Int64?
    package let lastCosignedAt: String?
    package let failure: String?

    package init(name: String, cosignedEntries: Int64?, lastCosignedAt: String?, failure: String?) {
        self.name = name
        self.cosignedEntries = cosignedEntries
        self.lastCosignedAt = lastCosignedAt
        self.failure = failure
    }

    enum CodingKeys: String, CodingKey {
        case name, failure
        case cosignedEntries = "cosigned_entries"
        case lastCosignedAt = "last_cosigned_at"
    }
}

/// What `gatehouse audit mirror` found.
package struct MirrorFinding: Codable, Sendable {
    package let place: String
    /// In the log.
    package let entries: Int64
    /// In the mirror afterwards; null when the two disagree.
    package let held: Int64?
    package let alarm: String?
    package let message: String?
    package let warnings: [String]

    package init(place: String, entries: Int64, held: Int64?, alarm: String?, message: String?, warnings: [String]) {
        self.place = place
        self.entries = entries
        self.held = held
        self.alarm = alarm
        self.message = message
        self.warnings = warnings
    }
}
