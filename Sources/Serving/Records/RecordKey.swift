import Crypto
package import GatehouseCore

/// The key of one registry under which its gateways hash what must not leave them in clear. The registry holds it too: an
/// outcome that names a customer finds the exposures of that customer.
package struct RecordKey: Sendable {
    package static let bytesCount = 32

    private let key: SymmetricKey
    /// A secret.
    package let bytes: [UInt8]
    /// 64 hexadecimal digits; a secret.
    package let text: String

    /// From 32 bytes.
    package init(bytes: [UInt8]) {
        self.bytes = bytes
        text = Digest(bytes: bytes).hex
        key = SymmetricKey(data: bytes)
    }

    /// Reads `text`. Fails with `invalidArgument`; the message does not repeat it.
    package init(parsing text: String) throws(GatehouseError) {
        let digits = Array(text.utf8)
        let bytes = stride(from: 0, to: digits.count - digits.count % 2, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
        }
        guard digits.count == 2 * Self.bytesCount, bytes.count == Self.bytesCount, !text.contains("+") else {
            throw GatehouseError(.invalidArgument, "The key of records is not \(2 * Self.bytesCount) hexadecimal digits.")
        }
        self.init(bytes: bytes)
    }

    /// HMAC-SHA256 of the unit's bytes, 64 hexadecimal digits: as gateways write it into exposures.
    package func hash(unit: some Sequence<UInt8>) -> String {
        Digest(bytes: Array(HMAC<SHA256>.authenticationCode(for: Array(unit), using: key))).hex
    }
}
