import AuditLog
import GatehouseCore
import Storage
import Testing

@Suite("Asking a witness")
struct WitnessClientTests {
    private static func signer() throws -> NoteKey {
        try NoteKey(name: "witness.example", algorithm: .cosignature, seed: Array(0..<32))
    }

    private func member() throws -> WitnessPolicy.Member {
        let policy = try WitnessPolicy(parsing: "witness W \(Self.signer().verifier.vkey) http://w.example/base/\nquorum W")
        return try #require(policy.witnesses.first)
    }

    /// A client whose witness is the real one, without HTTP in between.
    private func made(_ log: SampleLog, _ store: any SQLStore) throws -> WitnessClient {
        let witness = try Witness(
            signer: Self.signer(), logs: [log.key.verifier], store: store, now: { Timestamp(milliseconds: 9000) })
        return WitnessClient(try member()) { url, body in
            guard url == "http://w.example/base/add-checkpoint" else { return .init(status: 404, contentType: nil, body: []) }
            let answer = try await witness.answer(Array(body.utf8))
            return .init(status: answer.status, contentType: answer.contentType, body: Array(answer.body.utf8))
        }
    }

    private func cosign(_ client: WitnessClient, _ log: SampleLog, _ size: Int, known: Int64 = 0) async throws -> Bool {
        let published = try log.published(size)
        var note = try log.note(size)
        note.signatures.append(try await client.cosign(#require(published.published()), of: published, knownSize: known))
        return try Self.signer().verifier.cosignature(of: note) != nil
    }

    @Test("asks again from where the witness is, whatever was remembered", arguments: [0, 5, 10, 12, 999])
    func stale(_ remembered: Int64) async throws {
        let log = try SampleLog(12)
        try await withAuditStore { store in
            let client = try made(log, store)
            let isCosigned = try await cosign(client, log, 10)
            #expect(isCosigned)
            let isCosignedAgain = try await cosign(client, log, 12, known: remembered)
            #expect(isCosignedAgain)
        }
    }

    @Test("a witness that knows more than the log says that the log was restored from an older state")
    func ahead() async throws {
        let log = try SampleLog(20)
        try await withAuditStore { store in
            let client = try made(log, store)
            let isCosigned = try await cosign(client, log, 20)
            #expect(isCosigned)
            let error = await #expect(throws: GatehouseError.self) { _ = try await cosign(client, log, 12) }
            #expect(error?.code == .conflict && error?.message.contains("has seen 20 entries") == true)
        }
    }

    @Test("a witness that knows another history is a conflict, not something to try again")
    func forked() async throws {
        let (log, fork) = (try SampleLog(20), try SampleLog(20, changing: 3))
        try await withAuditStore { store in
            let client = try made(log, store)
            let isCosigned = try await cosign(client, log, 20)
            #expect(isCosigned)
            let error = await #expect(throws: GatehouseError.self) { _ = try await cosign(client, fork, 20, known: 20) }
            #expect(error?.code == .conflict)
        }
    }

    @Test(
        "answers that are none are told apart",
        arguments: [
            (200, nil, "nonsense", ErrorCode.integrity), (200, nil, CosignatureTests.line, .integrity),
            (409, "text/x.tlog.size", "-1\n", .conflict), (409, "text/plain", "3\n", .conflict),
            (409, "text/x.tlog.size; charset=utf-8", "99\n", .conflict), (404, nil, "", .forbidden), (403, nil, "", .forbidden),
            (422, nil, "", .conflict), (500, nil, "", .unavailable), (302, nil, "", .forbidden),
        ] as [(Int, String?, String, ErrorCode)])
    func nonsense(_ status: Int, _ type: String?, _ body: String, _ code: ErrorCode) async throws {
        let log = try SampleLog(5)
        let client = WitnessClient(try member()) { _, _ in .init(status: status, contentType: type, body: Array(body.utf8)) }
        let error = await #expect(throws: GatehouseError.self) { _ = try await cosign(client, log, 5) }
        #expect(error?.code == code)
    }

    @Test("a witness that names another size each time is given up")
    func endless() async throws {
        let log = try SampleLog(5)
        let client = WitnessClient(try member()) { _, body in
            let next = body.hasPrefix("old 1\n") ? 2 : 1
            return .init(status: 409, contentType: "text/x.tlog.size", body: Array("\(next)\n".utf8))
        }
        let error = await #expect(throws: GatehouseError.self) { _ = try await cosign(client, log, 5) }
        #expect(error?.code == .unavailable)
    }
}
