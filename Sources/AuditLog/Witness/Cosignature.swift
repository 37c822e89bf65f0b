package import GatehouseCore

/// A witness's statement that, at some time, a checkpoint was the largest it had seen of its log, and grew from all those
/// before (C2SP tlog-cosignature, Ed25519): eight bytes of time, big-endian, and 64 of signature.
package struct Cosignature: Sendable, Hashable {
    static let timeBytesCount = 8
    static let signatureBytesCount = 64

    /// Seconds since 1970.
    package let seconds: Int64
    let signature: [UInt8]

    init(seconds: Int64, signature: [UInt8]) {
        self.seconds = seconds
        self.signature = signature
    }

    /// From the bytes of a signature line; nil when they have another length, or a time above 2^63 - 1.
    init?(bytes: [UInt8]) {
        guard bytes.count == Self.timeBytesCount + Self.signatureBytesCount,
            let seconds = Int64(exactly: bytes.prefix(Self.timeBytesCount).reduce(UInt64(0)) { $0 << 8 | UInt64($1) })
        else { return nil }
        self.init(seconds: seconds, signature: Array(bytes.dropFirst(Self.timeBytesCount)))
    }

    var bytes: [UInt8] { withUnsafeBytes(of: seconds.bigEndian) { Array($0) } + signature }

    /// What is signed: the time is in it, so that nobody can put another one before the signature.
    static func message(seconds: Int64, text: String) -> [UInt8] { Array("cosignature/v1\ntime \(seconds)\n\(text)".utf8) }
}

extension NoteSigner {
    /// The line that this witness puts under a checkpoint. Fails with `invalidArgument` when the key is for something else:
    /// one key with two uses could be made to sign the one for the other.
    package func cosignature(of note: SignedNote, at now: Timestamp) async throws -> SignedNote.Signature {
        guard verifier.algorithm == .cosignature else {
            throw GatehouseError(.invalidArgument, "The key '\(verifier.name)' is not one of a witness.")
        }
        // A clock before 1970 is a broken clock; the format has no sign.
        let seconds = max(0, now.milliseconds / 1000)
        let signature = try await signature(of: Cosignature.message(seconds: seconds, text: note.text))
        let cosignature = Cosignature(seconds: seconds, signature: signature)
        return SignedNote.Signature(name: verifier.name, keyID: verifier.keyID, bytes: cosignature.bytes)
    }
}

extension NoteVerifier {
    /// This witness's cosignature of the note; nil when there is none, or none that is right.
    package func cosignature(of note: SignedNote) -> Cosignature? {
        note.signatures.lazy.compactMap { readAsCosignature($0, of: note.text) }.first
    }

    /// The line read as this witness's; nil when it is somebody else's or wrong.
    func readAsCosignature(_ line: SignedNote.Signature, of text: String) -> Cosignature? {
        guard algorithm == .cosignature, line.name == name, line.keyID == keyID, let found = Cosignature(bytes: line.bytes),
            isSignature(found.signature, of: Cosignature.message(seconds: found.seconds, text: text))
        else { return nil }
        return found
    }
}
