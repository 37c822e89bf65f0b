import AuditLog
import GatehouseCore
import Promotions
import Registry
import Testing

@Suite("The proof that a copy brings")
struct SourceProofTests {
    static let artifact = Digest.sha256(of: Array("bytes".utf8))
    static let source = SourceVersion(
        kind: .gatehouse, registry: "gatehouse/dev", name: "dev", model: "credit-risk", version: "12",
        runID: nil)

    private static func key(_ seed: UInt8 = 7, name: String = "gatehouse/dev") throws -> NoteKey {
        try NoteKey(name: name, seed: [UInt8](repeating: seed, count: NoteKey.bytesCount))
    }

    private static func entry(
        _ action: String = "version.registered", model: String = "credit-risk", version: Int64 = 12,
        artifact: Digest = artifact
    ) -> [UInt8] {
        JSONValue.object([
            "action": .string(action), "model": .string(model), "version": .integer(version),
            "facts": ["artifact": .string(artifact.description)],
        ]).canonicalBytes
    }

    /// A log of two entries, of which the receipt is for the first.
    private static func receipt(
        _ entry: [UInt8], key: NoteKey, origin: String = "gatehouse/dev", claims claimed: [UInt8]? = nil
    ) async throws -> String {
        let other = TreeHash.leaf(Array("other".utf8))
        let checkpoint = Checkpoint(origin: origin, size: 2, root: .node(.leaf(entry), other))
        let note = try await key.signed(checkpoint.note())
        return try TLogProof(extra: claimed ?? entry, index: 0, hashes: [other], note: note).text
    }

    private static func verify(
        _ receipts: [String], source: SourceVersion = source, artifact: Digest = artifact,
        trusted: [NoteKey] = []
    ) throws -> SourceVerification {
        try SourceProof(receipts: receipts).verify(
            source, artifact: artifact, trusted: TrustedLog.named(trusted.map(\.verifier)))
    }

    private static func refusal(
        _ receipts: [String], source: SourceVersion = source, artifact: Digest = artifact,
        trusted: [NoteKey] = []
    ) throws -> String {
        let error = try #require(throws: GatehouseError.self) {
            try verify(receipts, source: source, artifact: artifact, trusted: trusted)
        }
        #expect(error.code == .integrity)
        return error.message
    }

    @Test("a receipt under a trusted key verifies, one of an earlier key of the log too")
    func verified() async throws {
        for signer in [try Self.key(1), try Self.key(2)] {
            let found = try Self.verify(
                [try await Self.receipt(Self.entry(), key: signer)],
                trusted: [try Self.key(1), try Self.key(2)])
            #expect(found.state == .verified)
            #expect(found.entries == [1])
            #expect(found.log?.origin == "gatehouse/dev")
            #expect(found.log?.size == 2)
        }
    }

    @Test("without a trusted key nothing is claimed")
    func untrusted() async throws {
        let receipt = try await Self.receipt(Self.entry(), key: try Self.key())
        let found = try Self.verify([receipt], trusted: [try Self.key(name: "gatehouse/another")])
        #expect(found.state == .notVerified)
        #expect(found.reason == "not verified: no trusted key for the log 'gatehouse/dev'")
        #expect(try Self.verify([]).reason == "not verified: the source gave no proof")
        let mlflow = SourceVersion(
            kind: .mlflow, registry: "http://m", name: "m", model: "a", version: "1", runID: nil)
        #expect(try Self.verify([], source: mlflow).state == .notVerified)
    }

    @Test("a log that is trusted must bring its proof")
    func missing() throws {
        #expect(try Self.refusal([], trusted: [try Self.key()]).contains("must bring its proof"))
    }

    @Test("a signature by another key is refused although the log's name is right")
    func anotherKey() async throws {
        let forged = try await Self.receipt(Self.entry(), key: try Self.key(9))
        #expect(
            try Self.refusal([forged], trusted: [try Self.key()]).contains("is not signed by the key"))
    }

    @Test("an entry that the proof does not cover is refused with and without a trusted key")
    func swapped() async throws {
        let swapped = try await Self.receipt(
            Self.entry(), key: try Self.key(), claims: Self.entry(version: 13))
        for trusted in [[], [try Self.key()]] {
            #expect(try Self.refusal([swapped], trusted: trusted).contains("do not lead to the root"))
        }
    }

    private static let others: [(entry: [UInt8], words: String)] = [
        (entry(model: "other"), "something else"), (entry(version: 11), "something else"),
        (entry("tag.set"), "not for the registration"),
        (entry(artifact: .sha256(of: [1])), "registered with other bytes"),
        (Array("{}".utf8), "something else"),
    ]

    @Test("a receipt for something else is refused", arguments: others)
    func somethingElse(_ entry: [UInt8], _ words: String) async throws {
        let receipt = try await Self.receipt(entry, key: try Self.key())
        #expect(try Self.refusal([receipt], trusted: [try Self.key()]).contains(words))
    }

    @Test("a receipt of another log is refused")
    func anotherLog() async throws {
        let receipt = try await Self.receipt(
            Self.entry(), key: try Self.key(name: "gatehouse/x"), origin: "gatehouse/x")
        #expect(try Self.refusal([receipt]).contains("is of the log 'gatehouse/x'"))
    }

    @Test("the second receipt may be for a move, and only of this version")
    func moves() async throws {
        let first = try await Self.receipt(Self.entry(), key: try Self.key())
        let move = try await Self.receipt(Self.entry("transition.granted"), key: try Self.key())
        let other = try await Self.receipt(
            Self.entry("transition.granted", version: 3), key: try Self.key())
        #expect(try Self.verify([first, move], trusted: [try Self.key()]).state == .verified)
        #expect(try Self.refusal([first, other]).contains("something else"))
        #expect(try Self.refusal([move]).contains("not for the registration"))
    }

    @Test("more receipts than a copy brings, and texts that are none, are refused")
    func hostile() async throws {
        #expect(try Self.refusal(["c2sp.org/tlog-proof@v1\nindex -1\n\n"]).contains("cannot be read"))
        let receipt = try await Self.receipt(Self.entry(), key: try Self.key())
        let many = [String](repeating: receipt, count: SourceProof.receiptsMax + 1)
        #expect(throws: GatehouseError.self) { try Self.verify(many) }
    }
}
