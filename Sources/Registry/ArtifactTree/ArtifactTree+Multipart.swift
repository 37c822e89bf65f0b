package import GatehouseCore
import Storage

extension ArtifactTree {
    /// Begins an upload in parts; each part must be sent with the secret. Fails with `invalidArgument` for a number of parts
    /// out of 1 to `ArtifactUpload.partsMax`, and as `put` does for the path.
    package func beginUpload(
        at path: ArtifactPath, parts: Int64, id: String, secret: String, by principal: Principal
    ) async throws -> ArtifactUpload {
        guard !path.isRoot else { throw ArtifactPath.invalid("a file needs a name") }
        guard (1...Int64(ArtifactUpload.partsMax)).contains(parts) else {
            throw GatehouseError(
                .invalidArgument, "A file is sent in 1 to \(ArtifactUpload.partsMax) parts, not \(parts).",
                hint: "Send larger parts, or the file at once.")
        }
        let upload = ArtifactUpload(
            id: id, path: path, partCount: Int(parts), secretDigest: .sha256(of: Array(secret.utf8)))
        try await store.write { tx in
            try requireUnsealed(path, tx)
            try tx.insertUpload(upload, by: principal, at: now())
        }
        return upload
    }

    /// Stores one part, over the one of that number. Fails with `notFound`, `forbidden` without the secret, `invalidArgument` for
    /// a number that was not announced, and `tooLarge`.
    package func putPart<Chunks: AsyncSequence & Sendable>(
        _ number: Int64, of id: String, secret: String, _ chunks: Chunks
    ) async throws -> Blob where Chunks.Element == [UInt8] {
        let upload = try await store.read { tx in try tx.upload(id) }
        guard Digest.sha256(of: Array(secret.utf8)) == upload.secretDigest else {
            throw GatehouseError(
                .forbidden, "A part comes with the header that the upload was begun with.",
                hint: "Send the headers of 'credentials' as they are.")
        }
        guard (1...Int64(upload.partCount)).contains(number) else {
            throw GatehouseError(.invalidArgument, "The upload has parts 1 to \(upload.partCount), not \(number).")
        }
        let blob = try await artifacts.put(chunks, expecting: nil, bytesMax: ArtifactUpload.partBytesMax)
        try await store.write { tx in
            _ = try tx.upload(id)
            try tx.putUploadPart(ArtifactUploadPart(number: number, blob: blob), of: id)
        }
        return blob
    }

    /// Makes one file of the parts, in the order of their numbers. `listed` are the parts the client sent, each with the digest it
    /// was answered. Fails with `invalidArgument` when one is missing or another, and as `put` does.
    @discardableResult
    package func completeUpload(
        _ id: String, at path: ArtifactPath, listed: [(number: Int64, digest: String)]
    ) async throws -> Blob {
        let (announced, parts) = try await uploadParts(of: id, at: path)
        let stored = parts.map { "\($0.number) \($0.blob.digest.hex)" }
        let named = listed.sorted { $0.number < $1.number }.map { "\($0.number) \($0.digest)" }
        guard stored == named, parts.count == announced else {
            throw GatehouseError(
                .invalidArgument,
                "Of \(announced) parts \(parts.count) arrived, and they are not those that were listed.",
                hint: "List every part once, with the ETag that it was answered with.")
        }
        guard parts.reduce(0, { $0 + $1.blob.bytes }) <= Self.fileBytesMax else {
            throw GatehouseError(.tooLarge, "The file has more than \(Self.fileBytesMax) bytes.")
        }
        try await store.read { tx in try requireUnsealed(path, tx) }
        let blob = try await artifacts.put(
            JoinedBlobs(parts.map(\.blob), artifacts), expecting: nil, bytesMax: Self.fileBytesMax)
        try await store.write { tx in
            try requireUnsealed(path, tx)
            try tx.putArtifact(blob, at: path, now: now())
            try tx.deleteUpload(id)
        }
        return blob
    }

    /// Forgets an upload and its parts. Fails with `notFound`.
    package func abortUpload(_ id: String, at path: ArtifactPath) async throws {
        _ = try await uploadParts(of: id, at: path)
        try await store.write { tx in try tx.deleteUpload(id) }
    }

    /// How many parts were announced, and those that arrived.
    private func uploadParts(
        of id: String, at path: ArtifactPath
    ) async throws -> (announced: Int, parts: [ArtifactUploadPart]) {
        try await store.read { tx in
            let upload = try tx.upload(id)
            guard upload.path == path else {
                throw GatehouseError(.invalidArgument, "The multipart upload '\(id.prefix(80))' is for another file.")
            }
            return (upload.partCount, try tx.uploadParts(of: id))
        }
    }
}

/// Several blobs as one stream; each is opened when it is its turn.
private struct JoinedBlobs: AsyncSequence, Sendable {
    let blobs: [Blob]
    let artifacts: any ArtifactStore

    init(_ blobs: [Blob], _ artifacts: any ArtifactStore) {
        self.blobs = blobs
        self.artifacts = artifacts
    }

    struct AsyncIterator: AsyncIteratorProtocol {
        let joined: JoinedBlobs
        var index = 0
        var current: BlobPieces.AsyncIterator?

        mutating func next() async throws -> [UInt8]? {
            while true {
                if let piece = try await current?.next() { return piece }
                guard index < joined.blobs.count else { return nil }
                let blob = joined.blobs[index]
                index += 1
                current = BlobPieces(blob, try await joined.artifacts.open(blob.digest)).makeAsyncIterator()
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator { AsyncIterator(joined: self) }
}
