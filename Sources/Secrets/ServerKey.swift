import Crypto
import FoundationEssentials
package import GatehouseCore

/// The key of one server. Secrets that must be read back, because a request is signed with them, are kept under it:
/// AES-256 in Galois/Counter Mode (NIST SP 800-38D), a new nonce each time.
package struct ServerKey: Sendable {
    package static let bytesCount = 32
    private static let format: UInt8 = 1

    private let key: SymmetricKey

    /// Reads 64 hexadecimal digits; white space is no part of the key. Fails with `invalidArgument`; the message
    /// does not repeat them.
    package init(parsing text: String) throws(GatehouseError) {
        let digits = Array(text.utf8).filter { !Self.spaces.contains($0) }
        let bytes = stride(from: 0, to: digits.count - 1, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
        }
        guard digits.count == 2 * Self.bytesCount, bytes.count == Self.bytesCount, !digits.contains(UInt8(ascii: "+")) else {
            throw GatehouseError(
                .invalidArgument, "The server key is not \(2 * Self.bytesCount) hexadecimal digits.",
                hint: "Make one with: openssl rand -hex \(Self.bytesCount)")
        }
        key = SymmetricKey(data: bytes)
    }

    private static let spaces = Array(" \t\r\n".utf8)

    /// The text that `init(parsing:)` reads back, of 32 random bytes.
    package static func text(random bytes: [UInt8]) -> String { Digest(bytes: bytes).hex }

    /// 32 bytes for one purpose, HMAC-SHA256 of its name: the same for ever, and telling nothing of the key or of other purposes.
    package func derived(for purpose: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Array("gatehouse-derived-key: \(purpose)".utf8), using: key))
    }

    /// `owner` names whose secret it is: sealed bytes that are moved to another owner's row do not open there.
    package func seal(_ secret: String, of owner: String) throws(GatehouseError) -> [UInt8] {
        do {
            let box = try AES.GCM.seal(Array(secret.utf8), using: key, authenticating: Array(owner.utf8))
            guard let combined = box.combined else { throw Self.damaged }
            return [Self.format] + combined
        } catch {
            throw GatehouseError(.internalFailure, "A secret could not be encrypted.", cause: error)
        }
    }

    /// Fails with `integrity` when the bytes were sealed under another key, for another owner, or were changed.
    package func open(_ sealed: [UInt8], of owner: String) throws(GatehouseError) -> String {
        guard sealed.first == Self.format, let box = try? AES.GCM.SealedBox(combined: sealed.dropFirst()),
            let plain = try? AES.GCM.open(box, using: key, authenticating: Array(owner.utf8)),
            let text = String(validating: plain, as: UTF8.self)
        else { throw Self.damaged }
        return text
    }

    private static let damaged = GatehouseError(
        .integrity, "A stored secret does not open with this server's key.",
        hint: "Start the server with the key that it was stored under, or set the secret again.")
}
