import AuditLog
import GatehouseCore
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Moves between stages, as they are written", .timeLimit(.minutes(2)))
struct TransitionServiceTests {
    /// v1 was in Production, v2 is; all enforced from here on.
    private func withTwoServed(_ body: (Workshop, ModelName, (old: VersionNumber, new: VersionNumber)) async throws -> Void)
        async throws
    {
        try await Workshop.run(default: .shipped(.warn)) { shop in
            let model = try await shop.model()
            let old = try await shop.version(of: model, LoanModel.weak)
            let new = try await shop.version(of: model)
            try await shop.move(old, of: model, to: .production, reason: "first")
            shop.clock.advance(by: .seconds(60))
            try await shop.move(new, of: model, to: .production, reason: "second")
            try await shop.policy(Rules.text())
            shop.clock.advance(by: .seconds(60))
            try await body(shop, model, (old, new))
        }
    }

    @Test("stage, slot, protected alias and audit entry name each other")
    func oneTransaction() async throws {
        try await withTwoServed { shop, model, versions in
            let entry = try #require(try await shop.log(AuditFilter(version: versions.new, action: .transitionGranted)).last)
            let occupancy = try #require(try await shop.store.read { tx in try tx.occupant(of: Slot(model: model)) })
            #expect(occupancy.version == versions.new)
            #expect(occupancy.auditSequence == entry.sequence)
            #expect(occupancy.from == entry.time)
            #expect(try await shop.champion(of: model) == versions.new)
            #expect(try await shop.stage(versions.new, of: model) == .production)
            #expect(try await shop.stage(versions.old, of: model) == .archived)
            #expect(entry.facts["displaced"] == .array([.integer(versions.old.value)]))
            #expect(entry.facts["from"] == "None")
            #expect(entry.facts["to"] == "Production")
            #expect(entry.principal == shop.ada)
        }
    }

    @Test("warn lets a move through and records what would have been refused")
    func warn() async throws {
        try await withTwoServed { shop, _, versions in
            let entry = try #require(try await shop.log(AuditFilter(version: versions.old, action: .transitionGranted)).first)
            #expect(entry.outcome == .granted)
            #expect(entry.facts["enforcement"] == "warn")
            let missing = try #require(entry.facts["missing"]?.arrayValue)
            #expect(missing.count == 1)
            #expect(says(missing.first?.stringValue, "has not been in Staging"))
        }
    }

    @Test("a refused move is recorded and changes nothing")
    func refused() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            let before = try await shop.found(version, of: model)
            let entries = try await shop.log().count
            shop.clock.advance(by: .seconds(5))
            let error = try await expectFailure(.blockedByPolicy) {
                try await shop.move(version, of: model, to: .staging, reason: "please")
            }
            #expect(error.message == "credit-risk v1 may not move from None to Staging under policy default.")
            #expect(error.hint == "gatehouse evaluate credit-risk 1 --wait")
            #expect(error.details.count == 1)
            #expect(try await shop.found(version, of: model) == before)
            #expect(try await shop.holder(of: Slot(model: model)) == nil)
            #expect(try await shop.log().count == entries + 1)
            let entry = try await shop.lastEntry(.transitionRefused)
            #expect(entry.outcome == .refused)
            #expect(entry.reason == "please")
            #expect(entry.facts["missing"] == ["no evaluation of credit-risk v1 exists"])
        }
    }

    @Test("None → Production is refused to everyone")
    func straightToProduction() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await expectFailure(.blockedByPolicy) {
                try await shop.move(version, of: model, to: .production, reason: "it is urgent")
            }
            #expect(try await shop.stage(version, of: model) == .none)
        }
    }

    @Test("a move that expects another stage is a conflict and leaves no trace")
    func expectedStage() async throws {
        try await withTwoServed { shop, model, versions in
            let entries = try await shop.log().count
            let error = try await expectFailure(.conflict) {
                try await shop.move(versions.old, of: model, to: .production, reason: "back", expecting: .staging)
            }
            #expect(error.message == "credit-risk v1 is in Archived, not in Staging as expected.")
            #expect(try await shop.log().count == entries)
            #expect(try await shop.holder(of: Slot(model: model)) == versions.new)
            try await shop.move(versions.old, of: model, to: .production, reason: "back", expecting: .archived)
            #expect(try await shop.holder(of: Slot(model: model)) == versions.old)
        }
    }

    @Test("a rollback displaces the holder, moves the alias and says that it is one")
    func rollback() async throws {
        try await withTwoServed { shop, model, versions in
            let outcome = try await shop.move(versions.old, of: model, to: .production, reason: "declines tripled")
            #expect(outcome.displaced == [versions.new])
            #expect(try await shop.stage(versions.old, of: model) == .production)
            #expect(try await shop.stage(versions.new, of: model) == .archived)
            #expect(try await shop.champion(of: model) == versions.old)
            let entry = try await shop.lastEntry(.rollbackPerformed)
            #expect(entry.reason == "declines tripled")
            #expect(entry.outcome == .granted)
            let history = try await shop.store.read { tx in try tx.history(of: Slot(model: model)) }
            #expect(history.map(\.version) == [versions.old, versions.new, versions.old])
            #expect(history.first?.auditSequence == entry.sequence)
        }
    }

    @Test("a rollback needs a reason")
    func rollbackWithoutReason() async throws {
        try await withTwoServed { shop, model, versions in
            for reason in [nil, "", "  "] {
                let error = try await expectFailure(.blockedByPolicy) {
                    try await shop.move(versions.old, of: model, to: .production, reason: reason)
                }
                #expect(error.details == ["missing: a reason → repeat it with --reason \"…\""])
            }
            #expect(try await shop.holder(of: Slot(model: model)) == versions.new)
        }
    }

    @Test("a version that was never active is no rollback's target")
    func rollbackToStranger() async throws {
        try await withTwoServed { shop, model, _ in
            let stranger = try await shop.version(of: model)
            try await shop.move(stranger, of: model, to: .archived, reason: "not wanted")
            let error = try await expectFailure(.blockedByPolicy) {
                try await shop.move(stranger, of: model, to: .production, reason: "wanted after all")
            }
            #expect(says(error.details.first, "was never active in this slot"))
            #expect(try await shop.stage(stranger, of: model) == .archived)
        }
    }

    @Test("archiving what serves empties the slot and frees the alias")
    func archive() async throws {
        try await withTwoServed { shop, model, versions in
            try await expectFailure(.blockedByPolicy) { try await shop.move(versions.new, of: model, to: .archived) }
            try await shop.move(versions.new, of: model, to: .archived, reason: "retired")
            #expect(try await shop.holder(of: Slot(model: model)) == nil)
            #expect(try await shop.champion(of: model) == nil)
            #expect(try await shop.found(versions.new, of: model).leftProduction == shop.clock.now)
            let then = shop.clock.now.adding(.milliseconds(-1))
            #expect(
                try await shop.store.read { tx in try tx.occupant(of: Slot(model: model), at: then)?.version } == versions.new)
        }
    }

    @Test("a move to where the version is changes and records nothing")
    func nothingToDo() async throws {
        try await withTwoServed { shop, model, versions in
            let entries = try await shop.log().count
            let outcome = try await shop.move(versions.new, of: model, to: .production)
            #expect(outcome.from == outcome.to)
            #expect(try await shop.log().count == entries)
        }
    }

    @Test("archive_existing archives every other version of the target stage, and names them")
    func archiveExisting() async throws {
        try await Workshop.run(default: .shipped(.warn)) { shop in
            let model = try await shop.model()
            var versions: [VersionNumber] = []
            for _ in 0..<3 { versions.append(try await shop.version(of: model)) }
            try await shop.move(versions[0], of: model, to: .staging)
            try await shop.move(versions[1], of: model, to: .staging)
            let kept = try await shop.move(versions[2], of: model, to: .staging)
            #expect(kept.displaced.isEmpty)
            try await shop.move(versions[2], of: model, to: .none, reason: "again")
            let outcome = try await shop.move(versions[2], of: model, to: .staging, archivesExisting: true)
            #expect(outcome.displaced == [versions[0], versions[1]])
            #expect(try await shop.stage(versions[0], of: model) == .archived)
            #expect(try await shop.stage(versions[1], of: model) == .archived)
            #expect(try await shop.lastEntry(.transitionGranted).facts["displaced"] == [1, 2])
        }
    }

    @Test("off behaves as MLflow does: several versions in Production, aliases untouched")
    func off() async throws {
        try await Workshop.run(default: .shipped(.off)) { shop in
            let model = try await shop.model()
            let first = try await shop.version(of: model)
            let second = try await shop.version(of: model)
            let alias = try Alias("champion")
            try await shop.aliases.set(alias, of: model, to: first, reason: nil, by: shop.caller)
            try await shop.move(first, of: model, to: .production)
            let outcome = try await shop.move(second, of: model, to: .production)
            #expect(outcome.displaced.isEmpty)
            #expect(try await shop.stage(first, of: model) == .production)
            #expect(try await shop.stage(second, of: model) == .production)
            // MLflow moves no alias when a stage changes, and deletes none.
            #expect(try await shop.champion(of: model) == first)
            try await shop.move(first, of: model, to: .archived)
            #expect(try await shop.champion(of: model) == first)
            let third = try await shop.version(of: model)
            let displacing = try await shop.move(third, of: model, to: .production, archivesExisting: true)
            #expect(displacing.displaced == [second])
        }
    }

    @Test("a granted move with an idempotency key is done once and answered again")
    func idempotency() async throws {
        try await withTwoServed { shop, model, versions in
            func request(_ version: VersionNumber, _ stage: Stage) -> TransitionRequest {
                TransitionRequest(
                    model: model, version: version, to: stage, by: shop.caller, reason: "declines tripled",
                    idempotencyKey: "pager-9"
                )
            }
            let first = try await shop.transitions.transition(request(versions.old, .production))
            #expect(first.displaced == [versions.new])
            try await shop.move(versions.old, of: model, to: .archived, reason: "retired")
            #expect(try await shop.transitions.transition(request(versions.old, .production)) == first)
            #expect(try await shop.stage(versions.old, of: model) == .archived)
            try await expectFailure(.conflict) { try await shop.transitions.transition(request(versions.new, .production)) }
            try await expectFailure(.conflict) { try await shop.transitions.transition(request(versions.old, .none)) }
        }
    }

    @Test("a refused move does not use its idempotency key up")
    func refusedKey() async throws {
        try await withTwoServed { shop, model, versions in
            func request(_ reason: String?) -> TransitionRequest {
                TransitionRequest(
                    model: model, version: versions.old, to: .production, by: shop.caller, reason: reason,
                    idempotencyKey: "pager-9")
            }
            try await expectFailure(.blockedByPolicy) { try await shop.transitions.transition(request(nil)) }
            let outcome = try await shop.transitions.transition(request("declines tripled"))
            #expect(outcome.displaced == [versions.new])
        }
    }

    @Test("versions and models that do not exist are not found")
    func notFound() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            try await expectFailure(.notFound) { try await shop.move(VersionNumber(9), of: model, to: .staging) }
            try await expectFailure(.notFound) { try await shop.move(VersionNumber(1), of: ModelName("other"), to: .staging) }
        }
    }

    @Test("of two rollbacks at once that expect the same stage, one wins and the other is a conflict")
    func concurrent() async throws {
        try await withTwoServed { shop, model, versions in
            let results = await withTaskGroup(of: Bool.self) { tasks in
                for _ in 0..<8 {
                    tasks.addTask {
                        let moved = try? await shop.move(
                            versions.old, of: model, to: .production, reason: "now", expecting: .archived)
                        return moved != nil
                    }
                }
                return await tasks.reduce(into: [Bool]()) { $0.append($1) }
            }
            #expect(results.count { $0 } == 1)
            let rollbacks = try await shop.log(AuditFilter(action: .rollbackPerformed))
            #expect(rollbacks.count == 1)
            #expect(try await shop.holder(of: Slot(model: model)) == versions.old)
        }
    }
}
