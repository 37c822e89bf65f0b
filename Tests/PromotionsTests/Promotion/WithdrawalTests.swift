import Access
import AuditLog
import Foundation
import GatehouseCore
import Registry
import Storage
import StorageSQLite
import Testing

@testable import Promotions

@Suite("Promotions that are taken back", .timeLimit(.minutes(5)))
struct WithdrawalTests {
    @Test("whoever asked takes it back: reviews end, approvals count no more, and it can be asked for again")
    func byRequester() async throws {
        try await ReviewBench.run(rules: Rules.text(more: "review: {required: 2}")) { bench in
            let asked = try await bench.ask()
            let reviews = try await bench.reviews(asked)
            try await bench.approve(reviews[0])
            let token = try await bench.prepare(reviews[1])
            let withdrawn = try await bench.shop.promotions.withdraw(
                asked.id, reason: "the wrong version", by: bench.caller("rita"))
            #expect(withdrawn.state == .withdrawn && withdrawn.decidedAt == bench.shop.clock.now)
            #expect(withdrawn.why == "Withdrawn by rita: the wrong version")
            #expect(try await bench.reviews(asked).map(\.state) == [.approved, .voided])
            let refusal = try await expectFailure(.conflict) {
                try await bench.service.approve(reviews[1].id, token: token, by: bench.reviewer(reviews[1]))
            }
            #expect(refusal.message.contains("is voided"), "\(refusal)")
            #expect(try await bench.review(reviews[1].id).voidBecause == "the promotion was withdrawn")
            #expect(try await bench.shop.stage(bench.version, of: bench.model) == .staging)

            let entry = try await bench.shop.lastEntry(.promotionWithdrawn)
            #expect(entry.reason == "the wrong version" && entry.principal == .user("rita"))
            #expect(entry.facts["promotion"] == .string(asked.id) && entry.facts["was"] == "awaiting_review")
            let voided = try await bench.shop.lastEntry(.reviewVoided)
            #expect(voided.sequence == entry.sequence + 1)

            let again = try await bench.ask()
            #expect(again.id != asked.id && again.state == .awaitingReview)
            #expect(try await bench.reviews(again).allSatisfy { $0.state == .requested })
        }
    }

    @Test("who may carry the move out may take it back too; nobody else, and never without a reason")
    func byOthers() async throws {
        try await ReviewBench.run { bench in
            let asked = try await bench.ask()
            try await bench.user("paul", .productionManager)
            try await bench.user("stan", .stagingManager)
            let promotions = bench.shop.promotions
            try await expectFailure(.invalidArgument) {
                try await promotions.withdraw(asked.id, reason: "  ", by: bench.caller("rita"))
            }
            let refusal = try await expectFailure(.forbidden) {
                try await promotions.withdraw(asked.id, reason: "no", by: bench.caller("stan"))
            }
            #expect(refusal.message.contains("the role production-manager"), "\(refusal)")
            #expect(try await bench.promotion(asked.id) == asked)
            let withdrawn = try await promotions.withdraw(asked.id, reason: "a freeze", by: bench.caller("paul"))
            #expect(withdrawn.withdrawnBy == .user("paul") && withdrawn.requestedBy == .user("rita"))
        }
    }

    @Test("one that waits for its evaluation moves nothing when that passes")
    func whileEvaluating() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await shop.dataset()
            try await shop.policy(Rules.text())
            let asked = try await shop.promotions.open(model, version, to: .staging, by: shop.caller)
            _ = try await shop.promotions.withdraw(asked.id, reason: "too early", by: shop.caller)
            try await shop.work()
            let id = try #require(asked.evaluationID)
            #expect(try await shop.evaluation(id)?.passed == true)
            #expect(try await shop.stage(version, of: model) == .none)
            let open = try await shop.store.read { tx in
                (try tx.promotion(id: asked.id)?.state, try tx.openPromotions(of: model, version).count)
            }
            #expect(open.0 == .withdrawn && open.1 == 0)
            // What was measured is good for the next request.
            #expect(try await shop.promotions.open(model, version, to: .staging, by: shop.caller).state == .approved)
        }
    }

    @Test("a decided one says what it is", arguments: [LoanModel.good, LoanModel.weak])
    func decided(files: [String: String]) async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model, files)
            try await shop.dataset()
            try await shop.policy(Rules.text())
            let promotion = try await shop.promote(version, of: model)
            let refusal = try await expectFailure(.conflict) {
                try await shop.promotions.withdraw(promotion.id, reason: "changed my mind", by: shop.caller)
            }
            #expect(refusal.message.contains("is \(promotion.state.rawValue) already"), "\(refusal)")
            #expect(try await shop.log(AuditFilter(action: .promotionWithdrawn)).isEmpty)
        }
    }

    @Test("the log explains it, and forgetting the person takes the words out")
    func explained() async throws {
        try await ReviewBench.run { bench in
            let asked = try await bench.ask()
            func explanation() async throws -> Explanation {
                try await bench.shop.store.read { tx in try tx.explanation(of: bench.version, model: bench.model) }
            }
            #expect(try await explanation().sentence.contains("user:rita asked for Production at"))
            #expect(try await explanation().sentence.hasSuffix("which is not decided."))
            _ = try await bench.shop.promotions.withdraw(asked.id, reason: "secret doubts", by: bench.caller("rita"))
            let found = try await explanation()
            #expect(found.decisions.last?.kind == .withdrawn && found.decisions.last?.promotion == asked.id)
            #expect(found.stage == .staging)
            #expect(found.sentence.contains("which was withdrawn at"))
            #expect(found.sentence.hasSuffix("by user:rita (\"secret doubts\")."))

            let root = Principal.user("root")
            _ = try await ErasureService(bench.shop.transitions, accounts: bench.accounts).erase(
                user: "rita", reason: "request 9", by: root)
            let erased = try await bench.promotion(asked.id)
            #expect(erased.withdrawReason == "" && erased.withdrawnBy?.name.hasPrefix("erased-") == true)
        }
    }

    @Test("promotions and reviews of before are as they were, and reviews still have to have a promotion")
    func migration() async throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let store = try await SQLiteStore.open(path: folder + "/gatehouse.db")
        let ground = AuditMigrations.all + RegistryMigrations.all
        let before = PromotionMigrations.all.prefix { $0.id != "promotions_0017_withdrawals" }
        try await store.migrate(ground + before, at: Workshop.start)
        @Sendable func file(_ review: String, of promotion: String, _ tx: SQLTransaction) throws {
            try tx.execute(
                """
                INSERT INTO review (id, promotion_id, model, version, reviewer, state, binding_digest, questionnaire, limitations,
                    requested_at, expires_at, evidence_opened, wrong_tokens, flags)
                VALUES (\(review), \(promotion), 'm', 1, 'user:ben', 'requested', 'sha256:ab', 'default@1', '[]', 1, 2, '{}', 0, '[]')
                """)
        }
        try await store.write { tx in
            let rows: [(String, String, Timestamp?)] = [
                ("prm_1", "approved", Workshop.start), ("prm_2", "evaluating", nil),
            ]
            for (id, state, decided) in rows {
                try tx.execute(
                    """
                    INSERT INTO promotion (id, model, version, to_stage, environment, segment, state, reason, warnings,
                        requested_by, requested_at, decided_at, has_recorded_grant)
                    VALUES (\(id), 'm', 1, 'Staging', 'production', 'default', \(state), 'so', '[]', 'user:ada', 5, \(decided), 1)
                    """)
                try file("rv_\(id)", of: id, tx)
            }
        }
        try await store.migrate(ground + PromotionMigrations.all, at: Workshop.start)
        let promotions = try await store.read { tx in try tx.promotions() }
        #expect(promotions.map(\.id) == ["prm_2", "prm_1"] && promotions.map(\.state) == [.evaluating, .approved])
        #expect(promotions.allSatisfy { $0.reason == "so" && $0.hasRecordedGrant && $0.withdrawnBy == nil })
        #expect(try await store.read { tx in try tx.rows("SELECT id FROM review") { try $0.text("id") }.count } == 2)
        try await expectFailure(.conflict) { try await store.write { tx in try file("rv_3", of: "prm_3", tx) } }
        try await store.close()
    }
}
