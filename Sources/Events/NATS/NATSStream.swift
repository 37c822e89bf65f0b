import GatehouseCore

/// A stream of JetStream in NATS. Our own document is the message; its subject tells type and model, so that a consumer can choose.
enum NATSStream {
    static let settings = [
        WebhookTarget.Setting(
            name: "subject", isRequired: false, meaning: "what every subject begins with; 'gatehouse' when left out")
    ]
    private static let subjectBytesMax = 200

    /// Where a message goes, beside the server.
    struct Place: Sendable, Hashable {
        let subject: String
        let authorization: String?
    }

    /// The id of the delivery is the one by which JetStream knows a message that it has already.
    static func request(_ notice: EventNotice, _ place: TargetPlace) throws(GatehouseError) -> TargetRequest {
        try check(place.url)
        return TargetRequest(
            url: place.url, headers: [.init("Content-Type", "application/json"), .init("Nats-Msg-Id", notice.id)],
            body: notice.body, isSigned: true,
            stream: Place(
                subject: try subject(of: notice, below: place.settings["subject"]), authorization: place.authorization))
    }

    /// `PREFIX.ENTITY.ACTION`, and the model as one more token where the event is about one.
    static func subject(of notice: EventNotice, below prefix: String?) throws(GatehouseError) -> String {
        let model = try EventSummary(notice).model.map { ".\(token($0))" } ?? ""
        return "\(prefix ?? "gatehouse").\(notice.type.rawValue)\(model)"
    }

    /// A name may hold what divides tokens or stands for others.
    static func token(_ name: String) -> String { PercentEncoded.component(name).replacing(".", with: "%2E") }

    /// What JetStream replied to a message: that it is on disk, or why not.
    static func answer(_ reply: [UInt8]) -> ReceiverAnswer {
        let text = ReceiverAnswer.text(of: reply.prefix(WebhookSender.answerBytesKept))
        guard let json = try? JSONParser.parse(reply) else {
            return .failed(reason: "the reply is not one of JetStream's: \(text.prefix(200))", isFinal: false)
        }
        if let error = json["error"] {
            let code = error["code"]?.integerValue.map { " (\($0))" } ?? ""
            let words = ReceiverAnswer.text(of: (error["description"]?.stringValue ?? "no reason given").utf8.prefix(300))
            return .failed(reason: "JetStream refused it: \(words)\(code)", isFinal: false)
        }
        guard json["stream"]?.stringValue != nil, json["seq"]?.integerValue != nil else {
            return .failed(reason: "the reply is not one of JetStream's: \(text.prefix(200))", isFinal: false)
        }
        return .taken(text)
    }

    static func words(for failure: NATSFailure, _ subject: String) -> String {
        switch failure.status {
        case NATSFailure.noResponders: "no stream takes the subject '\(subject.prefix(80))', or JetStream is off there"
        case NATSFailure.timeout: "no acknowledgement in time"
        default: "NATS: \(ReceiverAnswer.text(of: failure.words.utf8.prefix(300)).replacing("\n", with: " "))"
        }
    }

    /// Fails with `invalidArgument`.
    static func check(_ settings: [String: String]) throws(GatehouseError) {
        guard let subject = settings["subject"] else { return }
        let tokens = subject.split(separator: ".", omittingEmptySubsequences: false)
        let isPlain = tokens.allSatisfy { token in
            !token.isEmpty
                && token.utf8.allSatisfy { byte in
                    (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                        || [0x2D, 0x5F].contains(byte)
                }
        }
        guard isPlain, subject.utf8.count <= subjectBytesMax else {
            throw GatehouseError(
                .invalidArgument,
                "A subject is words of letters, digits, '_' and '-' with dots between them, at most \(subjectBytesMax) bytes.",
                hint: "For example: --setting subject=mlops.gatehouse")
        }
    }

    /// Fails with `invalidArgument`: a NATS server has no paths.
    static func check(_ url: WebhookURL) throws(GatehouseError) {
        guard url.target == "/" else {
            throw GatehouseError(
                .invalidArgument, "The URL of a NATS server ends with its port.", hint: "As in tls://nats.example.com:4222")
        }
    }
}
