import AuditLog
import GatehouseCore
import Registry
import Storage
import Testing

@testable import Events

@Suite("From events to deliveries", .timeLimit(.minutes(2)))
struct FanOutTests {
    private static let nowhere = "http://127.0.0.1:9"

    /// Events, those of them that are not fanned out yet, and deliveries.
    private func counts(_ bench: Bench) async throws -> [Int64] {
        let waiting = "event WHERE sequence > (SELECT fanned_out FROM event_counter)"
        return try await bench.database.read { tx in
            try ["event", waiting, "webhook_delivery"].map { table in
                try tx.first(SQLStatement(stringLiteral: "SELECT COUNT(*) AS n FROM \(table)")) { try $0.integer("n") } ?? -1
            }
        }
    }

    /// A pass of the deliverer's, or of one that dies before its commit.
    private func fanOut(_ bench: Bench, dying: Bool = false) async throws -> Bool {
        struct Death: Error {}
        let ids = bench.ids
        do {
            return try await bench.database.write { tx in
                let isMore = try tx.fanOut { ids.next() }
                if dying { throw Death() }
                return isMore
            }
        } catch is Death { return true }
    }

    @Test("a change writes one row however many want to know of it; their deliveries are made after it")
    func oneRow() async throws {
        try await Bench.run { bench in
            for number in 0..<5 { try await bench.webhook("hook\(number)", at: Self.nowhere) }
            _ = try await bench.model("m")
            #expect(try await counts(bench) == [1, 1, 0])
            #expect(try await !fanOut(bench))
            #expect(try await counts(bench) == [1, 0, 5])
            #expect(try await !fanOut(bench))
            #expect(try await counts(bench) == [1, 0, 5])
        }
    }

    @Test("cut off between an event and its deliveries, each receiver still gets it, once and in order")
    func cutOff() async throws {
        try await Receiver.run { _ in
            .status(200)
        } _: { receiver, url in
            try await Bench.run { bench in
                let hooks = [try await bench.webhook("one", at: url + "/1"), try await bench.webhook("two", at: url + "/2")]
                let name = try await bench.model("m")
                #expect(try await fanOut(bench, dying: true))
                #expect(try await counts(bench) == [1, 1, 0])
                _ = try await bench.registry.createVersion(VersionRequest(model: name, source: "s3://b/a"), by: Bench.user)
                try await bench.delivering {
                    for hook in hooks {
                        _ = try await bench.deliveries(hook) { $0.count == 2 && $0.allSatisfy { $0.state == .delivered } }
                    }
                }
                for target in ["/1", "/2"] {
                    let types = receiver.received.filter { $0.target == target }.map { $0.json?["type"]?.stringValue }
                    #expect(types == ["registered_model.created", "model_version.created"])
                }
                #expect(Set(receiver.received.map(\.id)).count == 4)
            }
        }
    }

    @Test("who gets an event was decided when it happened, but for those that were removed since")
    func receivers() async throws {
        try await Receiver.run { _ in
            .status(200)
        } _: { receiver, url in
            try await Bench.run { bench in
                var hooks: [String: Webhook] = [:]
                for name in ["stays", "pauses", "stops", "goes"] {
                    hooks[name] = try await bench.webhook(name, at: "\(url)/\(name)", [.registeredModelCreated])
                }
                _ = try await bench.model("m")
                hooks["late"] = try await bench.webhook("late", at: "\(url)/late", [.registeredModelCreated])
                func change(_ name: String, _ status: Webhook.Status) async throws {
                    _ = try await bench.webhooks.update(
                        #require(hooks[name]).id, WebhookChange(status: status), by: Bench.user)
                }
                try await change("pauses", .paused)
                try await change("stops", .disabled)
                try await bench.webhooks.delete(#require(hooks["goes"]).id, by: Bench.user)
                try await bench.delivering {
                    #expect(await receiver.first(1).map(\.target) == ["/stays"])
                    try await change("pauses", .active)
                    #expect(await receiver.first(1).map(\.target) == ["/pauses"])
                    try await change("stops", .active)
                    #expect(await receiver.first(1).map(\.target) == ["/stops"])
                }
                #expect(try await bench.deliveries(#require(hooks["late"])).isEmpty)
                #expect(receiver.received.count == 3)
            }
        }
    }

    @Test("an event without its deliveries is not forgotten, however old")
    func kept() async throws {
        try await Bench.run { bench in
            let hook = try await bench.webhook(at: Self.nowhere)
            _ = try await bench.model("m")
            let later = bench.clock.now.adding(.seconds(90 * 86_400))
            _ = try await bench.database.write { tx in try tx.forgetDeliveries(finishedBefore: later, limit: 100) }
            #expect(try await counts(bench) == [1, 1, 0])
            #expect(try await bench.deliveries(hook).map(\.state) == [.pending])
        }
    }

    @Test("a pass is bounded, and only the first of a lane is due")
    func bounded() async throws {
        try await Bench.run { bench in
            let hook = try await bench.webhook(at: Self.nowhere)
            let (events, time) = (FanOut.deliveriesPerPassMax, bench.clock.now)
            func happen(_ numbers: ClosedRange<Int>) async throws {
                try await bench.database.write { tx in
                    for _ in numbers {
                        try tx.insert(
                            Event(
                                sequence: tx.nextEventSequence(), type: .registeredModelCreated, model: "m", auditSequence: 1,
                                time: time, body: []))
                    }
                }
            }
            try await happen(1...events + 2)
            for (isMore, made) in [(true, events), (false, events + 2)] {
                #expect(try await fanOut(bench) == isMore)
                #expect(try await counts(bench)[2] == Int64(made))
            }
            let made = try await bench.deliveries(hook)
            #expect(made.filter { $0.due != nil }.map(\.event) == [1])
            #expect(made.map(\.event) == Array(1...Int64(events) + 2))

            for number in 0..<FanOut.deliveriesPerPassMax { try await bench.webhook("hook\(number)", at: Self.nowhere) }
            try await happen(1...2)
            let before = try await counts(bench)[2]
            for (pass, isMore) in [true, false].enumerated() {
                #expect(try await fanOut(bench) == isMore)
                #expect(try await counts(bench)[2] - before == Int64((pass + 1) * (FanOut.deliveriesPerPassMax + 1)))
            }
        }
    }

    @Test(
        "while nobody can be sent anything events are fanned out together, ten seconds later at most, and at once when somebody can"
    )
    func together() async throws {
        try await Bench.run { bench in
            let resting = try await bench.webhook("resting", at: Self.nowhere)
            let start = bench.clock.now
            _ = try await bench.database.write { tx in
                try tx.execute("UPDATE webhook SET rests_until = \(start.adding(.seconds(60))) WHERE id = \(resting.id)")
            }
            func isDue(after wait: Duration, busy: [Delivery.Lane: Bool] = [:]) async throws -> Bool {
                try await bench.database.read { tx in
                    try WebhookDeliverer.kindsThatWait(tx, busy, at: start.adding(wait)) == nil
                }
            }
            #expect(try await !isDue(after: .seconds(9)))
            for name in ["a", "b"] { _ = try await bench.model(name) }
            #expect(try await [isDue(after: FanOut.waitMax - .milliseconds(1)), isDue(after: FanOut.waitMax)] == [false, true])
            let next = try await bench.database.read { tx in try tx.nextDueTime(after: start) }
            #expect(next == start.adding(FanOut.waitMax))

            let paused = try await bench.webhook("paused", at: Self.nowhere)
            _ = try await bench.webhooks.update(paused.id, WebhookChange(status: .paused), by: Bench.user)
            _ = try await bench.model("c")
            #expect(try await !isDue(after: .zero))
            // It never answered, so one attempt at a time is made.
            let awake = try await bench.webhook("awake", at: Self.nowhere)
            _ = try await bench.model("d")
            #expect(try await isDue(after: .zero))
            let lane = Delivery.Lane(webhook: awake.id, model: "a")
            #expect(try await !isDue(after: .zero, busy: [lane: false]))
            #expect(try await !fanOut(bench))
            #expect(try await bench.deliveries(resting).map(\.event) == [1, 2, 3, 4])

            // Behind what waits for its next attempt there is no hurry; in a lane of its own there is.
            let request = try VersionRequest(model: ModelName("d"), source: "s3://b/a")
            _ = try await bench.registry.createVersion(request, by: Bench.user)
            #expect(try await !isDue(after: .zero))
            _ = try await bench.model("e")
            #expect(try await isDue(after: .zero))
        }
    }

    @Test("an event that nobody wants under the name that it has for Databricks is not kept")
    func nobody() async throws {
        try await Bench.run { bench in
            let wanted = RegistryEvent.modelVersionTransitionedToProduction.rawValue
            let change = WebhookChange(target: .registry, settings: [RegistryEvent.setting: wanted])
            try await bench.webhook("one-stage", at: Self.nowhere, [.stageTransitioned], secret: nil, with: change)
            let name = try await bench.model("m")
            func move(to stage: String) async throws {
                _ = try await bench.store.write { tx in
                    try tx.append(
                        AuditDraft(
                            id: bench.ids.next(), time: bench.clock.now, principal: Bench.user, action: .transitionGranted,
                            outcome: .granted, model: name, version: VersionNumber(1),
                            facts: ["from": "None", "to": .string(stage)]))
                }
                #expect(try await !fanOut(bench))
            }
            try await move(to: "Staging")
            #expect(try await counts(bench) == [0, 0, 0])
            try await move(to: "Production")
            #expect(try await counts(bench) == [1, 0, 1])
            // Somebody else wants it, and the one still does not.
            try await bench.webhook(at: Self.nowhere, [.stageTransitioned])
            try await move(to: "Staging")
            #expect(try await counts(bench) == [2, 0, 2])
        }
    }

    @Test("events of many models do not wait for company, whoever rests")
    func kinds() async throws {
        try await Bench.run { bench in
            let resting = try await bench.webhook(at: Self.nowhere)
            let start = bench.clock.now
            _ = try await bench.database.write { tx in
                try tx.execute("UPDATE webhook SET rests_until = \(start.adding(.seconds(60))) WHERE id = \(resting.id)")
            }
            for number in 0...FanOut.kindsWaitingMax {
                #expect(try await bench.database.read { tx in try WebhookDeliverer.kindsThatWait(tx, [:], at: start) } != nil)
                _ = try await bench.model("m\(number)")
            }
            #expect(try await bench.database.read { tx in try WebhookDeliverer.kindsThatWait(tx, [:], at: start) } == nil)
        }
    }

    @Test("what waited when a server of the version before was stopped arrives")
    func before() async throws {
        try await Receiver.run { _ in
            .status(200)
        } _: { receiver, url in
            try await Bench.run(leftBehind: { tx in
                try tx.execute(
                    """
                    INSERT INTO webhook (id, name, url, status, created_by, created_at, updated_at)
                    VALUES ('w', 'hook', \(url), 'ACTIVE', 'user:ada', 0, 0)
                    """)
                try tx.execute("INSERT INTO webhook_subscription (webhook, type) VALUES ('w', 'registered_model.created')")
                for number in 1...3 as ClosedRange<Int64> {
                    try tx.execute(
                        """
                        INSERT INTO event (sequence, type, model, audit_sequence, occurred_at, body)
                        VALUES (\(number), 'registered_model.created', 'm', 1, 0, \(Array("{\"n\":\(number)}".utf8)))
                        """)
                    guard number < 3 else { continue }
                    let due: Int64? = number == 1 ? 0 : nil
                    try tx.execute(
                        """
                        INSERT INTO webhook_delivery (id, webhook, event, model, state, due_at, attempts, queued_at)
                        VALUES (\("d\(number)"), 'w', \(number), 'm', 'pending', \(due), 0, 1800000000000)
                        """)
                }
                // The third has a list of receivers and no deliveries.
                try tx.execute("INSERT INTO event_receivers (event, webhooks) VALUES (3, '[\"w\"]')")
                try tx.execute("UPDATE event_counter SET last = 3")
            }) { bench in
                try await bench.delivering { _ = await receiver.first(3) }
                #expect(receiver.received.compactMap { $0.json?["n"]?.integerValue } == [1, 2, 3])
                #expect(receiver.received.map(\.id).prefix(2) == ["d1", "d2"])
            }
        }
    }
}
