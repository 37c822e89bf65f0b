import GatehouseCore
import Registry
import Storage
import Testing

@Suite("Searches over experiments, runs and logged models")
struct TrackingSearchTests {
    private static func names(
        _ fixture: RegistryFixture, _ filter: String, orderBy: [String] = [], experiments: [ExperimentID] = [.default],
        view: LifecycleView = .active
    ) async throws -> [String] {
        let request = try SearchRequest(.runs, filter: filter, orderBy: orderBy, limit: 100)
        return try await fixture.store.read { tx in
            try tx.searchRuns(request, of: experiments, view: view).found.map(\.info.name)
        }
    }

    private static func run(_ fixture: RegistryFixture, _ name: String, _ metric: Double?, time: Int64) async throws -> String {
        let run = try await fixture.tracking.createRun(RunRequest(name: name, startTime: time)).info.id
        if let metric { try await fixture.log(run, "auc", metric) }
        return run
    }

    @Test("runs are found by metrics, params, tags, attributes and datasets; NaN is last but for what is absent")
    func runs() async throws {
        try await RegistryFixture.run { fixture in
            let (low, high) = (
                try await Self.run(fixture, "low", 0.1, time: 1), try await Self.run(fixture, "high", 0.9, time: 2)
            )
            let nan = try await Self.run(fixture, "nan", .nan, time: 3)
            let none = try await Self.run(fixture, "none", nil, time: 4)
            try await fixture.tracking.log(LoggedEntry(key: "depth", value: "3"), ofRun: high)
            try await fixture.tracking.setTag(LoggedEntry(key: "team", value: "Risk"), ofRun: low)
            _ = try await fixture.tracking.updateRun(none, status: .finished, endTime: 9)
            let dataset = RunDataset(name: "d", digest: "1", sourceType: "", source: "", schema: nil, profile: nil)
            try await fixture.tracking.logInputs(
                [.init(dataset: dataset, tags: [.init(key: DatasetInput.contextTag, value: "eval")])], models: [], ofRun: nan)
            #expect(try await Self.names(fixture, "") == ["none", "nan", "high", "low"])
            #expect(try await Self.names(fixture, "", orderBy: ["metrics.auc DESC"]) == ["high", "low", "nan", "none"])
            #expect(try await Self.names(fixture, "", orderBy: ["metrics.auc"]) == ["low", "high", "nan", "none"])
            #expect(try await Self.names(fixture, "metrics.auc > 0.5") == ["high"])
            #expect(try await Self.names(fixture, "metrics.auc != 0.1") == ["nan", "high"])
            #expect(try await Self.names(fixture, "params.depth = '3'") == ["high"])
            #expect(try await Self.names(fixture, "tags.team ILIKE 'r%' and attributes.status = 'RUNNING'") == ["low"])
            #expect(try await Self.names(fixture, "attributes.end_time > 5") == ["none"])
            #expect(try await Self.names(fixture, "datasets.name = 'd' AND dataset.context = 'eval'") == ["nan"])
            #expect(try await Self.names(fixture, "", experiments: []) == [])
            #expect(try await Self.names(fixture, "", view: .deleted) == [])
            try await fixture.tracking.deleteRun(low)
            #expect(try await Self.names(fixture, "", view: .deleted) == ["low"])
            #expect(try await Self.names(fixture, "", view: .all).count == 4)
        }
    }

    @Test("pages hold every run once, also those that started at one time")
    func pages() async throws {
        try await RegistryFixture.run { fixture in
            for number in 0..<25 { _ = try await fixture.run(startTime: Int64(number / 10)) }
            var (seen, token): ([String], String?) = ([], nil)
            repeat {
                let request = try SearchRequest(.runs, pageToken: token, limit: 4)
                let page = try await fixture.store.read { tx in try tx.searchRuns(request, of: [.default], view: .active) }
                seen += page.found.map(\.info.id)
                token = page.nextPageToken
            } while token != nil && seen.count <= 25
            #expect(Set(seen).count == 25)
            #expect(seen.count == 25)
        }
    }

    @Test("experiments come newest first, with the tags of each")
    func experiments() async throws {
        try await RegistryFixture.run { fixture in
            for name in ["a", "b"] {
                fixture.clock.advance(by: .seconds(1))
                _ = try await fixture.tracking.createExperiment(name, tags: [("n", name)])
            }
            let all = try await fixture.store.read { tx in
                try tx.searchExperiments(SearchRequest(.experiments, limit: 10), view: .active).found
            }
            #expect(all.map(\.name) == ["b", "a", "Default"])
            #expect(all.map { $0.tags["n"] } == ["b", "a", nil])
            let tagged = try await fixture.store.read { tx in
                try tx.searchExperiments(SearchRequest(.experiments, filter: "tags.n = 'a'", limit: 10), view: .all).found
            }
            #expect(tagged.map(\.name) == ["a"])
        }
    }

    @Test("the calls made most read through an index, never a whole table, and do not sort")
    func plans() async throws {
        try await RegistryFixture.run { fixture in
            let run = try await Self.run(fixture, "a", 0.5, time: 1)
            let model = try await fixture.tracking.createLoggedModel(LoggedModelRequest(experiment: .default)).id
            let queries: [(String, @Sendable (SQLTransaction) throws -> Void)] = [
                ("run", { _ = try $0.run(run) }),
                ("experiment by id", { _ = try $0.experiment(.default) }),
                ("experiment by name", { _ = try $0.experiment(named: "Default") }),
                ("history", { _ = try $0.metricHistory(ofRun: run, key: "auc", limit: 10) }),
                (
                    "history, next page",
                    {
                        let position = MetricPosition.after(time: 0, step: 0, value: 0, isNaN: false)
                        _ = try $0.metricHistory(ofRun: run, key: "auc", from: position, limit: 10)
                    }
                ),
                ("history of runs", { _ = try $0.metricHistory(ofRuns: [run], key: "auc", limit: 10) }),
                ("logged model", { _ = try $0.loggedModel(model) }),
                ("datasets", { _ = try $0.datasets(of: [.default]) }),
                ("newest runs", { _ = try $0.searchRuns(SearchRequest(.runs, limit: 10), of: [.default], view: .active) }),
                (
                    "newest experiments",
                    { _ = try $0.searchExperiments(SearchRequest(.experiments, limit: 10), view: .active) }
                ),
                (
                    "newest models",
                    { _ = try $0.searchLoggedModels(SearchRequest(.loggedModels, limit: 10), of: [.default]) }
                ),
            ]
            for (name, query) in queries {
                let plans = try await fixture.store.read { tx in
                    let recorder = Recorder(tx)
                    try query(SQLTransaction(recorder))
                    return try recorder.statements.map { try tx.plan(of: $0) }
                }
                #expect(!plans.isEmpty, "\(name)")
                for plan in plans {
                    #expect(!plan.contains("SCAN"), "\(name): \(plan)")
                    // Uses of datasets are few; each is shown once, which takes sorting them.
                    #expect(name == "datasets" || !plan.contains("TEMP B-TREE"), "\(name): \(plan)")
                }
            }
        }
    }

    @Test("a page of fifty runs takes one statement for each table")
    func noQueryPerRow() async throws {
        try await RegistryFixture.run { fixture in
            for number in 0..<50 { _ = try await Self.run(fixture, "r\(number)", 0.5, time: 1) }
            let (found, statements) = try await fixture.store.read { tx in
                let recorder = Recorder(tx)
                let page = try SQLTransaction(recorder).searchRuns(
                    SearchRequest(.runs, limit: 50), of: [.default], view: .active)
                return (page.found, recorder.statements.count)
            }
            #expect(found.count == 50)
            #expect(found.allSatisfy { $0.metrics.count == 1 && $0.tags.count == 1 })
            #expect(statements == 7)
        }
    }
}
