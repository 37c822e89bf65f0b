package import GatehouseCore
package import Storage

import struct Crypto.SHA256

/// A blob that is not what its name says.
package struct BlobDamage: Sendable, Hashable {
    package enum Kind: String, Sendable, CaseIterable {
        case damaged
        case missing
    }

    package let digest: Digest
    package let kind: Kind
    package let users: [String]
}

/// What one stretch of a scrub found.
package struct BlobScrubPage: Sendable, Hashable {
    package var checked: Int64 = 0
    package var bytes: Int64 = 0
    package var damages: [BlobDamage] = []
    /// Where the next stretch begins; nil at the end.
    package var next: Digest?
}

/// Reads every blob again and compares it with its digest; looks for every blob that a record names. Changes nothing.
package struct BlobScrub: Sendable {
    package static let blobsPerPageMax = 200
    /// A stretch ends after the blob that makes it this long.
    package static let secondsPerPageMax: Int64 = 10

    private let store: any SQLStore
    private let artifacts: any ArtifactStore
    /// Nil: as fast as the disk.
    private let bytesPerSecondMax: Int64?

    package init(store: any SQLStore, artifacts: any ArtifactStore, bytesPerSecondMax: Int64? = nil) {
        self.store = store
        self.artifacts = artifacts
        self.bytesPerSecondMax = bytesPerSecondMax
    }

    /// Checks the blobs that follow `after`, in the order of their digests.
    package func page(after: Digest?) async throws -> BlobScrubPage {
        let start = ContinuousClock.now
        var page = BlobScrubPage()
        let stored = try await artifacts.digests(after: after, limit: Self.blobsPerPageMax)
        let named = try await store.read { tx in try tx.referencedBlobs(after: after, limit: Self.blobsPerPageMax) }
        let all = Set(stored).union(named).sorted { $0.hex < $1.hex }.prefix(Self.blobsPerPageMax)
        for (index, digest) in all.enumerated() {
            if let kind = try await check(digest, &page) {
                let users = try await store.read { tx in try tx.users(of: digest) }
                // What nobody refers to is missed by nobody; it may have been collected a moment ago.
                if kind == .damaged || !users.isEmpty {
                    page.damages.append(BlobDamage(digest: digest, kind: kind, users: users))
                }
            }
            page.checked += 1
            let isLast = index == all.count - 1
            if !isLast, start.duration(to: .now) > .seconds(Self.secondsPerPageMax) {
                page.next = digest
                return page
            }
        }
        page.next = all.count == Self.blobsPerPageMax ? all.last : nil
        return page
    }

    private func check(_ digest: Digest, _ page: inout BlobScrubPage) async throws -> BlobDamage.Kind? {
        let reader: any BlobReader
        do {
            reader = try await artifacts.open(digest)
        } catch let error as GatehouseError where error.code == .notFound {
            return .missing
        } catch let error as GatehouseError where error.code == .integrity {
            return .damaged
        }
        var hash = SHA256()
        var offset: Int64 = 0
        let start = ContinuousClock.now
        while true {
            try Task.checkCancellation()
            let piece = try await reader.read(at: offset, count: BlobPieces.pieceBytes * 4)
            guard !piece.isEmpty else { break }
            hash.update(data: piece)
            offset += Int64(piece.count)
            page.bytes += Int64(piece.count)
            if let limit = bytesPerSecondMax {
                let due = start + .milliseconds(offset.multipliedReportingOverflow(by: 1000).partialValue / max(1, limit))
                try await Task.sleep(until: due, clock: .continuous)
            }
        }
        return Digest(bytes: Array(hash.finalize())) == digest ? nil : .damaged
    }
}
