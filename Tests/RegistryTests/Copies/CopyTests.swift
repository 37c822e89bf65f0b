import AuditLog
import GatehouseCore
import Registry
import Storage
import Testing

@Suite("Versions copied in")
struct CopyTests {
    static let source = SourceVersion(
        kind: .gatehouse, registry: "gatehouse/dev", name: "dev", model: "credit-risk", version: "12",
        runID: nil)

    private static func copy(
        bytes: String = "tree", number: Int64? = nil, source: SourceVersion = source,
        tags: [String: String] = [:]
    ) throws -> VersionCopy {
        let manifest = try RegistryFixture.manifest(bytes)
        return VersionCopy(
            request: VersionRequest(
                model: try ModelName("credit-risk"), source: "", manifest: manifest, tags: tags),
            provenance: VersionProvenance(
                source: source, firstRegistry: "lab", firstVersion: "3", artifact: manifest.digest,
                verification: SourceVerification(state: .notVerified, reason: "not verified"),
                receipts: ["r"],
                snapshot: ["stage": "Staging"]),
            run: nil, number: try number.map { try VersionNumber($0) })
    }

    @Test("a copy makes the model, seals the bytes, and leaves one entry about itself")
    func arrives() async throws {
        try await RegistryFixture.run { fixture in
            let outcome = try await fixture.registry.createCopy(Self.copy(), by: fixture.ada)
            #expect(outcome.isNew)
            #expect(try await fixture.actions() == [.modelCreated, .artifactSealed, .versionCopied])
            let model = try ModelName("credit-risk")
            try await fixture.store.read { tx in
                let version = try tx.requiredVersion(outcome.version, of: model)
                #expect(version.stage == .none)
                #expect(version.tags["promoted_from_version"] == "12")
                #expect(version.tags["source_registry"] == "lab")
                let provenance = try #require(try tx.provenance(of: outcome.version, model: model))
                #expect(provenance.source == Self.source)
                #expect(provenance.receipts == ["r"])
                // MLflow's clients find the files by name.
                #expect(try tx.artifactSource(version.source)?.manifest.digest == version.artifact)
            }
        }
    }

    @Test(
        "the same bytes of the same version are found; other bytes, and another version, are another copy"
    )
    func idempotent() async throws {
        try await RegistryFixture.run { fixture in
            let first = try await fixture.registry.createCopy(Self.copy(), by: fixture.ada)
            let again = try await fixture.registry.createCopy(Self.copy(), by: fixture.ada)
            #expect(!again.isNew)
            #expect(again.version == first.version)
            let seen1 = try await fixture.registry.createCopy(Self.copy(bytes: "more"), by: fixture.ada)
            #expect(seen1.isNew)
            let other = SourceVersion(
                kind: .gatehouse, registry: "gatehouse/dev", name: "dev", model: "credit-risk",
                version: "13", runID: nil)
            let seen2 = try await fixture.registry.createCopy(Self.copy(source: other), by: fixture.ada)
            #expect(seen2.isNew)
            try await fixture.registry.deleteVersion(
                first.version, of: ModelName("credit-risk"), by: fixture.ada)
            let seen3 = try await fixture.registry.createCopy(Self.copy(), by: fixture.ada)
            #expect(seen3.isNew)
        }
    }

    @Test("a kept number must be one that was never given, and not far away")
    func numbers() async throws {
        try await RegistryFixture.run { fixture in
            let seen4 = try await fixture.registry.createCopy(Self.copy(number: 12), by: fixture.ada)
            #expect(seen4.version.value == 12)
            let taken = await #expect(throws: GatehouseError.self) {
                try await fixture.registry.createCopy(Self.copy(bytes: "b", number: 12), by: fixture.ada)
            }
            #expect(taken?.code == .conflict)
            let seen5 = try await fixture.registry.createCopy(
                Self.copy(bytes: "b", number: 5), by: fixture.ada)
            #expect(seen5.version.value == 5)
            // What comes without one goes on behind the highest.
            let seen6 = try await fixture.registry.createCopy(Self.copy(bytes: "c"), by: fixture.ada)
            #expect(seen6.version.value == 13)
            let far = await #expect(throws: GatehouseError.self) {
                try await fixture.registry.createCopy(
                    Self.copy(bytes: "d", number: 2_000_000_000), by: fixture.ada)
            }
            #expect(far?.code == .invalidArgument)
        }
    }

    @Test("the record refuses to be changed, and follows the model to another name")
    func immutable() async throws {
        try await RegistryFixture.run { fixture in
            let outcome = try await fixture.registry.createCopy(Self.copy(), by: fixture.ada)
            for statement: SQLStatement in [
                "UPDATE version_provenance SET source_version = '1'", "DELETE FROM version_provenance",
            ] {
                await #expect(throws: GatehouseError.self) {
                    try await fixture.store.write { tx in try tx.execute(statement) }
                }
            }
            let renamed = try ModelName("scores")
            _ = try await fixture.registry.renameModel(
                ModelName("credit-risk"), to: renamed, by: fixture.ada)
            let found = try await fixture.store.read { tx in
                try tx.provenance(of: outcome.version, model: renamed)
            }
            #expect(found?.source == Self.source)
        }
    }

    @Test("tags that Gatehouse alone writes do not slip in, and nothing is left of the attempt")
    func protectedTags() async throws {
        try await RegistryFixture.run { fixture in
            let error = await #expect(throws: GatehouseError.self) {
                try await fixture.registry.createCopy(
                    Self.copy(tags: ["gate.accuracy.passed": "true"]), by: fixture.ada)
            }
            #expect(error?.code == .forbidden)
            let actions = try await fixture.actions()
            #expect(actions.isEmpty)
        }
    }
}
