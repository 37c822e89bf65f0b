import GatehouseCore
import Storage

/// From an event with its receivers to a delivery for each of them. A transaction of its own after that of the change, which so
/// costs the same with one receiver and with a thousand.
enum FanOut {
    /// What waits for the transaction waits so much longer at most; an event is not divided, so one may exceed it.
    static let deliveriesPerPassMax = 500
    static let eventsPerPassMax = 200
    /// While no webhook can be sent anything, events wait so long for others to share a pass with, and for a time when nobody
    /// changes anything: fifty rows in fifty lanes are as many pages of each index, and five hundred rows are no more.
    static let waitMax: Duration = .seconds(10)
}

extension SQLTransaction {
    /// The newest event whose receivers have no deliveries yet; nil: there is none.
    func lastEventToFanOut() throws -> Int64? {
        try first("SELECT MAX(event) AS last FROM event_receivers") { try $0.optional("last", $0.integer) } ?? nil
    }

    /// Until when the oldest of these events waits at most; nil: there is none.
    func fanOutDeadline() throws -> Timestamp? {
        try first(
            """
            SELECT e.occurred_at FROM event_receivers r JOIN event e ON e.sequence = r.event ORDER BY r.event LIMIT 1
            """
        ) { try $0.timestamp("occurred_at") }?.adding(FanOut.waitMax)
    }

    /// Gives the receivers of events up to `last` their deliveries, oldest event first, as far as one pass goes. Says whether more
    /// are left. The list of an event goes with the same commit that its deliveries come with: none is lost or made twice.
    func fanOut(through last: Int64 = .max, ids: () -> String) throws -> Bool {
        let waiting = try rows(
            """
            SELECT r.event, r.webhooks, e.model, e.occurred_at FROM event_receivers r JOIN event e ON e.sequence = r.event
            WHERE r.event <= \(last) ORDER BY r.event LIMIT \(FanOut.eventsPerPassMax + 1)
            """
        ) { row in
            (
                event: try row.integer("event"), webhooks: try row.json("webhooks").arrayValue ?? [],
                model: try row.text("model"), occurred: try row.timestamp("occurred_at")
            )
        }
        var deliveries = 0
        for (done, one) in waiting.enumerated() {
            guard done < FanOut.eventsPerPassMax, deliveries < FanOut.deliveriesPerPassMax else { return true }
            let webhooks = one.webhooks.compactMap(\.stringValue)
            try enqueue(one.event, model: one.model, to: webhooks, at: one.occurred, ids: ids)
            try execute("DELETE FROM event_receivers WHERE event = \(one.event)")
            deliveries += webhooks.count
        }
        return false
    }
}
