import Crypto
import Foundation
package import GatehouseCore

/// Signs notes. Two kinds exist: a key in a file, and a program of the operator's that keeps the key elsewhere.
package protocol NoteSigner: Sendable {
    /// The public half.
    var verifier: NoteVerifier { get }
    /// The signature over exactly `message`: 64 bytes of Ed25519.
    func signature(of message: [UInt8]) async throws -> [UInt8]
}

extension NoteSigner {
    /// The note with this signer's line in place of an earlier one of the same key.
    package func signed(_ note: SignedNote) async throws -> SignedNote {
        let bytes = try await signature(of: Array(note.text.utf8))
        let verifier = verifier
        var note = note
        note.signatures.removeAll { $0.name == verifier.name && $0.keyID == verifier.keyID }
        note.signatures.insert(SignedNote.Signature(name: verifier.name, keyID: verifier.keyID, bytes: bytes), at: 0)
        // Whatever signed, a checkpoint that its own key rejects must not leave the house.
        guard verifier.verifies(note) else {
            throw GatehouseError(
                .integrity, "The signer of '\(verifier.name)' returned a signature that its public key rejects.",
                hint: "Does the program sign with the key of which the public half is configured?")
        }
        return note
    }
}

/// An Ed25519 key in memory, as `PRIVATE+KEY+NAME+ID+BASE64`: the form that golang.org/x/mod/sumdb/note reads.
package struct NoteKey: NoteSigner {
    /// Of the seed and of the public key.
    package static let bytesCount = 32
    static let prefix = "PRIVATE+KEY+"

    package let verifier: NoteVerifier
    private let seed: [UInt8]

    /// From 32 random bytes. Fails with `invalidArgument`.
    package init(name: String, algorithm: NoteAlgorithm = .ed25519, seed: [UInt8]) throws(GatehouseError) {
        guard seed.count == Self.bytesCount, let key = try? Curve25519.Signing.PrivateKey(rawRepresentation: seed) else {
            throw Self.malformed("a seed has \(Self.bytesCount) bytes")
        }
        verifier = try NoteVerifier(name: name, algorithm: algorithm, publicKey: Array(key.publicKey.rawRepresentation))
        self.seed = seed
    }

    /// Reads the text of a key. Fails with `invalidArgument`; the message does not repeat the text.
    package init(parsing text: String) throws(GatehouseError) {
        let parts =
            text.hasPrefix(Self.prefix)
            ? text.dropFirst(Self.prefix.count).split(separator: "+", maxSplits: 2, omittingEmptySubsequences: false) : []
        guard parts.count == 3, let data = Base64.decode(parts[2]), let kind = data.first,
            let algorithm = NoteAlgorithm(rawValue: kind)
        else { throw Self.malformed("it is not \(Self.prefix)NAME+ID+BASE64") }
        try self.init(name: String(parts[0]), algorithm: algorithm, seed: Array(data.dropFirst()))
        guard parts[1] == NoteVerifier.hex(verifier.keyID) else { throw Self.malformed("its id is not that of its key") }
    }

    /// The text that is kept in the key's file. A secret.
    package var text: String {
        let data = Base64.encode([verifier.algorithm.rawValue] + seed)
        return "\(Self.prefix)\(verifier.name)+\(NoteVerifier.hex(verifier.keyID))+\(data)"
    }

    package func signature(of message: [UInt8]) throws -> [UInt8] {
        Array(try Curve25519.Signing.PrivateKey(rawRepresentation: seed).signature(for: Data(message)))
    }

    private static func malformed(_ why: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "This is no private key of a signed note: \(why).",
            hint: "Restore the file audit/key of the data folder from a backup.")
    }
}
