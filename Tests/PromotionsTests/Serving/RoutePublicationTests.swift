import Access
import Attestations
import AuditLog
import GatehouseCore
import Registry
import Serving
import Storage
import Testing

@testable import Promotions

@Suite("Route tables", .timeLimit(.minutes(2)))
struct RoutePublicationTests {
    @Test("an endpoint before any version is served is a table without routes")
    func empty() async throws {
        try await ServingBench.run { bench in
            #expect(try await bench.table() == nil)
            try await bench.apply(bench.endpoint())
            let table = try #require(try await bench.table())
            #expect(table.number == 1)
            #expect(table.endpoints.map(\.name) == ["credit"])
            #expect(table.endpoints.first?.segments.isEmpty == true)
        }
    }

    @Test("a promotion publishes the version with its number, digest and address, the one before it as last known good")
    func promotion() async throws {
        try await ServingBench.run { bench in
            try await bench.apply(bench.endpoint())
            try await bench.produce(1)
            try await bench.produce(2)
            let route = try #require(try await bench.route())
            let two = try await bench.shop.found(bench.number(2), of: bench.model)
            #expect(route.champion.version == 2)
            #expect(route.champion.digest == two.artifact)
            #expect(route.champion.upstream == .url("http://scoring:8080/2"))
            #expect(route.lastKnownGood?.version == 1)
            #expect(try await bench.table()?.number == 3)
        }
    }

    @Test("a rollback publishes at once, in its own transaction, and returns to what it did return to")
    func rollback() async throws {
        try await ServingBench.run(versions: 3) { bench in
            try await bench.apply(bench.endpoint())
            for version in 1...3 { try await bench.produce(Int64(version)) }
            let before = try #require(try await bench.table())
            let writes = bench.shop.store.writes
            try await bench.rollBack()
            #expect(bench.shop.store.writes == writes + 1)
            let after = try #require(try await bench.table())
            #expect(after.number == before.number + 1)
            let route = try #require(try await bench.route())
            #expect(route.champion.version == 2)
            // Not v3, which was rolled back from.
            #expect(route.lastKnownGood?.version == 1)
        }
    }

    @Test("a change that cannot be written leaves no table behind", arguments: WatchedStore.Moment.allCases)
    func fault(_ moment: WatchedStore.Moment) async throws {
        try await ServingBench.run { bench in
            try await bench.apply(bench.endpoint())
            try await bench.produce(1)
            bench.shop.store.arm(WatchedStore.Fault(write: 1, moment: moment, isLasting: false))
            await #expect(throws: (any Error).self) { try await bench.produce(2) }
            bench.shop.store.arm(nil)
            // Slot and table agree, whether or not the writer was told.
            let holder = try await bench.shop.holder(of: Slot(model: bench.model))
            #expect(try await bench.route()?.champion.version == holder?.value)
        }
    }

    @Test("what says the same makes no new number")
    func unchanged() async throws {
        try await ServingBench.run { bench in
            let endpoint = try bench.endpoint()
            try await bench.apply(endpoint)
            try await bench.produce(1)
            let number = try await bench.table()?.number
            let entries = try await bench.shop.log().count
            try await bench.apply(endpoint)
            #expect(try await bench.shop.log().count == entries)
            // A version to Staging is a granted transition that no route hears of.
            _ = try await bench.transitions.transition(
                TransitionRequest(
                    model: bench.model, version: bench.number(2), to: .staging, by: bench.shop.caller, reason: "test"))
            #expect(try await bench.store.write { tx in try tx.publishRoutes(at: Workshop.start) } == nil)
            #expect(try await bench.table()?.number == number)
        }
    }

    @Test("without an endpoint no promotion writes a table")
    func none() async throws {
        try await ServingBench.run { bench in
            try await bench.produce(1)
            #expect(try await bench.table() == nil)
        }
    }

    @Test("a segment has a route of its own, and a version that leaves Production leaves the table")
    func segments() async throws {
        try await ServingBench.run { bench in
            _ = try await bench.shop.policy("model: credit-risk\nenforcement: warn\nslots: {segments: [eu]}\n")
            try await bench.apply(bench.endpoint())
            try await bench.produce(1)
            try await bench.produce(2, segment: "eu")
            #expect(try await bench.table()?.endpoints.first?.segments.map(\.segment) == ["default", "eu"])
            #expect(try await bench.route(segment: "eu")?.champion.version == 2)
            _ = try await bench.transitions.transition(
                TransitionRequest(
                    model: bench.model, version: bench.number(2), to: .archived, by: bench.shop.caller, reason: "over"))
            #expect(try await bench.table()?.endpoints.first?.segments.map(\.segment) == ["default"])
        }
    }

    @Test("an unpinned version is never served, whatever slot it holds")
    func unpinned() async throws {
        try await ServingBench.run { bench in
            let loose = try await bench.registry.createVersion(
                VersionRequest(model: bench.model, source: "s3://elsewhere/model"), by: bench.shop.ada)
            try await bench.apply(bench.endpoint())
            let slot = Slot(model: bench.model)
            try await bench.store.write { tx in
                let entry = try tx.append(
                    AuditDraft(
                        id: "x", time: Workshop.start, principal: .system("test"), action: .transitionGranted,
                        outcome: .granted, model: slot.model, version: loose.number))
                try tx.occupy(slot, with: loose.number, at: Workshop.start, auditSequence: entry.sequence)
            }
            #expect(try await bench.table()?.endpoints.first?.segments.isEmpty == true)
        }
    }

    @Test("a split adds the challenger with its share; ending it takes the challenger away")
    func split() async throws {
        try await ServingBench.run { bench in
            try await bench.apply(bench.endpoint())
            try await bench.produce(1)
            let two = try bench.number(2)
            let slot = Slot(model: bench.model)
            var split = SlotSplit(slot: slot, id: "rol_1", kind: .rollout, version: two, buckets: 5_000, salt: "s")
            let number = try await bench.store.write { [split] tx in
                try tx.set(split)
                return try tx.publishRoutes(at: Workshop.start)
            }
            #expect(number == 3)
            let route = try #require(try await bench.route()?.split)
            #expect(route.challenger.version == 2)
            #expect(route.buckets == 5_000)
            #expect(route.salt == "s")
            split.buckets = 25_000
            try await bench.store.write { [split] tx in
                try tx.set(split)
                try tx.publishRoutes(at: Workshop.start)
            }
            #expect(try await bench.route()?.split?.buckets == 25_000)
            try await expectFailure(.conflict) {
                try await bench.store.write { tx in
                    try tx.set(SlotSplit(slot: slot, id: "exp_1", kind: .experiment, version: two, buckets: 1, salt: "t"))
                }
            }
            try await expectFailure(.conflict) { try await bench.serving.endpoints.remove("credit", by: bench.shop.caller) }
            try await bench.store.write { tx in
                try tx.removeSplit(id: "rol_1")
                try tx.publishRoutes(at: Workshop.start)
            }
            #expect(try await bench.route()?.split == nil)
        }
    }

    @Test("an endpoint follows its model to another name, and goes when it is removed")
    func rename() async throws {
        try await ServingBench.run { bench in
            try await bench.apply(bench.endpoint())
            _ = try await bench.registry.renameModel(bench.model, to: ModelName("credit"), by: bench.shop.ada)
            #expect(try await bench.table()?.endpoints.map(\.model) == ["credit"])
            try await bench.serving.endpoints.remove("credit", by: bench.shop.caller)
            #expect(try await bench.table()?.endpoints.isEmpty == true)
        }
    }

    @Test("only the newest tables are kept")
    func kept() async throws {
        try await ServingBench.run { bench in
            for share in 0...205 {
                try await bench.apply(bench.endpoint { $0.accessLogEvery = share })
            }
            #expect(try await bench.table()?.number == 206)
            let count = try await bench.store.read { tx in
                try tx.first("SELECT count(*) AS n FROM route_table") { try $0.integer("n") }
            }
            #expect(count == SQLTransaction.routeTablesKept)
        }
    }

    // MARK: - The desk

    @Test("a gateway gets the table signed; one that has it gets nothing")
    func signed() async throws {
        try await ServingBench.run { bench in
            try await bench.apply(bench.endpoint())
            try await bench.produce(1)
            let desk = bench.serving.routes
            let signed = try #require(try await desk.routes(after: 0, wait: .zero))
            let key = try Workshop.signingKey.verificationKey
            let table = try RouteTable(verifying: signed.bytes, by: [key])
            let newest = try await bench.table()
            #expect(table == newest)
            #expect(signed.number == table.number)
            #expect(try await desk.routes(after: 0, wait: .zero)?.bytes == signed.bytes)
            #expect(try await desk.routes(after: table.number, wait: .zero) == nil)
            let other = try SigningKey(p256Random: [UInt8](repeating: 8, count: 32)).verificationKey
            #expect(throws: (any Error).self) { try RouteTable(verifying: signed.bytes, by: [other]) }
            // Restored from a backup: nothing can be said that the gateway would believe.
            try await expectFailure(.conflict) { try await desk.routes(after: 99, wait: .zero) }
        }
    }

    @Test("whoever waits is woken by the commit and reads the new table")
    func woken() async throws {
        try await ServingBench.run { bench in
            try await bench.apply(bench.endpoint())
            try await bench.produce(1)
            let number = try #require(try await bench.table()?.number)
            let desk = bench.serving.routes
            let found = try await withThrowingTaskGroup(of: Int64?.self) { tasks in
                for _ in 0..<5 { tasks.addTask { try await desk.routes(after: number, wait: .seconds(60))?.number } }
                try await bench.produce(2)
                return try await tasks.reduce(into: [Int64?]()) { $0.append($1) }
            }
            #expect(found == Array(repeating: number + 1, count: 5))
        }
    }

    @Test("nobody waits longer than asked, and not beyond the server's end")
    func patience() async throws {
        try await ServingBench.run { bench in
            try await bench.apply(bench.endpoint())
            #expect(try await bench.serving.routes.routes(after: 1, wait: .milliseconds(20)) == nil)
        }
    }
}
