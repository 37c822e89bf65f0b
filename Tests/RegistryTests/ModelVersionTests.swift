import AuditLog
import GatehouseCore
import Registry
import Storage
import Testing

@Suite("Model versions")
struct ModelVersionTests {
    @Test("a registered version comes back with everything it was registered with")
    func create() async throws {
        try await RegistryFixture.run { fixture in
            let name = try await fixture.model()
            let signature = ModelSignature(
                inputs: [FieldSchema(name: "age", type: .long)],
                outputs: [FieldSchema(name: "p", type: .double, isRequired: false)])
            let manifest = try RegistryFixture.manifest("tree")
            let request = VersionRequest(
                model: name, source: "runs:/1/model", manifest: manifest, signature: signature, runID: "1",
                runLink: "https://x/1", loggedModelID: "m-1", description: "first", tags: ["k": "v", "Zoë": ""])
            let version = try await fixture.registry.createVersion(request, by: fixture.ada)
            #expect(version.reference == "credit-risk/1")
            #expect(version.stage == .none)
            #expect(version.artifact == manifest.digest)
            #expect(version.signature == signature)
            #expect(version.tags == ["k": "v", "Zoë": ""])
            #expect([version.runID, version.runLink, version.loggedModelID] == ["1", "https://x/1", "m-1"])
            #expect(version.createdBy == fixture.ada)
            let (found, sealed) = try await fixture.store.read { tx in
                (try tx.version(version.number, of: name), try tx.manifest(of: manifest.digest))
            }
            #expect(found == version)
            #expect(sealed == manifest)
            #expect(try await fixture.actions() == [.modelCreated, .artifactSealed, .versionRegistered])
        }
    }

    @Test("a version without bytes the server can read is unpinned")
    func unpinned() async throws {
        try await RegistryFixture.run { fixture in
            let name = try await fixture.model()
            let version = try await fixture.registry.createVersion(
                VersionRequest(model: name, source: "s3://bucket/model"), by: fixture.ada)
            #expect(!version.isPinned)
            #expect(version.signature == nil)
        }
    }

    @Test("thirty-two registrations at once get thirty-two numbers")
    func numberRace() async throws {
        try await RegistryFixture.run { fixture in
            let name = try await fixture.model()
            let numbers = try await withThrowingTaskGroup(of: Int64.self) { group in
                for _ in 0..<32 { group.addTask { try await fixture.version(of: name).number.value } }
                return try await group.reduce(into: [Int64]()) { $0.append($1) }
            }
            #expect(numbers.sorted() == Array(1...32))
        }
    }

    @Test("the same idempotency key gives the same version, also at once")
    func idempotency() async throws {
        try await RegistryFixture.run { fixture in
            let name = try await fixture.model()
            let request = VersionRequest(model: name, source: "runs:/1/model", idempotencyKey: "job-9")
            let numbers = try await withThrowingTaskGroup(of: Int64.self) { group in
                for _ in 0..<16 {
                    group.addTask {
                        try await fixture.registry.createVersion(request, by: RegistryFixture.ada).number.value
                    }
                }
                return try await group.reduce(into: Set<Int64>()) { $0.insert($1) }
            }
            #expect(numbers == [1])
            #expect(try await fixture.version(of: name).number.value == 2)
            #expect(try await fixture.actions().count { $0 == .versionRegistered } == 2)
        }
    }

    @Test("an idempotency key is for one request and one model")
    func idempotencyConflict() async throws {
        try await RegistryFixture.run { fixture in
            let (name, other) = (try await fixture.model(), try await fixture.model("other"))
            func register(_ source: String, in model: ModelName) async throws -> ModelVersion {
                let request = VersionRequest(model: model, source: source, idempotencyKey: "job-9")
                return try await fixture.registry.createVersion(request, by: fixture.ada)
            }
            _ = try await register("runs:/1/model", in: name)
            let error = await #expect(throws: GatehouseError.self) { try await register("runs:/2/model", in: name) }
            #expect(error?.code == .conflict)
            #expect(try await register("runs:/2/model", in: other).number.value == 1)
            try await fixture.registry.deleteVersion(VersionNumber(1), of: name, by: fixture.ada)
            let deleted = await #expect(throws: GatehouseError.self) { try await register("runs:/1/model", in: name) }
            #expect(deleted?.code == .conflict)
        }
    }

    @Test("two versions may share their bytes; they are sealed once")
    func sharedArtifact() async throws {
        try await RegistryFixture.run { fixture in
            let name = try await fixture.model()
            let (first, second) = (try await fixture.version(of: name), try await fixture.version(of: name))
            #expect(first.artifact == second.artifact)
            #expect(try await fixture.actions().count { $0 == .artifactSealed } == 1)
            let digest = try #require(first.artifact)
            let sharing = try await fixture.store.read { tx in try tx.versions(withArtifact: digest).map(\.number.value) }
            #expect(sharing == [2, 1])
        }
    }

    @Test("a registration that fails half-way leaves no number, file or entry")
    func atomic() async throws {
        try await RegistryFixture.run { fixture in
            let name = try await fixture.model()
            let manifest = try RegistryFixture.manifest("tree")
            let failing = ModelRegistry(
                store: fixture.store, now: { RegistryFixture.start }, ids: { "once" },
                announce: { _, entry in
                    if entry.action == .versionRegistered { throw GatehouseError(.unavailable, "the outbox is full") }
                })
            let error = await #expect(throws: GatehouseError.self) {
                try await failing.createVersion(VersionRequest(model: name, source: "s", manifest: manifest), by: fixture.ada)
            }
            #expect(error != nil)
            let sealed = await #expect(throws: GatehouseError.self) {
                _ = try await fixture.store.read { tx in try tx.manifest(of: manifest.digest) }
            }
            #expect(sealed?.code == .notFound)
            #expect(try await fixture.actions() == [.modelCreated])
            #expect(try await fixture.version(of: name).number.value == 1)
        }
    }

    @Test("a text beyond its limit is refused by name")
    func limits() async throws {
        try await RegistryFixture.run { fixture in
            let name = try await fixture.model()
            let long = String(repeating: "x", count: 5000)
            let requests = [
                VersionRequest(model: name, source: long), VersionRequest(model: name, source: "s", runID: long),
                VersionRequest(model: name, source: "s", description: String(repeating: "x", count: 100_001)),
                VersionRequest(model: name, source: "s", idempotencyKey: long),
                VersionRequest(
                    model: name, source: "s", tags: Dictionary(uniqueKeysWithValues: (0...1000).map { ("k\($0)", "") })),
            ]
            for request in requests {
                let error = await #expect(throws: GatehouseError.self) {
                    try await fixture.registry.createVersion(request, by: fixture.ada)
                }
                #expect(error?.code == .tooLarge)
            }
        }
    }

    @Test("pages in MLflow's order cover every version once")
    func pages() async throws {
        try await RegistryFixture.run { fixture in
            for name in ["b", "a"] {
                let model = try await fixture.model(name)
                for _ in 0..<3 { try await fixture.version(of: model) }
                fixture.clock.advance(by: .seconds(1))
                try await fixture.version(of: model)
            }
            let (all, paged) = try await fixture.store.read { tx in
                let all = try tx.versions(limit: 100).map(\.reference)
                var paged: [ModelVersion] = []
                while true {
                    let page = try tx.versions(after: paged.last, limit: 3)
                    paged += page
                    if page.isEmpty { break }
                }
                return (all, paged.map(\.reference))
            }
            // Last updated first, then by name, then newest first.
            #expect(all == ["a/4", "a/3", "a/2", "a/1", "b/4", "b/3", "b/2", "b/1"])
            #expect(paged == all)
        }
    }

    @Test("the latest version of each stage is found for many models at once")
    func latest() async throws {
        try await RegistryFixture.run { fixture in
            let (first, second) = (try await fixture.model("first"), try await fixture.model("second"))
            for _ in 0..<2 { try await fixture.move(fixture.version(of: first), to: .staging) }
            try await fixture.version(of: first)
            try await fixture.version(of: second)
            let latest = try await fixture.store.read { tx in try tx.latestSummaries(of: [first.text, second.text]) }
            #expect(latest["first"]?.map { "\($0.number) \($0.stage)" } == ["2 Staging", "3 None"])
            #expect(latest["second"]?.map { "\($0.number) \($0.stage)" } == ["1 None"])
            let alone = try await fixture.store.read { tx in try tx.requiredSummary(of: first).latest }
            #expect(alone == latest["first"])
        }
    }
}

@Suite("Changing and deleting versions")
struct ModelVersionChangeTests {
    @Test("of two who move a version from the stage they saw, one succeeds")
    func compareAndSet() async throws {
        try await RegistryFixture.run { fixture in
            let version = try await fixture.version(of: fixture.model())
            let results = await withTaskGroup(of: ErrorCode?.self) { group in
                for stage in [Stage.staging, .archived] {
                    group.addTask {
                        do {
                            try await fixture.store.write { tx in
                                try tx.changeStage(
                                    of: version.number, model: version.model, from: .none, to: stage, at: RegistryFixture.start)
                            }
                            return nil
                        } catch {
                            return (error as? GatehouseError)?.code ?? .internalFailure
                        }
                    }
                }
                return await group.reduce(into: [ErrorCode?]()) { $0.append($1) }
            }
            #expect(results.count { $0 == nil } == 1)
            #expect(results.count { $0 == .conflict } == 1)
        }
    }

    @Test("a version in Production, and one that left it lately, is kept; an older one may go")
    func retention() async throws {
        try await RegistryFixture.run { fixture in
            let version = try await fixture.version(of: fixture.model())
            try await fixture.move(version, to: .production)
            func delete() async throws -> ErrorCode? {
                do {
                    try await fixture.registry.deleteVersion(
                        version.number, of: version.model, retention: .seconds(3600), by: fixture.ada)
                    return nil
                } catch let error as GatehouseError {
                    return error.code
                }
            }
            #expect(try await delete() == .conflict)
            try await fixture.move(version, to: .archived)
            fixture.clock.advance(by: .seconds(3599))
            #expect(try await delete() == .conflict)
            let model = await #expect(throws: GatehouseError.self) {
                try await fixture.registry.deleteModel(version.model, retention: .seconds(3600), by: fixture.ada)
            }
            #expect(model?.code == .conflict)
            fixture.clock.advance(by: .seconds(1))
            #expect(try await delete() == nil)
            let outcomes = try await fixture.store.read { tx in
                try tx.auditEntries(AuditFilter(action: .versionDeleted), after: 0).map(\.outcome)
            }
            #expect(outcomes == [.refused, .refused, .recorded])
        }
    }

    @Test("a version that is active in a slot is kept whatever its stage")
    func activeInSlot() async throws {
        try await RegistryFixture.run { fixture in
            let version = try await fixture.version(of: fixture.model())
            try await fixture.store.write { tx in
                _ = try tx.occupy(
                    Slot(model: version.model, segment: "eu"), with: version.number, at: RegistryFixture.start, auditSequence: 1)
            }
            let error = await #expect(throws: GatehouseError.self) {
                try await fixture.registry.deleteVersion(
                    version.number, of: version.model, retention: .zero, by: fixture.ada)
            }
            #expect(error?.code == .conflict)
        }
    }

    @Test("a deleted version is gone from every answer with its aliases, and its number is not used again")
    func tombstone() async throws {
        try await RegistryFixture.run { fixture in
            let version = try await fixture.version(of: fixture.model())
            let alias = try Alias("best")
            try await fixture.setAlias(alias, of: version.model, to: version.number)
            try await fixture.registry.deleteVersion(version.number, of: version.model, by: fixture.ada)
            let found = try await fixture.store.read { tx in
                [
                    try tx.version(version.number, of: version.model), try tx.version(of: alias, model: version.model),
                    try tx.versions(of: version.model).first, try tx.versions().first,
                    try tx.versions(of: version.model, in: .none).first,
                ]
            }
            #expect(found == [nil, nil, nil, nil, nil])
            let summaries = try await fixture.store.read { tx in
                [
                    try tx.versionSummary(version.number, of: version.model),
                    try tx.versionSummary(of: alias, model: version.model),
                    try tx.requiredSummary(of: version.model).latest.first,
                ]
            }
            #expect(summaries == [nil, nil, nil])
            let error = await #expect(throws: GatehouseError.self) {
                try await fixture.registry.deleteVersion(version.number, of: version.model, by: fixture.ada)
            }
            #expect(error?.code == .notFound)
            #expect(try await fixture.version(of: version.model).number.value == 2)
        }
    }

    @Test("a description can be replaced")
    func describe() async throws {
        try await RegistryFixture.run { fixture in
            let version = try await fixture.version(of: fixture.model())
            fixture.clock.advance(by: .seconds(1))
            let changed = try await fixture.registry.updateVersion(
                version.number, of: version.model, description: "better", by: fixture.ada)
            #expect(changed.description == "better")
            #expect(changed.updated > version.updated)
        }
    }
}
