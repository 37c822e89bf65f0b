import GatehouseCore
import Testing

@testable import AuditLog

@Suite("Signed notes")
struct SignedNoteTests {
    /// The example in the documentation of golang.org/x/mod/sumdb/note.
    static let secret = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz"
    static let vkey = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"
    static let text = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n"
    static let signature =
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    static let other =
        "— EnochRoot rwz+eBzmZa0SO3NbfRGzPCpDckykFXSdeX+MNtCOXm2/5n2tiOHp+vAF1aGrQ5ovTG01oOTGwnWLox33WWd1RvMc+QQ=\n"

    @Test("a note of the reference implementation verifies, also beside a signature of an unknown key")
    func reference() throws {
        let key = try NoteVerifier(parsing: Self.vkey)
        for lines in [Self.signature, Self.signature + Self.other, Self.other + Self.signature] {
            let note = try SignedNote(parsing: Self.text + "\n" + lines)
            #expect(key.verifies(note))
            #expect(note.text == Self.text)
            #expect(note.serialized == Self.text + "\n" + lines)
        }
        #expect(try !key.verifies(SignedNote(parsing: Self.text + "\n" + Self.other)))
    }

    @Test("signing gives the reference implementation's very bytes")
    func signing() async throws {
        let key = try NoteKey(parsing: Self.secret)
        #expect(key.text == Self.secret)
        #expect(key.verifier.vkey == Self.vkey)
        let note = try await key.signed(SignedNote(text: Self.text))
        #expect(note.serialized == Self.text + "\n" + Self.signature)
        // Signed again it has one line of this key, not two.
        #expect(try await key.signed(note) == note)
    }

    @Test("a changed bit anywhere in the text or the signature is no signature")
    func flipped() throws {
        let key = try NoteVerifier(parsing: Self.vkey)
        let bytes = Array((Self.text + "\n" + Self.signature).utf8)
        for position in bytes.indices {
            for bit in 0..<8 {
                var changed = bytes
                changed[position] ^= 1 << UInt8(bit)
                guard let note = try? SignedNote(parsing: changed) else { continue }
                #expect(!key.verifies(note), "bit \(bit) of byte \(position)")
            }
        }
    }

    @Test("the key of C2SP's example reads and prints")
    func verifier() throws {
        // Computed by hand from signed-note.md: SHA-256 of name, line feed, 0x01 and the key.
        let text = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k"
        let key = try NoteVerifier(parsing: text)
        #expect(key.name == "example.com/foo")
        #expect(key.keyID == 0x530d_903a)
        #expect(key.vkey == text)
    }

    @Test(
        "what is no key is refused",
        arguments: [
            "", "a", "a+b", "a+530d903a+", "a+530d903a+!!", "+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903b+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530D903A+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/bar+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+CekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k",
            "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2",
        ])
    func badKeys(_ text: String) {
        let error = #expect(throws: GatehouseError.self) { try NoteVerifier(parsing: text) }
        #expect(error?.code == .invalidArgument)
        #expect(throws: GatehouseError.self) { try NoteKey(parsing: "PRIVATE+KEY+" + text) }
        #expect(throws: GatehouseError.self) { try NoteKey(parsing: text) }
    }

    @Test(
        "what is no note is refused",
        arguments: [
            "", "\n", "\n\n", "text\n", "text\n\n", "text\n\n\n", "text\n\n- a AAAAAAAA\n", "text\n\n— a AAAAAAAA",
            "text\n\n— a  AAAAAAAA\n", "text\n\n— a+b AAAAAAAA\n", "text\n\n— a\tb AAAAAAAA\n", "text\n\n—  AAAAAAAA\n",
            "text\n\n— a AAAA\n", "text\n\n— a AAAAAAA\n", "text\n\n— a AAAAAAA*\n", "te\u{0}xt\n\n— a AAAAAAAA\n",
            "text\r\n\n— a AAAAAAAA\n", "text\n\n— a AAAAAAAB=\n", "text\n\n— a AAAAAAAA\n\n",
        ])
    func badNotes(_ text: String) {
        let error = #expect(throws: GatehouseError.self) { try SignedNote(parsing: text) }
        #expect(error?.code == .invalidArgument)
    }

    @Test("bytes that are not UTF-8, and too many signatures, are refused")
    func hostile() throws {
        #expect(throws: GatehouseError.self) {
            try SignedNote(parsing: [0xff, 10, 10] + Array("— a AAAAAAAA\n".utf8))
        }
        let line = "— a AAAAAAAA\n"
        let allowed = try SignedNote(parsing: "t\n\n" + String(repeating: line, count: SignedNote.signaturesMax))
        #expect(allowed.signatures.count == SignedNote.signaturesMax)
        #expect(throws: GatehouseError.self) {
            try SignedNote(parsing: "t\n\n" + String(repeating: line, count: SignedNote.signaturesMax + 1))
        }
        #expect(throws: GatehouseError.self) { try SignedNote(text: "no line feed") }
    }

    @Test("a signer whose signature its own key rejects signs nothing")
    func wrongSigner() async throws {
        struct Wrong: NoteSigner {
            let verifier: NoteVerifier
            func signature(of message: [UInt8]) -> [UInt8] { Array(repeating: 7, count: 64) }
        }
        let signer = Wrong(verifier: try NoteVerifier(parsing: Self.vkey))
        let error = await #expect(throws: GatehouseError.self) { try await signer.signed(SignedNote(text: Self.text)) }
        #expect(error?.code == .integrity)
    }
}

@Suite("Checkpoints")
struct CheckpointTests {
    /// The three-leaf tree of governance notes: root over a, b, c.
    static let text = "example.com/log\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n"

    @Test("a checkpoint is three lines, and keeps lines that others added")
    func roundTrip() throws {
        for text in [Self.text, Self.text + "extension\n", "a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n"] {
            #expect(try Checkpoint(parsing: text).text == text)
        }
        #expect(try Checkpoint(parsing: Self.text).root == CheckpointTests.root(["a", "b", "c"]))
        // SHA-256 of nothing.
        #expect(TreeHash.emptyRoot.base64 == "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")
    }

    @Test(
        "what another program would write otherwise is no checkpoint",
        arguments: [
            "", "\n\n\n", "a\n3\n", "a\n03\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n",
            "a\n+3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n", "a\n-3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n",
            "a\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE\n", "a\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=",
            "\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n", "a\n3\nAAAA\n",
            "a\n9223372036854775808\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n",
            "a\n3\nNmQuc8JUCrEh46a/lUWwokmCzYMOsT080Z3jzmwCHsE=\n\n",
        ])
    func refused(_ text: String) {
        let error = #expect(throws: GatehouseError.self) { try Checkpoint(parsing: text) }
        #expect(error?.code == .invalidArgument)
    }

    private static func root(_ leaves: [String]) -> TreeHash {
        var peaks = MerklePeaks()
        for leaf in leaves { peaks.append(.leaf(Array(leaf.utf8))) }
        return peaks.root
    }
}
