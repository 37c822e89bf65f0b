package import GatehouseCore
import Glibc
package import Registry
import Synchronization

/// Artifacts in a local folder: `blobs/sha256/ab/ab…` holds the bytes whose digest is the name, read-only.
///
/// A blob is written to a temporary file in the same file system, synchronised and renamed: whoever sees the name sees all
/// the bytes, also after a power cut. Storing bytes again replaces a damaged copy. A symbolic link in the place of a blob or of
/// its folder is not followed. The time of a blob's file is when it was last stored or asked to be kept.
package struct LocalArtifactStore: ArtifactStore {
    private let blobs: String
    private let incoming: String
    private let naming = Naming()

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
        return try await publish(writer, expecting: expecting)
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
        return try await publish(writer, expecting: expecting)
    }

    private func publish(_ finished: consuming FileWriter, expecting: Digest?) async throws -> Blob {
        var writer = finished
        let blob = writer.blob
        try Self.check(blob, expecting: expecting)
        let shard = try makeShard(blob.digest)
        try await writer.synchronise()
        try naming.whileHeld { () throws(GatehouseError) in try writer.publish(at: location(blob.digest)) }
        try await SystemCall.inBackground { try SystemCall.synchronise(directory: shard) }
        return blob
    }

    package func blob(_ digest: Digest) async throws -> Blob? { try stored(digest)?.blob }

    package func stored(_ digest: Digest) throws(GatehouseError) -> StoredBlob? {
        var status = stat()
        guard lstat(location(digest), &status) == 0 else {
            if errno == ENOENT { return nil }
            throw SystemCall.failure("look at", location(digest))
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Self.notOurs(digest) }
        return StoredBlob(
            blob: Blob(digest: digest, bytes: Int64(status.st_size)),
            at: Timestamp(milliseconds: Int64(status.st_mtim.tv_sec) * 1000 + Int64(status.st_mtim.tv_nsec) / 1_000_000))
    }

    package func keep(_ digest: Digest) async throws -> Blob? {
        try naming.whileHeld { () throws(GatehouseError) -> Blob? in
            guard let blob = try stored(digest)?.blob else { return nil }
            guard utimensat(AT_FDCWD, location(digest), nil, AT_SYMLINK_NOFOLLOW) == 0 else {
                throw SystemCall.failure("set the time of", location(digest))
            }
            return blob
        }
    }

    package func open(_ digest: Digest) async throws -> any BlobReader {
        guard let descriptor = try SystemCall.openWithoutLinks(digest.hex, in: shard(digest)) else { throw Self.missing(digest) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw Self.notOurs(digest)
        }
        return LocalBlobReader(path: location(digest), descriptor: descriptor, bytes: Int64(status.st_size))
    }

    package func path(of digest: Digest) async throws -> String {
        guard try await blob(digest) != nil else { throw Self.missing(digest) }
        return location(digest)
    }

    package func verifiedPath(of digest: Digest) async throws -> String {
        let path = location(digest)
        guard var reader = try reader(of: digest) else { throw Self.missing(digest) }
        var hash = StreamingHash()
        while try reader.next({ hash.update($0) }) { try await Self.pause() }
        guard hash.digest == digest else { throw Self.changed(digest) }
        return path
    }

    @discardableResult
    package func remove(_ digest: Digest, storedBefore: Timestamp) async throws -> Bool {
        let isRemoved = try naming.whileHeld { () throws(GatehouseError) -> Bool in
            guard let stored = try stored(digest), stored.at < storedBefore else { return false }
            guard unlink(location(digest)) == 0 else { throw SystemCall.failure("remove", location(digest)) }
            return true
        }
        let shard = shard(digest)
        if isRemoved { try await SystemCall.inBackground { try SystemCall.synchronise(directory: shard) } }
        return isRemoved
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

    /// The blob from its start; nil when there is none.
    func reader(of digest: Digest) throws(GatehouseError) -> FileReader? {
        guard let descriptor = try SystemCall.openWithoutLinks(digest.hex, in: shard(digest)) else { return nil }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            close(descriptor)
            throw Self.notOurs(digest)
        }
        return FileReader(path: location(digest), descriptor: descriptor)
    }

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

    private static func notOurs(_ digest: Digest) -> GatehouseError {
        GatehouseError(
            .integrity, "What stands in the place of \(digest) is no file of the store.",
            hint: "Remove it from the artifact folder, then restore the file from a backup or upload the same bytes again.")
    }

    static func changed(_ digest: Digest) -> GatehouseError {
        GatehouseError(
            .integrity, "The bytes of \(digest) changed on disk since they were stored.",
            hint: "Restore the file from a backup, or upload the same bytes again.")
    }
}

/// One at a time puts a name into the store, renews it or takes it away: otherwise a collector that has just found a blob old
/// could remove the copy that was stored a moment later. A class because all copies of a store share one.
private final class Naming: Sendable {
    private let lock = Mutex(())

    func whileHeld<Value: Sendable>(_ body: () throws(GatehouseError) -> Value) throws(GatehouseError) -> Value {
        try lock.withLock { (_) throws(GatehouseError) -> Value in try body() }
    }
}
