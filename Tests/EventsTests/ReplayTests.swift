import AuditLog
import GatehouseCore
import NIOHTTP1
import Registry
import Secrets
import Storage
import Testing

@testable import Events

@Suite("What was sent, and is sent again", .timeLimit(.minutes(2)))
struct ReplayTests {
    private func attempts(_ bench: Bench, _ delivery: Delivery) async throws -> [DeliveryAttempt] {
        try await bench.database.read { tx in try tx.attempts(ofDelivery: delivery.id) }
    }

    @Test("every attempt is kept with what came back")
    func attemptsKept() async throws {
        try await Receiver.run {
            $0.number == 0 ? .status(503, body: "later") : $0.number == 1 ? .hangUp : .status(200)
        } _: { _, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url)
                _ = try await bench.model("m")
                try await bench.delivering {
                    for (count, pause) in [(1, Duration.seconds(5)), (2, .seconds(30)), (3, .zero)] {
                        _ = try await bench.deliveries(hook) { $0.first?.attempts == Int64(count) }
                        bench.clock.advance(by: pause)
                        bench.current.wake()
                    }
                }
                let delivery = try #require(try await bench.deliveries(hook).first)
                let kept = try await attempts(bench, delivery)
                #expect(kept.map(\.number) == [1, 2, 3])
                #expect(kept.map(\.status) == [503, nil, 200])
                #expect(kept.map(\.body) == ["later", nil, "ok"])
                #expect(kept[0].failure == "it answered 503" && kept[1].failure != nil && kept[2].failure == nil)
                #expect(kept[1].started.since(kept[0].started) == .seconds(5))
            }
        }
    }

    @Test("of a delivery's attempts the last twenty are kept, and an answer's first 4096 bytes")
    func attemptsBounded() async throws {
        try await Receiver.run { _ in
            .status(400, body: String(repeating: "x", count: 9000))
        } _: { _, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url)
                _ = try await bench.model("m")
                try await bench.delivering {
                    for total in 1...22 {
                        let found = try await bench.deliveries(hook) {
                            $0.first?.attemptsTotal == Int64(total) && $0.first?.state == .failed
                        }
                        _ = try await bench.webhooks.replay(Replay(delivery: found[0].id), of: hook.id, by: Bench.user)
                    }
                }
                let kept = try await attempts(bench, try await bench.deliveries(hook)[0])
                #expect(kept.count == 20 && kept[0].number >= 3)
                #expect(kept.allSatisfy { $0.body?.utf8.count == 4096 })
            }
        }
    }

    @Test("a replayed delivery keeps its id and its bytes, and is recorded")
    func replayed() async throws {
        try await Receiver.run {
            $0.number == 0 ? .status(400) : .status(200)
        } _: { receiver, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url)
                _ = try await bench.model("m")
                try await bench.delivering {
                    let failed = try await bench.deliveries(hook) { $0.first?.state == .failed }
                    let done = try await bench.webhooks.replay(Replay(states: [.failed]), of: hook.id, by: Bench.user)
                    #expect(done.count == 1 && !done.isPartial)
                    _ = try await bench.deliveries(hook) { $0.first?.state == .delivered }
                    let both = receiver.received
                    #expect(both.count == 2 && both[0].id == both[1].id && both[0].body == both[1].body)
                    #expect(both[0].id == failed[0].id)
                }
                let entries = try await bench.database.read { tx in try tx.auditEntries(.init(action: .webhookUpdated)) }
                #expect(entries.first?.facts["replayed"]?.integerValue == 1)
            }
        }
    }

    @Test("a replay goes before what waits for the same model, and takes only what was asked for")
    func order() async throws {
        try await Receiver.run { request in
            request.number < 3 ? .status(400) : .status(200)
        } _: { receiver, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url, [.registeredModelCreated, .modelVersionCreated])
                let name = try await bench.model("m")
                let between = bench.clock.now.adding(.seconds(30))
                bench.clock.advance(by: .seconds(60))
                for _ in 1...2 {
                    _ = try await bench.registry.createVersion(
                        VersionRequest(model: name, source: "s3://b/a"), by: Bench.user)
                }
                try await bench.delivering {
                    // After two failures a new webhook rests.
                    _ = try await bench.deliveries(hook) { $0.count { $0.state == .failed } == 2 }
                    bench.clock.advance(by: .seconds(5))
                    bench.current.wake()
                    _ = try await bench.deliveries(hook) { $0.allSatisfy { $0.state == .failed } }
                    #expect(
                        try await bench.webhooks.replay(Replay(until: between), of: hook.id, by: Bench.user).count == 1)
                    _ = try await bench.deliveries(hook) { $0[0].state == .delivered }
                    _ = try await bench.webhooks.update(hook.id, WebhookChange(status: .paused), by: Bench.user)
                    _ = try await bench.registry.createVersion(
                        VersionRequest(model: name, source: "s3://b/a"), by: Bench.user)
                    #expect(try await bench.webhooks.replay(Replay(from: between), of: hook.id, by: Bench.user).count == 2)
                    _ = try await bench.webhooks.update(hook.id, WebhookChange(status: .active), by: Bench.user)
                    _ = try await bench.deliveries(hook) { $0.allSatisfy { $0.state == .delivered } }
                }
                #expect(receiver.received.suffix(3).map { $0.json?["data"]?["version"]?.stringValue } == ["1", "2", "3"])
            }
        }
    }

    @Test("a replay names one delivery or a range, and of its own webhook")
    func refused() async throws {
        try await Bench.run { bench in
            let hook = try await bench.webhook(at: "http://127.0.0.1:9")
            for (what, code) in [
                (Replay(), ErrorCode.invalidArgument), (Replay(delivery: "x", states: [.failed]), .invalidArgument),
                (Replay(delivery: "x"), .notFound),
            ] {
                let error = await #expect(throws: GatehouseError.self) {
                    try await bench.webhooks.replay(what, of: hook.id, by: Bench.user)
                }
                #expect(error?.code == code)
            }
        }
    }

    @Test("while paused events are kept, and sent in order when it goes on")
    func paused() async throws {
        try await Receiver.run { _ in
            .status(200)
        } _: { receiver, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url, [.registeredModelCreated, .modelVersionCreated])
                try await bench.delivering {
                    _ = try await bench.webhooks.update(hook.id, WebhookChange(status: .paused), by: Bench.user)
                    let name = try await bench.model("m")
                    _ = try await bench.registry.createVersion(
                        VersionRequest(model: name, source: "s3://b/a"), by: Bench.user)
                    #expect(try await bench.webhooks.webhook(hook.id).status == .paused)
                    #expect(try await bench.deliveries(hook).map(\.state) == [.pending, .pending])
                    #expect(receiver.received.isEmpty)
                    _ = try await bench.webhooks.update(hook.id, WebhookChange(status: .active), by: Bench.user)
                    _ = try await bench.deliveries(hook) { $0.allSatisfy { $0.state == .delivered } }
                }
                #expect(
                    receiver.received.map { $0.json?["type"]?.stringValue } == [
                        "registered_model.created", "model_version.created",
                    ])
            }
        }
    }

    @Test(
        "what waits too long or is too much is let go and counted, oldest first, and can be replayed",
        arguments: [Webhook.Status.paused, .disabled])
    func letGo(_ status: Webhook.Status) async throws {
        try await Bench.run { bench in
            let hook = try await bench.webhook(at: "http://127.0.0.1:9", [.registeredModelCreated])
            for name in ["a", "b", "c", "d"] { _ = try await bench.model(name) }
            _ = try await bench.webhooks.update(hook.id, WebhookChange(status: status), by: Bench.user)
            #expect(try await bench.deliveries(hook).count == 4)
            let later = bench.clock.now.adding(.seconds(8 * 86_400))
            let paused = later.adding(.seconds(-7 * 86_400))
            let many = try await bench.database.write { tx in
                try tx.letGo(countMax: 3, heldSince: Timestamp(milliseconds: 0), limit: 100, at: later)
            }
            #expect(many.map(\.count) == [1])
            #expect(try await bench.deliveries(hook).map(\.state) == [.failed, .pending, .pending, .pending])
            let old = try await bench.database.write { tx in
                try tx.letGo(countMax: 3, heldSince: paused, limit: 2, at: later)
            }
            #expect(old.map(\.count) == [2])
            #expect(try await bench.webhooks.webhook(hook.id).letGo == 3)
            let gone = try await bench.deliveries(hook)
            #expect(
                gone.map(\.failure) == [
                    "let go: more than 3 events waited", "let go: the webhook was paused or disabled for too long",
                    "let go: the webhook was paused or disabled for too long", nil,
                ])
            #expect(try await bench.webhooks.replay(Replay(states: [.failed]), of: hook.id, by: Bench.user).count == 3)
            #expect(try await bench.deliveries(hook).allSatisfy { $0.state == .pending && $0.due != nil })
        }
    }

    @Test("while a secret is replaced both sign in Standard Webhooks' header, the old one in MLflow's")
    func rotation() async throws {
        try await Receiver.run { _ in
            .status(200)
        } _: { receiver, url in
            try await Bench.run { bench in
                let (old, new) = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD")
                let hook = try await bench.webhook(at: url, secret: old)
                let rotated = try await bench.webhooks.rotate(hook.id, to: new, overlapSeconds: 3600, by: Bench.user)
                #expect(rotated.oldSecretUntil == bench.clock.now.adding(.seconds(3600)))
                _ = try await bench.model("during")
                try await bench.delivering {
                    _ = try await bench.deliveries(hook) { $0.allSatisfy { $0.state == .delivered } }
                    bench.clock.advance(by: .seconds(3600))
                    _ = try await bench.model("after")
                    _ = try await bench.deliveries(hook) { $0.count == 2 && $0.allSatisfy { $0.state == .delivered } }
                }
                func signed(_ request: Received, _ key: WebhookSecret) -> String {
                    let time = Int64(request.headers.first(name: "webhook-timestamp") ?? "") ?? 0
                    return key.signature(id: request.id, timestampSeconds: time, body: request.body)
                }
                let (during, after) = (receiver.received[0], receiver.received[1])
                let standard = try [new, old].map { signed(during, try WebhookSecret(parsing: $0)) }.joined(separator: " ")
                #expect(during.headers.first(name: "webhook-signature") == standard)
                #expect(during.headers.first(name: "x-mlflow-signature") == signed(during, WebhookSecret(bytesOf: old)))
                #expect(after.headers.first(name: "webhook-signature") == signed(after, try WebhookSecret(parsing: new)))
                #expect(after.headers.first(name: "x-mlflow-signature") == signed(after, WebhookSecret(bytesOf: new)))
            }
        }
    }

    @Test("an overlap can be ended, and is bounded")
    func rotationEnds() async throws {
        try await Bench.run { bench in
            let hook = try await bench.webhook(at: "http://127.0.0.1:9", secret: "one")
            _ = try await bench.webhooks.rotate(hook.id, to: "two", overlapSeconds: nil, by: Bench.user)
            let ended = try await bench.webhooks.rotate(hook.id, to: nil, overlapSeconds: nil, by: Bench.user)
            #expect(ended.oldSecretUntil == nil && ended.isSigned)
            let sealed = try await bench.database.read { tx in try tx.sealedSecrets(ofWebhook: hook.id) }
            #expect(sealed.oldSecret == nil && sealed.secret != nil)
            for (secret, seconds) in [("", Int64(1)), ("x", -1), ("x", 31 * 86_400)] {
                await #expect(throws: GatehouseError.self) {
                    try await bench.webhooks.rotate(hook.id, to: secret, overlapSeconds: seconds, by: Bench.user)
                }
            }
        }
    }
}
