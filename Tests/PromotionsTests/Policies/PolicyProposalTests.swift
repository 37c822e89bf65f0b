import Access
import AuditLog
import GatehouseCore
import Gates
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Policy edits under four eyes", .timeLimit(.minutes(2)))
struct PolicyProposalTests {
    private static let high = Rules.text(more: "stakes: high")
    private static let looser = Rules.text(gates: ["accuracy: {min_absolute_auc: 0.5}"], more: "stakes: high")

    private func apply(_ shop: Workshop, _ yaml: String, by caller: Caller? = nil) async throws -> PolicyEdit {
        try await shop.policyEdits.apply(yaml, by: caller ?? shop.caller)
    }

    private func propose(_ shop: Workshop, _ yaml: String, by caller: Caller? = nil) async throws -> PolicyProposal {
        guard case .proposed(let proposal) = try await apply(shop, yaml, by: caller) else {
            Issue.record("the edit was in force at once")
            throw GatehouseError(.internalFailure, "no proposal")
        }
        return proposal
    }

    private func inForce(_ shop: Workshop, _ model: String = "credit-risk") async throws -> PolicyInForce {
        let name = try ModelName(model)
        return try await shop.store.read { tx in try shop.policies.policy(for: name, tx) }
    }

    @Test("an edit of a high-stakes policy is in force only when another policy-owner approved it, and the log names both")
    func approved() async throws {
        try await Workshop.run { shop in
            try await shop.policy(Self.high)
            let proposal = try await propose(shop, Self.looser)
            #expect(try await inForce(shop).reference == "credit-risk@1")
            #expect(try await propose(shop, Self.looser) == proposal, "the same edit again is the same proposal")
            let changes = try await shop.store.read { tx in try shop.policyEdits.changes(of: proposal, tx) }
            #expect(changes.contains { $0.path == "gates.accuracy.min_absolute_auc" && $0.effect == .looser })

            shop.clock.advance(by: .seconds(60))
            let applied = try await shop.policyEdits.approve(
                proposal.id, digest: proposal.digest, by: shop.person("ben", .policyOwner))
            #expect(applied.reference == "credit-risk@2")
            #expect(applied.appliedBy == shop.ada)
            let now = try await inForce(shop)
            #expect(now.digest == proposal.digest)
            #expect(now.editors == [shop.ada, .user("ben")])
            let entry = try await shop.lastEntry(.policyApplied)
            #expect(entry.facts["four_eyes"] == true)
            #expect(entry.people["approved_by"] == .user("ben"))
            #expect(try await shop.lastEntry(.policyProposalApproved).outcome == .granted)
            try await expectFailure(.conflict) {
                try await shop.policyEdits.approve(proposal.id, digest: proposal.digest, by: shop.person("cleo"))
            }
        }
    }

    @Test("neither the proposer, in any letters or through a token, nor a machine, nor somebody without the role approves")
    func alone() async throws {
        try await Workshop.run { shop in
            try await shop.policy(Self.high)
            let proposal = try await propose(shop, Self.looser)
            let own = try await shop.token("mine", madeBy: shop.ada)
            let ada = Caller(principal: .user("ADA"), grants: .everything)
            for caller in [shop.caller, ada, own, shop.person("eve", .reviewer, .productionManager)] {
                try await expectFailure(.forbidden) {
                    try await shop.policyEdits.approve(proposal.id, digest: proposal.digest, by: caller)
                }
            }
            #expect(try await shop.log(AuditFilter(action: .policyProposalApproved, outcome: .refused)).count == 3)
            let byToken = try await propose(shop, Rules.text(more: "stakes: high\nreview_by: 2031-01-01"), by: own)
            let error = try await expectFailure(.forbidden) {
                try await shop.policyEdits.approve(byToken.id, digest: byToken.digest, by: shop.caller)
            }
            #expect(says(error.message, "wrote this"), "whoever made the token can act as it")
            #expect(try await inForce(shop).reference == "credit-risk@1")
        }
    }

    @Test("an approval is for the digest that was read, and a text that was changed since is no longer it")
    func digest() async throws {
        try await Workshop.run { shop in
            try await shop.policy(Self.high)
            let proposal = try await propose(shop, Self.looser)
            let ben = shop.person("ben")
            try await expectFailure(.conflict) {
                try await shop.policyEdits.approve(proposal.id, digest: Facts.digest(3), by: ben)
            }
            let changed = Self.looser.replacing("0.5", with: "0.1")
            _ = try await shop.store.write { tx in
                try tx.execute("UPDATE policy_proposal SET text = \(changed) WHERE id = \(proposal.id)")
            }
            try await expectFailure(.integrity) {
                try await shop.policyEdits.approve(proposal.id, digest: proposal.digest, by: ben)
            }
            #expect(try await inForce(shop).reference == "credit-risk@1")
        }
    }

    @Test("a proposal that was overtaken, withdrawn or left for two weeks is approved no more")
    func over() async throws {
        try await Workshop.run { shop in
            try await shop.policy(Self.high)
            let ben = shop.person("ben")
            let first = try await propose(shop, Self.looser)
            let second = try await propose(shop, Rules.text(gates: ["accuracy: {min_absolute_auc: 0.9}"], more: "stakes: high"))
            _ = try await shop.policyEdits.approve(second.id, digest: second.digest, by: ben)
            let error = try await expectFailure(.conflict) {
                try await shop.policyEdits.approve(first.id, digest: first.digest, by: ben)
            }
            #expect(says(error.message, "changed since"))

            let third = try await propose(shop, Self.looser)
            #expect(third.id != first.id)
            #expect(try await shop.policyEdits.withdraw(third.id, by: shop.person("cleo", .policyOwner)).isWithdrawn)
            try await expectFailure(.conflict) {
                try await shop.policyEdits.approve(third.id, digest: third.digest, by: ben)
            }
            let fourth = try await propose(shop, Self.looser)
            shop.clock.advance(by: .seconds(14 * 86_400))
            try await expectFailure(.conflict) {
                try await shop.policyEdits.approve(fourth.id, digest: fourth.digest, by: ben)
            }
            #expect(try await inForce(shop).reference == "credit-risk@2")
        }
    }

    @Test("two who approve at once put one version in force")
    func racing() async throws {
        try await Workshop.run { shop in
            try await shop.policy(Self.high)
            let proposal = try await propose(shop, Self.looser)
            let done = await withTaskGroup(of: Bool.self) { group in
                for name in ["ben", "cleo", "dora"] {
                    group.addTask {
                        (try? await shop.policyEdits.approve(proposal.id, digest: proposal.digest, by: shop.person(name))) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(done == 1)
            #expect(try await inForce(shop).reference == "credit-risk@2")
        }
    }

    @Test("no detour: lowering the stakes, a narrower pattern or the model's own first policy take two as well")
    func detours() async throws {
        try await Workshop.run { shop in
            try await shop.policy(Rules.text(model: "credit-*", more: "stakes: high"))
            for detour in [
                Rules.text(model: "credit-*"), Rules.text(model: "credit-*", enforcement: "off"), Rules.text(),
                Rules.text(enforcement: "off"), Rules.text(model: "credit-r*"), Rules.text(model: "*-risk"),
                Rules.text(model: "*"),
            ] {
                _ = try await propose(shop, detour)
            }
            #expect(try await inForce(shop).reference == "credit-*@1")
            guard case .applied = try await apply(shop, Rules.text(model: "churn-*")) else {
                Issue.record("a policy for other models took two")
                return
            }
        }
    }

    @Test("the first policy for a model takes one person, raising the stakes of one that is there takes two")
    func first() async throws {
        try await Workshop.run { shop in
            #expect(try await shop.policy(Rules.text()).reference == "credit-risk@1")
            _ = try await propose(shop, Self.high)
            #expect(try await shop.policy(Rules.text(model: "churn", more: "stakes: high")).reference == "churn@1")
        }
        let own = try PolicyParser.parse(Rules.text(model: "*", more: "stakes: high"))
        try await Workshop.run(default: .policy(own)) { shop in _ = try await propose(shop, Rules.text()) }
    }

    @Test("editing takes the role of a policy-owner for these models, proposing and withdrawing included")
    func roles() async throws {
        try await Workshop.run { shop in
            try await shop.policy(Self.high)
            try await expectFailure(.forbidden) {
                try await apply(shop, Self.looser, by: shop.person("eve", .productionManager))
            }
            let proposal = try await propose(shop, Self.looser)
            let elsewhere = Caller(principal: .user("ben"), grants: Grants([Grant(.policyOwner, models: "churn")]))
            try await expectFailure(.forbidden) {
                try await shop.policyEdits.approve(proposal.id, digest: proposal.digest, by: elsewhere)
            }
            try await expectFailure(.forbidden) { try await shop.policyEdits.withdraw(proposal.id, by: elsewhere) }
            try await expectFailure(.notFound) {
                try await shop.policyEdits.approve("pp_0", digest: proposal.digest, by: shop.caller)
            }
        }
    }
}
