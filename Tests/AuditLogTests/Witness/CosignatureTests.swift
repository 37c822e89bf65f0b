import AuditLog
import GatehouseCore
import Testing

@Suite("Cosignatures of witnesses")
struct CosignatureTests {
    /// Seeds are the bytes 0…31 (witness) and 32…63 (log); the text is the example of C2SP tlog-cosignature. Keys, ids and
    /// signatures were computed by cryptography 50.0.2 for Python.
    static let text = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n"
    static let witness = "witness.example.com/w1+a0059f11+BAOhB7/zzhC+HXDdGOdLwJln5NYwm6UNXx3chmQSVTG4"
    static let line =
        "— witness.example.com/w1 oAWfEQAAAABkGFDLBuRDazBLVac2NE+Y+IjbjQOcXLfF9CSDZVUIoS83rE1nFZsVE8YiWV6Ngr7lV8H6bdoBQGP/l73euDMQ9k+bBQ==\n"
    static let logLine =
        "— example.com/behind-the-sofa E+MLootScofIiK0RZI/1vBb3DLwLb9bRvYSiPagYXhmOMuCwTwTFDFGPPIh+bN0lJBDcB8sSuVirgwX2FlEsjzuB1gQ=\n"

    private func key(_ algorithm: NoteAlgorithm = .cosignature) throws -> NoteKey {
        try NoteKey(name: "witness.example.com/w1", algorithm: algorithm, seed: Array(0..<32))
    }

    @Test("a cosignature is the one that another implementation computes")
    func vector() async throws {
        #expect(try key().verifier.vkey == Self.witness)
        let line = try await key().cosignature(of: SignedNote(text: Self.text), at: Timestamp(milliseconds: 1_679_315_147_999))
        #expect(line.line == Self.line)
    }

    @Test("a cosignature is found among other lines, and says when it was made")
    func reads() throws {
        let note = try SignedNote(parsing: Self.text + "\n" + Self.logLine + Self.line)
        #expect(try NoteVerifier(parsing: Self.witness).cosignature(of: note)?.seconds == 1_679_315_147)
        // As a signature of the note itself it does not count: its message begins with other words.
        #expect(try !NoteVerifier(parsing: Self.witness).verifies(note))
    }

    @Test("any bit of the text, the time or the signature that changes makes it none")
    func bits() throws {
        let verifier = try NoteVerifier(parsing: Self.witness)
        let right = try SignedNote(parsing: Self.text + "\n" + Self.line).signatures[0]
        for bit in 0..<(right.bytes.count * 8) {
            var bytes = right.bytes
            bytes[bit / 8] ^= 1 << (bit % 8)
            let line = SignedNote.Signature(name: right.name, keyID: right.keyID, bytes: bytes)
            #expect(try verifier.cosignature(of: SignedNote(text: Self.text, signatures: [line])) == nil, "bit \(bit)")
        }
        let other = Self.text.replacing("20852163", with: "20852162")
        #expect(try verifier.cosignature(of: SignedNote(text: other, signatures: [right])) == nil)
        for count in [0, 8, 71, 73] {
            let line = SignedNote.Signature(name: right.name, keyID: right.keyID, bytes: Array((right.bytes + [0]).prefix(count)))
            #expect(try verifier.cosignature(of: SignedNote(text: Self.text, signatures: [line])) == nil)
        }
    }

    @Test("a log's key cannot cosign")
    func wrongKind() async throws {
        let key = try key(.ed25519)
        await #expect(throws: GatehouseError.self) {
            _ = try await key.cosignature(of: SignedNote(text: Self.text), at: Timestamp(milliseconds: 0))
        }
    }
}
