import GatehouseCore
import Registry
import Storage
import Testing

@Suite("Batches")
struct RunBatchTests {
    @Test("a batch is logged together; of a tag given twice the last value counts and the name renames")
    func logged() async throws {
        try await RegistryFixture.run { fixture in
            let id = try await fixture.run()
            let batch = try RunBatch(
                metrics: (0..<137).map { Metric(key: "m\($0 % 120)", value: Double($0), time: 1, step: Int64($0)) },
                params: [LoggedEntry(key: "p", value: "1")],
                tags: ["1", "2"].map { LoggedEntry(key: "t", value: $0) } + [LoggedEntry(key: "mlflow.runName", value: "new")])
            for _ in 0..<2 { try await fixture.tracking.log(batch, ofRun: id) }
            let run = try await fixture.read(id)
            #expect(run.metrics.count == 120)
            #expect(run.metrics.first { $0.key == "m16" }?.value == 136)
            #expect(run.params == [LoggedEntry(key: "p", value: "1")])
            #expect(run.tags.map(\.value) == ["new", "2"])
            #expect(run.info.name == "new")
        }
    }

    @Test("when one entry is refused, none is kept")
    func allOrNothing() async throws {
        try await RegistryFixture.run { fixture in
            let id = try await fixture.run()
            try await fixture.tracking.log(LoggedEntry(key: "p", value: "1"), ofRun: id)
            let before = try await fixture.read(id)
            let batches = [
                try RunBatch(
                    metrics: [Metric(key: "m", value: 1, time: 1)],
                    params: [.init(key: "new", value: "1"), .init(key: "p", value: "2")], tags: [.init(key: "t", value: "1")]),
                try RunBatch(
                    metrics: [Metric(key: "m", value: 1, time: 1, modelID: "m-none")], params: [.init(key: "new", value: "1")]),
            ]
            for batch in batches {
                #expect(await refusal { try await fixture.tracking.log(batch, ofRun: id) } != nil)
                #expect(try await fixture.read(id) == before)
                let points = try await fixture.store.read { tx in try tx.metricHistory(ofRun: id, key: "m", limit: 10) }
                #expect(points.metrics.isEmpty)
            }
        }
    }

    @Test("more entries than MLflow takes are refused; so many are fine")
    func limits() throws {
        func entries(_ count: Int) -> [LoggedEntry] { (0..<count).map { LoggedEntry(key: "k\($0)", value: "") } }
        func metrics(_ count: Int) -> [Metric] { (0..<count).map { Metric(key: "k\($0)", value: 0, time: 0) } }
        _ = try RunBatch(metrics: metrics(1000))
        _ = try RunBatch(metrics: metrics(800), params: entries(100), tags: entries(100))
        let refused: [() throws -> RunBatch] = [
            { try RunBatch(metrics: metrics(1001)) }, { try RunBatch(params: entries(101)) },
            { try RunBatch(tags: entries(101)) },
            { try RunBatch(metrics: metrics(950), params: entries(51)) },
            { try RunBatch(params: [.init(key: "a", value: "1"), .init(key: "a", value: "1")]) },
        ]
        for batch in refused {
            let error = #expect(throws: GatehouseError.self) { _ = try batch() }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("a batch of a hundred metrics takes three statements, and their texts are few, so that they stay prepared")
    func statements() async throws {
        try await RegistryFixture.run { fixture in
            let id = try await fixture.run()
            let spy = SpyStore(fixture.store)
            let tracking = Tracking(
                ModelRegistry(store: spy, now: { RegistryFixture.start }, ids: { "id" }))
            for step in 0..<2 {
                spy.forget()
                try await tracking.log(
                    RunBatch(metrics: (0..<100).map { Metric(key: "m\($0)", value: 1, time: 1, step: Int64(step)) }), ofRun: id)
                #expect(spy.statements.count == 3)
                #expect(spy.statements.allSatisfy { $0.isFixed })
            }
            spy.forget()
            try await tracking.log(
                RunBatch(metrics: (0..<111).map { Metric(key: "n\($0)", value: 1, time: 1) }), ofRun: id)
            #expect(spy.statements.count == 7)
        }
    }

    @Test("many who log to one run at once lose nothing, and the newest value wins")
    func together() async throws {
        try await RegistryFixture.run { fixture in
            let id = try await fixture.run()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for worker in 0..<8 {
                    group.addTask {
                        for step in 0..<10 {
                            try await fixture.log(id, "m", Double(worker), time: 1, step: Int64(step * 8 + worker))
                        }
                    }
                }
                try await group.waitForAll()
            }
            let points = try await fixture.store.read { tx in try tx.metricHistory(ofRun: id, key: "m", limit: 1000).metrics }
            #expect(points.count == 80)
            #expect(try await fixture.read(id).metrics == [Metric(key: "m", value: 7, time: 1, step: 79)])
        }
    }
}
