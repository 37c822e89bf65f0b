package import GatehouseCore

import struct Crypto.SHA256

/// A blob as a sequence of pieces. One that is read whole is hashed on the way, and its last piece comes only when the digest
/// is right: nobody gets damaged bytes to their end. Fails with `integrity` then.
package struct BlobPieces: AsyncSequence, Sendable {
    /// Large enough that reading costs little, small enough that a thousand slow readers are no matter.
    package static let pieceBytes = 256 * 1024

    private let blob: Blob
    private let reader: any BlobReader
    private let range: Range<Int64>

    /// `range` lies within the blob.
    package init(_ blob: Blob, _ reader: any BlobReader, range: Range<Int64>? = nil) {
        self.blob = blob
        self.reader = reader
        self.range = range ?? 0..<blob.bytes
    }

    package struct AsyncIterator: AsyncIteratorProtocol {
        private let blob: Blob
        private let reader: any BlobReader
        private var rest: Range<Int64>
        private var hash: SHA256?

        fileprivate init(_ pieces: BlobPieces) {
            blob = pieces.blob
            reader = pieces.reader
            rest = pieces.range
            hash = pieces.range == 0..<pieces.blob.bytes ? SHA256() : nil
        }

        package mutating func next() async throws -> [UInt8]? {
            guard !rest.isEmpty else { return nil }
            let count = Int(Swift.min(rest.upperBound - rest.lowerBound, Int64(BlobPieces.pieceBytes)))
            let piece = try await reader.read(at: rest.lowerBound, count: count)
            guard piece.count == count else { throw GatehouseError.changedInStore(blob.digest) }
            rest = rest.lowerBound + Int64(count)..<rest.upperBound
            hash?.update(data: piece)
            if rest.isEmpty, let hash, Digest(bytes: Array(hash.finalize())) != blob.digest {
                throw GatehouseError.changedInStore(blob.digest)
            }
            return piece
        }
    }

    package func makeAsyncIterator() -> AsyncIterator { AsyncIterator(self) }
}

extension GatehouseError {
    /// Bytes that are not what their digest says.
    package static func changedInStore(_ digest: Digest) -> GatehouseError {
        GatehouseError(
            .integrity, "The bytes of \(digest) changed since they were stored.",
            hint: "Restore the file from a backup, or upload the same bytes again.")
    }
}
