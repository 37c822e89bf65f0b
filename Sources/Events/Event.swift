package import GatehouseCore
import Storage

/// Something that happened and that at least one webhook wanted to know of when it did. Written with the change it reports.
package struct Event: Sendable, Hashable {
    /// Counts up from 1 over all models.
    package let sequence: Int64
    package let type: EventType
    /// Empty: it is about no model.
    package let model: String
    /// The audit entry of the same transaction.
    package let auditSequence: Int64
    package let time: Timestamp
    /// The bytes that are sent and signed, the same to every receiver and at every attempt.
    package let body: [UInt8]
}

/// What subscriptions are about.
package struct EventKind: Sendable, Hashable {
    /// As it is stored.
    let type: String
    /// As in `Event`.
    let model: String
}

extension SQLTransaction {
    /// The number that the next event gets.
    func nextEventSequence() throws -> Int64 {
        let next = try first("UPDATE event_counter SET last = last + 1 WHERE id = 1 RETURNING last") { try $0.integer("last") }
        guard let next else { throw GatehouseError(.internalFailure, "Events have no counter; migrations did not run.") }
        return next
    }

    /// Says nothing of those that it will be sent to, for the caller's transaction is somebody's waiting time: `fanOut` finds them
    /// later.
    func insert(_ event: Event) throws {
        try execute(
            """
            INSERT INTO event (sequence, type, model, audit_sequence, occurred_at, body)
            VALUES (\(event.sequence), \(event.type.rawValue), \(event.model), \(event.auditSequence), \(event.time),
                \(event.body))
            """)
    }
}
