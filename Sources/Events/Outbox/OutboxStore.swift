import AuditLog
import GatehouseCore
package import Storage

/// The store that everything which changes the registry is built on: a transaction that appended audit entries also writes the
/// events they mean. No change can forget its event, because no change can do without its audit entry.
package struct OutboxStore: SQLStore {
    private let store: any SQLStore
    private let ids: @Sendable () -> String
    /// Told after a commit that left something to deliver.
    private let wake: @Sendable (Set<EventKind>) -> Void
    /// Rung after a commit that left something to tell in Slack; nil: there is no Slack.
    private let slack: SlackBell?

    package init(
        _ store: any SQLStore, ids: @escaping @Sendable () -> String, slack: SlackBell? = nil,
        wake: @escaping @Sendable (Set<EventKind>) -> Void
    ) {
        self.store = store
        self.ids = ids
        self.slack = slack
        self.wake = wake
    }

    package func read<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        try await store.read(body)
    }

    package func write<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        let done = try await store.write { tx in
            let value = try body(tx)
            let entries = tx.appendedAuditEntries
            let isTold = try slack != nil && tx.noteReviewsForSlack(entries, ids: ids)
            return (value: value, queued: try tx.publish(entries), isTold: isTold)
        }
        if !done.queued.isEmpty { wake(done.queued) }
        if done.isTold { slack?.ring() }
        return done.value
    }

    package var commitCount: UInt64? { store.commitCount }

    package func close() async throws { try await store.close() }
}

extension SQLTransaction {
    /// Writes the events of these audit entries that somebody wants, and says of which kinds they are.
    func publish(_ entries: [AuditEntry]) throws -> Set<EventKind> {
        let told = entries.filter { EventDraft.isTold($0.action) }
        guard !told.isEmpty, try hasActiveSubscription() else { return [] }
        var queued: Set<EventKind> = []
        for entry in told {
            for draft in try EventDraft.drafts(of: entry, self) {
                // An event that nobody waits for is not kept: the audit entry is.
                guard try isWanted(draft) else { continue }
                try publish(draft, entry)
                queued.insert(draft.kind)
            }
        }
        return queued
    }

    private func publish(_ draft: EventDraft, _ entry: AuditEntry) throws {
        let sequence = try nextEventSequence()
        try insert(
            Event(
                sequence: sequence, type: draft.type, model: draft.kind.model, auditSequence: entry.sequence, time: entry.time,
                body: EventBody.bytes(draft, sequence: sequence, entry: entry)))
    }
}
