package import AuditLog
import GatehouseCore

/// A bucket whose objects nobody can change or delete before their time, not even its owner (S3 object lock in compliance
/// mode). What remains possible is to put something on top: a delete marker, a second version. Both are found here.
package struct S3Shelf: MirrorShelf {
    /// A mirror of 100 million entries has fewer.
    static let listingPagesMax = 1000

    private let bucket: S3Bucket

    package init(_ bucket: S3Bucket) { self.bucket = bucket }

    package var name: MirrorName { MirrorName(.s3, place: bucket.location.description) }
    package var rest: Duration { bucket.location.every }

    package func prepare() async throws -> [String] {
        guard try await bucket.hasObjectLock() else {
            throw GatehouseError(
                .conflict, "\(bucket.location.description) has no object lock: what is put there could be changed.",
                hint: "Make a new bucket with --object-lock-enabled-for-bucket.")
        }
        // Checkpoints have as many versions as there were; only whether the newest is there matters.
        try refuseDeleted(await bucket.versions(below: "checkpoint", max: 2))
        var marker: S3Listing.Marker?
        var seen: S3Listing.Version?
        for _ in 0..<Self.listingPagesMax {
            try Task.checkCancellation()
            let page = try await bucket.versions(below: "tile/", after: marker)
            try refuseDeleted(page)
            // All versions of a key follow one another. A tile is put once; twice where a server does not know If-None-Match.
            for version in page.versions where !version.isDeleteMarker {
                if let seen, version.key == seen.key, version.tag != seen.tag {
                    throw MirrorAlarm.fileDiffers(path: path(of: version.key))
                }
                seen = version
            }
            guard let next = page.next, next != marker else { return [] }
            marker = next
        }
        return ["Only the first \(Self.listingPagesMax) pages of versions were looked through for delete markers."]
    }

    package func file(_ path: String) async throws -> [UInt8]? {
        switch try await bucket.object(path) {
        case .object(let bytes, _): return bytes
        case .deleted: throw MirrorAlarm.fileDeleted(path: path)
        case .nothing: return nil
        }
    }

    package func add(_ path: String, _ bytes: [UInt8]) async throws {
        if try await bucket.put(path, bytes, isNew: true) != nil { return }
        guard try await file(path) == bytes else { throw MirrorAlarm.fileDiffers(path: path) }
    }

    /// Each checkpoint is a version of its own, and all of them stay.
    package func publish(_ checkpoint: [UInt8]) async throws {
        _ = try await bucket.put("checkpoint", checkpoint, isNew: false)
    }

    package func close() async {}

    /// A plain read says of a deleted object that there is none; not every server says more.
    private func refuseDeleted(_ page: S3Listing) throws {
        for version in page.versions where version.isLatest && version.isDeleteMarker {
            throw MirrorAlarm.fileDeleted(path: path(of: version.key))
        }
    }

    private func path(of key: String) -> String { String(key.dropFirst(bucket.location.prefix.count)) }
}
