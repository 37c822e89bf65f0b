import GatehouseCore
import NIOCore
import Registry
import Storage
import Testing

@testable import Events

@Suite("Several servers, dead receivers and an hour without one", .timeLimit(.minutes(4)))
struct SeveralServersTests {
    private func tag(_ bench: Bench, _ model: ModelName, _ value: Int) async throws {
        try await bench.registry.setTag(TagKey("k"), "\(value)", of: VersionNumber(1), model: model, by: Bench.user)
    }

    private func models(_ bench: Bench, _ names: [String]) async throws -> [ModelName] {
        var models: [ModelName] = []
        for name in names {
            let model = try await bench.model(name)
            _ = try await bench.registry.createVersion(VersionRequest(model: model, source: "s3://b/a"), by: Bench.user)
            models.append(model)
        }
        return models
    }

    /// The values of a model in the order in which they first arrived.
    private func firsts(_ receiver: Receiver, _ model: String) -> [String] {
        var seen = Set<String>()
        return receiver.received.map(\.subject).filter { $0.hasPrefix("\(model) ") && seen.insert($0).inserted }
    }

    @Test("three servers on one database make each attempt once, in order per model")
    func shared() async throws {
        try await Receiver.run { _ in
            .status(200)
        } _: { receiver, url in
            try await Bench.run { bench in
                let hook = try await bench.webhook(at: url, [.modelVersionTagSet])
                let names = (0..<6).map { "m\($0)" }
                let models = try await models(bench, names)
                try await bench.delivering(servers: 3, isAlone: false) {
                    for value in 0..<10 {
                        for model in models { try await tag(bench, model, value) }
                    }
                    _ = try await bench.deliveries(hook) { $0.allSatisfy { $0.state == .delivered } }
                }
                #expect(receiver.received.count == 60)
                for name in names { #expect(firsts(receiver, name) == (0..<10).map { "\(name) \($0)" }) }
            }
        }
    }

    @Test("what a dead server held is delivered by another when the lease is over; alone, at once")
    func dead() async throws {
        for isAlone in [false, true] {
            try await Receiver.run { _ in
                .status(200)
            } _: { receiver, url in
                try await Bench.run { bench in
                    let hook = try await bench.webhook(at: url)
                    _ = try await bench.model("m")
                    let (id, time) = (try await bench.deliveries(hook)[0].id, bench.clock.now)
                    let lease = DeliveryLease(owner: "dead", duration: .seconds(60))
                    let held = try await bench.database.write { tx in try tx.lease(id, to: lease, at: time) }
                    #expect(held?.id == id)
                    let again = try await bench.database.write { tx in
                        try tx.lease(id, to: DeliveryLease(owner: "other", duration: .seconds(60)), at: time)
                    }
                    #expect(again == nil, "a lease is one owner's")
                    try await bench.delivering(isAlone: isAlone) {
                        if !isAlone {
                            // Another model's is sent, so the deliverer has looked.
                            _ = try await bench.model("other")
                            #expect(await receiver.first(1).map(\.subject) == ["other"])
                            bench.clock.advance(by: .seconds(60))
                            bench.current.wake()
                        }
                        #expect(await receiver.first(1).map(\.subject) == ["m"])
                    }
                    #expect(receiver.received.filter { $0.subject == "m" }.count == 1)
                }
            }
        }
    }

    @Test("an attempt whose lease ran out meanwhile is not written down: another owner's is")
    func lost() async throws {
        try await Bench.run { bench in
            let hook = try await bench.webhook(at: "http://127.0.0.1:9")
            _ = try await bench.model("m")
            let delivery = try await bench.deliveries(hook)[0]
            let time = bench.clock.now
            let later = time.adding(.seconds(61))
            let result = AttemptResult(
                delivery: delivery.id, lane: delivery.lane, state: .delivered, due: nil, started: time, time: later,
                milliseconds: 1, status: 200, body: "", failure: nil, patience: .zero)
            let (first, second) = try await bench.database.write { tx in
                _ = try tx.lease(delivery.id, to: DeliveryLease(owner: "one", duration: .seconds(60)), at: time)
                _ = try tx.lease(delivery.id, to: DeliveryLease(owner: "two", duration: .seconds(60)), at: later)
                return (try tx.record(result, of: "one"), try tx.record(result, of: "two"))
            }
            #expect(!first && second)
            #expect(try await bench.deliveries(hook)[0].attemptsTotal == 1)
        }
    }

    @Test("seventy receivers that never answer do not hold up the one that does")
    func hanging() async throws {
        try await Receiver.run { _ in
            .hang
        } _: { _, dead in
            try await Receiver.run { _ in
                .status(200)
            } _: { receiver, url in
                try await Bench.run { bench in
                    try await bench.webhook("works", at: url, [.registeredModelCreated])
                    try await bench.delivering {
                        _ = try await bench.model("first")
                        _ = await receiver.first(1)
                        for number in 0..<70 {
                            try await bench.webhook("dead\(number)", at: dead, [.registeredModelCreated])
                        }
                        for number in 0..<5 { _ = try await bench.model("m\(number)") }
                        // Each of the dead takes 10 s to be given up.
                        #expect(await receiver.first(5).count == 5)
                    }
                }
            }
        }
    }

    /// A lane per model; the receiver is down for an hour, the server is cut off twice with attempts under way.
    @Test("down for an hour, cut off twice, 3 events of one model and 1000 of ten others: each arrives, in order, under one id")
    func hour() async throws {
        let isUp = Switch()
        try await Receiver.run { request in
            isUp.isOn ? .status(200) : request.number % 3 == 0 ? .hang : .status(503)
        } _: { receiver, url in
            try await Bench.run(limit: .milliseconds(200)) { bench in
                let hook = try await bench.webhook(at: url, [.modelVersionTagSet])
                let names = (0..<10).map { "m\($0)" }
                let one = try await models(bench, ["one"])[0]
                let others = try await models(bench, names)
                for value in 0..<3 { try await tag(bench, one, value) }
                for value in 0..<100 {
                    for model in others { try await tag(bench, model, value) }
                }
                // Two lanes are tried before the webhook rests, and one after each rest.
                for attempts in [2, 1] {
                    try await bench.delivering { _ = await receiver.first(attempts) }
                    bench.clock.advance(by: .seconds(5))
                }
                try await bench.delivering {
                    let end = bench.clock.now.adding(.seconds(3600))
                    _ = try await bench.deliveries(hook) { _ in
                        bench.clock.advance(by: .seconds(20))
                        bench.current.wake()
                        return bench.clock.now >= end
                    }
                    isUp.turnOn()
                    // By now the next attempt of a lane may be hours away.
                    let done = try await bench.deliveries(hook) { found in
                        bench.clock.advance(by: .seconds(60))
                        bench.current.wake()
                        return found.allSatisfy { $0.state == .delivered }
                    }
                    #expect(done.count == 1003)
                }
                #expect(firsts(receiver, "one") == (0..<3).map { "one \($0)" })
                for name in names { #expect(firsts(receiver, name) == (0..<100).map { "\(name) \($0)" }) }
                var ids: [String: Set<String>] = [:]
                for request in receiver.received { ids[request.subject, default: []].insert(request.id) }
                #expect(ids.count == 1003 && ids.values.allSatisfy { $0.count == 1 })
            }
        }
    }
}
