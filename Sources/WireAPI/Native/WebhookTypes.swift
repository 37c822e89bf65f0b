/// A receiver of events that is to be made.
package struct AddWebhookCall: Codable, Sendable {
    package let name: String
    package let url: String
    /// `model_version.created`, `model_version.stage_transitioned`, …
    package let events: [String]
    package let description: String?
    /// `webhook`, `gitlab`, `slack`, `nats`, …: what stands behind the URL.
    package let target: String?
    /// What the target must know beside the URL; nothing secret.
    package let settings: [String: String]?
    /// Only events of these; all when absent or empty.
    package let models: [String]?
    /// Signs the requests; kept encrypted, never answered.
    package let secret: String?
    /// What the target takes as authorization: a header's value, a token; kept encrypted, never answered.
    package let authorization: String?
    package let verifyTLS: Bool?
    /// `ACTIVE`, `PAUSED`, `TEST_MODE` or `DISABLED`.
    package let status: String?

    package init(
        name: String, url: String, events: [String], description: String? = nil, target: String? = nil,
        settings: [String: String]? = nil, models: [String]? = nil, secret: String? = nil, authorization: String? = nil,
        verifyTLS: Bool? = nil, status: String? = nil
    ) {
        self.name = name
        self.url = url
        self.events = events
        self.description = description
        self.target = target
        self.settings = settings
        self.models = models
        self.secret = secret
        self.authorization = authorization
        self.verifyTLS = verifyTLS
        self.status = status
    }

    enum CodingKeys: String, CodingKey {
        case name, url, events, description, target, settings, models, secret, authorization, status
        case verifyTLS = "verify_tls"
    }
}

/// What is to change of a webhook; what is absent stays.
package struct ChangeWebhookCall: Codable, Sendable {
    package let name: String?
    package let url: String?
    package let events: [String]?
    package let description: String?
    package let target: String?
    package let settings: [String: String]?
    /// Empty: all.
    package let models: [String]?
    /// Empty: sign no more.
    package let secret: String?
    /// Empty: send none any more.
    package let authorization: String?
    package let verifyTLS: Bool?
    package let status: String?

    package init(
        name: String? = nil, url: String? = nil, events: [String]? = nil, description: String? = nil, target: String? = nil,
        settings: [String: String]? = nil, models: [String]? = nil, secret: String? = nil, authorization: String? = nil,
        verifyTLS: Bool? = nil, status: String? = nil
    ) {
        self.name = name
        self.url = url
        self.events = events
        self.description = description
        self.target = target
        self.settings = settings
        self.models = models
        self.secret = secret
        self.authorization = authorization
        self.verifyTLS = verifyTLS
        self.status = status
    }

    enum CodingKeys: String, CodingKey {
        case name, url, events, description, target, settings, models, secret, authorization, status
        case verifyTLS = "verify_tls"
    }
}

package struct WebhookAnswer: Codable, Sendable {
    package let id: String
    package let name: String
    package let url: String
    package let target: String
    package let settings: [String: String]
    package let events: [String]
    package let models: [String]
    package let description: String?
    package let status: String
    /// Whether it has a secret.
    package let isSigned: Bool
    /// Whether it has an authorization.
    package let isAuthorized: Bool
    package let verifiesTLS: Bool
    /// Until when the secret before this one signs too.
    package let oldSecretUntil: String?
    package let disabledBecause: String?
    /// Deliveries given up unsent because too much waited.
    package let letGo: Int64
    /// Nothing is sent before, because it failed often in a row or asked for patience. In the past: it does not rest any more.
    package let restsUntil: String?
    package let createdAt: String
    package let createdBy: String
    package let updatedAt: String

    package init(
        id: String, name: String, url: String, target: String, settings: [String: String], events: [String],
        models: [String], description: String?, status: String, isSigned: Bool, isAuthorized: Bool, verifiesTLS: Bool,
        oldSecretUntil: String?, disabledBecause: String?, letGo: Int64, restsUntil: String?, createdAt: String,
        createdBy: String, updatedAt: String
    ) {
        self.id = id
        self.name = name
        self.url = url
        self.target = target
        self.settings = settings
        self.events = events
        self.models = models
        self.description = description
        self.status = status
        self.isSigned = isSigned
        self.isAuthorized = isAuthorized
        self.verifiesTLS = verifiesTLS
        self.oldSecretUntil = oldSecretUntil
        self.disabledBecause = disabledBecause
        self.letGo = letGo
        self.restsUntil = restsUntil
        self.createdAt = createdAt
        self.createdBy = createdBy
        self.updatedAt = updatedAt
    }

    enum CodingKeys: String, CodingKey {
        case id, name, url, target, settings, events, models, description, status
        case isSigned = "signed"
        case isAuthorized = "authorized"
        case verifiesTLS = "verify_tls"
        case oldSecretUntil = "old_secret_until"
        case disabledBecause = "disabled_because"
        case letGo = "let_go"
        case restsUntil = "rests_until"
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
