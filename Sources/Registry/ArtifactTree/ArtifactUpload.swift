import GatehouseCore
import Storage

/// A file that comes in parts: each is a blob of its own until all of them make one.
package struct ArtifactUpload: Sendable, Hashable {
    package static let partsMax = 10_000
    /// 5 GiB, as S3 has it.
    package static let partBytesMax: Int64 = 5 * 1024 * 1024 * 1024
    /// One that nobody completed for so long is forgotten by the next collection.
    package static let lifetime: Duration = .seconds(7 * 86_400)

    package let id: String
    package let path: ArtifactPath
    package let partCount: Int
    /// Of what every part must be sent with. Nobody else can add one.
    let secretDigest: Digest
}

/// A part that has arrived.
package struct ArtifactUploadPart: Sendable, Hashable {
    package let number: Int64
    package let blob: Blob
}

extension SQLTransaction {
    func insertUpload(_ upload: ArtifactUpload, by principal: Principal, at now: Timestamp) throws {
        try execute(
            """
            INSERT INTO artifact_upload (id, secret_digest, path, part_count, started_by, started_at)
            VALUES (\(upload.id), \(upload.secretDigest), \(upload.path.text), \(upload.partCount), \(principal), \(now))
            """)
    }

    /// Fails with `notFound`.
    func upload(_ id: String) throws -> ArtifactUpload {
        let found = try first("SELECT secret_digest, path, part_count FROM artifact_upload WHERE id = \(id)") {
            ArtifactUpload(
                id: id, path: ArtifactPath(stored: try $0.text("path")), partCount: Int(try $0.integer("part_count")),
                secretDigest: try $0.digest("secret_digest"))
        }
        guard let found else {
            throw GatehouseError(
                .notFound, "There is no multipart upload '\(id.prefix(80))'.",
                hint: "It was completed, aborted or older than \(ArtifactUpload.lifetime.shortText): start it again.")
        }
        return found
    }

    func putUploadPart(_ part: ArtifactUploadPart, of id: String) throws {
        try execute(
            """
            INSERT INTO artifact_upload_part (upload, number, digest, bytes)
            VALUES (\(id), \(part.number), \(part.blob.digest), \(part.blob.bytes))
            ON CONFLICT (upload, number) DO UPDATE SET digest = excluded.digest, bytes = excluded.bytes
            """)
    }

    func uploadParts(of id: String) throws -> [ArtifactUploadPart] {
        try rows(
            """
            SELECT number, digest, bytes FROM artifact_upload_part WHERE upload = \(id)
            ORDER BY number LIMIT \(ArtifactUpload.partsMax)
            """
        ) {
            ArtifactUploadPart(
                number: try $0.integer("number"), blob: Blob(digest: try $0.digest("digest"), bytes: try $0.integer("bytes")))
        }
    }

    func deleteUpload(_ id: String) throws {
        try execute("DELETE FROM artifact_upload_part WHERE upload = \(id)")
        try execute("DELETE FROM artifact_upload WHERE id = \(id)")
    }

    func deleteUploads(startedBefore limit: Timestamp) throws {
        try execute(
            """
            DELETE FROM artifact_upload_part WHERE upload IN (
                SELECT id FROM artifact_upload WHERE started_at < \(limit))
            """)
        try execute("DELETE FROM artifact_upload WHERE started_at < \(limit)")
    }
}
