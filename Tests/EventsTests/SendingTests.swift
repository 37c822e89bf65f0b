import Events
import GatehouseCore
import NIOCore
import NIOHTTP1
import Storage
import Testing

@Suite("Sending", .timeLimit(.minutes(2)))
struct SendingTests {
    /// A test request to `url`, under rules, as the last word on whether an address may be reached.
    private func test(
        _ url: String, _ rules: AddressRules, _ names: NameService = .system, _ check: (WebhookTestResult) throws -> Void
    ) async throws {
        try await Bench.run(rules, names: names, limit: .milliseconds(700)) { bench in
            let hook = try await bench.webhook(at: "https://93.184.216.34/")
            // Behind the back of the check at creation, as a name that changes its address gets there.
            try await bench.database.write { tx in _ = try tx.execute("UPDATE webhook SET url = \(url) WHERE id = \(hook.id)") }
            try check(try await bench.webhooks.test(hook.id, nil))
        }
    }

    @Test("the address is checked again when it is connected to: a name may have moved inside")
    func rebinding() async throws {
        try await Receiver.run { _ in
            .status(200)
        } _: { receiver, url in
            let port = url.split(separator: ":").last ?? ""
            let names = NameService { _ in [IPAddress("127.0.0.1")].compactMap { $0 } }
            for address in ["https://rebound.example:\(port)/", url, "https://127.0.0.1:\(port)/", "https://127.1:\(port)/"] {
                try await test(address, AddressRules(), names) { result in
                    #expect(!result.isSuccess && result.status == nil, "\(address)")
                }
            }
            #expect(receiver.received.isEmpty)
        }
    }

    @Test("a redirect is not followed, and is no success of a delivery")
    func redirect() async throws {
        try await Receiver.run { _ in
            .status(200)
        } _: { inside, target in
            try await Receiver.run { _ in
                .status(307, headers: ["location": target + "/inside"], body: "")
            } _: { outside, url in
                try await Bench.run { bench in
                    let hook = try await bench.webhook(at: url)
                    _ = try await bench.model("m")
                    try await bench.delivering { _ = try await bench.deliveries(hook) { $0.first?.state == .failed } }
                    #expect(outside.received.count == 1 && inside.received.isEmpty)
                }
            }
        }
    }

    @Test("a receiver that never answers is given up after the limit, one that hangs up at once")
    func silence() async throws {
        try await Receiver.run {
            $0.number == 0 ? .hang : .hangUp
        } _: { _, url in
            try await test(url, AddressRules(allowsPrivate: true)) { result in
                #expect(result.failure == "Failed to test webhook: no answer within 0 s")
            }
            try await test(url, AddressRules(allowsPrivate: true)) { result in
                #expect(result.failure?.contains("the connection ended before the answer did") == true)
            }
        }
    }

    @Test("a receiver that answers and hangs up at the last byte is heard, every time")
    func hangsUpAtOnce() async throws {
        try await Receiver.run { _ in
            .status(200)
        } _: { _, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url)
                for _ in 1...300 {
                    let result = try await bench.webhooks.test(hook.id, .registeredModelCreated)
                    #expect(result.isSuccess && result.body == "ok", "\(result.failure ?? "")")
                }
            }
        }
    }

    @Test("of a long answer the first 4096 bytes are kept")
    func longAnswer() async throws {
        try await Receiver.run { _ in
            .status(500, body: String(repeating: "x", count: 3_000_000))
        } _: { _, url in
            try await test(url, AddressRules(allowsPrivate: true)) { result in
                #expect(result.status == 500 && result.body == String(repeating: "x", count: 4096) && !result.isSuccess)
            }
        }
    }

    @Test("nobody there, no such name: a failure with a reason")
    func unreachable() async throws {
        let names = NameService { _ in throw ResolutionFailure(words: "nobody knows it") }
        try await test("http://127.0.0.1:1/", AddressRules(allowsPrivate: true)) { #expect($0.failure != nil) }
        try await test("https://a.example/", AddressRules(allowsPrivate: true), names) { result in
            #expect(result.failure == "Failed to test webhook: 'a.example' cannot be resolved: nobody knows it")
        }
    }

    @Test("a test sends MLflow's example of the event", arguments: EventType.allCases)
    func examples(type: EventType) async throws {
        try await Receiver.run { _ in
            .status(202, body: "thanks")
        } _: { receiver, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url)
                let result = try await bench.webhooks.test(hook.id, type)
                #expect(result.isSuccess && result.status == 202 && result.body == "thanks" && result.failure == nil)
                let body = try #require(receiver.received.first?.json)
                #expect(body["type"]?.stringValue == type.rawValue)
                #expect(body["gatehouse"] == ["test": true])
                #expect(body["data"]?.objectValue?.isEmpty == false)
                #expect(try await bench.deliveries(hook).isEmpty)
            }
        }
    }
}
