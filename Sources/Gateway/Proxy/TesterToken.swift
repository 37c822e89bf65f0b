import Crypto
import GatehouseCore
import NIOCore

/// The bearer token by which a tester chooses a version.
enum TesterToken {
    private static let scheme = "bearer "

    /// Whether one of the digests is that of the token. Takes the same time whichever it is, and for none.
    static func isKnown(_ authorization: ByteBuffer, to digests: [GatehouseCore.Digest]) -> Bool {
        let bytes = Array(authorization.readableBytesView)
        guard bytes.count > scheme.utf8.count, bytes.prefix(scheme.utf8.count).map(Byte.lower) == Array(scheme.utf8) else {
            return false
        }
        let given = Array(GatehouseCore.Digest(bytes: Array(SHA256.hash(data: bytes.dropFirst(scheme.utf8.count)))).hex.utf8)
        var isKnown = false
        for digest in digests {
            var difference: UInt8 = 0
            for (one, other) in zip(given, digest.hex.utf8) { difference |= one ^ other }
            if difference == 0 { isKnown = true }
        }
        return isKnown
    }
}
