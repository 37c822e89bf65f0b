import Crypto

/// A SHA-256 value of the tree. Four words rather than an array, so that a million of them are one allocation.
package struct TreeHash: Sendable, Hashable, CustomStringConvertible {
    package static let bytesCount = 32
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)

    /// From exactly 32 bytes; nil for another count.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == Self.bytesCount else { return nil }
        withUnsafeMutableBytes(of: &words) { $0.copyBytes(from: bytes) }
    }

    private init(_ hash: SHA256.Digest) {
        withUnsafeMutableBytes(of: &words) { target in hash.withUnsafeBytes { target.copyMemory(from: $0) } }
    }

    package var bytes: [UInt8] { withUnsafeBytes(of: words) { Array($0) } }
    /// As it stands in checkpoints and proofs.
    package var base64: String { Base64.encode(bytes) }
    package var description: String { base64 }

    /// From a line of a proof; nil when it is no hash.
    package init?(base64: some StringProtocol) {
        guard let bytes = Base64.decode(base64), let hash = TreeHash(bytes: bytes) else { return nil }
        self = hash
    }

    /// RFC 6962 §2.1: SHA-256 of 0x00 and the entry.
    package static func leaf(_ entry: some Collection<UInt8>) -> TreeHash {
        var hash = SHA256()
        leafMark.withUnsafeBytes { hash.update(bufferPointer: $0) }
        let isHashed: Void? = entry.withContiguousStorageIfAvailable { hash.update(bufferPointer: UnsafeRawBufferPointer($0)) }
        if isHashed == nil { Array(entry).withUnsafeBytes { hash.update(bufferPointer: $0) } }
        return TreeHash(hash.finalize())
    }

    /// RFC 6962 §2.1: SHA-256 of 0x01 and both children.
    package static func node(_ left: TreeHash, _ right: TreeHash) -> TreeHash {
        // One piece of memory and one call: the tree has as many nodes as leaves.
        withUnsafeTemporaryAllocation(byteCount: 1 + 2 * bytesCount, alignment: 8) { buffer in
            buffer[0] = 1
            withUnsafeBytes(of: left.words) { UnsafeMutableRawBufferPointer(rebasing: buffer[1..<33]).copyMemory(from: $0) }
            withUnsafeBytes(of: right.words) { UnsafeMutableRawBufferPointer(rebasing: buffer[33...]).copyMemory(from: $0) }
            var hash = SHA256()
            hash.update(bufferPointer: UnsafeRawBufferPointer(buffer))
            return TreeHash(hash.finalize())
        }
    }

    /// The root of a tree without leaves: SHA-256 of nothing.
    package static let emptyRoot = TreeHash(SHA256().finalize())
    private static let leafMark: [UInt8] = [0]

    package static func == (left: TreeHash, right: TreeHash) -> Bool { left.words == right.words }

    package func hash(into hasher: inout Hasher) {
        // Any part of a hash tells it from others as well as the whole.
        hasher.combine(words.0)
    }
}
