package import GatehouseCore

/// Bytes in the store: what they are and how many.
package struct Blob: Sendable, Hashable {
    package let digest: Digest
    package let bytes: Int64

    package init(digest: Digest, bytes: Int64) {
        self.digest = digest
        self.bytes = bytes
    }
}

/// A blob with the time at which it was last stored or kept.
package struct StoredBlob: Sendable, Hashable {
    package let blob: Blob
    package let at: Timestamp

    package init(blob: Blob, at: Timestamp) {
        self.blob = blob
        self.at = at
    }
}

/// An open blob, readable from any place until it is let go, also when it is removed meanwhile.
package protocol BlobReader: Sendable {
    var bytes: Int64 { get }
    /// The bytes from `offset`, fewer than `count` only at the end. Fails with `unavailable`.
    func read(at offset: Int64, count: Int) async throws -> [UInt8]
}

/// Where artifact bytes live, addressed by their digest. A blob never changes; storing the same bytes again is no error.
///
/// All functions fail with `unavailable` when the disk or the remote store does, and leave nothing half-done.
package protocol ArtifactStore: Sendable {
    /// Stores a stream of bytes while hashing it; durable when it returns. Fails with `integrity` when the bytes are not
    /// the expected ones, with `tooLarge` above `bytesMax`, with the stream's own error when it fails.
    func put<Chunks: AsyncSequence & Sendable>(_ chunks: Chunks, expecting: Digest?, bytesMax: Int64) async throws -> Blob
    where Chunks.Element == [UInt8]
    /// Stores a copy of a local file, under the same rules.
    func put(fileAt path: String, expecting: Digest?, bytesMax: Int64) async throws -> Blob
    /// What is stored under a digest, or nil. Fails with `integrity` when something else stands there.
    func blob(_ digest: Digest) async throws -> Blob?
    /// The same with its time.
    func stored(_ digest: Digest) async throws -> StoredBlob?
    /// The same for somebody who is about to refer to it: it counts as stored now, so that no collector takes it meanwhile.
    func keep(_ digest: Digest) async throws -> Blob?
    /// Opens a blob for reading, not verified. Fails with `notFound`.
    func open(_ digest: Digest) async throws -> any BlobReader
    /// A local file with the blob's bytes, not verified. Fails with `notFound`. Read it only: the file is the store's own.
    func path(of digest: Digest) async throws -> String
    /// The same after hashing the bytes again. Fails with `integrity` naming the blob when they changed on disk.
    func verifiedPath(of digest: Digest) async throws -> String
    /// Copies an artifact's files below a new directory, verifying each. Fails with `alreadyExists` when the directory
    /// exists and `integrity` when a blob was changed; nothing is left behind then.
    func materialise(_ manifest: ArtifactManifest, at directory: String) async throws
    /// Removes a blob that was stored before a time; the caller has made sure that no record refers to it. False when there
    /// is none, or a younger one. Nothing can be stored or kept between the look and the removal.
    @discardableResult
    func remove(_ digest: Digest, storedBefore: Timestamp) async throws -> Bool
    /// The digests that follow `after` in hexadecimal order, at most `limit`: for scrubbing and collecting.
    func digests(after: Digest?, limit: Int) async throws -> [Digest]
}

extension ArtifactStore {
    /// Stores bytes that are in memory already.
    package func put(_ bytes: [UInt8]) async throws -> Blob {
        let once = AsyncStream<[UInt8]> { stream in
            stream.yield(bytes)
            stream.finish()
        }
        return try await put(once, expecting: nil, bytesMax: Int64(bytes.count))
    }
}
