import Access
import AsyncHTTPClient
import GatehouseCore
import Registry
import Storage
import Synchronization
import Testing

@testable import Promotions

/// What was asked of a database, inside and outside of writing transactions.
private final class StatementNotes: Sendable {
    private let texts = Mutex<(read: [String], written: [String])>(([], []))

    func note(_ statement: SQLStatement, isWriting: Bool) {
        let text = statement.text { "?\($0)" }
        texts.withLock { if isWriting { $0.written.append(text) } else { $0.read.append(text) } }
    }

    func count(of table: String, isWriting: Bool) -> Int {
        texts.withLock { (isWriting ? $0.written : $0.read).count { $0.contains(table) } }
    }
}

private struct NotedStore: SQLStore {
    let base: any SQLStore
    let notes: StatementNotes

    private struct Connection: SQLConnection {
        let tx: SQLTransaction
        let isWriting: Bool
        let notes: StatementNotes
        var dialect: any SQLDialect { tx.dialect }

        func execute(_ statement: SQLStatement) throws -> Int {
            notes.note(statement, isWriting: isWriting)
            return try tx.execute(statement)
        }

        func rows(_ statement: SQLStatement) throws -> [SQLRow] {
            notes.note(statement, isWriting: isWriting)
            return try tx.rows(statement) { $0 }
        }
    }

    func read<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        try await base.read { [notes] tx in try body(SQLTransaction(Connection(tx: tx, isWriting: false, notes: notes))) }
    }

    func write<T: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> T) async throws -> T {
        try await base.write { [notes] tx in try body(SQLTransaction(Connection(tx: tx, isWriting: true, notes: notes))) }
    }

    var commitCount: UInt64? { base.commitCount }
    func close() async throws { try await base.close() }
}

@Suite("What a decision rests on is read before its transaction", .timeLimit(.minutes(2)))
struct JudgedShadowTests {
    private func request(_ bench: ShadowBench) async throws -> TransitionRequest {
        TransitionRequest(
            model: bench.bench.model, version: bench.bench.version, to: .production, slot: bench.slot,
            by: try await bench.bench.caller("rita"), reason: "test")
    }

    private func finding(_ bench: ShadowBench, _ request: TransitionRequest) async throws -> ShadowFinding? {
        try await bench.shop.store.read { tx in
            let version = try tx.requiredVersion(request.version, of: request.model)
            let inForce = try bench.shop.policies.policy(for: request.model, tx)
            return try bench.shop.transitions.facts(request, version, inForce, tx).shadow.finding
        }
    }

    @Test("a move reads the pairs of a shadow outside of its transaction, through whichever door")
    func outside() async throws {
        try await ShadowBench.run { bench in
            try await bench.show()
            let shop = bench.shop
            let notes = StatementNotes()
            let store = NotedStore(base: shop.store, notes: notes)
            let (clock, ids) = (shop.clock, CountingIDs())
            let (now, next): (@Sendable () -> Timestamp, @Sendable () -> String) = ({ clock.now }, { "noted-\(ids.next())" })
            let transitions = TransitionService(store: store, policies: shop.policies, now: now, ids: next)
            let asked = try await request(bench)
            let caller = Caller(principal: asked.by, grants: asked.grants)
            // Its reviewers have not approved it.
            await #expect(throws: GatehouseError.self) { try await transitions.transition(asked) }
            #expect(notes.count(of: "shadow_pair", isWriting: false) == 1)
            await #expect(throws: GatehouseError.self) {
                try await RolloutService(transitions).start(asked.model, asked.version, in: asked.slot, by: caller)
            }
            #expect(notes.count(of: "shadow_pair", isWriting: false) == 2)
            await #expect(throws: GatehouseError.self) {
                try await AliasService(registry: shop.registry, transitions: transitions).set(
                    Alias("champion"), of: asked.model, to: asked.version, reason: "test", by: caller)
            }
            #expect(notes.count(of: "shadow_pair", isWriting: false) == 3)
            let evaluations = EvaluationService(
                store: store, artifacts: shop.artifacts,
                evaluator: Evaluator(http: HTTPClient.shared, commands: .denied, checkSecret: nil, now: now, ids: next),
                transitions: transitions, progress: ProgressBoard(),
                workDirectory: try WorkDirectory(path: "\(shop.folder)/noted"), now: now, ids: next)
            let promotion = try await PromotionService(evaluations).open(
                asked.model, asked.version, to: .production, in: asked.slot, by: caller)
            #expect(promotion.state == .awaitingReview)
            #expect(notes.count(of: "shadow_pair", isWriting: false) == 4)
            #expect(notes.count(of: "shadow_pair", isWriting: true) == 0)
            #expect(notes.count(of: "shadow_finding", isWriting: true) > 0)
        }
    }

    @Test("it rests on what was read: pairs that come in between change nothing, another end of the run or another policy does")
    func meanwhile() async throws {
        try await ShadowBench.run { bench in
            let run = try await bench.show()
            var asked = try await request(bench)
            asked.judged = try await bench.shop.transitions.judgedShadows(
                of: asked.version, model: asked.model, to: .production, in: bench.slot)
            let read = bench.shop.clock.now
            bench.shop.clock.advance(by: .seconds(30))
            try await bench.ship(run, disagreeing: 100, number: 2)
            let rested = try #require(try await finding(bench, asked))
            #expect(rested.summary.until == read && rested.summary.verdict == .pass)
            let stopped = try await bench.serving.shadows.stop(run.id, reason: "seen enough", by: bench.shop.caller)
            let anew = try #require(try await finding(bench, asked))
            #expect(anew.summary.until == stopped.stopped && anew.summary.until != read)
        }
    }

    @Test("nothing is read where no evidence is asked for, or where there is no such version")
    func nothing() async throws {
        try await ShadowBench.run { bench in
            try await bench.show()
            let transitions = bench.shop.transitions
            for (number, stage) in [(bench.bench.version, Stage.archived), (try VersionNumber(99), .production)] {
                let judged = try await transitions.judgedShadows(
                    of: number, model: bench.bench.model, to: stage, in: bench.slot)
                #expect(judged.isEmpty)
            }
        }
    }
}
