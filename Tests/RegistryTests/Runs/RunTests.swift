import GatehouseCore
import Registry
import Storage
import Testing

@Suite("Runs")
struct RunTests {
    @Test("a run without a name gets one, has 32 hexadecimal digits and shows its name as a tag")
    func created() async throws {
        try await RegistryFixture.run { fixture in
            let run = try await fixture.tracking.createRun(RunRequest(userID: "ada", startTime: 12))
            #expect(run.info.id.wholeMatch(of: /[0-9a-f]{32}/) != nil)
            #expect(run.info.name.wholeMatch(of: /[a-z]+-[a-z]+-[0-9]{1,3}/) != nil)
            #expect(run.tags == [LoggedEntry(key: "mlflow.runName", value: run.info.name)])
            #expect(run.info.status == .running)
            #expect(run.info.artifactURI == "mlflow-artifacts:/0/\(run.info.id)/artifacts")
            let other = try await fixture.tracking.createRun(RunRequest())
            #expect(other.info.id != run.info.id)
            #expect(try await fixture.read(run.info.id) == run)
        }
    }

    @Test("name and tag say the same or the run is refused")
    func twoNames() async throws {
        try await RegistryFixture.run { fixture in
            let tag = LoggedEntry(key: "mlflow.runName", value: "b")
            let tagged = try await fixture.tracking.createRun(RunRequest(tags: [tag]))
            #expect(tagged.info.name == "b")
            let error = await refusal { _ = try await fixture.tracking.createRun(RunRequest(name: "a", tags: [tag])) }
            #expect(error?.code == .invalidArgument)
            let twice = await refusal {
                _ = try await fixture.tracking.createRun(
                    RunRequest(tags: [.init(key: "k", value: "1"), .init(key: "k", value: "1")]))
            }
            #expect(twice?.code == .invalidArgument)
            #expect(
                await refusal { _ = try await fixture.run(in: ExperimentID(99)) }?.message == "No Experiment with id=99 exists")
        }
    }

    @Test("an update changes what is given; an empty name changes nothing")
    func updated() async throws {
        try await RegistryFixture.run { fixture in
            let id = try await fixture.run()
            let info = try await fixture.tracking.updateRun(id, name: "n", status: .finished, endTime: 5)
            #expect(info.name == "n" && info.status == .finished && info.endTime == 5)
            let same = try await fixture.tracking.updateRun(id, name: "")
            #expect(same == info)
            try await fixture.tracking.setTag(LoggedEntry(key: "mlflow.runName", value: "m"), ofRun: id)
            try await fixture.tracking.setTag(LoggedEntry(key: "mlflow.runName", value: ""), ofRun: id)
            let run = try await fixture.read(id)
            #expect(run.info.name == "m")
            #expect(run.tags == [LoggedEntry(key: "mlflow.runName", value: "m")])
        }
    }

    @Test("a deleted run takes nothing, and everything again once restored")
    func deleted() async throws {
        try await RegistryFixture.run { fixture in
            let (id, tracking) = (try await fixture.run(), fixture.tracking)
            for _ in 0..<2 { try await tracking.deleteRun(id) }
            let attempts: [() async throws -> Void] = [
                { _ = try await tracking.updateRun(id, status: .failed) },
                { try await tracking.setTag(LoggedEntry(key: "a", value: "b"), ofRun: id) },
                { try await tracking.deleteTag("mlflow.runName", ofRun: id) },
                { try await tracking.log(LoggedEntry(key: "a", value: "b"), ofRun: id) },
                { try await fixture.log(id, "m", 1) },
                { try await tracking.log(RunBatch(), ofRun: id) },
                { try await tracking.logInputs([], models: [], ofRun: id) },
                { try await tracking.logOutputs([], ofRun: id) },
            ]
            for attempt in attempts {
                let error = await refusal(attempt)
                #expect(error?.message == "The run \(id) must be in the 'active' state. Current state is deleted.")
            }
            for _ in 0..<2 { try await tracking.restoreRun(id) }
            for attempt in attempts { try await attempt() }
            #expect(await refusal { try await tracking.deleteRun("x") }?.message == "Run with id=x not found")
            #expect(await refusal { try await tracking.restoreRun("x") }?.code == .notFound)
        }
    }

    @Test("tags are replaced and cut at 8000 characters; an absent one is not found")
    func tags() async throws {
        try await RegistryFixture.run { fixture in
            let (id, tracking) = (try await fixture.run(), fixture.tracking)
            try await tracking.setTag(LoggedEntry(key: "t", value: "1"), ofRun: id)
            // An e with an accent of its own code point: characters are code points, as Python counts them.
            try await tracking.setTag(LoggedEntry(key: "t", value: String(repeating: "e\u{301}", count: 4001)), ofRun: id)
            let value = try await fixture.read(id).tags.first { $0.key == "t" }?.value
            #expect(value?.unicodeScalars.count == 8000)
            try await tracking.deleteTag("t", ofRun: id)
            let absent = await refusal { try await tracking.deleteTag("t", ofRun: id) }
            #expect(absent?.message == "No tag with name: t in run with id \(id)")
            #expect(absent?.code == .notFound)
        }
    }

    @Test("params are written once: the same value is fine, another one refused; long ones are cut at 6000")
    func params() async throws {
        try await RegistryFixture.run { fixture in
            let (id, tracking) = (try await fixture.run(), fixture.tracking)
            for _ in 0..<2 { try await tracking.log(LoggedEntry(key: "p", value: "1"), ofRun: id) }
            let error = await refusal { try await tracking.log(LoggedEntry(key: "p", value: "2"), ofRun: id) }
            #expect(
                error?.message
                    == "Changing param values is not allowed. Param with key='p' was already logged with value='1' for run ID='\(id)'. Attempted logging new value '2'."
            )
            for length in [6001, 6002] {
                try await tracking.log(LoggedEntry(key: "long", value: String(repeating: "x", count: length)), ofRun: id)
            }
            try await tracking.log(LoggedEntry(key: "empty", value: ""), ofRun: id)
            let params = try await fixture.read(id).params
            #expect(params.map(\.key) == ["empty", "long", "p"])
            #expect(params.map(\.value.count) == [0, 6000, 1])
        }
    }

    @Test("keys that work in MLflow work", arguments: ["a", "é ü:-/x", "a.b", "a..b", "a/b.c", "名前", "x²", "_"])
    func keys(_ key: String) async throws {
        try await RegistryFixture.run { fixture in
            let id = try await fixture.run()
            try await fixture.tracking.log(LoggedEntry(key: key, value: "v"), ofRun: id)
            #expect(try await fixture.read(id).params.map(\.key) == [key])
        }
    }

    @Test(
        "keys that another key could be taken for are refused with what they would become",
        arguments: [
            ("a//b", "a/b"), ("a/./b", "a/b"), ("a/../b", "b"), ("/a", "/a"), ("//a", "//a"), ("///a", "/a"), ("a/", "a"),
            (".", "."), ("", "."), ("a/..", "."), ("..a", "..a"), ("../a", "../a"), ("../../a", "../../a"), ("/../a", "/a"),
        ])
    func pathKeys(_ key: String, _ normal: String) async throws {
        // Python's posixpath.normpath gives these.
        try await RegistryFixture.run { fixture in
            let id = try await fixture.run()
            let error = await refusal { try await fixture.tracking.log(LoggedEntry(key: key, value: "v"), ofRun: id) }
            #expect(error?.message.hasSuffix("This name would resolve to '\(normal)'") == true)
        }
    }

    @Test("characters of no name are refused", arguments: ["a@b", "a\nb", "a#", "a\u{0}b", "a\\b", "😀", "e\u{301}", "a\"b"])
    func badKeys(_ key: String) async throws {
        try await RegistryFixture.run { fixture in
            let id = try await fixture.run()
            let error = await refusal { try await fixture.tracking.log(LoggedEntry(key: key, value: "v"), ofRun: id) }
            #expect(error?.code == .invalidArgument)
            #expect(error?.message.contains("Names may only contain alphanumerics") == true)
        }
    }
}
