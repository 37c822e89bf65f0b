import GatehouseCore

/// A CloudEvent 1.0 over HTTP, in structured or in binary mode. Our own document is its data, and our signatures go with it.
enum CloudEvent {
    static let settings = [
        WebhookTarget.Setting(name: "mode", isRequired: false, meaning: "structured (when left out) or binary"),
        WebhookTarget.Setting(
            name: "source", isRequired: false,
            meaning: "a URI that names this server, such as //models.example.com; 'gatehouse' when left out"),
    ]
    private static let modes = ["structured", "binary"]

    static func request(_ notice: EventNotice, _ place: TargetPlace) throws(GatehouseError) -> TargetRequest {
        let attributes = try Self.attributes(notice, place)
        var headers = place.authorization.map { [TargetRequest.Header("Authorization", $0)] } ?? []
        if place.settings["mode"] == "binary" {
            headers.append(.init("Content-Type", "application/json"))
            headers += attributes.map { .init("ce-\($0)", PercentEncoded.headerValue($1)) }
            return TargetRequest(url: place.url, headers: headers, body: notice.body, isSigned: true)
        }
        headers.append(.init("Content-Type", "application/cloudevents+json; charset=utf-8"))
        let document = try notice.document()
        let body = JSONWriter.object(capacity: notice.body.count + 512) { writer in
            for (name, value) in attributes { writer.member(name, value) }
            writer.member("datacontenttype", "application/json")
            writer.key("data")
            writer.value(document)
        }
        return TargetRequest(url: place.url, headers: headers, body: body, isSigned: true)
    }

    /// Those of the specification's HTTP 1.1 Web Hooks for Event Delivery.
    static func accepts(status: Int) -> Bool { [200, 201, 202, 204].contains(status) }

    /// Fails with `invalidArgument`.
    static func check(_ settings: [String: String]) throws(GatehouseError) {
        if let mode = settings["mode"], !modes.contains(mode) {
            throw GatehouseError(
                .invalidArgument, "A CloudEvent has no mode '\(mode.prefix(80))'.",
                hint: "Use \(modes.joined(separator: " or ")).")
        }
        guard settings["source"]?.utf8.allSatisfy({ (0x21...0x7E).contains($0) }) ?? true else {
            throw GatehouseError(
                .invalidArgument, "The source of a CloudEvent is a URI: printable ASCII without spaces.",
                hint: "For example: //models.example.com")
        }
    }

    /// What is about one model comes in order under one partition key.
    private static func attributes(
        _ notice: EventNotice, _ place: TargetPlace
    ) throws(GatehouseError) -> [(String, String)] {
        let summary = try EventSummary(notice)
        var attributes = [
            ("specversion", "1.0"), ("id", notice.id), ("source", place.settings["source"] ?? "gatehouse"),
            ("type", "gatehouse.\(summary.type)"), ("time", summary.time),
        ]
        if let model = summary.model {
            let version = summary.version.map { "/versions/\($0)" } ?? ""
            attributes.append(("subject", "models/\(PercentEncoded.component(model))\(version)"))
            attributes.append(("partitionkey", PercentEncoded.component(model)))
        }
        return attributes
    }
}
