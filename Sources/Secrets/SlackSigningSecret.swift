import Crypto
import FoundationEssentials
package import GatehouseCore

/// The secret that a Slack app shares with Slack, and the one place that checks its signatures (`v0`).
package struct SlackSigningSecret: Sendable {
    /// How far the signed time may be from ours.
    package static let toleranceSeconds: Int64 = 300
    package static let bytesMin = 16
    package static let bytesMax = 256
    private static let codeBytes = 32

    private let key: SymmetricKey

    /// Slack's are 32 hexadecimal digits, whose bytes are the key as they stand. Fails with `invalidArgument`; the message does
    /// not repeat the secret.
    package init(parsing text: String) throws(GatehouseError) {
        let bytes = Array(text.utf8)
        guard (Self.bytesMin...Self.bytesMax).contains(bytes.count), bytes.allSatisfy({ (0x21...0x7E).contains($0) }) else {
            throw GatehouseError(
                .invalidArgument,
                "The signing secret of Slack is not \(Self.bytesMin) to \(Self.bytesMax) printable characters without spaces.",
                hint: "It stands under Basic Information, App Credentials, of the app's page at Slack.")
        }
        key = SymmetricKey(data: bytes)
    }

    /// `v0=` and the hexadecimal digits of HMAC-SHA256 over `v0:timestamp:body`.
    package func signature(timestamp: String, body: [UInt8]) -> String {
        "v0=" + Digest(bytes: Array(HMAC<SHA256>.authenticationCode(for: Self.signed(timestamp, body), using: key))).hex
    }

    /// Whether a request was signed with this secret within the tolerance. Compares in constant time. Fails with
    /// `unauthenticated`, in words that help whoever set it up and nobody who guesses.
    package func check(signature: String?, timestamp: String?, body: [UInt8], at now: Timestamp) throws(GatehouseError) {
        guard let signature, let timestamp else {
            throw Self.refused("The request is not signed: X-Slack-Signature or X-Slack-Request-Timestamp is missing.")
        }
        guard (1...15).contains(timestamp.utf8.count), timestamp.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let seconds = Int64(timestamp)
        else { throw Self.refused("X-Slack-Request-Timestamp is not a number of seconds.") }
        guard abs(now.milliseconds / 1000 - seconds) <= Self.toleranceSeconds else {
            throw Self.refused(
                "The request was signed more than \(Self.toleranceSeconds) s ago or ahead.",
                hint: "Is the server's clock right?")
        }
        guard let code = Self.code(signature),
            HMAC<SHA256>.isValidAuthenticationCode(code, authenticating: Self.signed(timestamp, body), using: key)
        else {
            throw Self.refused(
                "The signature is not that of this app.", hint: "Is the signing secret the one on the app's page at Slack?")
        }
    }

    private static func signed(_ timestamp: String, _ body: [UInt8]) -> [UInt8] { Array("v0:\(timestamp):".utf8) + body }

    private static func code(_ signature: String) -> [UInt8]? {
        let digits = Array(signature.utf8.dropFirst(3))
        guard signature.hasPrefix("v0="), digits.count == 2 * codeBytes,
            digits.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x66).contains($0) })
        else { return nil }
        return stride(from: 0, to: digits.count, by: 2).compactMap {
            UInt8(String(decoding: digits[$0...($0 + 1)], as: UTF8.self), radix: 16)
        }
    }

    private static func refused(_ message: String, hint: String? = nil) -> GatehouseError {
        GatehouseError(.unauthenticated, message, hint: hint)
    }
}
