import AuditLog
import Events
import Foundation
import GatehouseCore
import Logging
import NIOCore
import NIOHTTP1
import Storage
import Synchronization
import Testing

/// A notifier whose steps the test takes one by one, over a database of its own.
private struct SlackBench: Sendable {
    let bench: Bench
    let bell = SlackBell()
    let store: OutboxStore
    let notifier: SlackNotifier
    /// A class because the notifier and the test share it.
    let isOpen = Switch()

    final class Switch: Sendable {
        private let value = Mutex(true)
        var isOn: Bool { value.withLock { $0 } }
        func turnOff() { value.withLock { $0 = false } }
    }

    init(_ bench: Bench, url: String) throws {
        self.bench = bench
        let (ids, clock, isOpen) = (bench.ids, bench.clock, isOpen)
        store = OutboxStore(bench.database, ids: { ids.next() }, slack: bell, wake: { _ in })
        let settings = try SlackSettings(channel: "C1", botToken: "xoxb-1", base: url + "/api/")
        let sender = WebhookSender(rules: AddressRules(allowsPrivate: true), limit: .seconds(2))
        notifier = SlackNotifier(
            store: bench.database, api: SlackAPI(settings, sender: sender), bell: bell, now: { clock.now },
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() })
        ) { review in
            SlackReviewMessage(
                review: review, model: "m", version: "1", slot: "s", reviewer: "ben", mention: nil, requester: "rita", reason: "",
                gates: [], checklist: [], state: isOpen.isOn ? "not decided" : "approved", isOpen: isOpen.isOn, expires: "")
        }
    }

    func note(_ action: AuditAction, review: String = "rv_1") async throws {
        let (id, now) = (bench.ids.next(), bench.clock.now)
        try await store.write { tx in
            _ = try tx.append(
                AuditDraft(
                    id: id, time: now, principal: .user("rita"), action: action, facts: .object(["review": .string(review)])))
        }
    }

    /// Everything that is due now; how many steps it took.
    @discardableResult
    func work() async throws -> Int {
        var steps = 0
        while steps < 20, try await notifier.step() { steps += 1 }
        return steps
    }

    static func run(_ script: @escaping Receiver.Script, _ body: (SlackBench, Receiver) async throws -> Void) async throws {
        try await Receiver.run(script) { receiver, url in
            try await Bench.run { bench in try await body(SlackBench(bench, url: url), receiver) }
        }
    }
}

extension Received {
    fileprivate var method: String { String(target.dropFirst("/api/".count)) }
}

@Suite("Messages in Slack", .timeLimit(.minutes(2)))
struct SlackNotifierTests {
    private static func ok(_ ts: String = "1.5") -> Reply { .status(200, body: #"{"ok":true,"channel":"C1","ts":"\#(ts)"}"#) }

    @Test("a review that is asked for is posted once, and changed when it is decided")
    func whole() async throws {
        try await SlackBench.run { _ in
            Self.ok()
        } _: { slack, receiver in
            try await slack.note(.reviewRequested)
            #expect(try await slack.work() == 1)
            let post = try #require(receiver.received.first)
            #expect(post.method == "chat.postMessage" && post.json?["channel"] == "C1")
            #expect(post.headers.first(name: "authorization") == "Bearer xoxb-1")
            #expect(post.json?["metadata"]?["event_payload"]?["review"] == "rv_1")
            try await slack.note(.reviewOpened)
            #expect(try await slack.work() == 0, "openings are nobody else's matter")
            slack.isOpen.turnOff()
            try await slack.note(.reviewApproved)
            #expect(try await slack.work() == 1)
            #expect(receiver.received.map(\.method) == ["chat.postMessage", "chat.update"])
            #expect(receiver.received[1].json?["ts"] == "1.5")
            #expect(try await slack.work() == 0)
        }
    }

    @Test("a review that was over before anybody was told is not posted; one that nobody asked Slack about is not noted")
    func over() async throws {
        try await SlackBench.run { _ in
            Self.ok()
        } _: { slack, receiver in
            try await slack.note(.reviewRequested)
            slack.isOpen.turnOff()
            try await slack.note(.reviewExpired)
            try await slack.note(.reviewApproved, review: "rv_before_slack")
            #expect(try await slack.work() == 1)
            #expect(receiver.received.isEmpty)
        }
    }

    @Test("when Slack refuses or is down, the pauses grow to an hour and it is tried for as long as the review is open")
    func down() async throws {
        try await SlackBench.run { request in
            .status(200, body: #"{"ok":false,"error":"channel_not_found"}"#)
        } _: { slack, receiver in
            try await slack.note(.reviewRequested)
            for (attempt, pause) in [5, 30, 120, 600, 3600, 3600, 3600].enumerated() {
                try await slack.work()
                #expect(receiver.received.count == attempt + 1)
                slack.bench.clock.advance(by: .seconds(pause - 1))
                #expect(try await slack.work() == 0)
                slack.bench.clock.advance(by: .seconds(1))
            }
            #expect(Set(receiver.received.map(\.method)) == ["chat.postMessage"])
            #expect(Set(receiver.received.compactMap { $0.json?["client_msg_id"] }).count == 1)
        }
    }

    @Test("patience that Slack asks for is kept")
    func patience() async throws {
        try await SlackBench.run { request in
            request.number == 0 ? .status(429, headers: ["Retry-After": "77"]) : Self.ok()
        } _: { slack, receiver in
            try await slack.note(.reviewRequested)
            try await slack.work()
            slack.bench.clock.advance(by: .seconds(76))
            #expect(try await slack.work() == 0)
            slack.bench.clock.advance(by: .seconds(1))
            #expect(try await slack.work() == 1)
            #expect(receiver.received.map(\.method) == ["chat.postMessage", "chat.postMessage"])
        }
    }

    @Test(
        "after an attempt without an answer the channel is searched before there is another",
        arguments: [true, false])
    func doubt(_ hasArrived: Bool) async throws {
        let history =
            hasArrived
            ? #"{"ok":true,"messages":[{"ts":"9.9","metadata":{"event_type":"gatehouse_review","event_payload":{"review":"rv_2"}}},"#
                + #"{"ts":"7.7","metadata":{"event_type":"gatehouse_review","event_payload":{"review":"rv_1"}}}]}"#
            : #"{"ok":true,"messages":[{"ts":"9.9"}]}"#
        try await SlackBench.run { request in
            switch request.number {
            case 0: .hangUp
            case 1: .status(200, body: history)
            default: Self.ok()
            }
        } _: { slack, receiver in
            try await slack.note(.reviewRequested)
            try await slack.work()
            slack.bench.clock.advance(by: .seconds(5))
            try await slack.work()
            let last = hasArrived ? "chat.update" : "chat.postMessage"
            #expect(receiver.received.map(\.method) == ["chat.postMessage", "conversations.history", last])
            #expect(receiver.received[1].headers.first(name: "content-type") == "application/x-www-form-urlencoded")
            let form = try SlackForm(receiver.received[1].body)
            let sent = slack.bench.clock.now.milliseconds / 1000 - 5
            #expect(form["oldest"] == "\(sent - 600)" && form["latest"] == "\(sent + 900)")
            if hasArrived { #expect(receiver.received[2].json?["ts"] == "7.7") }
            #expect(try await slack.work() == 0)
        }
    }

    @Test("a server that hangs counts as no answer, and what changes meanwhile is not lost")
    func hanging() async throws {
        try await SlackBench.run { request in
            request.number == 0 ? .hang : .status(200, body: #"{"ok":true,"ts":"1.5","channel":"C1","messages":[]}"#)
        } _: { slack, receiver in
            try await slack.note(.reviewRequested)
            try await slack.work()
            slack.isOpen.turnOff()
            try await slack.note(.reviewRejected)
            slack.bench.clock.advance(by: .seconds(5))
            try await slack.work()
            // It never arrived, and there is nothing left to say.
            #expect(receiver.received.map(\.method) == ["chat.postMessage", "conversations.history"])
            #expect(try await slack.work() == 0)
        }
    }

    @Test("answers that are not Slack's are no answers", arguments: ["", "ok", "[]", "{}", #"{"ok":1}"#])
    func nonsense(_ body: String) async throws {
        try await SlackBench.run { _ in
            .status(200, body: body)
        } _: { slack, receiver in
            try await slack.note(.reviewRequested)
            #expect(try await slack.work() == 1)
            #expect(receiver.received.count == 1)
        }
    }

    @Test("a request is new, then repeated when it is signed again, and replayed when it is not")
    func admission() async throws {
        try await Bench.run { bench in
            let now = bench.clock.now
            let calls = [("a", "trigger:1"), ("b", "trigger:1"), ("a", "trigger:1"), ("b", "trigger:2"), ("c", "trigger:2")]
            var admissions: [SlackAdmission] = []
            for (signature, key) in calls {
                let admission = try await bench.database.write { tx in
                    try tx.admitSlackRequest(signature: "v0=" + signature, key: key, at: now)
                }
                admissions.append(admission)
            }
            #expect(admissions == [.new, .repeated, .replayed, .replayed, .new])
        }
    }

    @Test(
        "settings that cannot be are refused, and the token is not repeated",
        arguments: [
            ("#risk", "xoxb-1", "https://slack.com/api"), ("", "xoxb-1", "https://slack.com/api"),
            ("C1", "xoxp-person", "https://slack.com/api"), ("C1", "xoxb-a\nb", "https://slack.com/api"),
            ("C1", "xoxb-1", "ftp://slack.com"),
        ])
    func settings(_ channel: String, _ token: String, _ base: String) {
        let error = #expect(throws: GatehouseError.self) { try SlackSettings(channel: channel, botToken: token, base: base) }
        #expect(error?.description.contains("person") == false)
    }
}
