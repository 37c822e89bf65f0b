import Access
import GatehouseCore
import HTTPTypes
import Hummingbird
import NIOCore
import Registry
import WireAPI

/// Uploads: `HEAD` asks whether bytes are here already, undamaged, and keeps them for the caller; `PUT` streams them in. A blob
/// is checked against the digest in its address while it is written.
struct BlobRoutes {
    /// 64 GiB: more than any model file, less than a disk.
    static let blobBytesMax: Int64 = 64 * 1024 * 1024 * 1024

    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.head("blobs/:digest") { _, context in
            try requireUploader(context)
            let digest = try Digest(parsing: context.segment("digest"))
            guard try await services.artifacts.keepUndamaged(digest) else { return Response(status: .notFound) }
            return Response(status: .ok)
        }
        group.put("blobs/:digest") { request, context in
            try requireUploader(context)
            let digest = try Digest(parsing: context.segment("digest"))
            let chunks = request.body.map { buffer in Array(buffer.readableBytesView) }
            let blob = try await services.artifacts.put(chunks, expecting: digest, bytesMax: Self.blobBytesMax)
            return try Response.json(BlobAnswer(digest: blob.digest.description, bytes: blob.bytes), status: .created)
        }
    }

    /// Bytes become versions or datasets; whoever may add either may bring them.
    private func requireUploader(_ context: APIContext) throws {
        let caller = try context.authenticated()
        guard !caller.grants.allows(.editReferenceData) else { return }
        try caller.require(.logRuns)
    }
}
