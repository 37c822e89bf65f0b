import AuditLog
package import GatehouseCore
import Storage

/// What one stretch of a collection did, or would do.
package struct BlobCollectionPage: Sendable, Hashable {
    package var checked: Int64 = 0
    /// Blobs that nobody refers to and that are old enough.
    package var collected: Int64 = 0
    package var collectedBytes: Int64 = 0
    /// Blobs that nobody refers to yet: perhaps of an upload under way.
    package var young: Int64 = 0
    /// Where the next stretch begins; nil at the end.
    package var next: Digest?
}

extension ModelRegistry {
    package static let collectedPerPageMax = 500
    /// Between storing a blob and recording who refers to it.
    package static let collectionAgeMin: Duration = .seconds(300)

    /// Removes the blobs that follow `after`, that no record refers to and that were last stored or kept longer than `age` ago.
    /// The audit entry is written first and names them. Fails with `invalidArgument` for an age below `collectionAgeMin`.
    package func collectBlobs(
        in artifacts: any ArtifactStore, olderThan age: Duration, after: Digest? = nil, isDryRun: Bool, by principal: Principal
    ) async throws -> BlobCollectionPage {
        guard age >= Self.collectionAgeMin else {
            throw GatehouseError(
                .invalidArgument,
                "Blobs younger than \(Self.collectionAgeMin.shortText) are never collected, so not those older than \(age.shortText).",
                hint: "An upload stores its bytes before it names them: leave it the time.")
        }
        if after == nil, !isDryRun { try await dropStaleUploads() }
        let digests = try await artifacts.digests(after: after, limit: Self.collectedPerPageMax)
        let referenced = try await store.read { tx in try tx.referenced(among: digests) }
        let limit = now().adding(.zero - age)
        var page = BlobCollectionPage()
        var unwanted: [Blob] = []
        for digest in digests where !referenced.contains(digest) {
            // What is no plain file is a scrub's business.
            guard let stored = try? await artifacts.stored(digest) else { continue }
            if stored.at < limit { unwanted.append(stored.blob) } else { page.young += 1 }
        }
        page.checked = Int64(digests.count)
        page.next = digests.count == Self.collectedPerPageMax ? digests.last : nil
        if !isDryRun, !unwanted.isEmpty {
            try await recordCollection(of: unwanted, by: principal)
            for blob in unwanted {
                guard try await artifacts.remove(blob.digest, storedBefore: limit) else { continue }
                page.collected += 1
                page.collectedBytes += blob.bytes
            }
        } else {
            page.collected = Int64(unwanted.count)
            page.collectedBytes = unwanted.reduce(0) { $0 + $1.bytes }
        }
        return page
    }

    private func recordCollection(of blobs: [Blob], by principal: Principal) async throws {
        _ = try await store.write { tx in
            try record(
                .blobsCollected, in: tx, by: principal,
                facts: [
                    "blobs": .integer(Int64(blobs.count)), "bytes": .integer(blobs.reduce(0) { $0 + $1.bytes }),
                    "digests": .array(blobs.map { .string($0.digest.hex) }),
                ])
        }
    }

    private func dropStaleUploads() async throws {
        let limit = now().adding(.zero - ArtifactUpload.lifetime)
        try await store.write { tx in try tx.deleteUploads(startedBefore: limit) }
    }
}
