import Foundation
package import GatehouseCore

extension ArtifactStore {
    /// Keeps a blob for somebody who is about to refer to it, after hashing it again. False when it is absent or damaged: the
    /// same bytes, stored once more, mend it.
    package func keepUndamaged(_ digest: Digest) async throws -> Bool {
        do {
            guard try await keep(digest) != nil else { return false }
            _ = try await verifiedPath(of: digest)
            return true
        } catch let error as GatehouseError where [.integrity, .notFound].contains(error.code) {
            return false
        }
    }

    /// The bytes of a small blob, verified. Fails with `notFound`, `integrity`, and `tooLarge` above `bytesMax`.
    package func bytes(of digest: Digest, bytesMax: Int) async throws -> [UInt8] {
        guard let blob = try await blob(digest) else {
            throw GatehouseError(.notFound, "The bytes \(digest.short) are not in the store.")
        }
        guard blob.bytes <= bytesMax else {
            throw GatehouseError(.tooLarge, "\(digest.short) has \(blob.bytes) bytes; \(bytesMax) are read at once.")
        }
        do {
            return [UInt8](try Data(contentsOf: URL(fileURLWithPath: try await verifiedPath(of: digest))))
        } catch let error as GatehouseError {
            throw error
        } catch {
            throw GatehouseError(.unavailable, "The bytes \(digest.short) cannot be read.", cause: error)
        }
    }
}
