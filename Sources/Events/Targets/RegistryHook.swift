import GatehouseCore

/// The document of Databricks' registry webhooks, and the job of a workspace that takes it as a parameter.
enum RegistryHook {
    static let jobSetting = "job_id"
    private static let events = WebhookTarget.Setting(
        name: RegistryEvent.setting, isRequired: true,
        meaning: "Databricks' names of its events, as in MODEL_VERSION_TRANSITIONED_STAGE,COMMENT_CREATED")
    static let settings = [events]
    static let jobSettings = [
        events, WebhookTarget.Setting(name: jobSetting, isRequired: true, meaning: "the number of the job, as in 123456"),
    ]

    static func request(for notice: EventNotice, at place: TargetPlace) throws(GatehouseError) -> TargetRequest {
        var headers = [TargetRequest.Header("Content-Type", "application/json")]
        if let authorization = place.authorization { headers.append(.init("Authorization", authorization)) }
        return TargetRequest(
            url: place.url, headers: headers, body: try message(of: notice, at: place).canonicalBytes, isSigned: true)
    }

    /// `jobs/run-now` of a workspace. The token of idempotency is that of the delivery, so that an attempt whose answer was lost
    /// starts no second run.
    static func jobRequest(for notice: EventNotice, at place: TargetPlace) throws(GatehouseError) -> TargetRequest {
        guard let job = Int64(place.settings[jobSetting] ?? "") else {
            throw GatehouseError(.invalidArgument, "The job of a webhook is no number.")
        }
        let body: JSONValue = .object([
            "job_id": .integer(job), "idempotency_token": .string(notice.id),
            "notebook_params": ["event_message": .string(try message(of: notice, at: place).canonicalText)],
        ])
        var base = place.url.text
        while base.hasSuffix("/") { base.removeLast() }
        return TargetRequest(
            url: try WebhookURL("\(base)/api/2.1/jobs/run-now"),
            headers: [
                .init("Content-Type", "application/json"), .init("Authorization", "Bearer \(place.authorization ?? "")"),
            ], body: body.canonicalBytes)
    }

    private static func message(of notice: EventNotice, at place: TargetPlace) throws(GatehouseError) -> JSONValue {
        let document = try notice.document()
        let data = document["data"] ?? [:]
        let isTest = document["gatehouse"]?["test"] != nil
        // A test is an example of the event, whatever stage that is about.
        let test = isTest ? RegistryEvent.allCases.first { $0.type == notice.type } : nil
        guard let event = RegistryEvent.name(of: notice.type, data, for: place.settings) ?? test else {
            throw GatehouseError(
                .invalidArgument, "The webhook asks for no event of Databricks' that '\(notice.type.rawValue)' could be.")
        }
        var message: [String: JSONValue] = [
            "event": .string(event.rawValue), "webhook_id": .string(place.id),
            "event_timestamp": milliseconds(document).map { .integer($0) } ?? .null,
            "model_name": data["name"] ?? .null, "text": .string(sentence(event, data)),
        ]
        for (name, member) in [
            ("version", "version"), ("from_stage", "from_stage"), ("to_stage", "to_stage"), ("to_stage", "to"),
            ("key", "key"), ("value", "value"), ("comment", "comment"),
        ] {
            if let value = data[member], value != .null { message[name] = value }
        }
        if let user = document["gatehouse"]?["actor"] { message["user_id"] = user }
        return .object(message)
    }

    /// From `2027-01-15T08:00:00.123000+00:00`.
    private static func milliseconds(_ document: JSONValue) -> Int64? {
        guard let text = document["timestamp"]?.stringValue else { return nil }
        return (try? Timestamp(parsing: "\(text.prefix(23))Z"))?.milliseconds
    }

    private static func sentence(_ event: RegistryEvent, _ data: JSONValue) -> String {
        func text(_ member: String) -> String { data[member]?.stringValue ?? "" }
        let version = "Registered model '\(text("name"))' version \(text("version"))"
        let sentences: [EventType: String] = [
            .registeredModelCreated: "Registered model '\(text("name"))' was created.",
            .modelVersionCreated: "\(version) was created.",
            .modelVersionTagSet: "\(version) has the tag '\(text("key"))'.",
            .stageTransitioned: "\(version) transitioned from \(text("from_stage")) to \(text("to_stage")).",
            .promotionRequested: "\(version): a transition to \(text("to")) was requested.",
            .reviewCommented: "\(version) was commented on.",
        ]
        return sentences[event.type] ?? version
    }
}
