import GatehouseCore
import NIOHTTP1
import Registry
import Storage
import Testing

@testable import Events

@Suite("A webhook that fails again and again rests", .timeLimit(.minutes(2)))
struct RestTests {
    @Test("from the third failure on, five seconds that double up to a minute, below a delivery's own pauses")
    func schedule() {
        let rests = (0...9).map { RetrySchedule.rest(afterFailures: $0).components.seconds }
        #expect(rests == [0, 0, 0, 5, 10, 20, 40, 60, 60, 60])
        #expect(RetrySchedule.rest(afterFailures: .max) == .seconds(60))
        for (failures, pause) in zip(Int64(1)..., RetrySchedule.pauses) {
            #expect(RetrySchedule.rest(afterFailures: failures) <= pause)
        }
    }

    private func next(_ bench: Bench) async throws -> Duration? {
        let now = bench.clock.now
        return try await bench.database.read { tx in try tx.nextDueTime(after: now) }?.since(now)
    }

    /// A webhook that works, for tags of a model of its own.
    private struct Working {
        let bench: Bench
        let webhook: Webhook
        let model: ModelName

        init(_ bench: Bench, at url: String) async throws {
            self.bench = bench
            model = try await bench.model("working")
            _ = try await bench.registry.createVersion(VersionRequest(model: model, source: "s3://b/a"), by: Bench.user)
            webhook = try await bench.webhook(
                "working", at: url + "/working", [.modelVersionTagSet], with: WebhookChange(models: ["working"]))
        }

        /// Comes back when the deliverer has looked once more, for this webhook's sake, and found what else there was to do.
        func look() async throws {
            let count = try await bench.deliveries(webhook).count
            for extra in 1...2 {
                try await bench.registry.setTag(
                    TagKey("k"), "\(count + extra)", of: VersionNumber(1), model: model, by: Bench.user)
                _ = try await bench.deliveries(webhook) { $0.count { $0.state == .delivered } == count + extra }
            }
        }
    }

    private func subjects(_ receiver: Receiver) -> [String] {
        receiver.received.filter { $0.target != "/working" }.map(\.subject)
    }

    @Test("no other model's event is tried meanwhile; then one is, and when it is accepted all the others follow")
    func lanes() async throws {
        let works = Switch()
        try await Receiver.run {
            works.isOn || $0.target == "/working" ? .status(200) : .status(503)
        } _: { receiver, url in
            try await Bench.run { bench in
                let working = try await Working(bench, at: url)
                let hook = try await bench.webhook(at: url, [.registeredModelCreated])
                for number in 0..<6 { _ = try await bench.model("m\(number)") }
                try await bench.delivering {
                    // A webhook that never answered well counts as one that failed once.
                    _ = try await bench.deliveries(hook) { $0.map(\.attempts).reduce(0, +) == 2 }
                    #expect(try await bench.webhooks.webhook(hook.id).restsUntil == bench.clock.now.adding(.seconds(5)))
                    #expect(try await next(bench) == .seconds(5))
                    bench.clock.advance(by: .milliseconds(4999))
                    try await working.look()
                    #expect(subjects(receiver) == ["m0", "m1"])

                    bench.clock.advance(by: .milliseconds(1))
                    bench.current.wake()
                    _ = try await bench.deliveries(hook) { $0.map(\.attempts).reduce(0, +) == 3 }
                    #expect(try await bench.webhooks.webhook(hook.id).restsUntil == bench.clock.now.adding(.seconds(10)))
                    try await working.look()
                    #expect(subjects(receiver) == ["m0", "m1", "m2"])

                    works.turnOn()
                    bench.clock.advance(by: .seconds(30))
                    bench.current.wake()
                    _ = try await bench.deliveries(hook) { $0.allSatisfy { $0.state == .delivered } }
                    #expect(try await bench.webhooks.webhook(hook.id).restsUntil == nil)
                }
            }
        }
    }

    @Test("a receiver that refuses everything loses one event for each rest, not all; a change or a replay ends the rest")
    func refusing() async throws {
        try await Receiver.run {
            $0.target == "/working" ? .status(200) : .status(404)
        } _: { receiver, url in
            try await Bench.run { bench in
                let working = try await Working(bench, at: url)
                let hook = try await bench.webhook(at: url, [.modelVersionTagSet], with: WebhookChange(models: ["m"]))
                let name = try await bench.model("m")
                let version = try await bench.registry.createVersion(
                    VersionRequest(model: name, source: "s3://b/a"), by: Bench.user)
                for value in 0..<9 {
                    try await bench.registry.setTag(TagKey("k"), "\(value)", of: version.number, model: name, by: Bench.user)
                }
                func failed(_ count: Int) async throws -> [Delivery] {
                    try await bench.deliveries(hook) { $0.count { $0.state == .failed } >= count }
                }
                try await bench.delivering {
                    _ = try await failed(2)
                    try await working.look()
                    #expect(subjects(receiver) == ["m 0", "m 1"])
                    _ = try await bench.webhooks.update(hook.id, WebhookChange(description: "mended?"), by: Bench.user)
                    let found = try await failed(3)
                    #expect(try await bench.webhooks.webhook(hook.id).restsUntil == bench.clock.now.adding(.seconds(10)))
                    _ = try await bench.webhooks.replay(Replay(delivery: found[0].id), of: hook.id, by: Bench.user)
                    _ = try await bench.deliveries(hook) { $0.first?.attemptsTotal == 2 }
                    try await working.look()
                    #expect(subjects(receiver) == ["m 0", "m 1", "m 2", "m 0"])
                }
            }
        }
    }

    @Test("Retry-After is heeded for all models")
    func patience() async throws {
        try await Receiver.run {
            $0.subject == "busy" ? .status(429, headers: ["Retry-After": "120"]) : .status(200)
        } _: { receiver, url in
            try await Bench.run { bench in
                let working = try await Working(bench, at: url)
                let hook = try await bench.webhook(at: url, [.registeredModelCreated])
                _ = try await bench.model("busy")
                try await bench.delivering {
                    _ = try await bench.deliveries(hook) { $0.first?.attempts == 1 }
                    _ = try await bench.model("other")
                    try await working.look()
                    #expect(subjects(receiver) == ["busy"])
                    #expect(try await next(bench) == .seconds(120))
                    bench.clock.advance(by: .seconds(120))
                    bench.current.wake()
                    _ = try await bench.deliveries(hook) { $0.last?.state == .delivered }
                }
            }
        }
    }

    @Test("patience that one model's answer asked for is not cut short by the failure of another")
    func longest() async throws {
        try await Receiver.run { _ in
            .status(429, headers: ["Retry-After": "3600"])
        } _: { _, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url, [.registeredModelCreated])
                try await bench.delivering {
                    _ = try await bench.model("patient")
                    _ = try await bench.deliveries(hook) { $0.last?.attempts == 1 }
                    let until = bench.clock.now.adding(.seconds(3600))
                    #expect(try await bench.webhooks.webhook(hook.id).restsUntil == until)
                    // As an attempt that began before would be written down.
                    try await bench.database.write { tx in
                        let late = AttemptResult(
                            delivery: "none", lane: Delivery.Lane(webhook: hook.id, model: "other"), state: .pending, due: nil,
                            started: until, time: bench.clock.now, milliseconds: 1, status: 503, body: nil, failure: "503",
                            patience: .seconds(5))
                        try tx.rest(after: late)
                    }
                    #expect(try await bench.webhooks.webhook(hook.id).restsUntil == until)
                }
            }
        }
    }

    @Test("a success in between begins the count anew")
    func inBetween() async throws {
        try await Receiver.run {
            $0.subject.hasPrefix("bad") ? .status(400) : .status(200)
        } _: { _, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url, [.registeredModelCreated])
                try await bench.delivering {
                    for number in 0..<5 {
                        _ = try await bench.model("good\(number)")
                        _ = try await bench.deliveries(hook) { $0.last?.state == .delivered }
                        _ = try await bench.model("bad\(number)")
                        _ = try await bench.deliveries(hook) { $0.last?.state == .failed }
                        #expect(try await bench.webhooks.webhook(hook.id).restsUntil == nil)
                    }
                }
            }
        }
    }
}
