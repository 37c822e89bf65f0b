import Crypto

/// HMAC-SHA256 (RFC 2104) under the registry's key. The key is mixed in once, into both hashes that every text then starts from,
/// so that a text costs little more than its own blocks.
struct KeyedHash {
    private static let blockBytes = 64
    private let inner: SHA256
    private let outer: SHA256

    init(key: [UInt8]) {
        let key = key.count > Self.blockBytes ? Array(SHA256.hash(data: key)) : key
        let block = key + Array(repeating: 0, count: Self.blockBytes - key.count)
        var inner = SHA256()
        inner.update(data: block.map { $0 ^ 0x36 })
        var outer = SHA256()
        outer.update(data: block.map { $0 ^ 0x5C })
        (self.inner, self.outer) = (inner, outer)
    }

    func code(of text: ArraySlice<UInt8>) -> SHA256Digest {
        var hash = inner
        text.withUnsafeBytes { hash.update(bufferPointer: $0) }
        let digest = hash.finalize()
        hash = outer
        digest.withUnsafeBytes { hash.update(bufferPointer: $0) }
        return hash.finalize()
    }
}

extension SHA256Digest {
    var hexadecimal: String {
        var text: [UInt8] = []
        text.write(room: 2 * Self.byteCount) { $0.append(hexadecimal: self) }
        return String(decoding: text, as: UTF8.self)
    }
}

extension MessageWriter {
    /// The digits of a hash, whose bytes come in fours.
    mutating func append(hexadecimal hash: SHA256Digest) {
        hash.withUnsafeBytes { bytes in
            for place in stride(from: 0, to: bytes.count - 3, by: 4) {
                let word = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
                withUnsafeBytes(of: Hexadecimal.digits(word).littleEndian) { append($0) }
            }
        }
    }
}
