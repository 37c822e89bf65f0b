import GatehouseCore
import Storage

/// The record of what was sent, and what is sent again from it.
extension SQLTransaction {
    /// A page of a webhook's deliveries, newest first. `before` is the event of the last one seen.
    func deliveries(
        ofWebhook id: String, _ state: Delivery.State?, before: Int64, limit: Int
    ) throws -> [Delivery] {
        let wanted: SQLStatement = state.map { "d.state = \($0.rawValue)" } ?? "1 = 1"
        return try rows(
            """
            SELECT d.*, e.type, e.occurred_at FROM webhook_delivery d JOIN event e ON e.sequence = d.event
            WHERE d.webhook = \(id) AND \(wanted) AND d.event < \(before) ORDER BY d.event DESC LIMIT \(limit)
            """, Delivery.init)
    }

    /// Nil: there is none of this webhook with this id.
    func delivery(_ id: String, ofWebhook webhook: String) throws -> Delivery? {
        try first(
            """
            SELECT d.*, e.type, e.occurred_at FROM webhook_delivery d JOIN event e ON e.sequence = d.event
            WHERE d.id = \(id) AND d.webhook = \(webhook)
            """, Delivery.init)
    }

    /// What is kept of a delivery's attempts, oldest first.
    func attempts(ofDelivery id: String) throws -> [DeliveryAttempt] {
        try rows("SELECT * FROM webhook_attempt WHERE delivery = \(id) ORDER BY number LIMIT \(DeliveryAttempt.keptMax)") { row in
            DeliveryAttempt(
                number: try row.integer("number"), started: try row.timestamp("started_at"),
                milliseconds: try row.integer("duration_ms"), status: try row.optional("response_status", row.integer),
                body: try row.optional("response_body", row.text), failure: try row.optional("failure", row.text))
        }
    }

    /// Queues deliveries anew under their old ids, in the order of their events: what is finished, and what waits for its next
    /// attempt. What is under way is left alone. Returns how many there are.
    func replay(_ ids: [String], at now: Timestamp) throws -> Int {
        var lanes = Set<Delivery.Lane>()
        var count = 0
        for id in ids {
            let lane = try first(
                """
                UPDATE webhook_delivery SET state = 'pending', due_at = NULL, attempts = 0, finished_at = NULL, queued_at = \(now)
                WHERE id = \(id) AND (lease_until IS NULL OR lease_until <= \(now)) RETURNING webhook, model
                """
            ) { Delivery.Lane(webhook: try $0.text("webhook"), model: try $0.text("model")) }
            guard let lane else { continue }
            lanes.insert(lane)
            count += 1
        }
        for lane in lanes { try settle(lane, at: now) }
        // Who asks for it again does so because the receiver is well now.
        for webhook in Set(lanes.map(\.webhook)) { try execute("UPDATE webhook SET rests_until = NULL WHERE id = \(webhook)") }
        return count
    }

    /// Those of a webhook whose events happened in `[from, until)` and that are in one of the states, oldest first.
    func deliveries(
        ofWebhook id: String, _ states: [Delivery.State], from: Timestamp, until: Timestamp, limit: Int
    ) throws -> [String] {
        try rows(
            """
            SELECT d.id FROM event e JOIN webhook_delivery d ON d.event = e.sequence
            WHERE e.occurred_at >= \(from) AND e.occurred_at < \(until) AND d.webhook = \(id)
                AND d.state IN (\(SQLStatement.list(states.map(\.rawValue)))) ORDER BY d.event LIMIT \(limit)
            """
        ) { try $0.text("id") }
    }

    /// Gives up, unsent, what waits beyond the bounds: the oldest above `countMax`, and of a webhook that was paused, disabled or
    /// put under test before `heldSince` what was queued before that, at most `limit` of each of these. Returns how many there
    /// were of which webhooks.
    func letGo(countMax: Int, heldSince: Timestamp, limit: Int, at now: Timestamp) throws -> [(webhook: String, count: Int)] {
        try rows("SELECT id, status, mode, updated_at FROM webhook ORDER BY id LIMIT \(WebhookService.webhooksMax)") { row in
            let status = Webhook.Status(stored: try row.text("status"), mode: try row.text("mode"))
            return (webhook: try row.text("id"), isHeld: try status != .active && row.timestamp("updated_at") < heldSince)
        }.compactMap { webhook, isHeld in
            let waiting =
                try first(
                    """
                    SELECT COUNT(*) AS n FROM (SELECT 1 FROM webhook_delivery WHERE webhook = \(webhook) AND state = 'pending'
                        LIMIT \(countMax + limit)) AS waiting
                    """
                ) { try $0.integer("n") } ?? 0
            var count = try giveUp(
                webhook, "1 = 1", because: "let go: more than \(countMax) events waited", limit: max(0, Int(waiting) - countMax),
                at: now)
            if isHeld {
                count += try giveUp(
                    webhook, "queued_at < \(heldSince)", because: "let go: the webhook was paused or disabled for too long",
                    limit: limit, at: now)
            }
            guard count > 0 else { return nil }
            try execute("UPDATE webhook SET let_go = let_go + \(count) WHERE id = \(webhook)")
            return (webhook, count)
        }
    }

    private func giveUp(
        _ webhook: String, _ condition: SQLStatement, because failure: String, limit: Int, at now: Timestamp
    ) throws -> Int {
        guard limit > 0 else { return 0 }
        let models = try rows(
            """
            UPDATE webhook_delivery SET state = 'failed', due_at = NULL, finished_at = \(now), failure = \(failure) WHERE id IN
                (SELECT id FROM webhook_delivery WHERE webhook = \(webhook) AND state = 'pending' AND \(condition)
                    AND (lease_until IS NULL OR lease_until <= \(now)) ORDER BY event LIMIT \(limit))
            RETURNING model
            """
        ) { try $0.text("model") }
        for model in Set(models) { try settle(Delivery.Lane(webhook: webhook, model: model), at: now) }
        return models.count
    }

    /// Makes the first unfinished delivery of a lane the one that is due, unless another is under way: its end does so.
    private func settle(_ lane: Delivery.Lane, at now: Timestamp) throws {
        let isUnderWay =
            try first(
                """
                SELECT 1 AS found FROM webhook_delivery WHERE webhook = \(lane.webhook) AND model = \(lane.model)
                    AND due_at IS NOT NULL AND lease_until > \(now) LIMIT 1
                """
            ) { _ in true } ?? false
        guard !isUnderWay, let next = try nextPending(in: lane) else { return }
        try execute(
            """
            UPDATE webhook_delivery SET due_at = NULL WHERE webhook = \(lane.webhook) AND model = \(lane.model)
                AND due_at IS NOT NULL AND id <> \(next)
            """)
        try execute("UPDATE webhook_delivery SET due_at = \(now) WHERE id = \(next) AND due_at IS NULL")
    }

    /// Forgets what was finished before `time`, at most `limit` deliveries and events each. Says whether there is more.
    func forgetDeliveries(finishedBefore time: Timestamp, limit: Int) throws -> Bool {
        let old: SQLStatement = "SELECT id FROM webhook_delivery WHERE finished_at < \(time) ORDER BY finished_at LIMIT \(limit)"
        try execute("DELETE FROM webhook_attempt WHERE delivery IN (\(old))")
        let deliveries = try execute("DELETE FROM webhook_delivery WHERE id IN (\(old))")
        let events = try execute(
            """
            DELETE FROM event WHERE sequence IN
                (SELECT e.sequence FROM event e WHERE e.occurred_at < \(time)
                    AND NOT EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.event = e.sequence)
                    AND e.sequence <= (SELECT fanned_out FROM event_counter)
                ORDER BY e.occurred_at LIMIT \(limit))
            """)
        return deliveries == limit || events == limit
    }
}

extension Delivery {
    fileprivate init(_ row: SQLRow) throws {
        id = try row.text("id")
        lane = Lane(webhook: try row.text("webhook"), model: try row.text("model"))
        event = try row.integer("event")
        type = try EventType(stored: row.text("type"))
        occurred = try row.timestamp("occurred_at")
        state = try State(stored: row.text("state"))
        due = try row.optional("due_at", row.timestamp)
        attempts = try row.integer("attempts")
        attemptsTotal = try row.integer("attempts_total")
        attempted = try row.optional("attempted_at", row.timestamp)
        finished = try row.optional("finished_at", row.timestamp)
        duration = try row.optional("duration_ms", row.integer).map { .milliseconds($0) }
        responseStatus = try row.optional("response_status", row.integer)
        responseBody = try row.optional("response_body", row.text)
        failure = try row.optional("failure", row.text)
    }
}

extension Delivery.State {
    fileprivate init(stored text: String) throws(GatehouseError) {
        guard let state = Self(rawValue: text) else {
            throw GatehouseError(.integrity, "The database has a delivery in the state '\(text.prefix(80))'.")
        }
        self = state
    }
}
