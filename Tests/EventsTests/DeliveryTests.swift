import AuditLog
import Events
import GatehouseCore
import NIOHTTP1
import Registry
import Secrets
import Storage
import Testing

@Suite("Deliveries", .timeLimit(.minutes(2)))
struct DeliveryTests {
    @Test("a commit is delivered, signed in both conventions")
    func signed() async throws {
        try await Receiver.run { _ in
            .status(200)
        } _: { receiver, url in
            try await Bench.run { bench in
                let secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
                let hook = try await bench.webhook(at: url + "/a?b=c", secret: secret)
                try await bench.delivering {
                    _ = try await bench.model("m")
                    let request = try #require(await receiver.first(1).first)
                    #expect(request.target == "/a?b=c")
                    #expect(request.headers.first(name: "host") == String(url.dropFirst("http://".count)))
                    #expect(request.headers.first(name: "content-type") == "application/json")
                    #expect(request.headers.first(name: "x-mlflow-delivery-id") == request.id)
                    let seconds = bench.clock.now.milliseconds / 1000
                    #expect(request.headers.first(name: "x-mlflow-timestamp") == "\(seconds)")
                    #expect(request.headers.first(name: "webhook-timestamp") == "\(seconds)")
                    func expected(_ key: WebhookSecret) -> String {
                        key.signature(id: request.id, timestampSeconds: seconds, body: request.body)
                    }
                    #expect(request.headers.first(name: "x-mlflow-signature") == expected(WebhookSecret(bytesOf: secret)))
                    #expect(try request.headers.first(name: "webhook-signature") == expected(WebhookSecret(parsing: secret)))
                    let done = try await bench.deliveries(hook) { $0.first?.state == .delivered }
                    #expect(done.map(\.id) == [request.id])
                    #expect(done.first?.responseStatus == 200 && done.first?.responseBody == "ok" && done.first?.attempts == 1)
                }
            }
        }
    }

    @Test("without a secret nothing is signed")
    func unsigned() async throws {
        try await Receiver.run { _ in
            .status(204, body: "")
        } _: { receiver, url in
            try await Bench.run { bench in
                try await bench.webhook(at: url, secret: nil)
                try await bench.delivering {
                    _ = try await bench.model("m")
                    let request = try #require(await receiver.first(1).first)
                    #expect(!request.headers.contains(name: "x-mlflow-signature"))
                    #expect(!request.headers.contains(name: "webhook-signature"))
                }
            }
        }
    }

    @Test("one model's events arrive in order, though the first had to be repeated; another model does not wait")
    func order() async throws {
        try await Receiver.run { request in
            request.subject.hasPrefix("slow") && request.number == 0 ? .status(503) : .status(200)
        } _: { receiver, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url, [.registeredModelCreated, .modelVersionTagSet])
                try await bench.delivering {
                    let slow = try await bench.model("slow")
                    _ = await receiver.first(1)
                    let version = try await bench.registry.createVersion(
                        VersionRequest(model: slow, source: "s3://b/a"), by: Bench.user)
                    for value in 1...5 {
                        try await bench.registry.setTag(
                            TagKey("k"), "\(value)", of: version.number, model: slow, by: Bench.user)
                    }
                    _ = try await bench.model("quick")
                    #expect(await receiver.first(1).map(\.subject) == ["quick"])
                    let waiting = try await bench.deliveries(hook) { $0.first?.attempts == 1 }
                    #expect(waiting.first?.due == bench.clock.now.adding(.seconds(5)))
                    #expect(waiting.first?.failure == "it answered 503")
                    bench.clock.advance(by: .seconds(5))
                    bench.current.wake()
                    let rest = await receiver.first(6)
                    #expect(rest.map(\.subject) == ["slow"] + (1...5).map { "slow \($0)" })
                    #expect(rest.first?.id == receiver.received.first?.id, "the same delivery has the same id")
                    _ = try await bench.deliveries(hook) { $0.allSatisfy { $0.state == .delivered } }
                }
            }
        }
    }

    @Test("a retry is signed with the time at which it is sent")
    func freshTime() async throws {
        try await Receiver.run {
            $0.number == 0 ? .hangUp : .status(200)
        } _: { receiver, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url)
                try await bench.delivering {
                    _ = try await bench.model("m")
                    _ = try await bench.deliveries(hook) { $0.first?.attempts == 1 }
                    bench.clock.advance(by: .seconds(7))
                    bench.current.wake()
                    let both = await receiver.first(2)
                    #expect(both[0].id == both[1].id && both[0].body == both[1].body)
                    let times = both.compactMap { $0.headers.first(name: "x-mlflow-timestamp").flatMap { Int($0) } }
                    #expect(times[1] - times[0] == 7)
                    #expect(
                        both[0].headers.first(name: "x-mlflow-signature") != both[1].headers.first(name: "x-mlflow-signature"))
                }
            }
        }
    }

    @Test("after the schedule a delivery has failed, and the next of its model is sent")
    func exhausted() async throws {
        try await Receiver.run {
            $0.subject == "m" ? .status(500, body: "no") : .status(200)
        } _: { receiver, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url, [.registeredModelCreated, .modelVersionCreated])
                let name = try await bench.model("m")
                try await bench.delivering {
                    for attempt in 1...10 {
                        bench.current.wake()
                        _ = try await bench.deliveries(hook) { $0.first?.attempts == Int64(attempt) }
                        let pauses = RetrySchedule.pauses
                        // After the last one the webhook rests.
                        bench.clock.advance(by: attempt <= pauses.count ? pauses[attempt - 1] : RetrySchedule.restMax)
                    }
                    let failed = try await bench.deliveries(hook)
                    #expect(failed.map(\.state) == [.failed])
                    #expect(failed.first?.responseStatus == 500 && failed.first?.responseBody == "no")
                    _ = try await bench.registry.createVersion(VersionRequest(model: name, source: "s3://b/a"), by: Bench.user)
                    #expect(await receiver.first(11).last?.json?["data"]?["version"] == "1")
                }
            }
        }
    }

    @Test("410 disables the webhook, which is recorded; enabling it sends what waited")
    func gone() async throws {
        try await Receiver.run {
            $0.number == 0 ? .status(410) : .status(200)
        } _: { receiver, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url, [.registeredModelCreated, .modelVersionCreated])
                let name = try await bench.model("m")
                _ = try await bench.registry.createVersion(VersionRequest(model: name, source: "s3://b/a"), by: Bench.user)
                try await bench.delivering {
                    _ = try await bench.deliveries(hook) { $0.first?.state == .failed }
                    let disabled = try await bench.webhooks.webhook(hook.id)
                    #expect(disabled.status == .disabled && disabled.disabledBecause == "its receiver answered 410 Gone")
                    #expect(disabled.isSigned)
                    let entries = try await bench.database.read { tx in try tx.auditEntries(.init(action: .webhookUpdated)) }
                    #expect(entries.map(\.principal) == [.system("webhooks")])
                    _ = try await bench.model("unheard")
                    #expect(receiver.received.count == 1)
                    _ = try await bench.webhooks.update(hook.id, WebhookChange(status: .active), by: Bench.user)
                    let both = await receiver.first(2)
                    #expect(both.last?.json?["data"]?["version"] == "1")
                    #expect(try await bench.webhooks.webhook(hook.id).disabledBecause == nil)
                }
            }
        }
    }

    @Test("a webhook is asked as it is when the request is sent: a changed address counts, a removed webhook is left alone")
    func stateAtSendTime() async throws {
        try await Receiver.run { _ in
            .status(200)
        } _: { receiver, url in
            try await Bench.run { bench in
                let moved = try await bench.webhook("moved", at: url + "/old")
                let removed = try await bench.webhook("removed", at: url + "/removed")
                _ = try await bench.model("m")
                _ = try await bench.webhooks.update(moved.id, WebhookChange(url: url + "/new"), by: Bench.user)
                try await bench.webhooks.delete(removed.id, by: Bench.user)
                try await bench.delivering { _ = try await bench.deliveries(moved) { $0.first?.state == .delivered } }
                #expect(receiver.received.map(\.target) == ["/new"])
            }
        }
    }

    @Test("a deliverer that was stopped during an attempt makes it again")
    func repeated() async throws {
        try await Receiver.run {
            $0.number == 0 ? .hang : .status(200)
        } _: { receiver, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url)
                _ = try await bench.model("m")
                try await bench.delivering { _ = await receiver.first(1) }
                #expect(try await bench.deliveries(hook).map(\.attempts) == [0])
                try await bench.delivering { _ = try await bench.deliveries(hook) { $0.first?.state == .delivered } }
                #expect(Set(receiver.received.map(\.id)).count == 1 && receiver.received.count == 2)
            }
        }
    }

    @Test("what was finished thirty days ago is forgotten; what waits is not")
    func forgotten() async throws {
        try await Receiver.run {
            $0.subject == "late" ? .status(503) : .status(200)
        } _: { _, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url)
                _ = try await bench.model("m")
                _ = try await bench.model("late")
                try await bench.delivering {
                    _ = try await bench.deliveries(hook) { $0.map(\.attempts) == [1, 1] }
                }
                bench.clock.advance(by: .seconds(31 * 86_400))
                try await bench.delivering { _ = try await bench.deliveries(hook) { $0.count == 1 && $0[0].attempts == 2 } }
                #expect(try await bench.bodies().count == 1)
            }
        }
    }
}
