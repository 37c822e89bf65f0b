import Access
import AuditLog
import GatehouseCore
import Gates
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Moves and the role they take", .timeLimit(.minutes(2)))
struct TransitionRoleTests {
    @Test(
        "without the role nothing moves, whatever the policy enforces, and the refusal is on record",
        arguments: ["off", "warn", "enforce"])
    func refused(_ enforcement: String) async throws {
        try await Workshop.run(default: .shipped(try #require(PolicyEnforcement(rawValue: enforcement)))) { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            let error = try await expectFailure(.forbidden) {
                try await shop.move(version, of: model, to: .production, by: shop.caller(.registrant, .stagingManager, .reviewer))
            }
            #expect(says(error.message, "user:ada may not move credit-risk v1 from None to Production"))
            #expect(
                error.details.first
                    == "missing: the role production-manager for credit-risk → gatehouse user grant ada 'production-manager:credit-risk'"
            )
            #expect(try await shop.stage(version, of: model) == .none)
            let entry = try await shop.lastEntry(.transitionRefused)
            #expect(entry.facts["missing"]?.arrayValue?.first == "the role production-manager for credit-risk")
            // The rest of what is missing is said along with it where it is enforced.
            #expect((entry.facts["missing"]?.arrayValue?.count == 2) == (enforcement == "enforce"))
        }
    }

    @Test("each move takes its own role")
    func roles() async throws {
        try await Workshop.run(default: .shipped(.off)) { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            let (staging, production, rescue) = (
                shop.caller(.stagingManager), shop.caller(.productionManager), shop.caller(.operator)
            )
            try await expectFailure(.forbidden) { try await shop.move(version, of: model, to: .staging, by: production) }
            try await shop.move(version, of: model, to: .staging, by: staging)
            for caller in [staging, rescue] {
                try await expectFailure(.forbidden) { try await shop.move(version, of: model, to: .production, by: caller) }
            }
            try await shop.move(version, of: model, to: .production, by: production)
            for (stage, caller) in [(Stage.archived, staging), (.archived, rescue), (.staging, staging), (.none, staging)] {
                try await expectFailure(.forbidden) { try await shop.move(version, of: model, to: stage, by: caller) }
            }
            try await shop.move(version, of: model, to: .archived, by: production)
            try await expectFailure(.forbidden) { try await shop.move(version, of: model, to: .production, by: staging) }
            try await shop.move(version, of: model, to: .production, by: rescue)
        }
    }

    @Test("a version that leaves Production takes the role for every slot that it leaves, by whichever call")
    func everySlot() async throws {
        try await Workshop.run(default: .shipped(.off)) { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            let other = try await shop.version(of: model)
            for environment in [Slot.defaultEnvironment, "live2"] {
                let slot = Slot(model: model, environment: environment)
                try await shop.adoptions.adopt(version, into: slot, reason: "ran before", by: shop.ada)
            }
            func manager(_ environments: String...) -> Caller {
                Caller(
                    principal: shop.ada,
                    grants: Grants(environments.map { Grant(.productionManager, models: model.text, environment: $0) }))
            }
            let narrow = manager(Slot.defaultEnvironment)
            let error = try await expectFailure(.forbidden) {
                try await shop.move(version, of: model, to: .archived, by: narrow)
            }
            #expect(error.details.contains { says($0, "live2") })
            // MLflow's call that archives whatever else is in the stage.
            try await expectFailure(.forbidden) {
                try await shop.move(other, of: model, to: .production, archivesExisting: true, by: narrow)
            }
            #expect(try await shop.stage(version, of: model) == .production)
            try await shop.move(version, of: model, to: .archived, by: manager(Slot.defaultEnvironment, "live2"))
            #expect(try await shop.stage(version, of: model) == .archived)
        }
    }

    @Test("a promotion without the role is refused before anything is measured")
    func promotion() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await expectFailure(.forbidden) {
                try await shop.promotions.open(model, version, to: .staging, by: shop.caller(.registrant))
            }
            #expect(try await shop.log().map(\.action).suffix(1) == [.transitionRefused])
            let queued = try await shop.store.read { tx in try tx.evaluations(of: model, version: version, limit: 9) }
            #expect(queued.isEmpty)
        }
    }

    @Test("the alias that stands for Production takes the role for Production, another one that of describing")
    func aliases() async throws {
        try await Workshop.run(default: .shipped(.warn)) { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            let registrant = shop.caller(.registrant)
            try await expectFailure(.forbidden) {
                try await shop.aliases.set(Alias("champion"), of: model, to: version, reason: "mine", by: registrant)
            }
            try await shop.aliases.set(Alias("candidate"), of: model, to: version, reason: nil, by: registrant)
            for alias in try [Alias("candidate"), Alias("champion")] {
                try await expectFailure(.forbidden) { try await shop.aliases.delete(alias, of: model, by: shop.caller(.viewer)) }
            }
            try await shop.aliases.set(
                Alias("champion"), of: model, to: version, reason: "ours", by: shop.caller(.productionManager))
            #expect(try await shop.stage(version, of: model) == .production)
        }
    }

    @Test("a policy is written by whoever holds its models")
    func policies() async throws {
        try await Workshop.run { shop in
            let owner = Caller(principal: shop.ada, grants: Grants([Grant(.policyOwner, models: "fraud-*")]))
            try await expectFailure(.forbidden) { try await shop.policyEdits.apply(Rules.text(), by: owner) }
            try await expectFailure(.forbidden) {
                try await shop.policyEdits.apply(Rules.text(), by: shop.caller(.productionManager))
            }
            _ = try await shop.policyEdits.apply(Rules.text(), by: shop.caller(.policyOwner))
        }
    }
}
