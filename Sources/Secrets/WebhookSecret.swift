import Crypto
import FoundationEssentials
package import GatehouseCore

/// The shared secret of signed requests, and the one place that signs them: the form of Standard Webhooks 1.0.0, which
/// MLflow uses too.
package struct WebhookSecret: Sendable {
    package static let prefix = "whsec_"
    package static let bytesAllowed = 24...64

    private let key: SymmetricKey

    /// Standard Webhooks: `whsec_` and base64 of 24 to 64 bytes. Fails with `invalidArgument`; the message does not repeat the
    /// secret.
    package init(parsing text: String) throws(GatehouseError) {
        guard text.hasPrefix(Self.prefix), let bytes = Data(base64Encoded: String(text.dropFirst(Self.prefix.count))),
            Self.bytesAllowed.contains(bytes.count)
        else {
            throw GatehouseError(
                .invalidArgument,
                "The secret is not '\(Self.prefix)' followed by \(Self.bytesAllowed.lowerBound) to "
                    + "\(Self.bytesAllowed.upperBound) bytes in base64.",
                hint: "Make one with: echo \"\(Self.prefix)$(openssl rand -base64 32)\"")
        }
        key = SymmetricKey(data: bytes)
    }

    /// MLflow: the bytes of the text are the key, whatever they spell.
    package init(bytesOf text: String) { key = SymmetricKey(data: Array(text.utf8)) }

    /// A new secret of `bytes` random bytes as text, in Standard Webhooks' form.
    package static func text(random bytes: [UInt8]) -> String { prefix + Data(bytes).base64EncodedString() }

    /// `v1,` and the base64 of HMAC-SHA256 over `id.timestamp.body`; the timestamp is in seconds.
    package func signature(id: String, timestampSeconds: Int64, body: [UInt8]) -> String {
        let signed = Array("\(id).\(timestampSeconds).".utf8) + body
        let code = HMAC<SHA256>.authenticationCode(for: signed, using: key)
        return "v1," + Data(code).base64EncodedString()
    }

    /// HMAC-SHA256 over the body alone, in hexadecimal digits: as GitHub and Databricks sign.
    package func bodySignature(_ body: [UInt8]) -> String {
        HMAC<SHA256>.authenticationCode(for: body, using: key).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
