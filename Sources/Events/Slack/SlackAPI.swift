package import GatehouseCore
import NIOHTTP1

/// What a server needs to work with a Slack app.
package struct SlackSettings: Sendable {
    package static let defaultBase = "https://slack.com/api"

    /// `C0123ABC`: where requests for a review are shown.
    package let channel: String
    let botToken: String
    let base: String

    /// Fails with `invalidArgument`; the message does not repeat the token.
    package init(channel: String, botToken: String, base: String = defaultBase) throws(GatehouseError) {
        let isToken =
            botToken.hasPrefix("xoxb-") && botToken.utf8.count <= 1000
            && botToken.utf8.allSatisfy { (0x21...0x7E).contains($0) }
        guard isToken else {
            throw GatehouseError(
                .invalidArgument, "The bot token of Slack does not begin with 'xoxb-', or holds what no token holds.",
                hint: "It stands under OAuth & Permissions of the app's page at Slack.")
        }
        guard (2...40).contains(channel.utf8.count),
            channel.utf8.allSatisfy({ (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) })
        else {
            throw GatehouseError(
                .invalidArgument, "'\(channel.prefix(40))' is no id of a Slack channel.",
                hint: "The id, C…, stands at the end of what the channel's menu shows about it; its name may change hands.")
        }
        let base = base.hasSuffix("/") ? String(base.dropLast()) : base
        _ = try WebhookURL(base)
        self.channel = channel
        self.botToken = botToken
        self.base = base
    }
}

/// The calls to Slack, over connections that go nowhere else.
package struct SlackAPI: Sendable {
    static let metadataType = "gatehouse_review"
    static let answerBytesKept = 1 << 20
    private static let historyMax = 200

    package enum Answer: Sendable, Equatable {
        case done(JSONValue)
        /// Slack said no, in its own word, `channel_not_found`.
        case refused(String)
        /// Slack asks for patience; nothing was done.
        case later(after: Duration)
        /// Nothing is known: it may have been done.
        case unknown(String)
        /// It never reached Slack.
        case unsent(String)
    }

    private let sender: WebhookSender
    private let settings: SlackSettings

    package init(_ settings: SlackSettings, sender: WebhookSender) {
        self.settings = settings
        self.sender = sender
    }

    package var channel: String { settings.channel }

    /// Calls a method of the Web API, `chat.postMessage`. Never throws.
    package func call(_ method: String, _ arguments: JSONValue) async -> Answer {
        await post(
            method, arguments.canonicalBytes, contentType: "application/json; charset=utf-8")
    }

    /// The message about a review that was posted between two times; nil when there is none.
    func posted(_ review: String, from start: Timestamp, to end: Timestamp) async -> Answer {
        // Slack reads no JSON with methods that only look. A channel's id needs no encoding.
        let form =
            "channel=\(settings.channel)&include_all_metadata=true&inclusive=true&limit=\(Self.historyMax)"
            + "&oldest=\(start.milliseconds / 1000)&latest=\(end.milliseconds / 1000)"
        return await post("conversations.history", Array(form.utf8), contentType: "application/x-www-form-urlencoded")
    }

    static func find(_ review: String, in history: JSONValue, channel: String) -> SlackPosted? {
        let message = (history["messages"]?.arrayValue ?? []).first { message in
            message["metadata"]?["event_type"]?.stringValue == metadataType
                && message["metadata"]?["event_payload"]?["review"]?.stringValue == review
        }
        return message?["ts"]?.stringValue.map { SlackPosted(channel: channel, timestamp: $0) }
    }

    /// Answers a command or a button, for the eyes of whoever used it. The address comes with the signed request; where it may
    /// lead is limited as for webhooks.
    package func respond(_ text: String, to address: String) async -> Answer {
        let body: JSONValue = [
            "response_type": "ephemeral", "replace_original": false,
            "text": .string(SlackText.fitting(text, unitsMax: SlackText.sectionUnitsMax)),
        ]
        do {
            let url = try WebhookURL(address)
            let headers = Self.headers(body.canonicalBytes, contentType: "application/json; charset=utf-8")
            switch await sender.post(body.canonicalBytes, headers, to: url, keeping: WebhookSender.answerBytesKept) {
            case .answered(let answered):
                return answered.status == 200 ? .done([:]) : .refused("it answered \(answered.status)")
            case .taken: return .unknown("it answered without a status")
            case .failed(let reason, let isFinal): return isFinal ? .refused(reason) : .unknown(reason)
            }
        } catch {
            return .refused("the address to answer to is none")
        }
    }

    private func post(_ method: String, _ body: [UInt8], contentType: String) async -> Answer {
        do {
            let url = try WebhookURL("\(settings.base)/\(method)")
            var headers = Self.headers(body, contentType: contentType)
            headers.add(name: "Authorization", value: "Bearer \(settings.botToken)")
            return Self.answer(await sender.post(body, headers, to: url, keeping: Self.answerBytesKept))
        } catch {
            return .unsent(error.message)
        }
    }

    private static func headers(_ body: [UInt8], contentType: String) -> HTTPHeaders {
        [
            "Content-Type": contentType, "Content-Length": String(body.count), "User-Agent": "gatehouse",
            "Accept": "application/json", "Connection": "close",
        ]
    }

    /// Slack answers 200 also when it says no; the word is in `error`.
    static func answer(_ received: ReceiverAnswer) -> Answer {
        switch received {
        case .taken: return .unknown("it answered without a status")
        case .failed(let reason, let isFinal): return isFinal ? .unsent(reason) : .unknown(reason)
        case .answered(let answered):
            switch answered.status {
            case 429:
                return .later(after: .seconds(answered.retryAfter.flatMap { Int64($0) }.map { min(max($0, 1), 3600) } ?? 30))
            case 500...: return .unknown("it answered \(answered.status)")
            default: break
            }
            guard let json = try? JSONParser.parse(answered.body), let isOK = json["ok"]?.boolValue else {
                return .unknown("it answered \(answered.status), and not in Slack's form")
            }
            if isOK { return .done(json) }
            let word = String((json["error"]?.stringValue ?? "no_reason_given").prefix(80))
            switch word {
            case "ratelimited", "rate_limited": return .later(after: .seconds(30))
            // Slack's own failures: the method's pages say that it may have been done.
            case "fatal_error", "internal_error", "request_timeout", "service_unavailable": return .unknown(word)
            default: return .refused(word)
            }
        }
    }
}
