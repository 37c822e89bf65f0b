import Crypto
import Foundation

/// HMAC-SHA256 under the registry's key. The key is mixed in once; every text starts from a copy of that state, so that a hash
/// costs two blocks and no allocation.
struct KeyedHash {
    private let start: HMAC<SHA256>

    init(key: [UInt8]) { start = HMAC(key: SymmetricKey(data: key)) }

    func code(of text: ArraySlice<UInt8>) -> HashedAuthenticationCode<SHA256> {
        var hash = start
        hash.update(data: text)
        return hash.finalize()
    }
}

extension HashedAuthenticationCode<SHA256> {
    var hexadecimal: String {
        var text: [UInt8] = []
        text.reserveCapacity(64)
        text.append(hexadecimal: self)
        return String(decoding: text, as: UTF8.self)
    }
}

extension [UInt8] {
    /// The digits of a hash, whose bytes come in fours.
    mutating func append(hexadecimal hash: HashedAuthenticationCode<SHA256>) {
        hash.withUnsafeBytes { bytes in
            for place in stride(from: 0, to: bytes.count - 3, by: 4) {
                let word = UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: place, as: UInt32.self))
                Swift.withUnsafeBytes(of: Hexadecimal.digits(word).littleEndian) { append(contentsOf: $0) }
            }
        }
    }

    mutating func append(_ text: StaticString) {
        append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func append(decimal number: Int64) {
        if number < 0 { append(UInt8(ascii: "-")) }
        var rest = number.magnitude
        let start = count
        repeat {
            append(0x30 + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        self[start...].reverse()
    }
}
