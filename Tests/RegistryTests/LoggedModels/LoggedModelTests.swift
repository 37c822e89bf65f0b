import GatehouseCore
import Registry
import Storage
import Testing

@Suite("Logged models")
struct LoggedModelTests {
    @Test("a logged model is pending until it is finalised, and lies below its experiment")
    func created() async throws {
        try await RegistryFixture.run { fixture in
            let model = try await fixture.tracking.createLoggedModel(
                LoggedModelRequest(
                    experiment: .default, sourceRun: "r", params: [.init(key: "b", value: "2"), .init(key: "a", value: "1")],
                    tags: [.init(key: "any@key", value: "")]))
            #expect(model.id.wholeMatch(of: /m-[0-9a-f]{32}/) != nil)
            #expect(model.name.wholeMatch(of: /[a-z]+-[a-z]+-[0-9]{1,3}/) != nil)
            #expect(model.status == .pending)
            #expect(model.artifactURI == "mlflow-artifacts:/0/models/\(model.id)/artifacts")
            #expect(try await fixture.store.read { tx in try tx.loggedModel(model.id) } == model)
            fixture.clock.advance(by: .seconds(1))
            let ready = try await fixture.tracking.finalizeLoggedModel(model.id, status: .ready)
            #expect(ready.status == .ready)
            #expect(ready.updated == fixture.clock.now)
            #expect(ready.params.map(\.key) == ["a", "b"])
        }
    }

    @Test("a deleted model is seen only by those who ask for it")
    func deleted() async throws {
        try await RegistryFixture.run { fixture in
            let tracking = fixture.tracking
            let model = try await tracking.createLoggedModel(LoggedModelRequest(experiment: .default, name: "a"))
            for _ in 0..<2 { try await tracking.deleteLoggedModel(model.id) }
            #expect(try await fixture.store.read { tx in try tx.loggedModel(model.id) } == nil)
            #expect(try await fixture.store.read { tx in try tx.loggedModel(model.id, evenDeleted: true) }?.lifecycle == .deleted)
            let page = try await fixture.store.read { tx in
                try tx.searchLoggedModels(SearchRequest(.loggedModels, limit: 10), of: [.default])
            }
            #expect(page.found.isEmpty)
            for attempt: () async throws -> Void in [
                { try await tracking.deleteLoggedModel("m-0") },
                { _ = try await tracking.finalizeLoggedModel("m-0", status: .ready) },
                { try await tracking.setTags([], ofLoggedModel: "m-0") },
                { try await tracking.logParams([], ofLoggedModel: "m-0") },
            ] {
                #expect(await refusal(attempt)?.message == "Logged model with ID 'm-0' not found.")
            }
        }
    }

    @Test("names with marks that mean something in a model's URI are refused", arguments: ["/", ":", ".", "%", "\"", "'", ""])
    func names(_ mark: String) async throws {
        try await RegistryFixture.run { fixture in
            let name = mark.isEmpty ? "" : "a\(mark)b"
            let error = await refusal {
                _ = try await fixture.tracking.createLoggedModel(LoggedModelRequest(experiment: .default, name: name))
            }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("tags are replaced and taken away; params are written once, none of a call when one is there")
    func entries() async throws {
        try await RegistryFixture.run { fixture in
            let tracking = fixture.tracking
            let id = try await tracking.createLoggedModel(LoggedModelRequest(experiment: .default)).id
            try await tracking.setTags([.init(key: "a", value: "1"), .init(key: "a", value: "2")], ofLoggedModel: id)
            try await tracking.deleteTag("a", ofLoggedModel: id)
            let absent = await refusal { try await tracking.deleteTag("a", ofLoggedModel: id) }
            #expect(absent?.message == "No tag with key 'a' found for model with ID '\(id)'.")
            try await tracking.logParams([.init(key: "p", value: "1")], ofLoggedModel: id)
            let again = await refusal {
                try await tracking.logParams([.init(key: "new", value: "1"), .init(key: "p", value: "1")], ofLoggedModel: id)
            }
            #expect(again?.code == .invalidArgument)
            let model = try await fixture.store.read { tx in try tx.requiredLoggedModel(id) }
            #expect(model.tags.isEmpty)
            #expect(model.params == [LoggedEntry(key: "p", value: "1")])
        }
    }

    @Test("a metric that names a model and a dataset is kept with the model too, once; NaN stays NaN")
    func metrics() async throws {
        try await RegistryFixture.run { fixture in
            let (run, tracking) = (try await fixture.run(), fixture.tracking)
            let id = try await tracking.createLoggedModel(LoggedModelRequest(experiment: .default)).id
            let dataset = Metric.DatasetName(name: "d", digest: "1")
            let points = [
                Metric(key: "auc", value: 0.5, time: 1, modelID: id, dataset: dataset),
                Metric(key: "auc", value: .nan, time: 2, modelID: id), Metric(key: "other", value: 1, time: 1),
            ]
            for _ in 0..<2 {
                for point in points { try await tracking.log(point, ofRun: run) }
                try await tracking.log(RunBatch(metrics: points), ofRun: run)
            }
            let model = try await fixture.store.read { tx in try tx.requiredLoggedModel(id) }
            #expect(model.metrics.count == 2)
            #expect(model.metrics.first == LoggedModelMetric(run: run, metric: points[0]))
            #expect(model.metrics.last?.metric.value.isNaN == true)
            #expect(try await fixture.read(run).metrics.map(\.key) == ["auc", "other"])
            let unknown = await refusal {
                try await tracking.log(Metric(key: "m", value: 1, time: 1, modelID: "m-0"), ofRun: run)
            }
            #expect(unknown?.code == .notFound)
            #expect(try await fixture.read(run).metrics.map(\.key) == ["auc", "other"])
        }
    }
}
