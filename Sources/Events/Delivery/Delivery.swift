package import GatehouseCore

/// One event on its way to one webhook.
package struct Delivery: Sendable, Hashable {
    package enum State: String, Sendable, CaseIterable {
        case pending
        case delivered
        /// Given up: refused, never accepted within the schedule, or let go because too much waited. It can be replayed.
        case failed

        /// Fails with `invalidArgument`.
        package static func named(_ text: String) throws(GatehouseError) -> State {
            guard let state = State(rawValue: text) else {
                throw GatehouseError(
                    .invalidArgument, "A delivery cannot be '\(text.prefix(80))'.",
                    hint: "It is one of: \(allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return state
        }
    }

    /// The order that is kept: of one model's events to one webhook.
    package struct Lane: Sendable, Hashable {
        package let webhook: String
        /// Empty: events that are about no model.
        package let model: String
    }

    /// A dashed UUID, the same at every attempt: by it a receiver knows what it has seen already.
    package let id: String
    package let lane: Lane
    package let event: Int64
    package let type: EventType
    package let occurred: Timestamp
    package let state: State
    /// When the next attempt is due; nil when there is none, or when it waits behind another.
    package let due: Timestamp?
    /// Since it was queued, or replayed.
    package let attempts: Int64
    /// Replays included.
    package let attemptsTotal: Int64
    package let attempted: Timestamp?
    package let finished: Timestamp?
    package let duration: Duration?
    package let responseStatus: Int64?
    package let responseBody: String?
    package let failure: String?
}

/// One request of a delivery, and what came of it.
package struct DeliveryAttempt: Sendable, Hashable {
    /// So many of the last are kept of each delivery.
    package static let keptMax: Int64 = 20

    /// Counts from 1 over the life of the delivery.
    package let number: Int64
    package let started: Timestamp
    package let milliseconds: Int64
    package let status: Int64?
    package let body: String?
    package let failure: String?
}

/// All that an attempt needs, read as its lane is leased: a webhook that was changed a moment ago is asked as it is now.
struct DueDelivery: Sendable {
    let id: String
    let lane: Delivery.Lane
    let attempts: Int64
    let queued: Timestamp
    let call: TargetCall
    /// Whether the webhook's last answer was a success.
    let isProven: Bool
}
