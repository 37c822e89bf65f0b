import GatehouseCore
import Storage

/// The queue: who is next, and what came of an attempt.
extension SQLTransaction {
    /// Puts an event into the lane of each of these webhooks: due at once, or waiting when something is
    /// before it.
    func enqueue(_ event: Int64, model: String, to webhooks: [String], at now: Timestamp, ids: () -> String) throws {
        guard !webhooks.isEmpty else { return }
        let values = try rows(
            """
            SELECT w.id, CASE WHEN EXISTS (SELECT 1 FROM webhook_delivery d
                WHERE d.webhook = w.id AND d.model = \(model) AND d.state = 'pending') THEN 1 ELSE 0 END AS is_busy
            FROM webhook w WHERE w.id IN (\(SQLStatement.list(webhooks))) ORDER BY w.id LIMIT \(webhooks.count)
            """
        ) { row -> SQLStatement in
            let due = try row.bool("is_busy") ? nil : now
            return "(\(ids()), \(try row.text("id")), \(event), \(model), 'pending', \(due), 0, \(now))"
        }
        // Below what either database allows of parameters in a statement.
        for start in stride(from: 0, to: values.count, by: 500) {
            let some = SQLStatement.joined(Array(values[start..<min(start + 500, values.count)]), by: ", ")
            try execute(
                "INSERT INTO webhook_delivery (id, webhook, event, model, state, due_at, attempts, queued_at) VALUES \(some)")
        }
    }

    /// Active webhooks that do not rest, and whether their last answer was a success.
    func webhooksAwake(at now: Timestamp) throws -> [(webhook: String, isProven: Bool)] {
        try rows(
            """
            SELECT id, failures FROM webhook WHERE status = 'ACTIVE' AND mode = '' AND (rests_until IS NULL OR rests_until <= \(now))
            ORDER BY id LIMIT \(WebhookService.webhooksMax)
            """
        ) { (webhook: try $0.text("id"), isProven: try $0.integer("failures") == 0) }
    }

    /// Active webhooks that do not rest, with something due that nobody holds, and whether their last answer was a success.
    func webhooksWithDueDeliveries(at now: Timestamp) throws -> [(webhook: String, isProven: Bool)] {
        try rows(
            """
            SELECT w.id, w.failures FROM webhook w WHERE w.status = 'ACTIVE' AND w.mode = ''
                AND (w.rests_until IS NULL OR w.rests_until <= \(now)) AND EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.webhook = w.id AND d.due_at <= \(now)
                    AND (d.lease_until IS NULL OR d.lease_until <= \(now)))
            ORDER BY w.id LIMIT \(WebhookService.webhooksMax)
            """
        ) { (webhook: try $0.text("id"), isProven: try $0.integer("failures") == 0) }
    }

    /// The first delivery of each lane of a webhook that is due and that nobody holds, longest due first.
    func dueDeliveries(of webhook: String, at now: Timestamp, limit: Int) throws -> [(id: String, lane: Delivery.Lane)] {
        try rows(
            """
            SELECT d.id, d.model FROM webhook_delivery d WHERE d.webhook = \(webhook) AND d.due_at <= \(now)
                AND (d.lease_until IS NULL OR d.lease_until <= \(now))
            ORDER BY d.due_at, d.event LIMIT \(limit)
            """
        ) { row in (id: try row.text("id"), lane: Delivery.Lane(webhook: webhook, model: try row.text("model"))) }
    }

    /// Takes a due delivery, and with it its lane, for one owner and a time. Nil: another was faster, or the webhook does not
    /// want it any more.
    func lease(_ id: String, to lease: DeliveryLease, at now: Timestamp) throws -> DueDelivery? {
        let taken = try execute(
            """
            UPDATE webhook_delivery SET lease_owner = \(lease.owner), lease_until = \(now.adding(lease.duration))
            WHERE id = \(id) AND state = 'pending' AND due_at <= \(now) AND (lease_until IS NULL OR lease_until <= \(now))
                AND EXISTS (SELECT 1 FROM webhook w WHERE w.id = webhook_delivery.webhook AND w.status = 'ACTIVE' AND w.mode = '')
            """)
        guard taken == 1 else { return nil }
        return try first(
            """
            SELECT d.webhook, d.model, d.attempts, d.queued_at, e.type, e.body, w.failures
            FROM webhook_delivery d JOIN event e ON e.sequence = d.event JOIN webhook w ON w.id = d.webhook WHERE d.id = \(id)
            """
        ) { row in
            let webhook = try row.text("webhook")
            let notice = EventNotice(id: id, type: try EventType(stored: row.text("type")), body: try row.bytes("body"))
            return DueDelivery(
                id: id, lane: Delivery.Lane(webhook: webhook, model: try row.text("model")),
                attempts: try row.integer("attempts"), queued: try row.timestamp("queued_at"),
                call: TargetCall(try requiredWebhook(id: webhook), try sealedSecrets(ofWebhook: webhook), notice),
                isProven: try row.integer("failures") == 0)
        }
    }

    /// Gives back what an owner holds, or what anybody does: at the end, and at the start of a server that is alone.
    func releaseLeases(of owner: String?) throws {
        let whose: SQLStatement = owner.map { "lease_owner = \($0)" } ?? "lease_owner IS NOT NULL"
        try execute("UPDATE webhook_delivery SET lease_owner = NULL, lease_until = NULL WHERE state = 'pending' AND \(whose)")
    }

    /// Gives one back before its lease is over, so that the attempt is made again by then.
    func release(_ delivery: String, of owner: String, at now: Timestamp) throws {
        try execute(
            """
            UPDATE webhook_delivery SET lease_owner = NULL, lease_until = NULL
            WHERE id = \(delivery) AND lease_owner = \(owner) AND lease_until > \(now)
            """)
    }

    /// When the next delivery of an active webhook may be made after `now`: falls due, its webhook's rest ends, or the events
    /// that wait for company are fanned out.
    func nextDueTime(after now: Timestamp) throws -> Timestamp? {
        let deadline = try fanOutDeadline().flatMap { $0 > now ? $0 : nil }
        // Events that wait may be for any webhook; else a rest matters to those that have something to be sent.
        let matters: SQLStatement =
            deadline != nil
            ? "1 = 1" : "EXISTS (SELECT 1 FROM webhook_delivery d WHERE d.webhook = w.id AND d.due_at <= w.rests_until)"
        let due =
            try first(
                """
                SELECT MIN(due) AS next FROM (
                    SELECT MIN(d.due_at) AS due FROM webhook w JOIN webhook_delivery d ON d.webhook = w.id
                    WHERE w.status = 'ACTIVE' AND w.mode = '' AND d.due_at > \(now)
                        AND (w.rests_until IS NULL OR d.due_at > w.rests_until)
                    UNION ALL
                    SELECT MIN(w.rests_until) FROM webhook w
                    WHERE w.status = 'ACTIVE' AND w.mode = '' AND w.rests_until > \(now) AND \(matters)
                ) AS soonest
                """
            ) { try $0.optional("next", $0.timestamp) } ?? nil
        return [deadline, due].compactMap(\.self).min()
    }

    /// Writes down an attempt, and lets the next of the lane come forward when this one is finished. False, and nothing
    /// written: the webhook was removed meanwhile, or the lease ran out and somebody else makes the attempt now.
    func record(_ result: AttemptResult, of owner: String) throws -> Bool {
        let number = try first(
            """
            UPDATE webhook_delivery SET state = \(result.state.rawValue), due_at = \(result.due), attempts = attempts + 1,
                attempts_total = attempts_total + 1, attempted_at = \(result.time), finished_at = \(result.finished),
                duration_ms = \(result.milliseconds), response_status = \(result.status), response_body = \(result.body),
                failure = \(result.failure), lease_owner = NULL, lease_until = NULL
            WHERE id = \(result.delivery) AND lease_owner = \(owner) RETURNING attempts_total
            """
        ) { try $0.integer("attempts_total") }
        guard let number else { return false }
        try execute(
            """
            INSERT INTO webhook_attempt (delivery, number, started_at, duration_ms, response_status, response_body, failure)
            VALUES (\(result.delivery), \(number), \(result.started), \(result.milliseconds), \(result.status), \(result.body),
                \(result.failure))
            """)
        try execute(
            """
            DELETE FROM webhook_attempt WHERE delivery = \(result.delivery) AND number <= \(number - DeliveryAttempt.keptMax)
            """)
        try rest(after: result)
        guard let next = try nextPending(in: result.lane), next != result.delivery else { return true }
        // What was replayed meanwhile may stand before this one now.
        try execute("UPDATE webhook_delivery SET due_at = NULL WHERE id = \(result.delivery)")
        try execute("UPDATE webhook_delivery SET due_at = \(result.time) WHERE id = \(next)")
        return true
    }

    /// Counts failures in a row of an attempt's webhook, and lets it rest from the third on, or as long as its receiver asks.
    func rest(after result: AttemptResult) throws {
        let webhook = result.lane.webhook
        guard result.state != .delivered else {
            try execute("UPDATE webhook SET failures = 0, rests_until = NULL WHERE id = \(webhook) AND failures <> 0")
            return
        }
        let failures = try first(
            "UPDATE webhook SET failures = failures + 1 WHERE id = \(webhook) RETURNING failures"
        ) { try $0.integer("failures") }
        let rest = max(RetrySchedule.rest(afterFailures: failures ?? 0), result.patience)
        guard rest > .zero else { return }
        // Another lane's answer may have asked for more patience than this one.
        let until = result.time.adding(rest)
        try execute(
            """
            UPDATE webhook SET rests_until = \(until)
            WHERE id = \(webhook) AND (rests_until IS NULL OR rests_until < \(until))
            """)
    }

    func nextPending(in lane: Delivery.Lane) throws -> String? {
        try first(
            """
            SELECT id FROM webhook_delivery WHERE webhook = \(lane.webhook) AND model = \(lane.model) AND state = 'pending'
            ORDER BY event LIMIT 1
            """
        ) { try $0.text("id") }
    }
}

/// Who holds what is under way, and for how long: longer than any attempt takes, so that two never hold the same.
struct DeliveryLease: Sendable {
    let owner: String
    let duration: Duration
}

/// What is written down of one attempt.
struct AttemptResult: Sendable {
    let delivery: String
    let lane: Delivery.Lane
    let state: Delivery.State
    let due: Timestamp?
    let started: Timestamp
    /// When it ended.
    let time: Timestamp
    let milliseconds: Int64
    let status: Int64?
    let body: String?
    let failure: String?
    /// How long the receiver asked to be left alone; zero: it did not.
    let patience: Duration

    var finished: Timestamp? { state == .pending ? nil : time }
}
