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
    /// What is stored under a digest, or nil.
    func blob(_ digest: Digest) async throws -> Blob?
    /// A local file with the blob's bytes, not verified. Fails with `notFound`. Read it only: the file is the store's own.
    func path(of digest: Digest) async throws -> String
    /// The same after hashing the bytes again. Fails with `integrity` naming the blob when they changed on disk.
    func verifiedPath(of digest: Digest) async throws -> String
    /// Copies an artifact's files below a new directory, verifying each. Fails with `alreadyExists` when the directory
    /// exists and `integrity` when a blob was changed; nothing is left behind then.
    func materialise(_ manifest: ArtifactManifest, at directory: String) async throws
    /// Removes a blob. The caller has made sure that no record refers to it. False when there was none.
    @discardableResult
    func remove(_ digest: Digest) async throws -> Bool
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
