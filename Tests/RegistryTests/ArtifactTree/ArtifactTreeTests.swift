import GatehouseCore
import Storage
import Testing

@testable import Registry

@Suite("The artifact tree", .timeLimit(.minutes(2)))
struct ArtifactTreeTests {
    private static func blob(_ text: String) -> Blob {
        Blob(digest: .sha256(of: Array(text.utf8)), bytes: Int64(text.utf8.count))
    }

    /// A tree whose bytes are only named: the tests of the store and of the server move real ones.
    private static func tree(_ fixture: RegistryFixture, isGuarded: Bool = true) -> ArtifactTree {
        fixture.registry.artifactTree(NoBlobs()) { _, _ in isGuarded }
    }

    private static func put(_ tree: ArtifactTree, _ path: String, _ text: String = "x") async throws {
        try await tree.enter(blob(text), at: ArtifactPath(path))
    }

    /// Registers what stands at a path as a version, as the registration service does.
    private static func register(
        _ fixture: RegistryFixture, _ model: ModelName, _ source: String
    ) async throws -> ModelVersion {
        let found = try await fixture.store.read { tx in try tx.artifactSource(source) }
        var request = VersionRequest(model: model, source: source, manifest: found?.manifest)
        request.artifactSource = found
        return try await fixture.registry.createVersion(request, by: fixture.ada)
    }

    @Test("folders appear with their files and list them by name")
    func listing() async throws {
        try await RegistryFixture.run { fixture in
            let tree = Self.tree(fixture)
            for path in ["1/r/artifacts/b.txt", "1/r/artifacts/a/x.bin", "1/r/artifacts/a/y.bin", "1/r/artifacts/B"] {
                try await Self.put(tree, path, path)
            }
            let entries = try await tree.entries(in: ArtifactPath("1/r/artifacts"))
            #expect(entries.map(\.name) == ["B", "a", "b.txt"])
            #expect(entries.map { $0.blob == nil } == [false, true, false])
            #expect(try await tree.entries(in: .root).map(\.name) == ["1"])
            #expect(try await tree.entries(in: ArtifactPath("1/r/artifacts/b.txt")).isEmpty)
            #expect(try await tree.entries(in: ArtifactPath("none")).isEmpty)
            #expect(try await tree.file(at: ArtifactPath("1/r/artifacts/B")) == Self.blob("1/r/artifacts/B"))
            let files = try await fixture.store.read { tx in try tx.artifactFiles(below: ArtifactPath("1/r")) }
            #expect(
                Set(files.map(\.path)) == ["artifacts/b.txt", "artifacts/a/x.bin", "artifacts/a/y.bin", "artifacts/B"])
            let all = try await fixture.store.read { tx in try tx.artifactFiles(below: .root) }
            #expect(all.count == 4 && all.allSatisfy { $0.path.hasPrefix("1/r/artifacts/") })
        }
    }

    @Test("a neighbour whose name begins alike is not below a folder")
    func neighbours() async throws {
        try await RegistryFixture.run { fixture in
            let tree = Self.tree(fixture)
            for path in ["m/a", "m2/a", "m/b_c/d", "m/b%c/d", "mm"] { try await Self.put(tree, path) }
            let files = try await fixture.store.read { tx in try tx.artifactFiles(below: ArtifactPath("m")) }
            #expect(files.map(\.path).sorted() == ["a", "b%c/d", "b_c/d"])
            try await tree.delete(at: ArtifactPath("m"))
            #expect(try await tree.entries(in: .root).map(\.name) == ["m2", "mm"])
            #expect(try await tree.entries(in: ArtifactPath("m/b_c")).isEmpty)
        }
    }

    @Test("a file does not become a folder, nor a folder a file")
    func conflicts() async throws {
        try await RegistryFixture.run { fixture in
            let tree = Self.tree(fixture)
            try await Self.put(tree, "a/b")
            for path in ["a", "a/b/c", "a/b/c/d", ""] {
                let error = await #expect(throws: GatehouseError.self) { try await Self.put(tree, path) }
                #expect(error?.code == .invalidArgument, "\(path)")
            }
            try await Self.put(tree, "a/b", "other")
            #expect(try await tree.file(at: ArtifactPath("a/b")) == Self.blob("other"))
            let folder = await #expect(throws: GatehouseError.self) { try await tree.file(at: ArtifactPath("a")) }
            #expect(folder?.code == .invalidArgument)
            let missing = await #expect(throws: GatehouseError.self) { try await tree.file(at: ArtifactPath("a/none")) }
            #expect(missing?.code == .notFound)
            #expect(missing?.message == "No such artifact: 'a/none'")
            await #expect(throws: GatehouseError.self) { try await tree.delete(at: .root) }
            try await tree.delete(at: ArtifactPath("nothing/there"))
        }
    }

    @Test("what a version sealed is neither replaced, added to nor removed, at its path, below and above")
    func sealed() async throws {
        try await RegistryFixture.run { fixture in
            let (tree, model) = (Self.tree(fixture), try await fixture.model())
            try await Self.put(tree, "1/models/m-1/artifacts/MLmodel")
            try await Self.put(tree, "1/models/m-1/artifacts/data/model.txt")
            let version = try await Self.register(fixture, model, "mlflow-artifacts:/1/models/m-1/artifacts")
            let manifest = try await fixture.store.read { tx in try tx.manifest(of: version.artifact ?? .sha256(of: [])) }
            #expect(manifest.files.map(\.path) == ["MLmodel", "data/model.txt"])
            for path in ["MLmodel", "new.txt", "data/model.txt", "data/deep/er"] {
                let error = await #expect(throws: GatehouseError.self) {
                    try await Self.put(tree, "1/models/m-1/artifacts/\(path)", "other")
                }
                #expect(error?.code == .conflict, "\(path)")
                #expect(error?.message.contains("credit-risk/1") == true)
            }
            for path in ["1/models/m-1/artifacts/data", "1/models/m-1/artifacts", "1/models/m-1", "1"] {
                let error = await #expect(throws: GatehouseError.self) { try await tree.delete(at: ArtifactPath(path)) }
                #expect(error?.code == .conflict, "\(path)")
            }
            try await Self.put(tree, "1/models/m-2/artifacts/MLmodel")
            try await Self.put(tree, "1/models/m-1/artifacts2")
            try await tree.delete(at: ArtifactPath("1/models/m-2"))
        }
    }

    @Test("a deleted version lets its path go, and a model without rules never holds it")
    func unsealed() async throws {
        try await RegistryFixture.run { fixture in
            let (tree, model) = (Self.tree(fixture), try await fixture.model())
            try await Self.put(tree, "1/a/m/f")
            let version = try await Self.register(fixture, model, "mlflow-artifacts:/1/a/m")
            let digest = try #require(version.artifact)
            try await Self.put(Self.tree(fixture, isGuarded: false), "1/a/m/f", "replaced")
            // The version keeps what was sealed.
            let manifest = try await fixture.store.read { tx in try tx.manifest(of: digest) }
            #expect(manifest.files.map(\.digest) == [Self.blob("x").digest])
            await #expect(throws: GatehouseError.self) { try await Self.put(tree, "1/a/m/f") }
            try await fixture.registry.deleteVersion(version.number, of: model, by: fixture.ada)
            try await Self.put(tree, "1/a/m/f")
        }
    }

    @Test("files that change between reading and sealing are noticed, and nothing is registered")
    func changedMeanwhile() async throws {
        try await RegistryFixture.run { fixture in
            let (tree, model) = (Self.tree(fixture), try await fixture.model())
            for change in ["1/a/m/f", "1/a/m/added"] {
                try await Self.put(tree, "1/a/m/f", "x")
                let source = try await fixture.store.read { tx in try tx.artifactSource("mlflow-artifacts:/1/a/m") }
                try await Self.put(tree, change, "late")
                var request = VersionRequest(model: model, source: "mlflow-artifacts:/1/a/m", manifest: source?.manifest)
                request.artifactSource = source
                let late = request
                await #expect(throws: ArtifactSourceChanged.self) {
                    try await fixture.registry.createVersion(late, by: fixture.ada)
                }
                #expect(try await fixture.store.read { tx in try tx.versionCount(of: model) } == 0)
                try await tree.delete(at: ArtifactPath("1/a/m"))
            }
        }
    }

    @Test("a version made from a version has the same files, and both hold the path")
    func copies() async throws {
        try await RegistryFixture.run { fixture in
            let (tree, model) = (Self.tree(fixture), try await fixture.model())
            try await Self.put(tree, "1/a/m/f")
            let first = try await Self.register(fixture, model, "mlflow-artifacts:/1/a/m")
            let copy = try await Self.register(fixture, try await fixture.model("copied"), "models:/credit-risk/1")
            #expect(copy.artifact == first.artifact)
            try await fixture.registry.deleteVersion(first.number, of: model, by: fixture.ada)
            let error = await #expect(throws: GatehouseError.self) { try await Self.put(tree, "1/a/m/f") }
            #expect(error?.message.contains("copied/1") == true)
        }
    }

    @Test(
        "sources that this server cannot read, and places without files, stay unpinned",
        arguments: [
            "s3://bucket/m", "", "file:///etc", "mlflow-artifacts:/", "mlflow-artifacts:/none", "models:/none/1", "models:/x",
            "runs:/none/m", "models:/m-0", "http://h/api/2.0/mlflow-artifacts/artifacts/1/m", "dummy-source",
        ])
    func unpinned(_ source: String) async throws {
        try await RegistryFixture.run { fixture in
            try await Self.put(Self.tree(fixture), "1/a/m/f")
            #expect(try await fixture.store.read { tx in try tx.artifactSource(source) } == nil)
        }
    }

    @Test("uploads at once into one new folder all arrive")
    func manyAtOnce() async throws {
        try await RegistryFixture.run { fixture in
            let tree = Self.tree(fixture)
            try await withThrowingTaskGroup { group in
                for number in 0..<40 { group.addTask { try await Self.put(tree, "1/r/artifacts/d/\(number % 20)") } }
                try await group.waitForAll()
            }
            #expect(try await tree.entries(in: ArtifactPath("1/r/artifacts/d")).count == 20)
        }
    }
}

/// Holds nothing.
private struct NoBlobs: ArtifactStore {
    private static let none = GatehouseError(.notFound, "There are no bytes here.")

    func put<Chunks: AsyncSequence & Sendable>(
        _ chunks: Chunks, expecting: Digest?, bytesMax: Int64
    ) async throws -> Blob where Chunks.Element == [UInt8] { throw Self.none }
    func put(fileAt path: String, expecting: Digest?, bytesMax: Int64) async throws -> Blob { throw Self.none }
    func blob(_ digest: Digest) async throws -> Blob? { nil }
    func stored(_ digest: Digest) async throws -> StoredBlob? { nil }
    func keep(_ digest: Digest) async throws -> Blob? { nil }
    func open(_ digest: Digest) async throws -> any BlobReader { throw Self.none }
    func path(of digest: Digest) async throws -> String { throw Self.none }
    func verifiedPath(of digest: Digest) async throws -> String { throw Self.none }
    func materialise(_ manifest: ArtifactManifest, at directory: String) async throws { throw Self.none }
    func remove(_ digest: Digest, storedBefore: Timestamp) async throws -> Bool { false }
    func digests(after: Digest?, limit: Int) async throws -> [Digest] { [] }
}
