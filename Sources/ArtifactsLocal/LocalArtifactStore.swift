package import GatehouseCore
import Glibc
package import Registry

/// Artifacts in a local folder: `blobs/sha256/ab/ab…` holds the bytes whose digest is the name, read-only.
///
/// A blob is written to a temporary file in the same file system, synchronised and renamed: whoever sees the name sees all
/// the bytes, also after a power cut. Storing bytes again replaces a damaged copy.
package struct LocalArtifactStore: ArtifactStore {
    private let blobs: String
    private let incoming: String

    /// Opens or creates the folder and removes what interrupted uploads left. Fails with `unavailable`.
    package init(directory: String) throws {
        let root = directory.count > 1 && directory.hasSuffix("/") ? String(directory.dropLast()) : directory
        blobs = "\(root)/blobs/sha256"
        incoming = "\(root)/incoming"
        for path in [root, "\(root)/blobs", blobs, incoming] { try SystemCall.makeDirectory(path) }
        try FileWriter.removeStale(in: incoming)
    }

    package func put<Chunks: AsyncSequence & Sendable>(
        _ chunks: Chunks, expecting: Digest?, bytesMax: Int64
    ) async throws -> Blob where Chunks.Element == [UInt8] {
        var writer = try FileWriter(temporaryIn: incoming)
        for try await chunk in chunks {
            try Self.check(writer.bytes, plus: chunk.count, bytesMax: bytesMax)
            try chunk.withUnsafeBytes { try writer.append($0) }
        }
        let blob = writer.blob
        try Self.check(blob, expecting: expecting)
        try writer.publish(at: location(blob.digest), in: makeShard(blob.digest))
        return blob
    }

    package func put(fileAt path: String, expecting: Digest?, bytesMax: Int64) async throws -> Blob {
        guard var reader = try FileReader(path: path) else {
            throw GatehouseError(.notFound, "There is no file '\(path)'.")
        }
        var writer = try FileWriter(temporaryIn: incoming)
        while try reader.next({ chunk in
            try Self.check(writer.bytes, plus: chunk.count, bytesMax: bytesMax)
            try writer.append(chunk)
        }) { try await Self.pause() }
        let blob = writer.blob
        try Self.check(blob, expecting: expecting)
        try writer.publish(at: location(blob.digest), in: makeShard(blob.digest))
        return blob
    }

    package func blob(_ digest: Digest) async throws -> Blob? {
        var status = stat()
        guard stat(location(digest), &status) == 0 else {
            if errno == ENOENT { return nil }
            throw SystemCall.failure("look at", location(digest))
        }
        return Blob(digest: digest, bytes: Int64(status.st_size))
    }

    package func path(of digest: Digest) async throws -> String {
        guard try await blob(digest) != nil else { throw Self.missing(digest) }
        return location(digest)
    }

    package func verifiedPath(of digest: Digest) async throws -> String {
        let path = location(digest)
        guard var reader = try FileReader(path: path) else { throw Self.missing(digest) }
        var hash = StreamingHash()
        while try reader.next({ hash.update($0) }) { try await Self.pause() }
        guard hash.digest == digest else { throw Self.changed(digest) }
        return path
    }

    @discardableResult
    package func remove(_ digest: Digest) async throws -> Bool {
        guard unlink(location(digest)) == 0 else {
            if errno == ENOENT { return false }
            throw SystemCall.failure("remove", location(digest))
        }
        try SystemCall.synchronise(directory: shard(digest))
        return true
    }

    package func digests(after: Digest?, limit: Int) async throws -> [Digest] {
        var found: [Digest] = []
        for shard in try SystemCall.names(in: blobs) where shard >= after.map({ String($0.hex.prefix(2)) }) ?? "" {
            for name in try SystemCall.names(in: "\(blobs)/\(shard)") where name > after?.hex ?? "" {
                guard found.count < limit else { return found }
                // Anything else in the folder is not ours.
                if let digest = try? Digest(parsing: name) { found.append(digest) }
            }
        }
        return found
    }

    // MARK: - Places

    func location(_ digest: Digest) -> String { "\(shard(digest))/\(digest.hex)" }

    /// 256 folders keep each one short.
    private func shard(_ digest: Digest) -> String { "\(blobs)/\(digest.hex.prefix(2))" }

    private func makeShard(_ digest: Digest) throws(GatehouseError) -> String {
        try SystemCall.makeDirectory(shard(digest))
        return shard(digest)
    }

    // MARK: - Rules

    /// Between chunks: lets others use the thread, and ends when the caller no longer waits.
    static func pause() async throws {
        try Task.checkCancellation()
        await Task.yield()
    }

    private static func check(_ bytes: Int64, plus count: Int, bytesMax: Int64) throws(GatehouseError) {
        guard Int64(count) <= bytesMax - bytes else {
            throw GatehouseError(.tooLarge, "The file has more than \(bytesMax) bytes.")
        }
    }

    private static func check(_ blob: Blob, expecting expected: Digest?) throws(GatehouseError) {
        guard let expected, blob.digest != expected else { return }
        throw GatehouseError(
            .integrity, "The bytes that arrived are \(blob.digest), not \(expected).", hint: "Send the file again.")
    }

    private static func missing(_ digest: Digest) -> GatehouseError {
        GatehouseError(
            .notFound, "The artifact store has no blob \(digest).",
            hint: "Upload the same bytes again, or restore them from a backup.")
    }

    static func changed(_ digest: Digest) -> GatehouseError {
        GatehouseError(
            .integrity, "The bytes of \(digest) changed on disk since they were stored.",
            hint: "Restore the file from a backup, or upload the same bytes again.")
    }
}
