import AuditLog
import Events
import GatehouseCore
import Storage
import Testing

@Suite("Webhooks")
struct WebhookServiceTests {
    /// Answers for the network: what is not here has no address.
    private static let names = NameService { host in
        let found = ["public.example": "93.184.216.34", "inside.example": "10.1.2.3", "both.example": "93.184.216.34"][host]
        guard let found, let address = IPAddress(found) else { throw ResolutionFailure(words: "unknown") }
        return [address] + (host == "both.example" ? [IPAddress("127.0.0.1")].compactMap { $0 } : [])
    }

    @Test(
        "by default only https to public addresses is accepted",
        arguments: [
            "http://public.example", "https://inside.example", "https://both.example", "https://127.0.0.1",
            "https://[::1]:8443/x",
            "https://169.254.169.254/latest/meta-data", "https://10.0.0.8", "https://[::ffff:127.0.0.1]",
            "https://unknown.example",
            "https://[fd00::1]", "http://127.0.0.1:80",
        ])
    func refused(url: String) async throws {
        try await Bench.run(AddressRules(), names: Self.names) { bench in
            let error = await #expect(throws: GatehouseError.self) { try await bench.webhook(at: url) }
            #expect(error?.code == .invalidArgument)
            #expect(try await bench.database.read { tx in try tx.webhooks(limit: 10) }.isEmpty)
            let kept = try await bench.webhook(at: "https://public.example/x")
            await #expect(throws: GatehouseError.self) {
                try await bench.webhooks.update(kept.id, WebhookChange(url: url), by: Bench.user)
            }
        }
    }

    @Test(
        "numeric spellings of an address are looked up, so they do not walk around the rule", arguments: ["127.1", "2130706433"])
    func spelling(host: String) async throws {
        try await Bench.run(AddressRules()) { bench in
            await #expect(throws: GatehouseError.self) { try await bench.webhook(at: "https://\(host)/") }
        }
    }

    @Test("a network that the operator opens may be reached, also over http; nothing else")
    func opened() async throws {
        let rules = AddressRules(networks: [try Network(parsing: "10.1.0.0/16")])
        try await Bench.run(rules, names: Self.names) { bench in
            try await bench.webhook("a", at: "http://inside.example")
            try await bench.webhook("b", at: "https://10.1.255.255")
            for url in ["http://10.2.0.1", "http://public.example", "http://127.0.0.1", "https://both.example"] {
                await #expect(throws: GatehouseError.self, "\(url)") { try await bench.webhook(at: url) }
            }
        }
    }

    @Test(
        "a name that MLflow would not take is refused",
        arguments: ["", " ", "-a", "a-", ".a", "a b", "é", "a/b", String(repeating: "a", count: 64)])
    func names(name: String) async throws {
        try await Bench.run { bench in
            let error = await #expect(throws: GatehouseError.self) { try await bench.webhook(name, at: "http://127.0.0.1") }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("the secret is in no answer, no audit entry and not in the database's bytes")
    func secret() async throws {
        try await Bench.run { bench in
            let hook = try await bench.webhook(at: "http://127.0.0.1/path?token=also-a-secret", secret: "very-secret-text")
            #expect(hook.isSigned)
            let entries = try await bench.database.read { tx in try tx.auditEntries(after: 0) }
            #expect(entries.map(\.action) == [.webhookCreated])
            for entry in entries {
                let text = String(decoding: entry.leaf.canonicalBytes, as: UTF8.self)
                #expect(!text.contains("secret-text") && !text.contains("also-a-secret"))
            }
            let stored = try await bench.database.read { tx in
                try tx.first("SELECT sealed_secret FROM webhook") { try $0.bytes("sealed_secret") }
            }
            #expect(!String(decoding: stored ?? [], as: UTF8.self).contains("very-secret-text"))
        }
    }

    @Test("what a change does not name stays; an empty secret ends signing")
    func change() async throws {
        try await Bench.run { bench in
            let hook = try await bench.webhook(at: "http://127.0.0.1", [.stageTransitioned, .modelVersionCreated])
            var changed = try await bench.webhooks.update(hook.id, WebhookChange(description: "d2"), by: Bench.user)
            #expect(changed.description == "d2" && changed.isSigned && changed.events == hook.events && changed.url == hook.url)
            changed = try await bench.webhooks.update(
                hook.id, WebhookChange(events: [.promptCreated], isMLflow: true), by: Bench.user)
            #expect(changed.events == [.stageTransitioned, .promptCreated].sorted())
            changed = try await bench.webhooks.update(hook.id, WebhookChange(secret: ""), by: Bench.user)
            #expect(!changed.isSigned)
            #expect(try await bench.webhooks.webhook(hook.id) == changed)
        }
    }

    @Test("a webhook that has none of MLflow's events is not among those that MLflow's clients see")
    func hidden() async throws {
        try await Bench.run { bench in
            try await bench.webhook("ours", at: "http://127.0.0.1", [.stageTransitioned])
            bench.clock.advance(by: .seconds(1))
            try await bench.webhook("both", at: "http://127.0.0.1", [.stageTransitioned, .promptCreated])
            let (all, theirs) = try await bench.database.read { tx in
                (try tx.webhooks(limit: 10), try tx.webhooks(isMLflow: true, limit: 10))
            }
            #expect(all.map(\.name) == ["both", "ours"])
            #expect(theirs.map(\.name) == ["both"])
        }
    }

    @Test("what is not there is not found")
    func missing() async throws {
        try await Bench.run { bench in
            for call in [
                { @Sendable in _ = try await bench.webhooks.webhook("x") },
                { @Sendable in _ = try await bench.webhooks.update("x", WebhookChange(), by: Bench.user) },
                { @Sendable in try await bench.webhooks.delete("x", by: Bench.user) },
                { @Sendable in _ = try await bench.webhooks.test("x", nil) },
            ] {
                let error = await #expect(throws: GatehouseError.self) { try await call() }
                #expect(error?.code == .notFound)
            }
        }
    }
}
