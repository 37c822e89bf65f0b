import GatehouseCore
import Registry
import Storage
import Testing

@Suite("Experiments")
struct ExperimentTests {
    @Test("a fresh database has the experiment Default with the number 0; the next one is 1")
    func defaultExperiment() async throws {
        try await RegistryFixture.run { fixture in
            let first = try await fixture.store.read { tx in try tx.requiredExperiment(.default) }
            #expect(first.name == "Default")
            #expect(first.artifactLocation == "mlflow-artifacts:/0")
            #expect(first.lifecycle == .active)
            #expect(first.created == RegistryFixture.start)
            let id = try await fixture.tracking.createExperiment("churn", tags: [("team", "risk"), ("empty", "")])
            #expect(id.value == 1)
            let made = try await fixture.store.read { tx in try tx.experiment(named: "churn") }
            #expect(made?.tags == ["team": "risk", "empty": ""])
            #expect(made?.artifactLocation == "mlflow-artifacts:/1")
        }
    }

    @Test("a name is taken by a deleted experiment too, for creating and for renaming")
    func names() async throws {
        try await RegistryFixture.run { fixture in
            let id = try await fixture.tracking.createExperiment("a")
            let other = try await fixture.tracking.createExperiment("b")
            try await fixture.tracking.deleteExperiment(id)
            let created = await refusal { _ = try await fixture.tracking.createExperiment("a") }
            #expect(created?.code == .alreadyExists)
            let renamed = await refusal { try await fixture.tracking.renameExperiment(other, to: "a") }
            #expect(renamed?.code == .alreadyExists)
            let dead = await refusal { try await fixture.tracking.renameExperiment(id, to: "c") }
            #expect(dead?.message == "Cannot rename a non-active experiment.")
            try await fixture.tracking.renameExperiment(other, to: "b")
            try await fixture.tracking.renameExperiment(other, to: "c")
            let found = try await fixture.store.read { tx in try tx.experiment(named: "c") }
            #expect(found?.id == other)
        }
    }

    @Test("deleting takes the runs along, restoring brings them all back; twice is not found")
    func lifecycle() async throws {
        try await RegistryFixture.run { fixture in
            let id = try await fixture.tracking.createExperiment("a")
            let run = try await fixture.run(in: id)
            fixture.clock.advance(by: .seconds(1))
            try await fixture.tracking.deleteExperiment(id)
            #expect(try await fixture.read(run).info.lifecycle == .deleted)
            #expect(await refusal { try await fixture.tracking.deleteExperiment(id) }?.code == .notFound)
            let refused = await refusal { _ = try await fixture.run(in: id) }
            #expect(refused?.code == .invalidArgument)
            #expect(refused?.message == "The experiment 1 must be in the 'active' state. Current state is deleted.")
            #expect(await refusal { try await fixture.tracking.setTag("k", "v", of: id) }?.code == .invalidArgument)
            try await fixture.tracking.restoreExperiment(id)
            #expect(await refusal { try await fixture.tracking.restoreExperiment(id) }?.code == .notFound)
            #expect(try await fixture.read(run).info.lifecycle == .active)
            let experiment = try await fixture.store.read { tx in try tx.requiredExperiment(id) }
            #expect(experiment.updated == fixture.clock.now)
        }
    }

    @Test("tags are set, replaced and taken away; an absent one is not found and long ones are refused")
    func tags() async throws {
        try await RegistryFixture.run { fixture in
            let tracking = fixture.tracking
            try await tracking.setTag("k", "1", of: .default)
            try await tracking.setTag("k", "2", of: .default)
            #expect(try await fixture.store.read { tx in try tx.requiredExperiment(.default).tags } == ["k": "2"])
            try await tracking.deleteTag("k", of: .default)
            let absent = await refusal { try await tracking.deleteTag("k", of: .default) }
            #expect(absent?.message == "No tag with name: k in experiment with id 0")
            for (key, value) in [
                (String(repeating: "k", count: 251), "v"), ("k", String(repeating: "v", count: 20_001)), ("/k", "v"), ("", "v"),
            ] {
                #expect(await refusal { try await tracking.setTag(key, value, of: .default) }?.code == .invalidArgument)
            }
            let twice = await refusal { _ = try await tracking.createExperiment("x", tags: [("a", "1"), ("a", "2")]) }
            #expect(twice?.code == .invalidArgument)
        }
    }

    @Test("names are 1 to 500 characters", arguments: ["", String(repeating: "x", count: 501)])
    func badNames(_ name: String) async throws {
        try await RegistryFixture.run { fixture in
            #expect(await refusal { _ = try await fixture.tracking.createExperiment(name) }?.code == .invalidArgument)
        }
    }

    @Test("numbers are read as MLflow reads them", arguments: [("0", 0), (" 12 ", 12), ("+3", 3), ("-5", -5)])
    func numbers(_ text: String, _ value: Int64) throws {
        #expect(try ExperimentID(parsing: text).value == value)
    }

    @Test("what is no number is refused", arguments: ["", "abc", "1.0", "1 2", "99999999999999999999", "0x1"])
    func badNumbers(_ text: String) {
        let error = #expect(throws: GatehouseError.self) { try ExperimentID(parsing: text) }
        #expect(error?.message == "Invalid experiment ID '\(text)'. Experiment ID must be a valid integer.")
    }

    @Test(
        "runs go below the experiment's location, before its query",
        arguments: [
            ("s3://bucket/p", "s3://bucket/p/RUN/artifacts"), ("s3://bucket/p/", "s3://bucket/p/RUN/artifacts"),
            ("s3://bucket/p?q=1", "s3://bucket/p/RUN/artifacts?q=1"), ("file:///tmp/x", "file:///tmp/x/RUN/artifacts"),
            ("mlflow-artifacts:/foo", "mlflow-artifacts:/foo/RUN/artifacts"), ("rel/dir", "/srv/rel/dir/RUN/artifacts"),
        ])
    func locations(_ location: String, _ expected: String) async throws {
        // The expected texts are those of `mlflow server` 3.17.2.
        try await RegistryFixture.run { fixture in
            let id = try await fixture.tracking.createExperiment(
                "a", artifactLocation: ArtifactLocation(parsing: location, in: "/srv"))
            let run = try await fixture.run(in: id)
            #expect(try await fixture.read(run).info.artifactURI == expected.replacing("RUN", with: run))
        }
    }

    @Test(
        "a location with a fragment, a way out, a run or without end is refused",
        arguments: ["s3://b/p#f", "s3://b/p?../", "runs:/abc", String(repeating: "x", count: 2049)])
    func badLocations(_ location: String) {
        let error = #expect(throws: GatehouseError.self) { try ArtifactLocation(parsing: location, in: "/srv") }
        #expect(error?.code == .invalidArgument)
    }
}
