import AuditLog
import GatehouseCore
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Versions that were in production before Gatehouse came", .timeLimit(.minutes(2)))
struct AdoptionTests {
    @Test("an adoption puts a version into Production without gates and says so")
    func adopt() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            let slot = Slot(model: model)
            try await shop.adoptions.adopt(version, into: slot, reason: "ran before", by: shop.ada)
            #expect(try await shop.stage(version, of: model) == .production)
            #expect(try await shop.champion(of: model) == version)
            let occupancy = try #require(try await shop.store.read { tx in try tx.occupant(of: slot) })
            #expect(occupancy.version == version)
            #expect(occupancy.isAdopted)
            let entry = try await shop.lastEntry(.slotAdopted)
            #expect(entry.sequence == occupancy.auditSequence)
            #expect(entry.facts["gates"] == "none")
            #expect(entry.reason == "ran before")
        }
    }

    @Test("a slot adopts once, even after it was emptied")
    func once() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            let slot = Slot(model: model)
            try await shop.adoptions.adopt(version, into: slot, reason: "ran before", by: shop.ada)
            try await shop.move(version, of: model, to: .archived, reason: "retired")
            let other = try await shop.version(of: model, LoanModel.weak)
            try await expectFailure(.conflict) {
                try await shop.adoptions.adopt(other, into: slot, reason: "this one too", by: shop.ada)
            }
            #expect(try await shop.stage(other, of: model) == .none)
            #expect(try await shop.log(AuditFilter(action: .slotAdopted)).count == 1)
        }
    }

    @Test("of several adoptions into one slot at once, one wins")
    func concurrent() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            var versions: [VersionNumber] = []
            for _ in 0..<4 { versions.append(try await shop.version(of: model)) }
            let slot = Slot(model: model)
            let won = await withTaskGroup(of: VersionNumber?.self) { tasks in
                for version in versions {
                    tasks.addTask {
                        do {
                            try await shop.adoptions.adopt(version, into: slot, reason: "ran before", by: shop.ada)
                            return version
                        } catch {
                            return nil
                        }
                    }
                }
                return await tasks.reduce(into: [VersionNumber]()) { won, version in won += version.map { [$0] } ?? [] }
            }
            #expect(won.count == 1)
            let holder = try await shop.holder(of: slot)
            #expect(won.first == holder)
        }
    }

    @Test("an adoption needs a reason", arguments: ["", "  ", "\n\t"])
    func reason(text: String) async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model)
            try await expectFailure(.invalidArgument) {
                try await shop.adoptions.adopt(version, into: Slot(model: model), reason: text, by: shop.ada)
            }
            #expect(try await shop.stage(version, of: model) == .none)
        }
    }

    @Test("an unpinned version cannot be adopted")
    func unpinned() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.registrations.register(
                VersionRequest(model: model, source: "s3://somewhere/model"), by: shop.ada
            ).number
            try await expectFailure(.conflict) {
                try await shop.adoptions.adopt(version, into: Slot(model: model), reason: "ran before", by: shop.ada)
            }
            #expect(try await shop.holder(of: Slot(model: model)) == nil)
        }
    }

    @Test("adopting into a segment leaves the champion of the default slot alone")
    func segment() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let whole = try await shop.version(of: model)
            let european = try await shop.version(of: model, LoanModel.weak)
            try await shop.adoptions.adopt(whole, into: Slot(model: model), reason: "ran before", by: shop.ada)
            try await shop.adoptions.adopt(european, into: Slot(model: model, segment: "eu"), reason: "ran there", by: shop.ada)
            #expect(try await shop.champion(of: model) == whole)
            #expect(try await shop.stage(whole, of: model) == .production)
            #expect(try await shop.stage(european, of: model) == .production)
        }
    }

    @Test("a version displaced from one slot stays in Production while it holds another")
    func displacedFromOneOfTwo() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let slots = [Slot(model: model), Slot(model: model, segment: "eu")]
            let first = try await shop.version(of: model)
            let second = try await shop.version(of: model, LoanModel.weak)
            for slot in slots { try await shop.adoptions.adopt(first, into: slot, reason: "ran before", by: shop.ada) }
            try await shop.policy(Rules.text(enforcement: "warn"))
            let outcome = try await shop.move(second, of: model, to: .production, reason: "better")
            #expect(outcome.displaced.isEmpty)
            #expect(try await shop.stage(first, of: model) == .production)
            #expect(try await shop.holder(of: slots[0]) == second)
            #expect(try await shop.holder(of: slots[1]) == first)
            #expect(try await shop.champion(of: model) == second)
        }
    }

    @Test("a version archived by archive_existing holds no slot any more")
    func archiveExistingEmptiesSlots() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let european = try await shop.version(of: model)
            let second = try await shop.version(of: model, LoanModel.weak)
            let slot = Slot(model: model, segment: "eu")
            try await shop.adoptions.adopt(european, into: slot, reason: "ran there", by: shop.ada)
            try await shop.policy(Rules.text(enforcement: "warn"))
            let outcome = try await shop.move(second, of: model, to: .production, reason: "better", archivesExisting: true)
            #expect(outcome.displaced == [european])
            #expect(try await shop.stage(european, of: model) == .archived)
            #expect(try await shop.holder(of: slot) == nil)
        }
    }
}
