import Crypto
import Foundation
package import GatehouseCore

/// What a key signs: the byte before the public key in its text, which also keeps the ids of different uses apart.
package enum NoteAlgorithm: UInt8, Sendable, CaseIterable {
    /// Ed25519 over the note's text.
    case ed25519 = 0x01
    /// Ed25519 over a time and the note's text: a witness's cosignature.
    case cosignature = 0x04
}

/// A public key with its name, as `NAME+ID+BASE64` (a "vkey"): the only thing a reader of the log must trust.
package struct NoteVerifier: Sendable, Hashable {
    package let name: String
    package let algorithm: NoteAlgorithm
    /// 32 bytes.
    package let publicKey: [UInt8]
    package let keyID: UInt32

    /// Fails with `invalidArgument` when the name or the length of the key does not fit.
    package init(name: String, algorithm: NoteAlgorithm = .ed25519, publicKey: [UInt8]) throws(GatehouseError) {
        guard NoteName.isValid(name), publicKey.count == NoteKey.bytesCount else {
            throw Self.malformed("its name is empty or has a space or '+', or its key is not \(NoteKey.bytesCount) bytes")
        }
        self.name = name
        self.algorithm = algorithm
        self.publicKey = publicKey
        keyID = Self.keyID(name: name, algorithm: algorithm, publicKey: publicKey)
    }

    /// Reads `NAME+ID+BASE64`. Fails with `invalidArgument`, also when the id is not that of the key.
    package init(parsing vkey: String) throws(GatehouseError) {
        // The base64 part may hold further plus signs.
        let parts = vkey.split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, let data = Base64.decode(parts[2]), let kind = data.first else {
            throw Self.malformed("it is not NAME+ID+BASE64")
        }
        guard let algorithm = NoteAlgorithm(rawValue: kind) else {
            throw Self.malformed("its algorithm \(kind) is not known here")
        }
        try self.init(name: String(parts[0]), algorithm: algorithm, publicKey: Array(data.dropFirst()))
        guard parts[1] == Self.hex(keyID) else { throw Self.malformed("its id \(parts[1]) is not that of its key") }
    }

    /// The text that is published and handed to `--key`.
    package var vkey: String { "\(name)+\(Self.hex(keyID))+\(Base64.encode([algorithm.rawValue] + publicKey))" }

    /// Whether `signature` (64 bytes) is this key's over exactly `message`.
    package func isSignature(_ signature: [UInt8], of message: [UInt8]) -> Bool {
        guard let key = try? Curve25519.Signing.PublicKey(rawRepresentation: publicKey) else { return false }
        return key.isValidSignature(Data(signature), for: Data(message))
    }

    /// Whether the note has a signature line of this key. One that is wrong counts as none, so does one of another kind.
    package func verifies(_ note: SignedNote) -> Bool {
        guard algorithm == .ed25519 else { return false }
        return note.signatures.contains { line in
            line.name == name && line.keyID == keyID && isSignature(line.bytes, of: Array(note.text.utf8))
        }
    }

    /// The first four bytes of SHA-256 over name, line feed, algorithm and key.
    private static func keyID(name: String, algorithm: NoteAlgorithm, publicKey: [UInt8]) -> UInt32 {
        let digest = SHA256.hash(data: Array(name.utf8) + [UInt8(ascii: "\n"), algorithm.rawValue] + publicKey)
        return UInt32(bigEndianBytes: Array(digest))
    }

    static func hex(_ id: UInt32) -> String {
        let digits = String(id, radix: 16)
        return String(repeating: "0", count: 8 - digits.count) + digits
    }

    private static func malformed(_ why: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "This is no key of a signed note: \(why).",
            hint: "A server's key stands in audit/key.pub of its data folder; 'gatehouse audit key' asks for it.")
    }
}
