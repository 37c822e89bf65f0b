import Access
import AuditLog
import GatehouseCore
import Gates
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Stale policies", .timeLimit(.minutes(2)))
struct PolicyStalenessTests {
    private func staleness(_ shop: Workshop, _ model: ModelName) async throws -> PolicyStaleness? {
        try await shop.store.read { tx in
            try shop.policies.staleness(of: shop.policies.policy(for: model, tx), for: model, at: shop.clock.now, tx)
        }
    }

    /// A version that passes under a policy to be looked at again on 2026-01-03; the clock starts on 2026-01-01.
    private func due(_ more: String = "") async throws -> @Sendable (Workshop) async throws -> (ModelName, VersionNumber) {
        { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await shop.dataset()
            try await shop.policy(Rules.text(more: "review_by: 2026-01-03\n\(more)"))
            return (model, version)
        }
    }

    @Test("from its date on a policy is stale: every promotion says so, and how to confirm it")
    func warns() async throws {
        let due = try await due()
        try await Workshop.run { shop in
            let (model, version) = try await due(shop)
            shop.clock.advance(by: .seconds(2 * 86_400 - 1))
            #expect(try await staleness(shop, model) == nil)
            shop.clock.advance(by: .seconds(1))
            let stale = try #require(try await staleness(shop, model))
            #expect(stale.reasons == ["review_by 2026-01-03T00:00:00.000Z has passed"])
            let promotion = try await shop.promote(version, of: model)
            #expect(promotion.state == .approved)
            #expect(
                promotion.warnings == [
                    "the policy credit-risk@1 is stale: review_by 2026-01-03T00:00:00.000Z has passed: "
                        + "gatehouse policy confirm credit-risk --reason \"…\""
                ])
            #expect(try await shop.lastEntry(.transitionGranted).facts["stale"]?.arrayValue?.count == 1)
        }
    }

    @Test("with 'stale: block' it lets nothing through until a policy-owner confirms it, and the confirmation ends")
    func blocks() async throws {
        let due = try await due("stale: block")
        try await Workshop.run { shop in
            let (model, version) = try await due(shop)
            shop.clock.advance(by: .seconds(2 * 86_400))
            let blocked = try await shop.promote(version, of: model)
            #expect(says(blocked.reason, "is stale"))
            let error = try await expectFailure(.blockedByPolicy) { try await shop.move(version, of: model, to: .staging) }
            #expect(says(error.hint, "gatehouse policy confirm credit-risk"))
            func confirm(_ until: Timestamp? = nil, _ reason: String = "looked at it", by caller: Caller) async throws {
                _ = try await shop.policyEdits.confirm("credit-risk", until: until, reason: reason, by: caller)
            }
            try await expectFailure(.forbidden) { try await confirm(by: shop.person("eve", .reviewer)) }
            try await expectFailure(.invalidArgument) { try await confirm(nil, "", by: shop.person("ben")) }
            try await expectFailure(.invalidArgument) { try await confirm(shop.clock.now, by: shop.person("ben")) }
            try await expectFailure(.invalidArgument) {
                try await confirm(shop.clock.now.adding(.seconds(366 * 86_400)), by: shop.person("ben"))
            }
            try await confirm(by: shop.person("ben", .policyOwner))
            #expect(try await shop.lastEntry(.policyConfirmed).reason == "looked at it")
            #expect(try await staleness(shop, model) == nil)
            #expect(try await shop.promote(version, of: model).state == .approved)
            shop.clock.advance(by: .seconds(365 * 86_400))
            let again = try await staleness(shop, model)
            #expect(says(again?.reasons.first, "its confirmation held until"))
            try await expectFailure(.notFound) {
                _ = try await shop.policyEdits.confirm("churn", until: nil, reason: "r", by: shop.person("ben"))
            }
        }
    }

    @Test("a rollback is never kept from by a stale policy")
    func rollback() async throws {
        try await Workshop.run(default: .shipped(.warn)) { shop in
            let model = try await shop.model()
            let versions = [try await shop.version(of: model), try await shop.version(of: model)]
            try await shop.served(model, versions[0], versions[1])
            try await shop.policy(Rules.text(more: "review_by: 2026-01-01\nstale: block"))
            shop.clock.advance(by: .seconds(86_400))
            #expect(try await staleness(shop, model) != nil)
            #expect(try await shop.rollBack(model).version == versions[0])
        }
    }

    @Test("a promoted version that improved the metric by more than the policy foresaw makes it stale until it is confirmed")
    func improvement() async throws {
        try await Workshop.run(default: .shipped(.warn)) { shop in
            let model = try await shop.model()
            let weak = try await shop.version(of: model, LoanModel.weak)
            try await shop.dataset()
            try await shop.served(model, weak)
            try await shop.policy(
                Rules.text(enforcement: "warn", more: "review_after_improvement: 0.1\nstale: block"))
            let good = try await shop.version(of: model)
            shop.clock.advance(by: .seconds(60))
            try await shop.evaluate(good, of: model)
            #expect(try await staleness(shop, model) == nil)
            try await shop.served(model, good)
            let stale = try #require(try await staleness(shop, model))
            #expect(stale.reasons.count == 1)
            #expect(says(stale.reasons.first, "v2 improved auc_roc by 0.1"))
            #expect(says(stale.reasons.first, "more than 0.1"))
            _ = try await shop.policyEdits.confirm("credit-risk", until: nil, reason: "raised on purpose", by: shop.person("ben"))
            #expect(try await staleness(shop, model) == nil)
        }
    }

    @Test(
        "'stale' is warn or block, and leaving it out keeps the digests of policies that were stored before there was such a key")
    func key() throws {
        let plain = try PolicyParser.parse(Rules.text())
        #expect(plain.json["stale"] == nil)
        #expect(try PolicyParser.parse(Rules.text(more: "stale: warn")).canonicalBytes == plain.canonicalBytes)
        let blocking = try PolicyParser.parse(Rules.text(more: "stale: block"))
        #expect(blocking.json["stale"] == "block")
        #expect(PolicyDiff.changes(from: plain, to: blocking).map(\.effect) == [.stricter])
        #expect(PolicyDiff.changes(from: blocking, to: plain).map(\.effect) == [.looser])
        #expect(throws: PolicyDiagnostics.self) { try PolicyParser.parse(Rules.text(more: "stale: never")) }
    }
}

@Suite("Thresholds before measurements", .timeLimit(.minutes(2)))
struct ThresholdOrderTests {
    private static let strict = Rules.text(gates: ["accuracy: {min_absolute_auc: 0.85}"])

    @Test("a policy that is applied again after an evaluation does not decide about it, even with the very same words")
    func again() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await shop.dataset()
            for advance in [Int64(0), 60] {
                try await shop.policy(Rules.text())
                try await shop.evaluate(version, of: model)
                shop.clock.advance(by: .seconds(advance))
                try await shop.policy(Self.strict)
                try await shop.policy(Rules.text())
                let error = try await expectFailure(.blockedByPolicy) {
                    try await shop.move(version, of: model, to: .staging)
                }
                #expect(error.details.count == 1)
                #expect(says(error.details.first, "thresholds come first"))
            }
            let promoted = try await shop.promote(version, of: model)
            #expect(promoted.state == .approved, "measured again, it passes")
        }
    }

    @Test("an evaluation that waits while the policy changes starts anew, so that the log has the thresholds first")
    func queued() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await shop.dataset()
            try await shop.policy(Rules.text())
            let opened = try await shop.promotions.open(model, version, to: .staging, by: shop.caller)
            shop.clock.advance(by: .seconds(60))
            try await shop.policy(Self.strict)
            shop.clock.advance(by: .seconds(60))
            try await shop.work()
            #expect(try await shop.store.read { tx in try tx.promotion(id: opened.id) }?.state == .approved)
            let started = try await shop.log(AuditFilter(action: .evaluationStarted))
            #expect(started.map { $0.facts["policy"] } == ["credit-risk@1", "credit-risk@2"])
            let applied = try await shop.lastEntry(.policyApplied)
            let finished = try await shop.lastEntry(.evaluationFinished)
            #expect(finished.facts["policy_entry"] == .integer(applied.sequence))
            #expect(applied.sequence < (started.last?.sequence ?? 0))
            let granted = try await shop.lastEntry(.transitionGranted)
            #expect(granted.facts["policy_applied"] == .string(applied.time.description))
            #expect(granted.facts["evaluation_started"] == .string(started.last?.time.description ?? ""))
        }
    }
}
