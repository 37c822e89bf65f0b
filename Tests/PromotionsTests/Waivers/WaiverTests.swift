import Access
import AuditLog
import GatehouseCore
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Waivers", .timeLimit(.minutes(2)))
struct WaiverTests {
    @Test("two approvals let a version pass a failed check, which stays failed wherever it shows")
    func two() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing()
            let waiver = try await shop.asked(version, of: model)
            #expect(try await shop.promote(version, of: model).state == .blocked)
            _ = try await shop.waivers.approve(waiver.id, comment: "", by: shop.person("ben"))
            #expect(try await shop.state(waiver) == .requested)
            #expect(try await shop.promote(version, of: model).state == .blocked)
            _ = try await shop.waivers.approve(waiver.id, comment: "seen the segment", by: shop.person("cleo"))
            #expect(try await shop.state(waiver) == .active)

            let promoted = try await shop.promote(version, of: model)
            #expect(promoted.state == .approved)
            #expect(promoted.warnings == ["waived: accuracy, by \(waiver.id) until \(waiver.expires)"])
            #expect(try await shop.stage(version, of: model) == .staging)
            #expect(try await shop.found(version, of: model).tags["gate.accuracy.passed"] == "false")
            let evaluationID = try #require(promoted.evaluationID)
            #expect(try await shop.evaluation(evaluationID)?.passed == false)
            let entry = try await shop.lastEntry(.transitionGranted)
            #expect(entry.facts["waivers"] == ["accuracy": .string(waiver.id)])
            let approved = try await shop.lastEntry(.waiverApproved)
            #expect(approved.facts["active"] == true)
            #expect(approved.reason == "seen the segment")
            #expect(try await shop.lastEntry(.waiverRequested).reason == "the threshold is for full-size loans")
        }
    }

    @Test(
        "nobody with a part in the version approves, whatever their roles, and each attempt is on record",
        arguments: [
            ("ada", "registered this version"), ("Ada", "registered this version"), ("rita", "asked for this"),
            ("trainer", "is the user of the run"),
        ])
    func involved(name: String, why: String) async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let run = try await shop.trainingRun(of: "trainer")
            let version = try await shop.registrations.register(
                VersionRequest(model: model, source: "test", manifest: try await shop.upload(LoanModel.weak), runID: run),
                by: shop.ada
            ).number
            try await shop.dataset()
            try await shop.policy(Rules.text())
            try await shop.evaluate(version, of: model)
            let waiver = try await shop.asked(version, of: model)
            _ = try await shop.waivers.approve(waiver.id, comment: "", by: shop.person("ben"))
            let error = try await expectFailure(.forbidden) {
                try await shop.waivers.approve(waiver.id, comment: "", by: shop.person(name))
            }
            #expect(says(error.message, why))
            #expect(try await shop.state(waiver) == .requested)
            let entry = try await shop.lastEntry(.waiverApproved)
            #expect(entry.outcome == .refused)
            #expect(entry.principal == .user(name))
        }
    }

    @Test("a token approves nothing, and the approval of one person counts once")
    func machinesAndRepeats() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing()
            let waiver = try await shop.asked(version, of: model)
            let token = try await shop.token("ci", madeBy: .user("ben"))
            let error = try await expectFailure(.forbidden) {
                try await shop.waivers.approve(waiver.id, comment: "", by: token)
            }
            #expect(says(error.message, "is not a person"))
            _ = try await shop.waivers.approve(waiver.id, comment: "", by: shop.person("ben"))
            try await expectFailure(.conflict) {
                try await shop.waivers.approve(waiver.id, comment: "", by: shop.person("ben"))
            }
            _ = try await shop.waivers.approve(waiver.id, comment: "", by: shop.person("BEN"))
            #expect(try await shop.state(waiver) == .requested, "two spellings of a name are one person")
            try await expectFailure(.forbidden) {
                try await shop.waivers.approve(waiver.id, comment: "", by: shop.person("cleo", .registrant))
            }
            _ = try await shop.waivers.approve(waiver.id, comment: "", by: shop.person("cleo", .reviewer))
            #expect(try await shop.state(waiver) == .active)
        }
    }

    @Test("the person behind the token that asked, or that registered the version, is a part of it")
    func behindTokens() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing()
            let token = try await shop.token("ci", madeBy: .user("ben"))
            let waiver = try await shop.waivers.request("accuracy", of: model, version, days: 1, reason: "r", by: token)
            let error = try await expectFailure(.forbidden) {
                try await shop.waivers.approve(waiver.id, comment: "", by: shop.person("ben"))
            }
            #expect(says(error.message, "asked for this"))
        }
    }

    @Test("two people who approve at once make it active once")
    func racing() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing()
            let waiver = try await shop.asked(version, of: model)
            await withTaskGroup(of: Void.self) { group in
                for name in ["ben", "cleo", "ben", "cleo", "ben"] {
                    group.addTask { _ = try? await shop.waivers.approve(waiver.id, comment: "", by: shop.person(name)) }
                }
            }
            let found = try #require(try await shop.store.read { tx in try tx.waiver(id: waiver.id) })
            #expect(Set(found.approvals.map(\.by.text)) == ["user:ben", "user:cleo"])
            #expect(found.approvals.count == 2)
            let granted = try await shop.log(AuditFilter(action: .waiverApproved, outcome: .granted))
            #expect(granted.map { $0.facts["active"] } == [false, true])
        }
    }

    @Test("a waiver that is over or revoked keeps nothing in")
    func over() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing("")
            let waiver = try await shop.waived(version, of: model, days: 1)
            shop.clock.advance(by: .seconds(86_399))
            #expect(try await shop.state(waiver) == .active)
            shop.clock.advance(by: .seconds(1))
            #expect(try await shop.state(waiver) == .expired)
            let error = try await expectFailure(.blockedByPolicy) {
                try await shop.move(version, of: model, to: .staging)
            }
            #expect(error.details.contains { $0.contains("failed gates: accuracy") })
            try await expectFailure(.conflict) {
                try await shop.waivers.approve(waiver.id, comment: "", by: shop.person("dora"))
            }

            let other = try await shop.waived(version, of: model)
            try await expectFailure(.invalidArgument) {
                try await shop.waivers.revoke(other.id, reason: " ", by: shop.person("ben"))
            }
            try await expectFailure(.forbidden) {
                try await shop.waivers.revoke(other.id, reason: "no", by: shop.person("eve", .viewer))
            }
            _ = try await shop.waivers.revoke(other.id, reason: "found why", by: shop.person("rita", .viewer))
            #expect(try await shop.state(other) == .revoked)
            #expect(try await shop.promote(version, of: model).state == .blocked)
            try await expectFailure(.conflict) {
                try await shop.waivers.revoke(other.id, reason: "again", by: shop.person("ben"))
            }
        }
    }

    @Test("it is for one version, one check and these bytes")
    func bound() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing()
            let waiver = try await shop.waived(version, of: model)
            // The same bytes under another number, and other bytes that fail the same check.
            for files in [LoanModel.weak, LoanModel.files(splitAt: 0.795)] {
                let other = try await shop.version(of: model, files)
                try await shop.evaluate(other, of: model)
                #expect(try await shop.promote(other, of: model).state == .blocked)
            }
            let present = Waiver.Present(artifact: waiver.artifact, ground: waiver.ground)
            let moved = Waiver.Present(artifact: Facts.digest(9), ground: waiver.ground)
            #expect(waiver.state(at: shop.clock.now, present) == .active)
            #expect(waiver.state(at: shop.clock.now, moved) == .void)
            #expect(says(waiver.difference(from: moved), "artifact"))
        }
    }

    @Test("a change of the check, or of what it is measured on, voids it; another check's change does not")
    func voided() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing()
            let waiver = try await shop.waived(version, of: model)
            try await shop.policy(
                Rules.text(evaluation: "max_age: 3d", gates: [Rules.accuracy, "latency: {mode: sequential}"]))
            #expect(try await shop.state(waiver) == .active)
            try await shop.policy(Rules.text(gates: ["accuracy: {min_absolute_auc: 0.79}"]))
            #expect(try await shop.state(waiver) == .void)
            #expect(try await shop.promote(version, of: model).state == .blocked)
            try await shop.policy(Rules.text(evaluation: "decision_threshold: 0.4"))
            #expect(try await shop.state(waiver) == .void)
            try await shop.policy(Rules.text(gates: ["fairness: {}"]))
            #expect(try await shop.state(waiver) == .void)
        }
    }

    @Test("asking says what is wrong: reason, days, check, evaluation, a check that keeps nothing out, twice")
    func asking() async throws {
        try await Workshop.run { shop in
            let (model, version) = try await shop.failing()
            func ask(_ check: String = "accuracy", _ number: VersionNumber? = nil, days: Int = 7, reason: String = "r")
                async throws
            {
                _ = try await shop.waivers.request(
                    check, of: model, number ?? version, days: days, reason: reason, by: shop.person("rita"))
            }
            try await expectFailure(.invalidArgument) { try await ask(reason: " \n") }
            for days in [-1, 0, 91, .max, .min] { try await expectFailure(.invalidArgument) { try await ask(days: days) } }
            let error = try await expectFailure(.notFound) { try await ask("acuracy") }
            #expect(says(error.hint, "accuracy"))
            let good = try await shop.version(of: model)
            try await expectFailure(.conflict) { try await ask("accuracy", good) }
            try await shop.evaluate(good, of: model)
            let idle = try await expectFailure(.conflict) { try await ask("accuracy", good) }
            #expect(says(idle.message, "nothing to waive"))
            try await expectFailure(.notFound) { try await ask("accuracy", try VersionNumber(99)) }
            try await ask()
            try await expectFailure(.alreadyExists) { try await ask() }
            try await expectFailure(.forbidden) {
                _ = try await shop.waivers.request(
                    "accuracy", of: model, version, days: 1, reason: "r", by: shop.person("eve", .viewer))
            }
            try await shop.policy(Rules.text(gates: ["accuracy: {min_absolute_auc: 0.81}"]))
            try await expectFailure(.conflict) { try await ask() }
        }
    }
}
