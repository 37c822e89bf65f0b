import Crypto
import Foundation
package import GatehouseCore

/// A private key that statements are signed with.
package struct SigningKey: Sendable {
    package static let randomBytesCount = 32

    private enum Secret: Sendable {
        case ed25519(Curve25519.Signing.PrivateKey)
        case p256(P256.Signing.PrivateKey)
    }

    private let secret: Secret
    package let verificationKey: VerificationKey

    /// A P-256 key from 32 random bytes. Fails with `invalidArgument` for the few that are no key (one in 2^32).
    package init(p256Random bytes: [UInt8]) throws(GatehouseError) {
        guard let key = try? P256.Signing.PrivateKey(rawRepresentation: bytes) else {
            throw Self.unusable("these bytes are no key")
        }
        self.init(key)
    }

    package init(ed25519Random bytes: [UInt8]) throws(GatehouseError) {
        guard let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: bytes) else {
            throw Self.unusable("a seed has \(Self.randomBytesCount) bytes")
        }
        secret = .ed25519(key)
        verificationKey = .ed25519(Array(key.publicKey.rawRepresentation))
    }

    /// Reads the PEM of a P-256 key (PKCS #8 or SEC 1). Fails with `invalidArgument`; the message does not repeat the text.
    package init(pem: String) throws(GatehouseError) {
        guard let key = try? P256.Signing.PrivateKey(pemRepresentation: pem) else {
            throw Self.unusable("the file holds no PEM of a P-256 key")
        }
        self.init(key)
    }

    private init(_ key: P256.Signing.PrivateKey) {
        secret = .p256(key)
        verificationKey = .p256(Array(key.publicKey.x963Representation))
    }

    /// What `init(pem:)` reads; nil for an Ed25519 key, which no file of ours holds. A secret.
    package var pem: String? {
        switch secret {
        case .ed25519: nil
        case .p256(let key): key.pemRepresentation + "\n"
        }
    }

    /// Ed25519: 64 bytes. P-256: ECDSA over SHA-256 in DER, another one each time.
    func signature(of message: [UInt8]) throws(GatehouseError) -> [UInt8] {
        do {
            switch secret {
            case .ed25519(let key): return Array(try key.signature(for: Data(message)))
            case .p256(let key): return Array(try key.signature(for: Data(message)).derRepresentation)
            }
        } catch {
            throw GatehouseError(.internalFailure, "A statement could not be signed.", cause: error)
        }
    }

    private static func unusable(_ why: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "This is no private key that can be used: \(why).",
            hint: "Restore the file from a backup; a new key would not vouch for what the old one signed.")
    }
}
