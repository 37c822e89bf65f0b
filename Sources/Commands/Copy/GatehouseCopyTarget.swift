import GatehouseCore
import Registry
import WireAPI

/// A Gatehouse that a version is copied to: bytes by digest first, then the version with everything in one call.
struct GatehouseCopyTarget: CopyTarget {
    let client: GatehouseClient
    let model: String
    let keepsNumber: Bool

    func find(_ copied: CopiedVersion) async throws -> String? {
        let page: PageAnswer<VersionAnswer> = try await client.get(
            ["models", model, "copies"],
            query: [
                ("registry", copied.source.registry), ("model", copied.source.model), ("version", copied.source.version),
                ("artifact", copied.manifest.digest.description),
            ])
        return page.items.first.map { String($0.version) }
    }

    func prepare(_ copied: CopiedVersion) async throws -> any CopyDestination {
        Destination(client: client, model: model, copied: copied, number: keepsNumber ? try Self.number(copied) : nil)
    }

    private static func number(_ copied: CopiedVersion) throws -> Int64 {
        try VersionNumber(parsing: copied.source.version).value
    }

    private struct Destination: CopyDestination {
        let client: GatehouseClient
        let model: String
        let copied: CopiedVersion
        let number: Int64?

        func send(_ file: ArtifactFile, _ open: @Sendable () async throws -> SourceBytes) async throws -> Bool {
            if try await client.hasBlob(file.digest) { return false }
            do {
                _ = try await client.putBlob(file.digest, bytes: file.bytes, chunks: try await open())
            } catch let error as GatehouseError where [.integrity, .conflict].contains(error.code) {
                throw CopyFailure.otherBytes(file, copied, error)
            }
            return true
        }

        func register() async throws -> CopyArrival {
            var call = CopyCall(
                source: copied.source, artifactDigest: copied.manifest.digest.description,
                files: copied.manifest.files.map { ManifestEntry(path: $0.path, digest: $0.digest.description, bytes: $0.bytes) })
            call.firstRegistry = copied.firstRegistry
            call.firstVersion = copied.firstVersion
            call.description = copied.description
            call.tags = copied.keptTags
            call.signature = copied.signature
            call.run = copied.run?.run
            call.experiment = copied.run?.experiment
            call.metrics = copied.run?.points ?? []
            call.receipts = copied.receipts
            call.standing = copied.standing
            call.number = number
            let answer = try await client.post(call, of: model)
            return CopyArrival(
                version: String(answer.version.version), isNew: answer.isNew, verification: answer.provenance.verification,
                reason: answer.provenance.reason, leftOut: answer.leftOut)
        }
    }
}

enum CopyFailure {
    /// The source handed out other bytes than it lists.
    static func otherBytes(_ file: ArtifactFile, _ copied: CopiedVersion, _ cause: any Error) -> GatehouseError {
        GatehouseError(
            .integrity, "'\(file.path)' of \(copied.words) does not have the bytes that the source lists (\(file.digest.short)).",
            hint: "Nothing was registered. Have the source check its store, or repeat the copy if files are being written there.",
            cause: cause)
    }
}

extension CopiedVersion {
    /// Tags that the target takes: what Gatehouse alone writes are verdicts of the source's gates, and the tags about an
    /// earlier copy give way to those about this one.
    var keptTags: [MLflowTag] { tags.filter { !Self.isVerdict($0.key) && !Self.provenanceTags.contains($0.key) } }
    var verdictTags: [MLflowTag] { tags.filter { Self.isVerdict($0.key) } }

    static let provenanceTags: Set = [
        "promoted_from_registry", "promoted_from_version", "source_registry", "source_version", "source_run_id",
    ]

    private static func isVerdict(_ key: String) -> Bool {
        TagKey.protectedPrefixes.contains { key.lowercased().hasPrefix($0) }
    }

    /// How it stood at the source, for the record.
    var standing: JSONValue {
        .object([
            "stage": .string(stage), "aliases": .array(aliases.map { .string($0) }),
            "created_at": created.map { .string($0) } ?? .null, "location": .string(location),
            "verdicts": .object(
                Dictionary(verdictTags.map { ($0.key, .string($0.value)) }, uniquingKeysWith: { first, _ in first })),
        ])
    }
}
