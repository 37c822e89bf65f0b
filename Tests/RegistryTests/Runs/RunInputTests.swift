import GatehouseCore
import Registry
import Storage
import Testing

@Suite("What runs read and made")
struct RunInputTests {
    private static func input(
        _ name: String, _ digest: String, context: String? = nil, source: String = "s"
    ) -> DatasetInput {
        DatasetInput(
            dataset: RunDataset(name: name, digest: digest, sourceType: "code", source: source, schema: nil, profile: "{}"),
            tags: context.map { [LoggedEntry(key: DatasetInput.contextTag, value: $0)] } ?? [])
    }

    @Test("name and digest make a dataset: what was said first about it, and about its use in a run, stays")
    func identity() async throws {
        try await RegistryFixture.run { fixture in
            let (first, second, tracking) = (try await fixture.run(), try await fixture.run(), fixture.tracking)
            try await tracking.logInputs(
                [Self.input("d", "1", context: "train"), Self.input("d", "1"), Self.input("e", "2")], models: [], ofRun: first)
            try await tracking.logInputs([Self.input("d", "1", context: "eval")], models: ["m-1", "m-1"], ofRun: first)
            try await tracking.logInputs([Self.input("d", "1", context: "eval", source: "other")], models: [], ofRun: second)
            let run = try await fixture.read(first)
            #expect(run.inputs == [Self.input("d", "1", context: "train"), Self.input("e", "2")])
            #expect(run.modelInputs == ["m-1"])
            #expect(try await fixture.read(second).inputs == [Self.input("d", "1", context: "eval")])
            let summaries = try await fixture.store.read { tx in try tx.datasets(of: [.default, ExperimentID(7)]) }
            #expect(summaries.map(\.name) == ["d", "d", "e"])
            #expect(summaries.map(\.context) == ["eval", "train", nil])
            #expect(try await fixture.store.read { tx in try tx.datasets(of: []) } == [])
        }
    }

    @Test("the same dataset in another experiment is another one")
    func otherExperiment() async throws {
        try await RegistryFixture.run { fixture in
            let other = try await fixture.tracking.createExperiment("other")
            for (experiment, source) in [(ExperimentID.default, "a"), (other, "b")] {
                let run = try await fixture.run(in: experiment)
                try await fixture.tracking.logInputs([Self.input("d", "1", source: source)], models: [], ofRun: run)
                #expect(try await fixture.read(run).inputs.map(\.dataset.source) == [source])
            }
        }
    }

    @Test("datasets and tags out of bounds are refused, and nothing of the call is kept")
    func bounds() async throws {
        try await RegistryFixture.run { fixture in
            let run = try await fixture.run()
            func long(_ count: Int) -> String { String(repeating: "x", count: count) }
            func tagged(_ tags: [LoggedEntry]) -> DatasetInput { DatasetInput(dataset: Self.input("d", "1").dataset, tags: tags) }
            let refused = [
                Self.input(long(501), "1"), Self.input("n", long(37)), Self.input("n", "1", source: long(65_536)),
                tagged([LoggedEntry(key: long(256), value: "")]), tagged([LoggedEntry(key: "k", value: long(501))]),
                tagged([LoggedEntry(key: "k", value: "1"), LoggedEntry(key: "k", value: "2")]),
            ]
            for input in refused {
                let error = await refusal {
                    try await fixture.tracking.logInputs([Self.input("fine", "1"), input], models: [], ofRun: run)
                }
                #expect(error?.code == .invalidArgument)
            }
            #expect(try await fixture.read(run).inputs.isEmpty)
        }
    }

    @Test("outputs are kept with their step; of one model the last step counts")
    func outputs() async throws {
        try await RegistryFixture.run { fixture in
            let run = try await fixture.run()
            try await fixture.tracking.logOutputs(
                [.init(modelID: "m-2", step: 3), .init(modelID: "m-1", step: 0)], ofRun: run)
            try await fixture.tracking.logOutputs([.init(modelID: "m-2", step: 4)], ofRun: run)
            #expect(
                try await fixture.read(run).modelOutputs == [.init(modelID: "m-1", step: 0), .init(modelID: "m-2", step: 4)])
        }
    }

    @Test("a model that an older client logs is added to the list in the run's tag, without its configuration")
    func history() async throws {
        try await RegistryFixture.run { fixture in
            let run = try await fixture.run()
            for path in ["a", "b"] {
                try await fixture.tracking.logModel(
                    """
                    {"artifact_path": "\(path)", "flavors": {"f": {"config": {"x": 1}, "loader": "l"}}, "run_id": "r",
                     "utc_time_created": "2020", "signature": {}}
                    """, ofRun: run)
            }
            let tag = try await fixture.read(run).tags.first { $0.key == "mlflow.log-model.history" }
            let list = try JSONParser.parse(tag?.value ?? "").arrayValue ?? []
            #expect(list.map { $0["artifact_path"]?.stringValue } == ["a", "b"])
            #expect(list.first?["flavors"] == ["f": ["loader": "l"]])
            #expect(list.first?["signature"] == nil)
        }
    }

    @Test("a model's description must be an object with the fields that MLflow asks for", arguments: ["{", "[]", "{}"])
    func badHistory(_ text: String) async throws {
        try await RegistryFixture.run { fixture in
            let run = try await fixture.run()
            #expect(await refusal { try await fixture.tracking.logModel(text, ofRun: run) }?.code == .invalidArgument)
        }
    }
}
