package import GatehouseCore

/// An event on its way to one receiver, as a target sees it.
package struct EventNotice: Sendable {
    /// That of the delivery, the same at every attempt: by it a receiver knows what it has seen already.
    package let id: String
    package let type: EventType
    /// The document that `webhook` sends: `type`, `timestamp`, `data` and `gatehouse`.
    package let body: [UInt8]

    package init(id: String, type: EventType, body: [UInt8]) {
        self.id = id
        self.type = type
        self.body = body
    }

    /// The document, read. Fails with `integrity`: what is stored was written by us.
    package func document() throws(GatehouseError) -> JSONValue {
        do { return try JSONParser.parse(body) } catch {
            throw GatehouseError(.integrity, "A stored event is no JSON document.", cause: error)
        }
    }
}

/// What a target needs to know of the webhook.
package struct TargetPlace: Sendable {
    /// That of the webhook.
    package let id: String
    package let url: WebhookURL
    package let settings: [String: String]
    /// Opened for this one request; nil: it has none.
    package let authorization: String?

    package init(id: String, url: WebhookURL, settings: [String: String] = [:], authorization: String? = nil) {
        self.id = id
        self.url = url
        self.settings = settings
        self.authorization = authorization
    }
}

/// One request to a receiver, before it is signed: `POST`, without the headers that every request has, or a message for a stream.
package struct TargetRequest: Sendable, Hashable {
    package struct Header: Sendable, Hashable {
        package let name: String
        package let value: String

        package init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    package let url: WebhookURL
    /// With the content type.
    package let headers: [Header]
    package let body: [UInt8]
    /// Whether ids, times and signatures of our conventions go with it.
    package let isSigned: Bool
    /// Nil: it goes over HTTP.
    let stream: NATSStream.Place?

    package init(url: WebhookURL, headers: [Header], body: [UInt8], isSigned: Bool = false) {
        self.init(url: url, headers: headers, body: body, isSigned: isSigned, stream: nil)
    }

    init(url: WebhookURL, headers: [Header], body: [UInt8], isSigned: Bool, stream: NATSStream.Place?) {
        self.stream = stream
        self.url = url
        self.headers = headers
        self.body = body
        self.isSigned = isSigned
    }
}

extension WebhookTarget {
    /// The request that tells a target of an event. Fails with `invalidArgument` for what cannot be said there: that is final.
    package func request(for notice: EventNotice, at place: TargetPlace) throws(GatehouseError) -> TargetRequest {
        switch self {
        case .webhook: plain(notice, place)
        case .registry: try RegistryHook.request(for: notice, at: place)
        case .job: try RegistryHook.jobRequest(for: notice, at: place)
        case .gitlab: try GitLabPipeline.request(notice, place)
        case .github: try GitHubDispatch.request(notice, place)
        case .slack: try SlackWebhook.request(notice, place)
        case .teams: try TeamsWebhook.request(notice, place)
        case .pagerduty: try PagerDutyAlert.request(notice, place)
        case .cloudevents: try CloudEvent.request(notice, place)
        case .nats: try NATSStream.request(notice, place)
        }
    }

    /// Whether an answer in 200 to 299 means that the target took it; others never do.
    package func accepts(status: Int, body: String) -> Bool {
        switch self {
        case .gitlab: GitLabPipeline.accepts(status: status)
        case .github: GitHubDispatch.accepts(status: status)
        case .slack: SlackWebhook.accepts(status: status, body: body)
        case .teams: TeamsWebhook.accepts(status: status)
        case .pagerduty: PagerDutyAlert.accepts(status: status)
        case .cloudevents: CloudEvent.accepts(status: status)
        case .webhook, .registry, .job, .nats: true
        }
    }

    private func plain(_ notice: EventNotice, _ place: TargetPlace) -> TargetRequest {
        var headers = [TargetRequest.Header("Content-Type", "application/json")]
        if let authorization = place.authorization { headers.append(.init("Authorization", authorization)) }
        return TargetRequest(url: place.url, headers: headers, body: notice.body, isSigned: true)
    }
}
