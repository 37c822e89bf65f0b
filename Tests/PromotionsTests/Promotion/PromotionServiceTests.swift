import AuditLog
import GatehouseCore
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Promotions", .timeLimit(.minutes(5)))
struct PromotionServiceTests {
    private func withModel(
        _ files: [String: String] = LoanModel.good, rules: String = Rules.text(),
        _ body: (Workshop, ModelName, VersionNumber) async throws -> Void
    ) async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model, files, tags: ["gatehouse.feature_pipeline": "credit-features@7"])
            try await shop.dataset()
            try await shop.policy(rules)
            try await body(shop, model, version)
        }
    }

    @Test("every blocking check passes: the version is in Staging, awaits review, and its tags say when and how")
    func approved() async throws {
        try await withModel { shop, model, version in
            let opened = try await shop.promotions.open(model, version, to: .staging, by: shop.caller)
            #expect(opened.state == .evaluating)
            try await shop.work()
            let promotion = try #require(try await shop.store.read { tx in try tx.promotion(id: opened.id) })
            #expect(promotion.state == .approved)
            #expect(promotion.reason == "Promoted to Staging, awaiting review.")
            let found = try await shop.found(version, of: model)
            #expect(found.stage == .staging)
            #expect(found.tags["promotion.timestamp"] == shop.clock.now.description)
            #expect(found.tags["promotion.auto_to_staging"] == "true")
            #expect(found.tags["promotion.pipeline_version"] == "credit-features@7")
            let entry = try await shop.lastEntry(.transitionGranted)
            #expect(entry.facts["promotion"] == .string(promotion.id))
            #expect(entry.facts["evaluation"]?.stringValue == promotion.evaluationID)
            #expect(entry.principal == shop.ada)
        }
    }

    @Test("a failed gate blocks, is named, and leaves the version where it was")
    func blocked() async throws {
        try await withModel(LoanModel.weak) { shop, model, version in
            let promotion = try await shop.promote(version, of: model)
            #expect(promotion.state == .blocked)
            #expect(promotion.reason == "Promotion blocked. Failed gates: accuracy")
            #expect(try await shop.stage(version, of: model) == .none)
            let entry = try await shop.lastEntry(.transitionRefused)
            #expect(entry.facts["missing"] == ["failed gates: accuracy"])
            #expect(try await shop.found(version, of: model).tags["gate.accuracy.passed"] == "false")
        }
    }

    @Test("warn promotes all the same and keeps what was not enforced")
    func warn() async throws {
        try await withModel(LoanModel.weak, rules: Rules.text(enforcement: "warn")) { shop, model, version in
            let promotion = try await shop.promote(version, of: model)
            #expect(promotion.state == .approved)
            #expect(promotion.warnings == ["not enforced: failed gates: accuracy"])
            #expect(try await shop.stage(version, of: model) == .staging)
        }
    }

    @Test("off promotes at once and evaluates nothing")
    func off() async throws {
        try await withModel(rules: Rules.text(enforcement: "off")) { shop, model, version in
            let promotion = try await shop.promotions.open(model, version, to: .staging, by: shop.caller)
            #expect(promotion.state == .approved)
            #expect(promotion.evaluationID == nil)
            let evaluations = try await shop.log(AuditFilter(action: .evaluationStarted))
            #expect(evaluations.isEmpty)
        }
    }

    @Test("a passing evaluation that still holds is not repeated; an old one is")
    func reuse() async throws {
        try await withModel { shop, model, version in
            let evaluation = try await shop.evaluate(version, of: model)
            shop.clock.advance(by: .seconds(7 * 86_400))
            let promotion = try await shop.promotions.open(model, version, to: .staging, by: shop.caller)
            #expect(promotion.state == .approved)
            #expect(promotion.evaluationID == evaluation.id)

            try await shop.move(version, of: model, to: .none, reason: "once more")
            shop.clock.advance(by: .milliseconds(1))
            let late = try await shop.promotions.open(model, version, to: .staging, by: shop.caller)
            #expect(late.state == .evaluating)
            #expect(late.evaluationID != evaluation.id)
        }
    }

    @Test("an evaluation does not count for a move once it is too old or its policy has changed")
    func stale() async throws {
        try await withModel { shop, model, version in
            try await shop.evaluate(version, of: model)
            try await shop.policy(Rules.text(gates: ["accuracy: {min_absolute_auc: 0.85}"]))
            let other = try await expectFailure(.blockedByPolicy) { try await shop.move(version, of: model, to: .staging) }
            #expect(says(other.details.first, "under another policy version"))
            try await shop.policy(Rules.text())
            shop.clock.advance(by: .seconds(7 * 86_400 + 1))
            let old = try await expectFailure(.blockedByPolicy) { try await shop.move(version, of: model, to: .staging) }
            #expect(says(old.details.first, "thresholds come first"))
            #expect(old.details.contains { says($0, "older than the policy's max_age") })
        }
    }

    @Test("a policy that changes while the evaluation waits governs the evaluation")
    func policyChangedWhileQueued() async throws {
        try await withModel { shop, model, version in
            let opened = try await shop.promotions.open(model, version, to: .staging, by: shop.caller)
            let strict = try await shop.policy(Rules.text(gates: ["accuracy: {min_absolute_auc: 0.99}"]))
            try await shop.work()
            let promotion = try #require(try await shop.store.read { tx in try tx.promotion(id: opened.id) })
            #expect(promotion.state == .blocked)
            let id = try #require(promotion.evaluationID)
            let evaluation = try #require(try await shop.evaluation(id))
            #expect(evaluation.policyDigest == strict.digest)
        }
    }

    @Test("a policy that changes while the evaluation runs: it passed under another policy version, so nothing moves")
    func policyChangedWhileRunning() async throws {
        let rules = Rules.text(gates: [
            Rules.accuracy, "latency: {mode: open_loop, requests: 40, rate: 40/s, latency_budget_p95_ms: 5000}",
        ])
        try await withModel(rules: rules) { shop, model, version in
            let opened = try await shop.promotions.open(model, version, to: .staging, by: shop.caller)
            let id = try #require(opened.evaluationID)
            try await withThrowingTaskGroup(of: Void.self) { tasks in
                tasks.addTask { try await shop.evaluations.perform(id) }
                // The accuracy is known, the latency is being measured: the policy was read long ago.
                while !shop.evaluations.progress.steps(of: id).contains(where: { $0.step == "candidate" && $0.isDone }) {
                    await Task.yield()
                }
                try await shop.policy(Rules.text())
                try await tasks.waitForAll()
            }
            #expect(try await shop.evaluation(id)?.passed == true)
            let promotion = try #require(try await shop.store.read { tx in try tx.promotion(id: opened.id) })
            #expect(promotion.state == .blocked)
            #expect(says(promotion.reason, "under another policy version"), "\(promotion.reason)")
            #expect(try await shop.stage(version, of: model) == .none)
        }
    }

    @Test("the same idempotency key gives the same promotion, and for another request a conflict")
    func idempotency() async throws {
        try await withModel { shop, model, version in
            let first = try await shop.promotions.open(model, version, to: .staging, by: shop.caller, idempotencyKey: "ci-7")
            let again = try await shop.promotions.open(model, version, to: .staging, by: shop.caller, idempotencyKey: "ci-7")
            #expect(again == first)
            #expect(try await shop.log(AuditFilter(action: .promotionRequested)).count == 1)
            try await expectFailure(.conflict) {
                try await shop.promotions.open(model, version, to: .production, by: shop.caller, idempotencyKey: "ci-7")
            }
            let other = try await shop.version(of: model)
            try await expectFailure(.conflict) {
                try await shop.promotions.open(model, other, to: .staging, by: shop.caller, idempotencyKey: "ci-7")
            }
            try await shop.work()
            let decided = try await shop.promotions.open(model, version, to: .staging, by: shop.caller, idempotencyKey: "ci-7")
            #expect(decided.id == first.id)
            #expect(decided.state == .approved)
        }
    }

    @Test("promoting to Production is blocked where nobody may be asked for an approval, whatever was measured")
    func production() async throws {
        try await withModel { shop, model, version in
            try await shop.promote(version, of: model)
            let promotion = try await shop.promote(version, of: model, to: .production)
            #expect(promotion.state == .blocked)
            #expect(
                says(promotion.reason, "1 reviewer is needed; of 0 users with the role reviewer for credit-risk, 0 may be asked"))
            #expect(try await shop.stage(version, of: model) == .staging)
            #expect(try await shop.holder(of: Slot(model: model)) == nil)
        }
    }

    @Test("None → Production stays closed to a version that passed everything")
    func skippingStaging() async throws {
        try await withModel { shop, model, version in
            try await shop.evaluate(version, of: model)
            let promotion = try await shop.promote(version, of: model, to: .production)
            #expect(promotion.state == .blocked)
            #expect(says(promotion.reason, "has not been in Staging"))
        }
    }

    @Test("a promotion gives no reason of its own: what needs one stays refused without it", arguments: [Stage.archived, .none])
    func reasonIsAPersons(stage: Stage) async throws {
        try await withModel { shop, model, version in
            try await shop.promote(version, of: model)
            let without = try await shop.promote(version, of: model, to: stage)
            #expect(without.state == .blocked)
            #expect(without.reason == "Promotion blocked. Missing: a reason")
            let with = try await shop.promotions.open(model, version, to: stage, by: shop.caller, reason: "not this one")
            #expect(with.state == .approved)
            #expect(try await shop.lastEntry(.transitionGranted).reason == "not this one")
        }
    }

    @Test("a rollback through a promotion needs a reason too")
    func rollbackNeedsReason() async throws {
        try await withModel { shop, model, version in
            try await shop.adoptions.adopt(version, into: Slot(model: model), reason: "ran before", by: shop.ada)
            try await shop.move(version, of: model, to: .archived, reason: "retired")
            let promotion = try await shop.promote(version, of: model, to: .production)
            #expect(promotion.state == .blocked)
            #expect(try await shop.stage(version, of: model) == .archived)
        }
    }

    @Test("promoting to where the version is says so and touches nothing")
    func already() async throws {
        try await withModel { shop, model, version in
            try await shop.promote(version, of: model)
            let before = try await shop.found(version, of: model)
            shop.clock.advance(by: .seconds(60))
            let promotion = try await shop.promote(version, of: model)
            #expect(promotion.state == .approved)
            #expect(promotion.reason == "credit-risk v1 is in Staging already.")
            #expect(try await shop.found(version, of: model) == before)
        }
    }

    @Test("an archived version returns to Staging by a new evaluation only")
    func fromArchived() async throws {
        try await withModel { shop, model, version in
            try await shop.move(version, of: model, to: .archived, reason: "not yet")
            try await expectFailure(.blockedByPolicy) { try await shop.move(version, of: model, to: .staging, reason: "now") }
            #expect(try await shop.promote(version, of: model).state == .approved)
            #expect(try await shop.stage(version, of: model) == .staging)
        }
    }

    @Test("a version, a model that do not exist are not found, and nothing is recorded")
    func notFound() async throws {
        try await withModel { shop, model, _ in
            let entries = try await shop.log().count
            try await expectFailure(.notFound) { try await shop.promote(VersionNumber(9), of: model) }
            try await expectFailure(.notFound) { try await shop.promote(VersionNumber(1), of: ModelName("nobody")) }
            #expect(try await shop.log().count == entries)
        }
    }
}
