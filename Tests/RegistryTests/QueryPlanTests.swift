import AuditLog
import GatehouseCore
import Storage
import Testing

@testable import Registry

@Suite("Hot queries")
struct QueryPlanTests {
    private static let digest = Digest.sha256(of: [])

    private static func queries(_ model: ModelName, _ version: ModelVersion) throws -> [(
        String, @Sendable (SQLTransaction) throws -> Void
    )] {
        let slot = Slot(model: model)
        let alias = try Alias("champion")
        let now = RegistryFixture.start
        return [
            ("model by name", { _ = try $0.model(model) }),
            ("page of models", { _ = try $0.models(after: model) }),
            ("version by number", { _ = try $0.version(version.number, of: model) }),
            ("version by alias", { _ = try $0.version(of: alias, model: model) }),
            ("summary by number", { _ = try $0.versionSummary(version.number, of: model) }),
            ("summary by alias", { _ = try $0.versionSummary(of: alias, model: model) }),
            ("summary of a model", { _ = try $0.requiredSummary(of: model) }),
            ("where files are", { _ = try $0.downloadLocation(of: version.number, model: model) }),
            ("versions of a model", { _ = try $0.versions(of: model, before: version.number) }),
            ("versions in a stage", { _ = try $0.versions(of: model, in: .production) }),
            ("versions, last updated first", { _ = try $0.versions(after: version) }),
            ("latest versions", { _ = try $0.latestSummaries(of: [model.text]) }),
            ("versions with an artifact", { _ = try $0.versions(withArtifact: digest) }),
            ("versions of a run", { _ = try $0.versions(where: "v.run_id = \("1")") }),
            ("occupant", { _ = try $0.occupant(of: slot) }),
            ("occupant with fallback", { _ = try $0.occupantWithFallback(of: Slot(model: model, segment: "eu/de")) }),
            ("occupant as of a time", { _ = try $0.occupant(of: slot, at: now) }),
            ("history of a slot", { _ = try $0.history(of: slot) }),
            ("was active", { _ = try $0.hasBeenActive(version.number, in: slot) }),
            ("blob is referenced", { _ = try $0.isReferenced(blob: digest) }),
            ("blobs that are referenced", { _ = try $0.referencedBlobs(after: digest, limit: 10) }),
            ("users of a blob", { _ = try $0.users(of: digest) }),
            ("entry of the artifact tree", { _ = try $0.artifactEntry(at: ArtifactPath("1/r/artifacts/f")) }),
            ("folder of the artifact tree", { _ = try $0.artifactEntries(in: ArtifactPath("1/r/artifacts")) }),
            ("files below a folder", { _ = try $0.artifactFiles(below: ArtifactPath("1/r")) }),
            ("seals at a path", { _ = try $0.seals(covering: ArtifactPath("1/r/artifacts/f")) }),
            ("seals below a folder", { _ = try $0.seals(below: ArtifactPath("1/r")) }),
            ("sealed paths of a version", { _ = try $0.sealedPaths(of: model, version.number) }),
            ("file of a sealed artifact", { _ = try $0.sealedFile("model.txt", of: digest) }),
            ("parts of an upload", { _ = try $0.uploadParts(of: "u") }),
            ("governing policy", { _ = try $0.governingPolicy(of: model) }),
            ("evidence", { _ = try $0.evidence(for: "c", of: digest) }),
            ("dataset", { _ = try $0.dataset(NamedVersion(parsing: "d@1")) }),
            ("pipeline in production", { _ = try $0.pipeline(NamedVersion(parsing: "p")) }),
            ("audit entries of a version", { _ = try $0.auditEntries(AuditFilter(model: model, version: version.number)) }),
            ("audit entries of an action", { _ = try $0.auditEntries(AuditFilter(action: .policyApplied)) }),
            ("audit entries of an outcome", { _ = try $0.auditEntries(AuditFilter(outcome: .refused)) }),
            ("page of audit entries", { _ = try $0.auditEntries(after: 5) }),
        ]
    }

    @Test("read through an index, never the whole table")
    func plans() async throws {
        try await RegistryFixture.run { fixture in
            let model = try await fixture.model()
            // Several: SQLite finds the one row of a list of one in other ways than those of a longer list.
            for _ in 0..<3 { try await fixture.version(of: model, tags: ["k": "v"]) }
            let version = try await fixture.version(of: model, tags: ["k": "v"])
            _ = try await fixture.registry.addDataset(
                DatasetRequest(name: "d", digest: Self.digest, format: "csv", bytes: 0), by: fixture.ada)
            _ = try await fixture.registry.addPipeline("p", schema: [FieldSchema(name: "a", type: .long)], by: fixture.ada)
            for (name, query) in try Self.queries(model, version) {
                let plans = try await fixture.store.read { tx in
                    let recorder = Recorder(tx)
                    try query(SQLTransaction(recorder))
                    return try recorder.statements.map { try tx.plan(of: $0) }
                }
                #expect(!plans.isEmpty, "\(name)")
                for plan in plans {
                    // SQLite writes SEARCH for a look into an index and SCAN for a walk, also along an index. The rows of a
                    // list of values and of a subquery may be walked.
                    let walks = plan.split(separator: "\n").filter {
                        $0.hasPrefix("SCAN") && !$0.contains("CONSTANT ROW")
                            && !["SCAN newest", "SCAN target", "SCAN s", "SCAN n", "SCAN owner", "SCAN folder"].contains($0)
                    }
                    #expect(walks.isEmpty, "\(name): \(plan)")
                }
            }
        }
    }

    @Test("refusals are found by outcome, those of a model by model", arguments: [nil, "credit-risk"])
    func outcomes(_ model: String?) async throws {
        try await RegistryFixture.run { fixture in
            let filter = AuditFilter(model: try model.map { try ModelName($0) }, outcome: .granted)
            let plan = try await fixture.store.read { tx in
                let recorder = Recorder(tx)
                _ = try SQLTransaction(recorder).auditEntries(filter)
                return try recorder.statements.map { try tx.plan(of: $0) }.joined()
            }
            #expect(plan.contains(model == nil ? "audit_entry_by_outcome" : "audit_entry_by_object"), "\(plan)")
        }
    }

    @Test("a page of fifty versions with tags and aliases takes three statements")
    func noQueryPerRow() async throws {
        try await RegistryFixture.run { fixture in
            let model = try await fixture.model()
            for number in 0..<50 { try await fixture.version(of: model, tags: ["n": "\(number)"]) }
            let (count, statements) = try await fixture.store.read { tx in
                let recorder = Recorder(tx)
                return (try SQLTransaction(recorder).versions(of: model).count, recorder.statements.count)
            }
            #expect(count == 50)
            #expect(statements == 3)
        }
    }

    @Test("a page is bounded whatever the caller asks for", arguments: [-5, 0, 1_000_000])
    func boundedPage(_ limit: Int) async throws {
        try await RegistryFixture.run { fixture in
            let model = try await fixture.model()
            try await fixture.version(of: model)
            let count = try await fixture.store.read { tx in try tx.versions(of: model, limit: limit).count }
            #expect(count == (limit > 0 ? 1 : 0))
        }
    }
}
