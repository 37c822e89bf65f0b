import AuditLog
import Events
import GatehouseCore
import Registry
import Storage
import Testing

@Suite("The outbox")
struct OutboxTests {
    private static let nowhere = "http://127.0.0.1:9"

    @Test("MLflow's events have MLflow's members exactly")
    func payloads() async throws {
        try await Bench.run { bench in
            try await bench.webhook(at: Self.nowhere)
            let name = try await bench.model("m", tags: ["x": "y"], description: "dd")
            let version = try await bench.registry.createVersion(
                VersionRequest(model: name, source: "s3://b/a", runID: "r1", tags: ["k": "v"]), by: Bench.user)
            let bare = try await bench.registry.createVersion(
                VersionRequest(model: name, source: "s3://b/b", description: "two"), by: Bench.user)
            try await bench.registry.setTag(TagKey("a"), "b", of: version.number, model: name, by: Bench.user)
            try await bench.registry.deleteTag(TagKey("a"), of: version.number, model: name, by: Bench.user)
            try await bench.point("al", of: name, to: version.number)
            try await bench.point("al", of: name, to: bare.number)
            try await bench.point("al", of: name, to: nil)
            let bodies = try await bench.bodies()
            let expected: [(String, JSONValue)] = [
                ("registered_model.created", ["name": "m", "tags": ["x": "y"], "description": "dd"]),
                (
                    "model_version.created",
                    [
                        "name": "m", "version": "1", "source": "s3://b/a", "run_id": "r1", "tags": ["k": "v"],
                        "description": nil,
                    ]
                ),
                (
                    "model_version.created",
                    ["name": "m", "version": "2", "source": "s3://b/b", "run_id": nil, "tags": [:], "description": "two"]
                ),
                ("model_version_tag.set", ["name": "m", "version": "1", "key": "a", "value": "b"]),
                ("model_version_tag.deleted", ["name": "m", "version": "1", "key": "a"]),
                ("model_version_alias.created", ["name": "m", "alias": "al", "version": "1"]),
                ("model_version_alias.created", ["name": "m", "alias": "al", "version": "2"]),
                ("model_version_alias.deleted", ["name": "m", "alias": "al"]),
            ]
            #expect(bodies.map { $0["data"] } == expected.map { $0.1 })
            #expect(bodies.map { $0["type"]?.stringValue } == expected.map { $0.0 })
            for body in bodies {
                let name = "\(body["entity"]?.stringValue ?? "").\(body["action"]?.stringValue ?? "")"
                #expect(name == body["type"]?.stringValue)
                #expect(body["timestamp"] == "2027-01-15T08:00:00.123000+00:00")
            }
            #expect(bodies.compactMap { $0["gatehouse"]?["sequence"]?.integerValue } == Array(1...8))
            #expect(bodies[6]["gatehouse"]?["previous_version"] == "1")
            #expect(bodies[0]["gatehouse"]?["actor"] == "user:ada")
        }
    }

    @Test("prompts have events of their own, without the tags that make them prompts")
    func prompts() async throws {
        try await Bench.run { bench in
            try await bench.webhook(at: Self.nowhere)
            let own = ["mlflow.prompt.is_prompt": "true", "_mlflow_prompt_type": "text"]
            let name = try await bench.model("p", tags: own.merging(["t": "1"]) { $1 })
            let version = try await bench.registry.createVersion(
                VersionRequest(
                    model: name, source: "dummy-source", tags: own.merging(["mlflow.prompt.text": "Hi {{x}}", "t": "2"]) { $1 }),
                by: Bench.user)
            try await bench.registry.setTag(TagKey("a"), "b", of: name, by: Bench.user)
            try await bench.registry.deleteTag(TagKey("a"), of: name, by: Bench.user)
            try await bench.registry.setTag(TagKey("a"), "b", of: version.number, model: name, by: Bench.user)
            try await bench.point("al", of: name, to: version.number)
            let bodies = try await bench.bodies()
            let expected: [(String, JSONValue)] = [
                ("prompt.created", ["name": "p", "tags": ["t": "1"], "description": ""]),
                (
                    "prompt_version.created",
                    ["name": "p", "version": "1", "template": "Hi {{x}}", "tags": ["t": "2"], "description": nil]
                ),
                ("prompt_tag.set", ["name": "p", "key": "a", "value": "b"]),
                ("prompt_tag.deleted", ["name": "p", "key": "a"]),
                ("prompt_version_tag.set", ["name": "p", "version": "1", "key": "a", "value": "b"]),
                ("prompt_alias.created", ["name": "p", "alias": "al", "version": "1"]),
            ]
            #expect(bodies.map { $0["data"] } == expected.map { $0.1 })
            #expect(bodies.map { $0["type"]?.stringValue } == expected.map { $0.0 })
        }
    }

    @Test("a transition tells of the move, of what it displaced and of the alias that went with it")
    func transition() async throws {
        try await Bench.run { bench in
            let hook = try await bench.webhook(at: Self.nowhere, [.stageTransitioned, .modelVersionAliasCreated])
            let name = try await bench.model("m")
            for _ in 1...2 {
                _ = try await bench.registry.createVersion(VersionRequest(model: name, source: "s3://b/a"), by: Bench.user)
            }
            try await bench.store.write { tx in
                try tx.setAlias(Alias("champion"), of: name, to: VersionNumber(2))
                let facts: JSONValue = [
                    "from": "Staging", "to": "Production", "displaced": [1], "alias": "champion", "alias_was": 1,
                ]
                try tx.append(
                    AuditDraft(
                        id: "t", time: bench.clock.now, principal: Bench.user, action: .transitionGranted, outcome: .granted,
                        model: name, version: VersionNumber(2), reason: "better", facts: facts))
                try tx.append(
                    AuditDraft(
                        id: "u", time: bench.clock.now, principal: Bench.user, action: .transitionRefused, outcome: .refused,
                        model: name, version: VersionNumber(2), facts: facts))
            }
            let bodies = try await bench.bodies()
            #expect(
                bodies.map { $0["data"] } == [
                    [
                        "name": "m", "version": "2", "from_stage": "Staging", "to_stage": "Production", "reason": "better",
                        "previous_version": "1", "displaced_versions": ["1"], "displaced_by": nil,
                    ],
                    [
                        "name": "m", "version": "1", "from_stage": "Production", "to_stage": "Archived", "reason": "better",
                        "previous_version": nil, "displaced_versions": [], "displaced_by": "2",
                    ],
                    ["name": "m", "alias": "champion", "version": "2"],
                ])
            let entries = try await bench.database.read { tx in try tx.auditEntries(.init(action: .transitionGranted)) }
            #expect(Set(bodies.map { $0["gatehouse"]?["audit_index"]?.integerValue }) == [entries.first?.sequence])
            #expect(try await bench.deliveries(hook).count == 3)
        }
    }

    @Test("only the first delivery of a webhook and model is due; every webhook and every model has a first")
    func heads() async throws {
        try await Bench.run { bench in
            let one = try await bench.webhook("one", at: Self.nowhere)
            let two = try await bench.webhook("two", at: Self.nowhere, [.modelVersionCreated])
            let (a, b) = (try await bench.model("a"), try await bench.model("b"))
            for name in [a, b, a] {
                _ = try await bench.registry.createVersion(VersionRequest(model: name, source: "s3://b/a"), by: Bench.user)
            }
            #expect(try await bench.deliveries(one).map { $0.due != nil } == [true, true, false, false, false])
            #expect(try await bench.deliveries(two).map { $0.due != nil } == [true, true, false])
        }
    }

    @Test("a transaction that fails leaves no event, and nobody is woken")
    func rollback() async throws {
        struct Stop: Error {}
        try await Bench.run { bench in
            try await bench.webhook(at: Self.nowhere)
            let before = bench.wakes.value
            await #expect(throws: Stop.self) {
                try await bench.store.write { tx in
                    let draft = AuditDraft(
                        id: "x", time: bench.clock.now, principal: Bench.user, action: .aliasDeleted, model: try ModelName("m"),
                        facts: ["alias": "a"])
                    try tx.append(draft)
                    throw Stop()
                }
            }
            #expect(try await bench.bodies().isEmpty)
            #expect(bench.wakes.value == before)
        }
    }

    @Test("nothing is kept that nobody subscribed to, nor for a webhook that is disabled")
    func nobody() async throws {
        try await Bench.run { bench in
            _ = try await bench.model("a")
            let hook = try await bench.webhook(at: Self.nowhere, [.promptCreated])
            let off = try await bench.webhook("off", at: Self.nowhere)
            _ = try await bench.webhooks.update(off.id, WebhookChange(status: .disabled), by: Bench.user)
            let before = bench.wakes.value
            _ = try await bench.model("b")
            #expect(try await bench.bodies().isEmpty)
            #expect(try await bench.deliveries(hook).isEmpty)
            #expect(bench.wakes.value == before)
        }
    }

    @Test("a value too long for the audit entry is whole in the event")
    func longValue() async throws {
        try await Bench.run { bench in
            try await bench.webhook(at: Self.nowhere, [.modelVersionTagSet])
            let name = try await bench.model("m")
            let version = try await bench.registry.createVersion(VersionRequest(model: name, source: "s3://b/a"), by: Bench.user)
            let long = String(repeating: "é", count: 40_000)
            try await bench.registry.setTag(TagKey("k"), long, of: version.number, model: name, by: Bench.user)
            #expect(try await bench.bodies().first?["data"]?["value"]?.stringValue == long)
        }
    }

    @Test("tags that no receiver would take are left out, and it says so")
    func hugeTags() async throws {
        try await Bench.run { bench in
            try await bench.webhook(at: Self.nowhere, [.registeredModelCreated])
            let tags = Dictionary(uniqueKeysWithValues: (0..<20).map { ("k\($0)", String(repeating: "x", count: 100_000)) })
            _ = try await bench.model("m", tags: tags)
            let body = try #require(try await bench.bodies().first)
            #expect(body["data"] == ["name": "m", "tags": [:], "description": ""])
            #expect(body["gatehouse"]?["omitted"] == ["tags"])
        }
    }
}
