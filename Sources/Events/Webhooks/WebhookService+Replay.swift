import AuditLog
package import GatehouseCore
import Storage

/// What is to be sent again.
package struct Replay: Sendable {
    /// Nil: those of the time range.
    package var delivery: String?
    /// Of events that happened in `[from, until)`; nil: no bound.
    package var from: Timestamp?
    package var until: Timestamp?
    package var states: [Delivery.State]?

    package init(
        delivery: String? = nil, from: Timestamp? = nil, until: Timestamp? = nil, states: [Delivery.State]? = nil
    ) {
        self.delivery = delivery
        self.from = from
        self.until = until
        self.states = states
    }
}

extension WebhookService {
    /// More is asked for by another call.
    package static let replayedMax = 10_000
    package static let overlapDaysMax: Int64 = 30

    /// Queues deliveries anew, under their old ids, so that a receiver knows what it has seen. Without states named, a range
    /// replays those that failed. Fails with `notFound`, and with `invalidArgument` for a call that names both or neither.
    package func replay(
        _ what: Replay, of id: String, by principal: Principal
    ) async throws -> (count: Int, isPartial: Bool) {
        let isRange = what.from != nil || what.until != nil || what.states != nil
        guard (what.delivery != nil) != isRange else {
            throw GatehouseError(
                .invalidArgument, "A replay names one delivery, or a time range or states.",
                hint: "As in: gatehouse webhook replay \(id) --from 2026-01-15T09:00:00Z --state failed")
        }
        try await fanOut()
        let time = now()
        let done = try await store.write { tx in
            let webhook = try tx.requiredWebhook(id: id)
            let chosen: [String]
            if let delivery = what.delivery {
                chosen = [try tx.requiredDelivery(delivery, ofWebhook: id).id]
            } else {
                chosen = try tx.deliveries(
                    ofWebhook: id, what.states ?? [.failed], from: what.from ?? Timestamp(milliseconds: 0),
                    until: what.until ?? Timestamp(milliseconds: .max), limit: Self.replayedMax + 1)
            }
            let count = try tx.replay(Array(chosen.prefix(Self.replayedMax)), at: time)
            var facts = webhook.facts.objectValue ?? [:]
            facts["replayed"] = .integer(Int64(count))
            try tx.append(
                AuditDraft(id: ids(), time: time, principal: principal, action: .webhookUpdated, facts: .object(facts)))
            return (count: count, isPartial: chosen.count > Self.replayedMax)
        }
        wake()
        return done
    }

    /// Signs with a new secret; the one before it signs too for so long, so that receivers can change theirs one by one. Without
    /// a secret the one before the present one signs no more. Fails with `notFound`, and with `invalidArgument`.
    package func rotate(
        _ id: String, to secret: String?, overlapSeconds: Int64?, by principal: Principal
    ) async throws -> Webhook {
        let overlap = overlapSeconds ?? 86_400
        guard secret != "", (0...Self.overlapDaysMax * 86_400).contains(overlap) else {
            throw GatehouseError(
                .invalidArgument, "A rotation needs a secret and an overlap of 0 to \(Self.overlapDaysMax) days.",
                hint: "As in: gatehouse webhook rotate \(id) --overlap-hours 24")
        }
        let change = WebhookChange(secret: secret)
        try change.check()
        try await fanOut()
        let time = now()
        let webhook = try await store.write { tx in
            var webhook = try tx.requiredWebhook(id: id)
            var sealed = try tx.sealedSecrets(ofWebhook: id)
            let before = sealed.secret
            try sealed.apply(change, of: id, key)
            let hasOld = secret != nil && overlap > 0 && before != nil
            sealed.oldSecret = hasOld ? before : nil
            webhook.oldSecretUntil = hasOld ? time.adding(.seconds(overlap)) : nil
            webhook.apply(change, sealed, at: time)
            try tx.update(webhook, sealed, ids: uuids)
            try tx.append(
                AuditDraft(id: ids(), time: time, principal: principal, action: .webhookUpdated, facts: webhook.facts))
            return webhook
        }
        // It ends a rest, as every change does.
        wake()
        return webhook
    }
}
