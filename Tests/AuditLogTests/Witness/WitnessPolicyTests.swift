import AuditLog
import GatehouseCore
import Testing

@Suite("The policy of witnesses")
struct WitnessPolicyTests {
    private static func key(_ number: UInt8, _ algorithm: NoteAlgorithm = .cosignature) throws -> NoteKey {
        try NoteKey(name: "w\(number).example", algorithm: algorithm, seed: [UInt8](repeating: number, count: 32))
    }

    private static func vkey(_ number: UInt8, _ algorithm: NoteAlgorithm = .cosignature) throws -> String {
        try key(number, algorithm).verifier.vkey
    }

    /// The example of C2SP tlog-policy, with keys.
    private func example() throws -> String {
        try """
        # two organisations
        log \(Self.vkey(9, .ed25519)) https://log.example/

        witness X1 \(Self.vkey(1)) https://x1.example/witness/
        witness X2 \(Self.vkey(2))
        witness X3 \(Self.vkey(3))
        \tgroup  X-witnesses 2 X1 X2 X3
        witness Y1 \(Self.vkey(4))
        witness Y2 \(Self.vkey(5))
        witness Y3 \(Self.vkey(6))
        group Y-witnesses any Y1 Y2 Y3
        group X-and-Y all X-witnesses Y-witnesses
        quorum X-and-Y
        """
    }

    private func cosigned(by numbers: [UInt8]) async throws -> SignedNote {
        var note = try SignedNote(text: CosignatureTests.text)
        for number in numbers {
            note.signatures.append(try await Self.key(number).cosignature(of: note, at: Timestamp(milliseconds: 5000)))
        }
        return note
    }

    @Test(
        "a quorum of groups needs enough of each",
        arguments: [
            ([1, 2, 4], true), ([1, 3, 6], true), ([1, 2, 3, 4, 5, 6], true), ([1, 4, 5, 6], false), ([1, 2, 3], false),
            ([], false),
            ([1, 1, 4], false),
        ] as [([UInt8], Bool)])
    func quorum(_ signers: [UInt8], _ isEnough: Bool) async throws {
        let note = try await cosigned(by: signers)
        #expect(try WitnessPolicy(parsing: example()).isSatisfied(by: note) == isEnough)
    }

    @Test("logs, witnesses and their addresses are read")
    func parts() throws {
        let policy = try WitnessPolicy(parsing: example())
        #expect(policy.logs.map(\.verifier.name) == ["w9.example"] && policy.witnesses.count == 6)
        #expect(policy.witnesses[0].url == "https://x1.example/witness" && policy.witnesses[1].url == nil)
    }

    @Test("no witness is needed where the policy says so")
    func none() async throws {
        let bare = try await cosigned(by: [])
        #expect(try WitnessPolicy(parsing: "quorum none\n").isSatisfied(by: bare))
    }

    @Test("every mistake is named with its line")
    func mistakes() throws {
        let (one, two) = (try Self.vkey(1), try Self.vkey(2))
        let samples = [
            ("witness A \(one)\n", "there is no line 'quorum NAME', or 'quorum none'"),
            ("quorum none\nquorum none", "line 2: there is a second quorum"),
            ("quorum A\nwitness A \(one)\nquorum A", "line 1: 'A' is not defined above"),
            ("witness A \(one)\nwitness B \(one)\nquorum A", "line 2: this witness's key stands above already"),
            ("witness A \(one)\nwitness A \(two)\nquorum A", "line 2: the name 'A' is taken"),
            ("witness none \(one)\nquorum none", "line 1: the name 'none' is taken"),
            ("witness A \(one)\ngroup G any A\ngroup H any A\nquorum G", "line 3: 'A' is a member already"),
            ("witness A \(one)\ngroup G 2 A\nquorum G", "line 2: '2' is not all, any or a number from 1 to 1"),
            ("witness A \(one)\ngroup G 01 A\nquorum G", "line 2: '01' is not all, any or a number from 1 to 1"),
            ("group G any G\nquorum none", "line 1: 'G' is not defined above"),
            ("group G any none\nquorum none", "line 1: 'none' is not defined above"),
            ("quorum none\nwitnes A \(one)", "line 2: 'witnes' is none of log, witness, group and quorum"),
            ("log \(one)\nquorum none", "line 1: the key is not one of a log"),
            ("quorum none\u{7}", "line 1: it has a control character, or is not UTF-8"),
            ("witness A \(one) ftp://a\nquorum A", "line 1: 'ftp://a' is not an http or https URL"),
        ]
        for (text, problem) in samples {
            let error = #expect(throws: GatehouseError.self, "\(text)") { try WitnessPolicy(parsing: text) }
            #expect(error?.details.contains(problem) == true, "\(error?.details ?? [])")
        }
    }
}
