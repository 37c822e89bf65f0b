import AuditLog
import GatehouseCore
import Storage
import Testing

@Suite("This server as a witness")
struct WitnessTests {
    private static let signer = try? NoteKey(name: "witness.example", algorithm: .cosignature, seed: Array(0..<32))

    private func made(_ store: any SQLStore, knowing logs: [SampleLog]) throws -> Witness {
        try Witness(
            signer: #require(Self.signer), logs: logs.map(\.key.verifier), store: store,
            now: { Timestamp(milliseconds: 1_700_000_000_000) })
    }

    /// The request a log sends.
    private func request(_ log: SampleLog, from old: Int, to new: Int) throws -> [UInt8] {
        var hashes = try log.published(new).hashes(treeSize: Int64(new))
        let proof = old <= new ? try hashes.consistencyProof(from: Int64(old)).hashes : []
        return Array(try CosigningRequest(oldSize: Int64(old), hashes: proof, note: log.note(new)).serialized.utf8)
    }

    private func isCosigned(_ answer: CosigningAnswer, _ note: SignedNote) throws -> Bool {
        guard case .cosigned(let lines) = answer else { return false }
        var note = note
        note.signatures += lines
        return try #require(Self.signer).verifier.cosignature(of: note)?.seconds == 1_700_000_000
    }

    @Test("a log that grows is cosigned from its first checkpoint on")
    func grows() async throws {
        let log = try SampleLog(700)
        try await withAuditStore { store in
            let witness = try made(store, knowing: [log])
            var old = 0
            for size in [1, 2, 3, 7, 8, 255, 256, 257, 600, 600, 700] {
                let answer = try await witness.answer(request(log, from: old, to: size))
                #expect(try isCosigned(answer, log.note(size)), "\(old) to \(size): \(answer)")
                old = size
            }
        }
    }

    @Test("each refusal has the status that the specification gives it")
    func refusals() async throws {
        let (log, fork) = (try SampleLog(20), try SampleLog(20, changing: 4))
        let (stranger, thief) = (try SampleLog(5, origin: "stranger.example"), try SampleLog(20, origin: SampleLog.origin))
        try await withAuditStore { store in
            let witness = try made(store, knowing: [log])
            let first = try await witness.answer(request(log, from: 0, to: 10))
            #expect(try isCosigned(first, log.note(10)))
            var answers: [(CosigningAnswer, Int)] = []
            answers.append((try await witness.answer(request(stranger, from: 0, to: 5)), 404))
            // The right origin under a wrong key.
            let forged = try SignedNote(
                text: thief.note(12).text,
                signatures: [.init(name: SampleLog.origin, keyID: 1, bytes: [UInt8](repeating: 1, count: 64))])
            let body = try CosigningRequest(oldSize: 10, hashes: [], note: forged).serialized
            answers.append((try await witness.answer(Array(body.utf8)), 403))
            answers.append((try await witness.answer(request(log, from: 15, to: 12)), 400))
            for text in ["", "old", "old 1", "old 01\n\n", "old -1\n\n", "old 1\nxx\n\n", "old 99999999999999999999\n\n"] {
                answers.append((try await witness.answer(Array(text.utf8)), 400))
            }
            answers.append((try await witness.answer(request(fork, from: 10, to: 20)), 422))
            for (answer, status) in answers { #expect(answer.status == status, "\(answer)") }
            // The size it knows, in the form that the next attempt starts from.
            let stale = try await witness.answer(request(log, from: 3, to: 12))
            #expect(stale.status == 409 && stale.body == "10\n" && stale.contentType == "text/x.tlog.size")
            // Two roots of one size: nothing to try again.
            let forked = try await witness.answer(request(fork, from: 10, to: 10))
            #expect(forked == .forked && forked.status == 409 && forked.contentType != "text/x.tlog.size")
            // None of these moved what it knows.
            let last = try await witness.answer(request(log, from: 10, to: 20))
            #expect(try isCosigned(last, log.note(20)))
        }
    }

    @Test("a proof that is too long, from the wrong place or for nothing is refused")
    func proofs() async throws {
        let log = try SampleLog(20)
        try await withAuditStore { store in
            let witness = try made(store, knowing: [log])
            let hash = TreeHash.leaf([1])
            for hashes in [[hash], [TreeHash](repeating: hash, count: 63)] {
                let body = try CosigningRequest(oldSize: 0, hashes: hashes, note: log.note(10)).serialized
                let answer = try await witness.answer(Array(body.utf8))
                #expect(answer == .wrongProof)
            }
            let many = "old 0\n" + String(repeating: hash.base64 + "\n", count: 64) + "\n" + (try log.note(10).serialized)
            let answer = try await witness.answer(Array(many.utf8))
            #expect(answer.status == 400)
        }
    }

    @Test("of many requests that race, the tree that is cosigned never shrinks")
    func race() async throws {
        let log = try SampleLog(40)
        try await withAuditStore { store in
            let witness = try made(store, knowing: [log])
            _ = try await witness.answer(request(log, from: 0, to: 10))
            let answers = try await withThrowingTaskGroup(
                of: (Int, CosigningAnswer).self, returning: [Int: CosigningAnswer].self
            ) { group in
                for size in 11...40 {
                    let body = try request(log, from: 10, to: size)
                    group.addTask { (size, try await witness.answer(body)) }
                }
                return try await group.reduce(into: [:]) { $0[$1.0] = $1.1 }
            }
            let winners = try answers.filter { try isCosigned($0.value, log.note($0.key)) }.keys
            #expect(winners.count == 1)
            let winner = try #require(winners.first)
            for (size, answer) in answers where size != winner {
                #expect(answer == .knows(size: Int64(winner)), "\(size)")
            }
        }
    }

    @Test("what was cosigned is remembered over a restart")
    func restart() async throws {
        let log = try SampleLog(20)
        try await withAuditStore { store in
            _ = try await made(store, knowing: [log]).answer(request(log, from: 0, to: 20))
            let answer = try await made(store, knowing: [log]).answer(request(log, from: 0, to: 10))
            #expect(answer == .knows(size: 20))
        }
    }

    @Test("a witness's key among the logs is a mistake")
    func wrongKey() async throws {
        let signer = try #require(Self.signer)
        try await withAuditStore { store in
            let error = #expect(throws: GatehouseError.self) {
                try Witness(signer: signer, logs: [signer.verifier], store: store, now: { Timestamp(milliseconds: 0) })
            }
            #expect(error?.code == .invalidArgument)
        }
    }
}
