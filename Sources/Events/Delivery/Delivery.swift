package import GatehouseCore

/// One event on its way to one webhook.
package struct Delivery: Sendable, Hashable {
    package enum State: String, Sendable, CaseIterable {
        case pending
        case delivered
        /// Given up: refused, or never accepted within the schedule.
        case failed
    }

    /// The order that is kept: of one model's events to one webhook.
    package struct Lane: Sendable, Hashable {
        package let webhook: String
        package let model: ModelName
    }

    /// A dashed UUID, the same at every attempt: by it a receiver knows what it has seen already.
    package let id: String
    package let lane: Lane
    package let event: Int64
    package let type: EventType
    package let state: State
    /// When the next attempt is due; nil when there is none, or when it waits behind another.
    package let due: Timestamp?
    package let attempts: Int64
    package let attempted: Timestamp?
    package let finished: Timestamp?
    package let duration: Duration?
    package let responseStatus: Int64?
    package let responseBody: String?
    package let failure: String?
}

/// All that an attempt needs, read just before it is made: a webhook that was changed a moment ago is asked as it is now.
struct DueDelivery: Sendable {
    let id: String
    let lane: Delivery.Lane
    let event: Int64
    let attempts: Int64
    let body: [UInt8]
    let url: String
    let sealedSecret: [UInt8]?
}
