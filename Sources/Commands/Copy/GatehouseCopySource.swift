import AsyncHTTPClient
import GatehouseCore
import Registry
import WireAPI

/// A Gatehouse that a version is copied from: sealed bytes, and the proof of its log.
struct GatehouseCopySource: CopySource {
    /// The log signs what it took in within a second.
    static let proofSecondsMax = 10

    let place: CopyPlace
    let model: String
    let version: String
    private let client: GatehouseClient
    private let downloads: MLflowClient

    init(_ place: CopyPlace, model: String, version: String) throws {
        self.place = place
        self.model = model
        self.version = version
        client = try place.gatehouse()
        downloads = try place.mlflow()
    }

    private var path: [String] { ["models", model, "versions", version] }

    func read() async throws -> CopiedVersion {
        let found: VersionAnswer = try await client.get(path)
        let manifest = try Self.manifest(of: found)
        let proofs: VersionProofsAnswer = try await client.get(
            path + ["proofs"], query: [("wait", "\(Self.proofSecondsMax)")])
        var copied = CopiedVersion(
            source: CopySourceAnswer(
                kind: ServerKind.gatehouse.rawValue, registry: proofs.origin, name: place.name, model: model, version: version,
                runID: found.runID), manifest: manifest, open: open)
        copied.receipts = proofs.receipts.map(\.receipt)
        copied.stage = found.stage
        copied.aliases = found.aliases
        copied.created = found.createdAt
        copied.location = found.source ?? ""
        copied.description = found.description
        copied.tags = MLflowTag.list(found.tags)
        copied.signature = found.signature
        if let earlier = try await provenance() {
            copied.firstRegistry = earlier.firstRegistry
            copied.firstVersion = earlier.firstVersion
        }
        if let run = found.runID, !run.isEmpty {
            copied.run = try await CopiedTraining.read(run, from: downloads)
            if copied.run == nil {
                copied.missing.append(.init("run", run, "the source names it and does not have it"))
            }
        }
        return copied
    }

    @Sendable
    private func open(_ file: ArtifactFile) async throws -> SourceBytes {
        let response = try await downloads.download(
            "model-versions/get-artifact", [("name", model), ("version", version), ("path", file.path)])
        return SourceBytes(origin: .server(response.body))
    }

    /// The list of files, if it is what the digest says it is.
    private static func manifest(of found: VersionAnswer) throws -> ArtifactManifest {
        let name = "\(found.modelName) v\(found.version)"
        guard let digest = found.artifactDigest else {
            throw GatehouseError(
                .conflict, "\(name) is unpinned: its bytes are not in that registry.",
                hint: "Register it there with its bytes: gatehouse version create \(found.modelName) --model PATH")
        }
        let manifest = try ArtifactManifest(
            found.files.map { ArtifactFile(path: $0.path, digest: try Digest(parsing: $0.digest), bytes: $0.bytes) })
        guard manifest.digest.description == digest else {
            throw GatehouseError(
                .integrity, "The source lists files of \(name) that do not make the digest it gives (\(digest)).",
                hint: "Have its store checked there: gatehouse scrub")
        }
        return manifest
    }

    private func provenance() async throws -> ProvenanceAnswer? {
        do {
            return try await client.get(path + ["provenance"], as: ProvenanceAnswer.self)
        } catch let error as GatehouseError where error.code == .notFound {
            return nil
        }
    }
}
