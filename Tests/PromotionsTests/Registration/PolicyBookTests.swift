import GatehouseCore
import Gates
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Which policy is in force", .timeLimit(.minutes(2)))
struct PolicyBookTests {
    private func reference(_ shop: Workshop, _ model: String = "credit-risk") async throws -> String {
        let name = try ModelName(model)
        return try await shop.store.read { tx in try shop.policies.policy(for: name, tx).reference }
    }

    @Test("a model's own policy comes before a pattern, a narrow pattern before a wide one, and the default last")
    func order() async throws {
        try await Workshop.run { shop in
            #expect(try await reference(shop) == "default")
            try await shop.policy(Rules.text(model: "*"))
            #expect(try await reference(shop) == "*@1")
            try await shop.policy(Rules.text(model: "credit-*"))
            #expect(try await reference(shop) == "credit-*@1")
            try await shop.policy(Rules.text())
            #expect(try await reference(shop) == "credit-risk@1")
            #expect(try await reference(shop, "credit-limit") == "credit-*@1")
            #expect(try await reference(shop, "churn") == "*@1")
        }
    }

    @Test("an edit is a new version with another digest; the same document again is not")
    func edits() async throws {
        try await Workshop.run { shop in
            let first = try await shop.policy(Rules.text())
            #expect(try await shop.policy(Rules.text()) == first)
            let second = try await shop.policy(Rules.text(gates: ["accuracy: {min_absolute_auc: 0.81}"]))
            #expect(second.number.value == 2)
            #expect(second.digest != first.digest)
            #expect(try await reference(shop) == "credit-risk@2")
        }
    }

    @Test("the digest in force is that of the policy's meaning, as evaluations record it")
    func digest() async throws {
        try await Workshop.run { shop in
            let applied = try await shop.policy(Rules.text())
            let model = try ModelName("credit-risk")
            let inForce = try await shop.store.read { tx in try shop.policies.policy(for: model, tx) }
            #expect(inForce.digest == applied.digest)
            #expect(inForce.digest == .sha256(of: inForce.policy.canonicalBytes))
        }
    }

    @Test("the shipped default is five gates, enforced, with one reviewer, and the champion protected")
    func shipped() throws {
        let inForce = PolicyBook(default: .shipped(.enforce)).defaultPolicy(for: try ModelName("anything"))
        #expect(inForce.policy.checks.map(\.name) == ["accuracy", "latency", "fairness", "data_drift", "schema"])
        #expect(inForce.policy.enforcement == .enforce)
        #expect(inForce.policy.reviewersRequired == 1)
        #expect(try inForce.protectedAlias == Alias("champion"))
    }

    @Test("the default's enforcement is part of its digest", arguments: PolicyEnforcement.allCases)
    func defaultEnforcement(enforcement: PolicyEnforcement) throws {
        let inForce = PolicyBook(default: .shipped(enforcement)).defaultPolicy(for: try ModelName("anything"))
        #expect(inForce.policy.enforcement == enforcement)
        #expect(inForce.digest == .sha256(of: inForce.policy.canonicalBytes))
    }

    @Test("a server's own default policy takes the place of the shipped one")
    func ownDefault() async throws {
        let own = try PolicyParser.parse(Rules.text(model: "*", enforcement: "warn"))
        try await Workshop.run(default: .policy(own)) { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            let outcome = try await shop.move(version, of: model, to: .staging)
            #expect(outcome.policy == "default")
            #expect(outcome.unmet.count == 1)
        }
    }

    @Test("a policy with mistakes is refused with all of them and changes nothing")
    func mistakes() async throws {
        try await Workshop.run { shop in
            let error = try await expectFailure(.invalidArgument) {
                try await shop.policy(Rules.text(gates: ["acuracy: {}", "fairness: {min_impact_ratio: 2}"]))
            }
            #expect(error.details.count == 2)
            #expect(try await reference(shop) == "default")
        }
    }
}
