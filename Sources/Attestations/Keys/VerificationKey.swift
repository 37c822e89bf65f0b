import Foundation
package import GatehouseCore

// By name: Crypto has a Digest of its own.
import enum Crypto.Curve25519
import enum Crypto.P256
import struct Crypto.SHA256

/// A public key that statements are verified with.
package enum VerificationKey: Sendable, Hashable {
    /// 32 bytes (RFC 8032).
    case ed25519([UInt8])
    /// A point of NIST P-256, uncompressed: 65 bytes. Signatures are ECDSA over SHA-256.
    case p256([UInt8])

    /// SubjectPublicKeyInfo of an Ed25519 key (RFC 8410, §4), before its 32 bytes.
    private static let ed25519Prefix: [UInt8] = [0x30, 0x2A, 0x30, 0x05, 0x06, 0x03, 0x2B, 0x65, 0x70, 0x03, 0x21, 0x00]
    private static let pemBytesMax = 4096

    /// Reads a PEM file with a public key. Fails with `invalidArgument`.
    package init(pem: String) throws(GatehouseError) {
        guard pem.utf8.count <= Self.pemBytesMax, let der = PEM.decode(pem, label: "PUBLIC KEY") else {
            throw Self.unusable("it is not one PEM block BEGIN PUBLIC KEY")
        }
        if der.count == Self.ed25519Prefix.count + 32, der.starts(with: Self.ed25519Prefix) {
            self = .ed25519(Array(der.dropFirst(Self.ed25519Prefix.count)))
        } else if let key = try? P256.Signing.PublicKey(derRepresentation: der) {
            self = .p256(Array(key.x963Representation))
        } else {
            throw Self.unusable("it is neither a P-256 nor an Ed25519 key")
        }
    }

    /// Fails with `invalidArgument` when the bytes are no point of the curve.
    package init(p256x963 bytes: [UInt8]) throws(GatehouseError) {
        guard let key = try? P256.Signing.PublicKey(x963Representation: bytes) else {
            throw Self.unusable("its bytes are no point of P-256")
        }
        self = .p256(Array(key.x963Representation))
    }

    /// SubjectPublicKeyInfo as PEM, with a line feed at the end: what other tools read.
    package var pem: String {
        switch self {
        case .ed25519(let bytes): PEM.encode(Self.ed25519Prefix + bytes, label: "PUBLIC KEY")
        case .p256(let bytes):
            // The prefix is the same for every uncompressed point (RFC 5480, §2).
            PEM.encode(Self.p256Prefix + bytes, label: "PUBLIC KEY")
        }
    }

    private static let p256Prefix: [UInt8] = [
        0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2A, 0x86, 0x48, 0xCE, 0x3D, 0x02, 0x01, 0x06, 0x08, 0x2A, 0x86, 0x48, 0xCE, 0x3D,
        0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
    ]

    /// SHA-256 of the PEM text in hexadecimal digits: what OpenSSF model signing calls the key's hint.
    package var keyID: String { Digest(bytes: Array(SHA256.hash(data: Data(pem.utf8)))).hex }

    /// Of P-256, both forms in use are taken: DER, and the two numbers beside each other in 64 bytes.
    package func verifies(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        switch self {
        case .ed25519(let bytes):
            guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: bytes) else { return false }
            return key.isValidSignature(Data(signature), for: Data(message))
        case .p256(let bytes):
            guard let key = try? P256.Signing.PublicKey(x963Representation: bytes) else { return false }
            let parsed =
                (try? P256.Signing.ECDSASignature(derRepresentation: signature))
                ?? (signature.count == 64 ? (try? P256.Signing.ECDSASignature(rawRepresentation: signature)) : nil)
            guard let parsed else { return false }
            return key.isValidSignature(parsed, for: Data(message))
        }
    }

    private static func unusable(_ why: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "This is no public key that can be used: \(why).",
            hint: "Print the server's own with: gatehouse attestation key")
    }
}

/// One block of a PEM file (RFC 7468).
enum PEM {
    private static let lineCharacters = 64

    static func encode(_ der: [UInt8], label: String) -> String {
        var text = "-----BEGIN \(label)-----\n"
        var rest = Base64.encode(der)[...]
        while !rest.isEmpty {
            text += rest.prefix(lineCharacters) + "\n"
            rest = rest.dropFirst(lineCharacters)
        }
        return text + "-----END \(label)-----\n"
    }

    /// Nil unless the text is one block of this label.
    static func decode(_ text: String, label: String) -> [UInt8]? {
        let lines = text.split(whereSeparator: \.isNewline).filter { !$0.allSatisfy(\.isWhitespace) }
        guard lines.count >= 3, lines.first == "-----BEGIN \(label)-----", lines.last == "-----END \(label)-----" else {
            return nil
        }
        return Base64.decode(lines.dropFirst().dropLast().joined())
    }
}
