import GatehouseCore
package import Storage

extension SQLTransaction {
    /// Puts an event into a lane: due at once, or waiting when something is before it.
    func enqueue(_ id: String, of event: Int64, model: ModelName, to webhook: String, at now: Timestamp) throws {
        let due = try nextPending(in: Delivery.Lane(webhook: webhook, model: model)) == nil ? now : nil
        try execute(
            """
            INSERT INTO webhook_delivery (id, webhook, event, model, state, due_at, attempts)
            VALUES (\(id), \(webhook), \(event), \(model), 'pending', \(due), 0)
            """)
    }

    /// Active webhooks with something due.
    func webhooksWithDueDeliveries(at now: Timestamp) throws -> [String] {
        try rows(
            """
            SELECT w.id FROM webhook w WHERE w.status = 'ACTIVE'
                AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.webhook = w.id AND d.due_at <= \(now))
            ORDER BY w.id LIMIT \(WebhookService.webhooksMax)
            """
        ) { try $0.text("id") }
    }

    /// The first delivery of each lane of a webhook that is due, longest due first.
    func dueDeliveries(of webhook: String, at now: Timestamp, limit: Int) throws -> [DueDelivery] {
        try rows(
            """
            SELECT d.id, d.model, d.event, d.attempts, e.body, w.url, w.sealed_secret
            FROM webhook_delivery d JOIN event e ON e.sequence = d.event JOIN webhook w ON w.id = d.webhook
            WHERE d.webhook = \(webhook) AND d.due_at <= \(now) AND w.status = 'ACTIVE'
            ORDER BY d.due_at, d.event LIMIT \(limit)
            """
        ) { row in
            DueDelivery(
                id: try row.text("id"), lane: Delivery.Lane(webhook: webhook, model: try ModelName(row.text("model"))),
                event: try row.integer("event"), attempts: try row.integer("attempts"), body: try row.bytes("body"),
                url: try row.text("url"), sealedSecret: try row.optional("sealed_secret", row.bytes))
        }
    }

    /// When the next delivery of an active webhook falls due after `now`.
    func nextDueTime(after now: Timestamp) throws -> Timestamp? {
        try first(
            """
            SELECT MIN(d.due_at) AS next FROM webhook w JOIN webhook_delivery d ON d.webhook = w.id
            WHERE w.status = 'ACTIVE' AND d.due_at > \(now)
            """
        ) { try $0.optional("next", $0.timestamp) } ?? nil
    }

    /// Writes down an attempt, and lets the next of the lane come forward when this one is finished. Does nothing when the
    /// webhook was removed meanwhile.
    func record(_ attempt: DeliveryAttempt) throws {
        let changed = try execute(
            """
            UPDATE webhook_delivery SET state = \(attempt.state.rawValue), due_at = \(attempt.due), attempts = attempts + 1,
                attempted_at = \(attempt.time), finished_at = \(attempt.finished), duration_ms = \(attempt.milliseconds),
                response_status = \(attempt.status), response_body = \(attempt.body), failure = \(attempt.failure)
            WHERE id = \(attempt.delivery)
            """)
        guard changed == 1, attempt.state != .pending else { return }
        try execute("UPDATE webhook_delivery SET due_at = \(attempt.time) WHERE id = \(nextPending(in: attempt.lane))")
    }

    private func nextPending(in lane: Delivery.Lane) throws -> String? {
        try first(
            """
            SELECT id FROM webhook_delivery WHERE webhook = \(lane.webhook) AND model = \(lane.model) AND state = 'pending'
            ORDER BY event LIMIT 1
            """
        ) { try $0.text("id") }
    }

    /// A page of a webhook's deliveries, newest first. `before` is the event of the last one seen.
    package func deliveries(ofWebhook id: String, before: Int64 = .max, limit: Int) throws -> [Delivery] {
        try rows(
            """
            SELECT d.*, e.type FROM webhook_delivery d JOIN event e ON e.sequence = d.event
            WHERE d.webhook = \(id) AND d.event < \(before) ORDER BY d.event DESC LIMIT \(limit)
            """
        ) { row in
            Delivery(
                id: try row.text("id"), lane: Delivery.Lane(webhook: id, model: try ModelName(row.text("model"))),
                event: try row.integer("event"), type: try EventType(stored: row.text("type")),
                state: try Delivery.State(stored: row.text("state")),
                due: try row.optional("due_at", row.timestamp), attempts: try row.integer("attempts"),
                attempted: try row.optional("attempted_at", row.timestamp),
                finished: try row.optional("finished_at", row.timestamp),
                duration: try row.optional("duration_ms", row.integer).map { .milliseconds($0) },
                responseStatus: try row.optional("response_status", row.integer),
                responseBody: try row.optional("response_body", row.text), failure: try row.optional("failure", row.text))
        }
    }

    /// Forgets what was finished before `time`, at most `limit` deliveries and events each. Says whether there is more.
    func forgetDeliveries(finishedBefore time: Timestamp, limit: Int) throws -> Bool {
        let deliveries = try execute(
            """
            DELETE FROM webhook_delivery WHERE id IN
                (SELECT id FROM webhook_delivery WHERE finished_at < \(time) ORDER BY finished_at LIMIT \(limit))
            """)
        let events = try execute(
            """
            DELETE FROM event WHERE sequence IN
                (SELECT e.sequence FROM event e WHERE e.occurred_at < \(time)
                    AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.event = e.sequence)
                ORDER BY e.occurred_at LIMIT \(limit))
            """)
        return deliveries == limit || events == limit
    }
}

/// What is written down of one attempt.
struct DeliveryAttempt: Sendable {
    let delivery: String
    let lane: Delivery.Lane
    let state: Delivery.State
    let due: Timestamp?
    /// When it ended.
    let time: Timestamp
    let milliseconds: Int64
    let status: Int64?
    let body: String?
    let failure: String?

    var finished: Timestamp? { state == .pending ? nil : time }
}

extension Delivery.State {
    fileprivate init(stored text: String) throws(GatehouseError) {
        guard let state = Self(rawValue: text) else {
            throw GatehouseError(.integrity, "The database has a delivery in the state '\(text.prefix(80))'.")
        }
        self = state
    }
}
