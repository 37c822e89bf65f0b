import AuditLog
import GatehouseCore
package import Storage

/// The store that everything which changes the registry is built on: a transaction that appended audit entries also writes the
/// events they mean, each with the webhooks that want it. No change can forget its event, because no change can
/// do without its audit entry.
package struct OutboxStore: SQLStore {
    private let store: any SQLStore
    private let ids: @Sendable () -> String
    /// Told after a commit that left something to deliver.
    private let wake: @Sendable () -> Void
    /// Rung after a commit that left something to tell in Slack; nil: there is no Slack.
    private let slack: SlackBell?

    package init(
        _ store: any SQLStore, ids: @escaping @Sendable () -> String, slack: SlackBell? = nil,
        wake: @escaping @Sendable () -> Void
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
            let before = try tx.auditEntryCount()
            let value = try body(tx)
            let isTold = try slack != nil && tx.noteReviewsForSlack(after: before, ids: ids)
            return (value: value, isQueued: try tx.publishEntries(after: before), isTold: isTold)
        }
        if done.isQueued { wake() }
        if done.isTold { slack?.ring() }
        return done.value
    }

    package var commitCount: UInt64? { store.commitCount }

    package func close() async throws { try await store.close() }
}

extension SQLTransaction {
    /// Writes the events of the audit entries after `before`. Says whether there is something to deliver now.
    func publishEntries(after before: Int64) throws -> Bool {
        var after = before
        let last = try auditEntryCount()
        guard after < last, try hasActiveSubscription() else { return false }
        var isQueued = false
        while after < last {
            let page = try auditEntries(after: after, limit: Self.auditPageMax)
            guard let end = page.last else { break }
            after = end.sequence
            for entry in page where EventDraft.isTold(entry.action) {
                for draft in try EventDraft.drafts(of: entry, self) {
                    if try publish(draft, entry) { isQueued = true }
                }
            }
        }
        return isQueued
    }

    /// An event that nobody waits for is not kept: the audit entry is.
    private func publish(_ draft: EventDraft, _ entry: AuditEntry) throws -> Bool {
        let model = draft.model?.text ?? ""
        // Some names of Databricks' are about one stage only, which a subscription cannot say.
        let receivers = try subscribers(of: draft.type, model: model).filter { subscriber in
            guard subscriber.target == .registry || subscriber.target == .job else { return true }
            return try RegistryEvent.name(of: draft.type, draft.data, for: subscriber.settings()) != nil
        }.map(\.webhook)
        guard !receivers.isEmpty else { return false }
        let sequence = try nextEventSequence()
        try insert(
            Event(
                sequence: sequence, type: draft.type, model: model, auditSequence: entry.sequence, time: entry.time,
                body: EventBody.bytes(draft, sequence: sequence, entry: entry)), for: receivers)
        return true
    }
}
