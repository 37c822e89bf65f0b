/// A receiver of events that is to be made.
package struct AddWebhookCall: Codable, Sendable {
    package let name: String
    package let url: String
    /// `model_version.created`, `model_version.stage_transitioned`, …
    package let events: [String]
    package let description: String?
    /// Signs the requests; kept encrypted, never answered.
    package let secret: String?
    /// `ACTIVE` or `DISABLED`.
    package let status: String?

    package init(
        name: String, url: String, events: [String], description: String? = nil, secret: String? = nil, status: String? = nil
    ) {
        self.name = name
        self.url = url
        self.events = events
        self.description = description
        self.secret = secret
        self.status = status
    }
}

/// What is to change of a webhook; what is absent stays.
package struct ChangeWebhookCall: Codable, Sendable {
    package let name: String?
    package let url: String?
    package let events: [String]?
    package let description: String?
    /// Empty: sign no more.
    package let secret: String?
    package let status: String?

    package init(
        name: String? = nil, url: String? = nil, events: [String]? = nil, description: String? = nil, secret: String? = nil,
        status: String? = nil
    ) {
        self.name = name
        self.url = url
        self.events = events
        self.description = description
        self.secret = secret
        self.status = status
    }
}

package struct WebhookAnswer: Codable, Sendable {
    package let id: String
    package let name: String
    package let url: String
    package let events: [String]
    package let description: String?
    package let status: String
    /// Whether it has a secret.
    package let isSigned: Bool
    package let disabledBecause: String?
    package let createdAt: String
    package let createdBy: String
    package let updatedAt: String

    package init(
        id: String, name: String, url: String, events: [String], description: String?, status: String, isSigned: Bool,
        disabledBecause: String?, createdAt: String, createdBy: String, updatedAt: String
    ) {
        self.id = id
        self.name = name
        self.url = url
        self.events = events
        self.description = description
        self.status = status
        self.isSigned = isSigned
        self.disabledBecause = disabledBecause
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.updatedAt = updatedAt
    }

    enum CodingKeys: String, CodingKey {
        case id, name, url, events, description, status
        case isSigned = "signed"
        case disabledBecause = "disabled_because"
        case createdAt = "created_at"
        case createdBy = "created_by"
        case updatedAt = "updated_at"
    }
}

/// Which event a test sends; the first one subscribed to when absent.
package struct TestWebhookCall: Codable, Sendable {
    package let event: String?
    package init(event: String? = nil) { self.event = event }
}

package struct WebhookTestAnswer: Codable, Sendable {
    package let success: Bool
    package let responseStatus: Int64?
    package let responseBody: String?
    package let failure: String?

    package init(success: Bool, responseStatus: Int64?, responseBody: String?, failure: String?) {
        self.success = success
        self.responseStatus = responseStatus
        self.responseBody = responseBody
        self.failure = failure
    }

    enum CodingKeys: String, CodingKey {
        case success, failure
        case responseStatus = "response_status"
        case responseBody = "response_body"
    }
}

/// One event on its way to one webhook, or arrived.
package struct DeliveryAnswer: Codable, Sendable {
    package let id: String
    package let sequence: Int64
    package let event: String
    package let model: String
    /// `pending`, `delivered` or `failed`.
    package let state: String
    package let attempts: Int64
    /// When the next attempt is due; null for one that waits behind another, and for one that is finished.
    package let nextAttemptAt: String?
    package let lastAttemptAt: String?
    package let finishedAt: String?
    package let milliseconds: Int64?
    package let responseStatus: Int64?
    package let responseBody: String?
    package let failure: String?

    package init(
        id: String, sequence: Int64, event: String, model: String, state: String, attempts: Int64, nextAttemptAt: String?,
        lastAttemptAt: String?, finishedAt: String?, milliseconds: Int64?, responseStatus: Int64?, responseBody: String?,
        failure: String?
    ) {
        self.id = id
        self.sequence = sequence
        self.event = event
        self.model = model
        self.state = state
        self.attempts = attempts
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
        case nextAttemptAt = "next_attempt_at"
        case lastAttemptAt = "last_attempt_at"
        case finishedAt = "finished_at"
        case milliseconds = "duration_ms"
        case responseStatus = "response_status"
        case responseBody = "response_body"
    }
}
