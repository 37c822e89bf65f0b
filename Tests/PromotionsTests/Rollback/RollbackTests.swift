import Access
import AuditLog
import GatehouseCore
import Registry
import Statistics
import Storage
import Testing

@testable import Promotions

@Suite("Rollback", .timeLimit(.minutes(2)))
struct RollbackTests {
    /// Three versions were in Production, v3 is. Whatever the policy says.
    private func withThree(_ body: (Workshop, ModelName, [VersionNumber]) async throws -> Void) async throws {
        try await Workshop.run(default: .shipped(.warn)) { shop in
            let model = try await shop.model()
            var versions: [VersionNumber] = []
            for _ in 0..<3 { versions.append(try await shop.version(of: model)) }
            try await shop.served(model, versions[0], versions[1], versions[2])
            try await shop.policy(Rules.text())
            try await body(shop, model, versions)
        }
    }

    @Test("one command returns to the version before: stages, slot, alias and entry in one, and a review opens")
    func once() async throws {
        try await withThree { shop, model, versions in
            let review = try await shop.rollBack(model)
            #expect(review.version == versions[1])
            #expect(review.previous == versions[2])
            #expect(review.isOpen)
            #expect(try await shop.stage(versions[1], of: model) == .production)
            #expect(try await shop.stage(versions[2], of: model) == .archived)
            #expect(try await shop.champion(of: model) == versions[1])
            let entry = try await shop.lastEntry(.rollbackPerformed)
            #expect(entry.sequence == review.auditSequence)
            #expect(entry.facts["displaced"] == [.integer(versions[2].value)])
            #expect(entry.facts["alias_was"] == .integer(versions[2].value))
            #expect(entry.reason == "it declines everybody")
            let told = try await shop.store.read { tx in
                try versions.map { try tx.timesRolledBack(try tx.requiredVersion($0, of: model)) }
            }
            #expect(told[0].isEmpty && told[1].isEmpty)
            let last = try #require(told[2].first)
            #expect(told[2].count == 1 && last.to == versions[1] && last.because == entry.reason && last.rollout == nil)
        }
    }

    @Test("again and again goes back further, never to what failed, and the slot's record stays whole")
    func repeatedly() async throws {
        try await withThree { shop, model, versions in
            #expect(try await shop.rollBack(model).version == versions[1])
            #expect(try await shop.rollBack(model).version == versions[0])
            let error = try await expectFailure(.conflict) { try await shop.rollBack(model) }
            #expect(says(error.message, "nothing to return to"))
            // Forward again by name, and back.
            #expect(try await shop.rollBack(model, to: versions[2]).previous == versions[0])
            #expect(try await shop.rollBack(model).version == versions[0])
            let history = try await shop.store.read { tx in try tx.history(of: Slot(model: model)) }
            #expect(history.map(\.version.value) == [1, 3, 1, 2, 3, 2, 1])
            for (later, earlier) in zip(history, history.dropFirst()) { #expect(earlier.until == later.from) }
            #expect(history.first?.until == nil)
            #expect(try await shop.log(AuditFilter(action: .rollbackPerformed, outcome: .granted)).count == 4)
            #expect(try await shop.store.read { tx in try tx.afterTheFactReviews(onlyOpen: true) }.count == 4)
        }
    }

    @Test("a version that was never active in the slot is no rollback, even where policies only warn, and this is on record")
    func never() async throws {
        try await withThree { shop, model, _ in
            let fresh = try await shop.version(of: model)
            for enforcement in ["enforce", "warn", "off"] {
                try await shop.policy(Rules.text(enforcement: enforcement))
                let error = try await expectFailure(.blockedByPolicy) { try await shop.rollBack(model, to: fresh) }
                #expect(says(error.details.first, "was never active"))
                #expect(try await shop.lastEntry(.transitionRefused).facts["rollback"] == true)
            }
            #expect(try await shop.stage(fresh, of: model) == .none)
        }
    }

    @Test("a version that was taken back to None or Staging goes through its gates again")
    func takenBack() async throws {
        try await withThree { shop, model, versions in
            try await shop.move(versions[1], of: model, to: .none, reason: "withdrawn")
            let error = try await expectFailure(.blockedByPolicy) { try await shop.rollBack(model) }
            #expect(says(error.details.first, "taken back to None"))
            #expect(try await shop.rollBack(model, to: versions[0]).version == versions[0])
        }
    }

    @Test("it takes the role of an operator, for this slot, and a reason")
    func roles() async throws {
        try await withThree { shop, model, versions in
            try await expectFailure(.forbidden) {
                try await shop.rollBack(model, by: shop.person("rita", .reviewer, .stagingManager, .registrant))
            }
            #expect(try await shop.lastEntry(.transitionRefused).principal == .user("rita"))
            let elsewhere = Caller(principal: .user("oncall"), grants: Grants([Grant(.operator, segment: "eu")]))
            try await expectFailure(.forbidden) { try await shop.rollBack(model, by: elsewhere) }
            try await expectFailure(.invalidArgument) {
                try await shop.rollbacks.rollBack(
                    RollbackRequest(slot: Slot(model: model), to: nil, reason: " ", by: shop.person("oncall", .operator)))
            }
            #expect(try await shop.rollBack(model, by: shop.person("oncall", .operator)).version == versions[1])
        }
    }

    @Test("the same idempotency key answers with what was done; for another request it is a conflict")
    func idempotent() async throws {
        try await withThree { shop, model, versions in
            let first = try await shop.rollBack(model, key: "page-1")
            #expect(try await shop.rollBack(model, key: "page-1") == first)
            #expect(try await shop.rollBack(model, to: versions[1], key: "page-1") == first)
            try await expectFailure(.conflict) { try await shop.rollBack(model, to: versions[0], key: "page-1") }
            #expect(try await shop.holder(of: Slot(model: model)) == versions[1])
        }
    }

    @Test("each segment rolls back by itself; a version that another slot holds stays in Production")
    func segments() async throws {
        try await withThree { shop, model, versions in
            let eu = Slot(model: model, segment: "eu")
            let inForce = try await shop.store.read { tx in try shop.policies.policy(for: model, tx) }
            for version in [versions[0], versions[2]] {
                let stage = try await shop.stage(version, of: model)
                try await shop.store.write { tx in
                    let entry = try tx.append(
                        AuditDraft(
                            id: shop.transitions.ids(), time: shop.clock.now, principal: shop.ada, action: .transitionGranted,
                            outcome: .granted, model: model, version: version))
                    if stage != .production {
                        try tx.changeStage(of: version, model: model, from: stage, to: .production, at: shop.clock.now)
                    }
                    try shop.transitions.occupy(
                        eu, version, inForce, at: shop.clock.now, audit: entry.sequence, isAdopted: false, tx)
                }
            }
            #expect(try await shop.rollBack(model, in: eu).version == versions[0])
            #expect(try await shop.holder(of: eu) == versions[0])
            #expect(try await shop.holder(of: Slot(model: model)) == versions[2])
            #expect(try await shop.stage(versions[2], of: model) == .production)
            #expect(try await shop.champion(of: model) == versions[2])
        }
    }

    @Test("MLflow's door does the same: it opens the same review")
    func otherDoor() async throws {
        try await withThree { shop, model, versions in
            try await shop.move(versions[0], of: model, to: .production, reason: "back", by: shop.person("oncall", .operator))
            let reviews = try await shop.store.read { tx in try tx.afterTheFactReviews(onlyOpen: true) }
            #expect(reviews.count == 1)
            #expect(reviews.first?.previous == versions[2])
            let entry = try await shop.lastEntry(.rollbackPerformed)
            #expect(reviews.first?.auditSequence == entry.sequence)
        }
    }

    @Test("an empty slot returns to what it held")
    func empty() async throws {
        try await withThree { shop, model, versions in
            try await shop.move(versions[2], of: model, to: .archived, reason: "stop")
            #expect(try await shop.holder(of: Slot(model: model)) == nil)
            let review = try await shop.rollBack(model)
            #expect(review.version == versions[2])
            #expect(review.previous == nil)
        }
    }

    @Test("two rollbacks at once are two steps or one, never half of one")
    func racing() async throws {
        try await withThree { shop, model, versions in
            await withTaskGroup(of: Void.self) { group in
                for _ in 0..<2 { group.addTask { _ = try? await shop.rollBack(model) } }
            }
            let holder = try await shop.holder(of: Slot(model: model))
            var stages: [Stage] = []
            for version in versions { stages.append(try await shop.stage(version, of: model)) }
            #expect(holder == versions[0])
            #expect(stages == [.production, .archived, .archived])
        }
    }

    // MARK: The pure part

    @Test("the ledger keeps versions in the order in which a rollback returns to them")
    func ledger() throws {
        func ledger(_ changes: (Int64, Bool)...) throws -> SlotLedger {
            SlotLedger(try changes.map { SlotLedger.Change(version: try VersionNumber($0.0), isRollback: $0.1) })
        }
        let (one, two) = (try VersionNumber(1), try VersionNumber(2))
        #expect(try ledger().earlier(than: nil) == nil)
        #expect(try ledger((1, false)).earlier(than: one) == nil)
        #expect(try ledger((1, false), (2, false)).earlier(than: two) == one)
        #expect(try ledger((1, false), (2, false)).earlier(than: nil) == two)
        #expect(try ledger((1, false), (2, false), (1, true)).earlier(than: one) == nil)
        // Through its gates again: what it replaced is what it returns to.
        #expect(try ledger((1, false), (2, false), (1, false)).earlier(than: one) == two)
    }

    @Test("whatever happened, a rollback never returns to the version that is active, and repeating it ends")
    func walk() throws {
        var random = SeededGenerator(seed: 11)
        for _ in 0..<500 {
            var changes: [SlotLedger.Change] = []
            var active: VersionNumber?
            for _ in 0..<30 {
                let ledger = SlotLedger(changes)
                let isRollback = random.uniform() < 0.4
                let target =
                    isRollback ? ledger.earlier(than: active) : try VersionNumber(Int64(1 + Int(random.uniform() * 6)))
                guard let target, target != active else { continue }
                changes.append(SlotLedger.Change(version: target, isRollback: isRollback))
                active = target
                #expect(SlotLedger(changes).versions.last == active)
            }
            var steps = 0
            while let next = SlotLedger(changes).earlier(than: active) {
                #expect(next != active)
                changes.append(SlotLedger.Change(version: next, isRollback: true))
                active = next
                steps += 1
                guard steps <= 6 else { Issue.record("it does not end"); break }
            }
        }
    }
}
