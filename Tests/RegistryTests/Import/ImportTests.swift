import AuditLog
import GatehouseCore
import Registry
import Storage
import Testing

@Suite("Import of another server's records")
struct ImportTests {
    @Test("experiments and runs keep their ids, their times and all that belongs to them")
    func tracking() async throws {
        try await RegistryFixture.run { fixture in
            var records = ImportedRecords()
            records.experiments = [Self.experiment(7, "credit", tags: ["team": "risk"])]
            records.runs = [Self.run("ab12", in: 7, lifecycle: .deleted)]
            records.metrics = [
                ImportedMetrics(
                    run: "ab12",
                    points: [
                        Metric(key: "loss", value: 0.5, time: 10, step: 1), Metric(key: "loss", value: 0.25, time: 9, step: 2),
                        Metric(key: "nan", value: .nan, time: 1),
                    ])
            ]
            let findings = try await fixture.bring(records)
            #expect(findings.map(\.state) == [.added(), .added(), .added()])
            #expect(findings.last?.points == 3)
            let (experiment, run) = try await fixture.store.read { tx in
                (try tx.requiredExperiment(ExperimentID(7)), try tx.run("ab12"))
            }
            #expect(experiment == records.experiments[0])
            #expect(run.info == records.runs[0].info)
            #expect(run.params == records.runs[0].params)
            #expect(run.inputs == records.runs[0].inputs)
            #expect(run.modelOutputs == records.runs[0].modelOutputs)
            #expect(run.metrics.map(\.key) == ["loss", "nan"])
            #expect(run.metrics.first?.value == 0.25)
            // The next experiment's number is behind the imported ones.
            #expect(try await Tracking(fixture.registry).createExperiment("next").value == 8)
            #expect(try await fixture.actions().isEmpty)
        }
    }

    @Test("what is there and equal is the same, and nothing is written a second time")
    func again() async throws {
        try await RegistryFixture.run { fixture in
            let records = try Self.everything()
            _ = try await fixture.bring(records)
            let before = try await fixture.actions()
            let findings = try await fixture.bring(records)
            #expect(findings.allSatisfy { $0.state == .same && $0.points == 0 })
            #expect(findings.count == 7)
            #expect(try await fixture.actions() == before)
            #expect(before == [.modelImported, .versionImported, .aliasSet])
        }
    }

    @Test("what is there and different is reported by its fields and stays")
    func different() async throws {
        try await RegistryFixture.run { fixture in
            _ = try await fixture.bring(try Self.everything())
            var records = ImportedRecords()
            records.experiments = [Self.experiment(1, "credit", tags: ["team": "other"])]
            records.runs = [Self.run("ab12", in: 1, params: ["depth": "9"])]
            records.models = [try Self.model(description: "another")]
            records.versions = [try Self.version(3, source: "s3://elsewhere/model")]
            records.aliases = [ImportedAlias(try Alias("shadow"), of: try ModelName("credit-risk"), to: try VersionNumber(4))]
            let findings = try await fixture.bring(records)
            #expect(
                findings.map(\.state) == [
                    .different(["tags"]), .different(["params"]), .different(["description"]), .different(["source"]),
                    .different(["version"]),
                ])
            let run = try await fixture.store.read { tx in try tx.run("ab12") }
            #expect(run.params == [LoggedEntry(key: "depth", value: "3")])
            #expect(
                try await fixture.store.read { tx in try tx.requiredModel(try ModelName("credit-risk")).description } == "who")
        }
    }

    @Test("a number or a name that is somebody else's here is left out, and the rest of the batch comes")
    func taken() async throws {
        try await RegistryFixture.run { fixture in
            let tracking = Tracking(fixture.registry)
            let own = try await tracking.createExperiment("own")
            var records = ImportedRecords()
            records.experiments = [
                Self.experiment(own.value, "theirs"), Self.experiment(5, "own"), Self.experiment(6, "free"),
                Self.experiment(.max, "too far"), Self.experiment(-1, "negative"),
            ]
            records.runs = [Self.run("aa", in: 5), Self.run("bb", in: 6)]
            let states = try await fixture.bring(records).map(\.state)
            #expect(states[0] == .leftOut("Here the experiment \(own) is 'own'."))
            #expect(states[1] == .leftOut("Here the name 'own' belongs to the experiment \(own)."))
            #expect(states[2] == .added())
            #expect(states[3].isLeftOut && states[4].isLeftOut)
            #expect(states[5] == .leftOut("There is no experiment 5 here."))
            #expect(states[6] == .added())
        }
    }

    @Test("a record that is refused halfway leaves nothing behind")
    func halfway() async throws {
        try await RegistryFixture.run { fixture in
            var records = ImportedRecords()
            records.experiments = [Self.experiment(1, "credit")]
            // A NUL is found when the tag is stored, after the run.
            records.runs = [Self.run("aa", in: 1, tags: ["t": "a\u{0}b"]), Self.run("bb", in: 1)]
            let states = try await fixture.bring(records).map(\.state)
            #expect(states[1].isLeftOut)
            #expect(states[2] == .added())
            #expect(try await fixture.store.read { tx in try tx.runInfo("aa") } == nil)
            #expect(try await fixture.store.read { tx in try tx.runInfo("bb") } != nil)
        }
    }

    @Test("version numbers keep, gaps stay gaps, and the next number is behind the last")
    func numbers() async throws {
        try await RegistryFixture.run { fixture in
            var records = ImportedRecords()
            records.models = [try Self.model()]
            records.versions = [try Self.version(5), try Self.version(2)]
            #expect(try await fixture.bring(records).allSatisfy { $0.state.isAdded })
            let model = try ModelName("credit-risk")
            let numbers = try await fixture.store.read { tx in try tx.versions(of: model).map(\.number.value) }
            #expect(numbers == [5, 2])
            #expect(try await fixture.version(of: model).number.value == 6)
            // Into the gap, because no version ever had the number.
            records.versions = [try Self.version(3)]
            #expect(try await fixture.bring(records).last?.state.isAdded == true)
            #expect(try await fixture.version(of: model).number.value == 7)
        }
    }

    @Test("the number of a version that was deleted here is not given again")
    func buried() async throws {
        try await RegistryFixture.run { fixture in
            let model = try await fixture.model()
            let version = try await fixture.version(of: model)
            try await fixture.registry.deleteVersion(version.number, of: model, by: fixture.ada)
            var records = ImportedRecords()
            records.versions = [try Self.version(1), try Self.version(ImportedVersion.numberMax + 1)]
            #expect(try await fixture.bring(records).allSatisfy { $0.state.isLeftOut })
        }
    }

    @Test("a version keeps its times and says what it came from in the audit log")
    func record() async throws {
        try await RegistryFixture.run { fixture in
            _ = try await fixture.bring(try Self.everything())
            let model = try ModelName("credit-risk")
            let version = try await fixture.store.read { tx in try tx.requiredVersion(try VersionNumber(3), of: model) }
            #expect(version.created.milliseconds == 1000 && version.updated.milliseconds == 2000)
            #expect(version.stage == .none && !version.isPinned)
            let entries = try await fixture.store.read { tx in try tx.auditEntries(after: 0, limit: 10) }
            #expect(entries.first { $0.action == .versionImported }?.facts["origin"] == "http://theirs")
        }
    }

    @Test("tags that Gatehouse writes do not come, and its own are no difference")
    func protectedTags() async throws {
        try await RegistryFixture.run { fixture in
            var records = ImportedRecords()
            records.models = [try Self.model()]
            records.versions = [try Self.version(1, tags: ["gate.fairness": "pass", "n": "1"])]
            let state = try await fixture.bring(records).last?.state
            guard case .added(let leftOut) = state else {
                Issue.record("\(String(describing: state))")
                return
            }
            #expect(leftOut.first?.contains("'gate.fairness'") == true)
            let model = try ModelName("credit-risk")
            try await fixture.store.write { tx in
                try tx.setTag(try TagKey("gate.psi"), "fail", of: try VersionNumber(1), model: model)
            }
            #expect(try await fixture.bring(records).last?.state == .same)
        }
    }

    @Test("the experiment that every server has takes only the tags it lacks")
    func defaultExperiment() async throws {
        try await RegistryFixture.run { fixture in
            try await Tracking(fixture.registry).setTag("mine", "1", of: .default)
            var records = ImportedRecords()
            records.experiments = [Self.experiment(0, "Default", tags: ["theirs": "2"])]
            #expect(try await fixture.bring(records).map(\.state) == [.added()])
            #expect(try await fixture.bring(records).map(\.state) == [.same])
            records.experiments = [Self.experiment(0, "Default", tags: ["mine": "2"])]
            #expect(try await fixture.bring(records).map(\.state) == [.different(["tags"])])
            let tags = try await fixture.store.read { tx in try tx.requiredExperiment(.default).tags }
            #expect(tags == ["mine": "1", "theirs": "2"])
        }
    }

    @Test("points of a logged model whose run is not here are left out by name")
    func loggedModelMetrics() async throws {
        try await RegistryFixture.run { fixture in
            var records = ImportedRecords()
            records.experiments = [Self.experiment(1, "credit")]
            records.runs = [Self.run("ab12", in: 1)]
            records.loggedModels = [Self.loggedModel(runs: ["ab12", "gone"])]
            #expect(
                try await fixture.bring(records).last?.state
                    == .added(leftOut: ["1 points of metrics, whose run gone is not here"]))
            let model = try await fixture.store.read { tx in try tx.requiredLoggedModel("m-1") }
            #expect(model.metrics.map(\.run) == ["ab12"])
        }
    }

    @Test("a dry run says what would come and writes nothing")
    func dryRun() async throws {
        try await RegistryFixture.run { fixture in
            let findings = try await fixture.bring(try Self.everything(), isDryRun: true)
            #expect(findings.filter { $0.kind != .metrics }.allSatisfy { $0.state == .added() })
            #expect(try await fixture.store.read { tx in try tx.runInfo("ab12") } == nil)
            #expect(try await fixture.actions().isEmpty)
        }
    }
}

extension ImportState {
    fileprivate var isLeftOut: Bool { if case .leftOut = self { true } else { false } }
    fileprivate var isAdded: Bool { if case .added = self { true } else { false } }
}

extension RegistryFixture {
    fileprivate func bring(_ records: ImportedRecords, isDryRun: Bool = false) async throws -> [ImportFinding] {
        try await registry.importRecords(records, origin: "http://theirs", isDryRun: isDryRun, by: ada)
    }
}

extension ImportTests {
    static func experiment(_ id: Int64, _ name: String, tags: [String: String] = [:]) -> Experiment {
        Experiment(
            imported: ExperimentID(id), name: name, artifactLocation: "mlflow-artifacts:/\(id)", lifecycle: .active,
            created: Timestamp(milliseconds: 5), updated: Timestamp(milliseconds: 6), tags: tags)
    }

    static func run(
        _ id: String, in experiment: Int64, lifecycle: Lifecycle = .active, params: [String: String] = ["depth": "3"],
        tags: [String: String] = ["mlflow.runName": "blue"]
    ) -> Run {
        func entries(_ values: [String: String]) -> [LoggedEntry] {
            values.sorted { $0.key < $1.key }.map { LoggedEntry(key: $0.key, value: $0.value) }
        }
        let dataset = RunDataset(name: "d", digest: "1", sourceType: "code", source: "{}", schema: nil, profile: "p")
        return Run(
            imported: RunInfo(
                imported: id, experiment: ExperimentID(experiment), name: "blue", userID: "anna", status: .finished,
                startTime: 1, endTime: 2, artifactURI: "mlflow-artifacts:/\(experiment)/\(id)/artifacts", lifecycle: lifecycle),
            params: entries(params), tags: entries(tags),
            inputs: [DatasetInput(dataset: dataset, tags: [LoggedEntry(key: "mlflow.data.context", value: "training")])],
            modelInputs: ["m-0"], modelOutputs: [ModelOutput(modelID: "m-1", step: 3)])
    }

    static func loggedModel(runs: [String] = []) -> LoggedModel {
        LoggedModel(
            imported: "m-1", experiment: ExperimentID(1), name: "scorer", modelType: "", sourceRun: "ab12",
            artifactURI: "mlflow-artifacts:/1/models/m-1/artifacts", status: .ready, lifecycle: .active,
            created: Timestamp(milliseconds: 3), updated: Timestamp(milliseconds: 4),
            tags: [LoggedEntry(key: "a", value: "b")], params: [LoggedEntry(key: "alpha", value: "1")],
            metrics: runs.map { (run: $0, metric: Metric(key: "auc", value: 0.7, time: 1, modelID: "m-1")) })
    }

    static func model(description: String = "who") throws -> ImportedModel {
        ImportedModel(
            name: try ModelName("credit-risk"), description: description, tags: ["tier": "1"],
            created: Timestamp(milliseconds: 900), updated: Timestamp(milliseconds: 950))
    }

    static func version(
        _ number: Int64, source: String = "s3://bucket/model", tags: [String: String] = ["n": "1"]
    ) throws -> ImportedVersion {
        ImportedVersion(
            VersionRequest(
                model: try ModelName("credit-risk"), source: source, runID: "ab12", runLink: "http://x", description: "third",
                tags: tags),
            number: try VersionNumber(number), created: Timestamp(milliseconds: 1000), updated: Timestamp(milliseconds: 2000))
    }

    static func everything() throws -> ImportedRecords {
        var records = ImportedRecords()
        records.experiments = [experiment(1, "credit", tags: ["team": "risk"])]
        records.runs = [run("ab12", in: 1)]
        records.metrics = [ImportedMetrics(run: "ab12", points: [Metric(key: "loss", value: 0.5, time: 10, step: 1)])]
        records.loggedModels = [loggedModel(runs: ["ab12"])]
        records.models = [try model()]
        records.versions = [try version(3)]
        records.aliases = [ImportedAlias(try Alias("shadow"), of: try ModelName("credit-risk"), to: try VersionNumber(3))]
        return records
    }
}
