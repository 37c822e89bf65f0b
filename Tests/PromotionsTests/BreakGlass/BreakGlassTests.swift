import Access
import AuditLog
import GatehouseCore
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Break-glass", .timeLimit(.minutes(2)))
struct BreakGlassTests {
    private func ask(
        _ shop: Workshop, _ version: VersionNumber, of model: ModelName, incident: String = "INC-7",
        reason: String = "v1 declines everybody", by caller: Caller? = nil
    ) async throws -> BreakGlass {
        try await shop.breakGlass.request(
            version, into: Slot(model: model), incident: incident, reason: reason, by: caller ?? shop.person("olga"))
    }

    @Test(
        "two people bring a version past its gates into Production; stage, slot, alias and loud entry are one, and a review opens"
    )
    func used() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing()
            let asked = try await ask(shop, version, of: model)
            #expect(try await shop.stage(version, of: model) == .none)
            let review = try await shop.breakGlass.second(asked.id, by: shop.person("paul"))

            #expect(try await shop.stage(version, of: model) == .production)
            #expect(try await shop.holder(of: Slot(model: model)) == version)
            #expect(try await shop.champion(of: model) == version)
            let entry = try await shop.lastEntry(.breakGlassUsed)
            #expect(entry.principal == .user("olga"))
            #expect(entry.reason == "v1 declines everybody")
            #expect(entry.facts["from"] == "None")
            #expect(entry.facts["gates"] == "not asked")
            #expect(review.auditSequence == entry.sequence)
            #expect(review.isOpen)
            #expect(review.secondedBy == .user("paul"))
            let occupancy = try #require(try await shop.store.read { tx in try tx.occupant(of: Slot(model: model)) })
            #expect(occupancy.auditSequence == entry.sequence)
            try await expectFailure(.conflict) { try await shop.breakGlass.second(asked.id, by: shop.person("quinn")) }
        }
    }

    @Test("what was active is archived, and shows in the record")
    func displaced() async throws {
        try await Workshop.run(default: .shipped(.warn)) { shop in
            let model = try await shop.model()
            let old = try await shop.version(of: model, LoanModel.weak)
            let new = try await shop.version(of: model)
            try await shop.served(model, old)
            let review = try await shop.breakGlass.second(try await ask(shop, new, of: model).id, by: shop.person("paul"))
            #expect(review.previous == old)
            #expect(try await shop.stage(old, of: model) == .archived)
            #expect(try await shop.lastEntry(.breakGlassUsed).facts["displaced"] == [.integer(old.value)])
            // And back again, as after any other change of the slot.
            #expect(try await shop.rollBack(model).version == old)
        }
    }

    @Test("one person never does it: not as the second one, not in other letters, not by a token, not by another door")
    func alone() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing()
            let asked = try await ask(shop, version, of: model)
            let own = try await shop.token("mine", madeBy: .user("olga"))
            for caller in [shop.person("olga"), shop.person("OLGA"), own, Caller(principal: .system("x"), grants: .everything)] {
                try await expectFailure(.forbidden) { try await shop.breakGlass.second(asked.id, by: caller) }
                let entry = try await shop.lastEntry(.breakGlassUsed)
                #expect(entry.outcome == .refused)
                #expect(entry.reason.isEmpty)
            }
            let olga = shop.person("olga")
            try await expectFailure(.blockedByPolicy) {
                try await shop.move(version, of: model, to: .production, reason: "INC-7", by: olga)
            }
            try await expectFailure(.blockedByPolicy) {
                try await shop.aliases.set(Alias("champion"), of: model, to: version, reason: "INC-7", by: olga)
            }
            let promotion = try await shop.promotions.open(model, version, to: .production, by: olga, reason: "INC-7")
            #expect(promotion.state == .blocked)
            try await expectFailure(.blockedByPolicy) {
                try await shop.rollbacks.rollBack(
                    RollbackRequest(slot: Slot(model: model), to: version, reason: "INC-7", by: olga))
            }
            #expect(try await shop.stage(version, of: model) == .none)
            #expect(try await shop.holder(of: Slot(model: model)) == nil)
        }
    }

    @Test("the one behind the token that asked does not second it")
    func behindToken() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing()
            let token = try await shop.token("ci", madeBy: .user("paul"))
            let error = try await expectFailure(.blockedByPolicy) { try await ask(shop, version, of: model, by: token) }
            #expect(error.details.contains { $0.contains("a person to answer for it") })
        }
    }

    @Test("everything that is missing is named at once, and the refusal is on record")
    func missing() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let unpinned = try await shop.registrations.register(
                VersionRequest(model: model, source: "s3://elsewhere"), by: shop.ada
            ).number
            let error = try await expectFailure(.blockedByPolicy) {
                try await ask(shop, unpinned, of: model, incident: " ", reason: "")
            }
            #expect(error.details.count == 3)
            for piece in ["a reason", "an incident reference", "unpinned"] {
                #expect(error.details.contains { $0.contains(piece) }, "\(piece)")
            }
            let entry = try await shop.lastEntry(.breakGlassRequested)
            #expect(entry.outcome == .refused)
            #expect(entry.facts["missing"]?.arrayValue?.count == 3)
            try await expectFailure(.tooLarge) {
                try await ask(shop, unpinned, of: model, incident: String(repeating: "x", count: 201))
            }
        }
    }

    @Test("both people need the role for Production in that slot")
    func roles() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing()
            for caller in [shop.person("olga", .stagingManager, .reviewer, .operator), shop.person("olga", .policyOwner)] {
                try await expectFailure(.forbidden) { try await ask(shop, version, of: model, by: caller) }
            }
            let asked = try await ask(shop, version, of: model, by: shop.person("olga", .productionManager))
            try await expectFailure(.forbidden) {
                try await shop.breakGlass.second(asked.id, by: shop.person("paul", .reviewer, .operator))
            }
            let elsewhere = Caller(
                principal: .user("paul"), grants: Grants([Grant(.productionManager, models: model.text, segment: "eu")]))
            try await expectFailure(.forbidden) { try await shop.breakGlass.second(asked.id, by: elsewhere) }
            _ = try await shop.breakGlass.second(asked.id, by: shop.person("paul", .productionManager))
            #expect(try await shop.stage(version, of: model) == .production)
        }
    }

    @Test("a request is over after an hour, asked for once, and for a version that stays what it was")
    func over() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing()
            let first = try await ask(shop, version, of: model)
            try await expectFailure(.alreadyExists) { try await ask(shop, version, of: model) }
            shop.clock.advance(by: .seconds(3600))
            #expect(first.state(at: shop.clock.now) == .expired)
            try await expectFailure(.conflict) { try await shop.breakGlass.second(first.id, by: shop.person("paul")) }
            let second = try await ask(shop, version, of: model)
            try await shop.move(version, of: model, to: .archived, reason: "withdrawn")
            try await expectFailure(.conflict) { try await shop.breakGlass.second(second.id, by: shop.person("paul")) }
            let error = try await expectFailure(.blockedByPolicy) { try await ask(shop, version, of: model) }
            #expect(says(error.details.first, "archived"))
        }
    }

    @Test("two people who second it at once carry it out once")
    func racing() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing()
            let asked = try await ask(shop, version, of: model)
            let done = await withTaskGroup(of: Bool.self) { group in
                for name in ["paul", "quinn", "rosa"] {
                    group.addTask { (try? await shop.breakGlass.second(asked.id, by: shop.person(name))) != nil }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(done == 1)
            #expect(try await shop.log(AuditFilter(action: .breakGlassUsed, outcome: .granted)).count == 1)
            #expect(try await shop.store.read { tx in try tx.afterTheFactReviews() }.count == 1)
        }
    }

    @Test("the review after the fact stays open until a person without a part in it says what it found")
    func reviewed() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing()
            let review = try await shop.breakGlass.second(try await ask(shop, version, of: model).id, by: shop.person("paul"))
            shop.clock.advance(by: .seconds(90 * 86_400))
            #expect(try await shop.store.read { tx in try tx.afterTheFactReviews(onlyOpen: true) }.map(\.id) == [review.id])
            for name in ["olga", "paul", "Paul"] {
                try await expectFailure(.forbidden) {
                    try await shop.afterReviews.close(review.id, finding: "fine", by: shop.person(name))
                }
            }
            try await expectFailure(.forbidden) {
                try await shop.afterReviews.close(review.id, finding: "fine", by: shop.person("rosa", .productionManager))
            }
            try await expectFailure(.invalidArgument) {
                try await shop.afterReviews.close(review.id, finding: " ", by: shop.person("rosa"))
            }
            let closed = try await shop.afterReviews.close(review.id, finding: "it was right", by: shop.person("rosa", .reviewer))
            #expect(closed.closedBy == .user("rosa"))
            #expect(try await shop.lastEntry(.afterTheFactReviewed).reason == "it was right")
            #expect(try await shop.store.read { tx in try tx.afterTheFactReviews(onlyOpen: true) }.isEmpty)
            try await expectFailure(.conflict) {
                try await shop.afterReviews.close(review.id, finding: "again", by: shop.person("rosa"))
            }
        }
    }
}
