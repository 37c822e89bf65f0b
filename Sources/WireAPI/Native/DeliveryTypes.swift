/// One event on its way to one webhook, or arrived.
package struct DeliveryAnswer: Codable, Sendable {
    package let id: String
    package let sequence: Int64
    package let event: String
    /// When it happened.
    package let occurredAt: String
    /// Empty: the event is about no model.
    package let model: String
    /// `pending`, `delivered` or `failed`.
    package let state: String
    /// Since it was queued, or replayed.
    package let attempts: Int64
    /// Replays included.
    package let attemptsTotal: Int64
    /// When the next attempt is due; null for one that waits behind another, and for one that is finished.
    package let nextAttemptAt: String?
    package let lastAttemptAt: String?
    package let finishedAt: String?
    package let milliseconds: Int64?
    package let responseStatus: Int64?
    package let responseBody: String?
    package let failure: String?

    package init(
        id: String, sequence: Int64, event: String, occurredAt: String, model: String, state: String, attempts: Int64,
        attemptsTotal: Int64, nextAttemptAt: String?, lastAttemptAt: String?, finishedAt: String?, milliseconds: Int64?,
        responseStatus: Int64?, responseBody: String?, failure: String?
    ) {
        self.id = id
        self.sequence = sequence
        self.event = event
        self.occurredAt = occurredAt
        self.model = model
        self.state = state
        self.attempts = attempts
        self.attemptsTotal = attemptsTotal
        self.nextAttemptAt = nextAttemptAt
        self.lastAttemptAt = lastAttemptAt
        self.finishedAt = finishedAt
        self.milliseconds = milliseconds
        self.responseStatus = responseStatus
        self.responseBody = responseBody
        self.failure = failure
    }

    enum CodingKeys: String, CodingKey {
        case id, sequence, event, model, state, attempts, failure
        case occurredAt = "occurred_at"
        case attemptsTotal = "attempts_total"
        case nextAttemptAt = "next_attempt_at"
        case lastAttemptAt = "last_attempt_at"
        case finishedAt = "finished_at"
        case milliseconds = "duration_ms"
        case responseStatus = "response_status"
        case responseBody = "response_body"
    }
}

/// One request of a delivery, and what came of it.
package struct AttemptAnswer: Codable, Sendable {
    /// From 1 over the life of the delivery; the last 20 are kept.
    package let number: Int64
    package let startedAt: String
    package let milliseconds: Int64
    package let responseStatus: Int64?
    /// The first 4096 bytes.
    package let responseBody: String?
    package let failure: String?

    package init(
        number: Int64, startedAt: String, milliseconds: Int64, responseStatus: Int64?, responseBody: String?,
        failure: String?
    ) {
        self.number = number
        self.startedAt = startedAt
        self.milliseconds = milliseconds
        self.responseStatus = responseStatus
        self.responseBody = responseBody
        self.failure = failure
    }

    enum CodingKeys: String, CodingKey {
        case number, failure
        case startedAt = "started_at"
        case milliseconds = "duration_ms"
        case responseStatus = "response_status"
        case responseBody = "response_body"
    }
}

/// A delivery with its attempts, oldest first.
package struct DeliveryLogAnswer: Codable, Sendable {
    package let delivery: DeliveryAnswer
    package let attempts: [AttemptAnswer]

    package init(delivery: DeliveryAnswer, attempts: [AttemptAnswer]) {
        self.delivery = delivery
        self.attempts = attempts
    }
}

/// What is to be sent again: one delivery, or those of a time.
package struct ReplayCall: Codable, Sendable {
    package let delivery: String?
    /// Of events that happened in `[from, until)`.
    package let from: String?
    package let until: String?
    /// `pending`, `delivered`, `failed`; failed ones when absent.
    package let states: [String]?

    package init(delivery: String? = nil, from: String? = nil, until: String? = nil, states: [String]? = nil) {
        self.delivery = delivery
        self.from = from
        self.until = until
        self.states = states
    }
}

package struct ReplayAnswer: Codable, Sendable {
    package let replayed: Int64
    /// Whether there were more than one call replays: the rest is asked for by another.
    package let isPartial: Bool

    package init(replayed: Int64, isPartial: Bool) {
        self.replayed = replayed
        self.isPartial = isPartial
    }

    enum CodingKeys: String, CodingKey {
        case replayed
        case isPartial = "partial"
    }
}

/// A secret takes the place of another, which goes on signing for a while.
package struct RotateSecretCall: Codable, Sendable {
    /// Absent: the one before the present one signs no more.
    package let secret: String?
    /// How long the old one signs too; a day when absent.
    package let overlapSeconds: Int64?

    package init(secret: String?, overlapSeconds: Int64?) {
        self.secret = secret
        self.overlapSeconds = overlapSeconds
    }

    enum CodingKeys: String, CodingKey {
        case secret
        case overlapSeconds = "overlap_seconds"
    }
}
