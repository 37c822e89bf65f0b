import GatehouseCore
import Glibc
import NIOCore
import NIOPosix
import Testing

@testable import Events

@Suite("Events in streams of NATS", .timeLimit(.minutes(1)))
struct NATSStreamTests {
    private static let hasLibrary = (try? NATSLibrary.loaded()) != nil

    @Test(
        "a subject has the type and, as one token whatever it is called, the model",
        arguments: [
            ("credit-risk", "credit-risk"), ("a.b", "a%2Eb"), ("x *>y", "x%20%2A%3Ey"), ("é", "%C3%A9"), ("100%", "100%25"),
        ])
    func subjects(model: String, token: String) throws {
        let notice = TargetExamples.notice(.stageTransitioned, ["name": .string(model)], [:])
        #expect(try NATSStream.subject(of: notice, below: nil) == "gatehouse.model_version.stage_transitioned.\(token)")
        #expect(try NATSStream.subject(of: notice, below: "a.b") == "a.b.model_version.stage_transitioned.\(token)")
    }

    @Test("an event that is about no model has no token for one")
    func noModel() throws {
        let notice = TargetExamples.notice(.webhookDisabled, ["webhook": "w", "name": "hook"], [:])
        #expect(try NATSStream.subject(of: notice, below: nil) == "gatehouse.webhook.disabled")
    }

    @Test(
        "only an acknowledgement of JetStream's means that the stream has it",
        arguments: [
            (#"{"stream":"MODELS","seq":7}"#, true), (#"{"stream":"MODELS","seq":7,"duplicate":true}"#, true),
            (#"{"error":{"code":503,"description":"insufficient resources"},"stream":"MODELS","seq":0}"#, false),
            (#"{"stream":"MODELS"}"#, false), ("+OK", false), ("", false), ("{}", false), ("[1]", false),
        ])
    func acknowledgements(reply: String, isTaken: Bool) {
        switch NATSStream.answer(Array(reply.utf8)) {
        case .taken(let words): #expect(isTaken && words == reply)
        case .failed(let reason, let isFinal):
            #expect(!isTaken && !isFinal)
            #expect(!reply.contains("error") || reason == "JetStream refused it: insufficient resources (503)")
        case .answered: Issue.record("NATS has no status codes")
        }
    }

    @Test("where libnats is not installed it says so, and what to do")
    func absent() {
        let error = #expect(throws: GatehouseError.self) { try NATSLibrary.open(["libnats-that-is-not-there.so"]) }
        #expect(error?.code == .invalidArgument && error?.message.contains("not installed") == true)
        // A library that is another one.
        let other = #expect(throws: GatehouseError.self) { try NATSLibrary.open(["libc.so.6"]) }
        #expect(other?.message == "The libnats of this machine has no 'natsOptions_Create'.")
    }

    @Test("a URL of NATS has a server and no path; no other target takes one")
    func urls() throws {
        let url = try WebhookURL("tls://nats.example.com", schemes: WebhookTarget.nats.schemes)
        #expect(url.isSecure && url.port == 4222 && url.origin == "tls://nats.example.com")
        #expect(try !WebhookURL("nats://[::1]:9", schemes: WebhookTarget.nats.schemes).isSecure)
        for target in WebhookTarget.allCases where target != .nats {
            #expect(throws: GatehouseError.self) { try WebhookURL("nats://example.com", schemes: target.schemes) }
        }
        for text in ["https://example.com", "nats://", "nats://a:b@example.com", "nats://example.com:0"] {
            #expect(throws: GatehouseError.self) { try WebhookURL(text, schemes: WebhookTarget.nats.schemes) }
        }
        #expect(throws: GatehouseError.self) {
            try NATSStream.check(WebhookURL("nats://example.com/x", schemes: WebhookTarget.nats.schemes))
        }
    }

    @Test("plain text is for opened machines, as with http")
    func addresses() async throws {
        let names = NameService { _ in [try #require(IPAddress("93.184.216.34"))] }
        let plain = try WebhookURL("nats://nats.example.com", schemes: [.nats])
        for rules in [AddressRules(), AddressRules(networks: [try Network(parsing: "10.0.0.0/8")])] {
            let error = await #expect(throws: GatehouseError.self) { try await rules.check(plain, names) }
            #expect(error?.message.contains("tls") == true)
        }
        try await AddressRules().check(WebhookURL("tls://nats.example.com", schemes: [.tls]), names)
    }

    @Test("a server that says nothing costs its time and no more", .enabled(if: hasLibrary))
    func silent() async throws {
        let silence = try await ServerBootstrap(group: MultiThreadedEventLoopGroup.singleton)
            .bind(host: "127.0.0.1", port: 0).get()
        let url = try WebhookURL("nats://127.0.0.1:\(silence.localAddress?.port ?? 0)", schemes: [.nats])
        let request = TargetRequest(
            url: url, headers: [], body: [], isSigned: false, stream: NATSStream.Place(subject: "a.b", authorization: nil))
        let quick = WebhookSender(rules: AddressRules(allowsPrivate: true), limit: .milliseconds(300))
        let answer = await quick.send(SignedRequest(request))
        guard case .failed(_, let isFinal) = answer else {
            Issue.record("\(answer)")
            return
        }
        #expect(!isFinal)
        try await silence.close().get()
    }

    @Test("whoever is cut off does not wait for the thread")
    func cutOff() async {
        let isOver = Switch()
        let results = await withTaskGroup(of: Int.self) { group in
            group.addTask {
                await NATSThreads.run(interrupted: 1) {
                    while !isOver.isOn { sched_yield() }
                    return 2
                }
            }
            group.cancelAll()
            return await group.reduce(into: []) { $0.append($1) }
        }
        isOver.turnOn()
        #expect(results == [1])
        #expect(await NATSThreads.run(interrupted: 1) { 3 } == 3)
    }
}
