import AsyncHTTPClient
import Foundation
package import GatehouseCore
package import NIOCore
import NIOHTTP1

import struct Crypto.SHA256

/// A file behind `mlflow-artifacts:/` as a server describes it.
package struct StoredFile: Sendable, Hashable {
    package let bytes: Int64
    package let digest: Digest?

    package init(bytes: Int64, digest: Digest?) {
        self.bytes = bytes
        self.digest = digest
    }
}

extension GatehouseClient {
    private static var artifactPrefix: String { MLflowPaths.artifactPrefixes[0] }

    /// Posts records of another tracking server. The call may wait for many files to be sealed.
    package func post(_ call: ImportCall) async throws -> ImportAnswer {
        let body = call.bytes
        guard body.count <= ImportCall.bodyBytesMax else {
            throw GatehouseError(
                .tooLarge, "The records have \(body.count) bytes together; \(ImportCall.bodyBytesMax) are allowed.")
        }
        return try await decode(
            send("POST", ["imports"], body: .bytes(ByteBuffer(bytes: body)), timeout: .hours(Self.uploadHoursMax)))
    }

    /// Registers a copy of bytes that were uploaded before.
    package func post(_ call: CopyCall, of model: String) async throws -> CopyAnswer {
        let body = call.bytes
        guard body.count <= CopyCall.bodyBytesMax else {
            throw GatehouseError(
                .tooLarge, "The record of the version has \(body.count) bytes; \(CopyCall.bodyBytesMax) are allowed.")
        }
        return try await decode(
            send(
                "POST", ["models", model, "copies"], body: .bytes(ByteBuffer(bytes: body)),
                timeout: .hours(Self.uploadHoursMax)))
    }

    /// What stands in a folder of artifacts, each entry with its path from the root.
    package func artifacts(in folder: String) async throws -> [MLflowFileInfo] {
        let answer = try await send("GET", prefix: Self.artifactPrefix, ["artifacts"], query: [("path", folder)])
        let fields = MLflowFields(body: try JSONParser.parse(answer.body))
        return try fields.objects("files").map { try MLflowFileInfo($0) }
    }

    /// The size and digest of a file. Fails with `notFound`.
    package func artifact(at path: String) async throws -> StoredFile {
        let answer = try await send("HEAD", prefix: Self.artifactPrefix, Self.segments(path))
        let tag = answer.headers.first(name: "ETag").map { $0.filter { $0 != "\"" } }
        return StoredFile(
            bytes: answer.headers.first(name: "Content-Length").flatMap { Int64($0) } ?? 0,
            digest: tag.flatMap { try? Digest(parsing: Digest.prefix + $0) })
    }

    /// Uploads a file in pieces. Fails with `conflict` when the place is sealed.
    package func putArtifact<Chunks: AsyncSequence & Sendable>(
        at path: String, bytes: Int64, chunks: Chunks
    ) async throws where Chunks.Element == ByteBuffer {
        _ = try await send(
            "PUT", prefix: Self.artifactPrefix, Self.segments(path), body: .stream(chunks, length: .known(bytes)),
            type: "application/octet-stream", timeout: .hours(Self.uploadHoursMax))
    }

    private static func segments(_ path: String) -> [String] { ["artifacts"] + path.split(separator: "/").map(String.init) }
}

/// The digest of bytes that come in pieces, and how many there were.
package func digest<Chunks: AsyncSequence>(
    of chunks: Chunks
) async throws -> StoredFile where Chunks.Element == ByteBuffer {
    var hash = SHA256()
    var bytes: Int64 = 0
    for try await chunk in chunks {
        hash.update(data: Data(chunk.readableBytesView))
        bytes += Int64(chunk.readableBytes)
    }
    return StoredFile(bytes: bytes, digest: Digest(bytes: Array(hash.finalize())))
}
