import GatehouseCore
import Testing

@testable import Promotions

@Suite("Which moves between stages are granted")
struct PromotionMachineTests {
    /// What each cell of the table of system.md §1 needs, in the words of these tests.
    enum Need: Sendable {
        case nothing, evaluation, approval, reason, rollback, never
    }

    static let table: [(from: Stage, to: Stage, need: Need)] = [
        (.none, .none, .nothing), (.none, .staging, .evaluation), (.none, .production, .never), (.none, .archived, .reason),
        (.staging, .none, .reason), (.staging, .staging, .nothing), (.staging, .production, .approval),
        (.staging, .archived, .reason),
        (.production, .none, .reason), (.production, .staging, .never), (.production, .production, .nothing),
        (.production, .archived, .reason),
        (.archived, .none, .reason), (.archived, .staging, .evaluation), (.archived, .production, .rollback),
        (.archived, .archived, .nothing),
    ]

    @Test("the table has every cell once")
    func tableIsWhole() {
        #expect(Self.table.count == Stage.allCases.count * Stage.allCases.count)
        for from in Stage.allCases {
            for to in Stage.allCases { #expect(Self.table.count { $0.from == from && $0.to == to } == 1) }
        }
    }

    @Test("with everything that could be asked for, only approvals and what never exists are refused", arguments: table)
    func everythingPresent(from: Stage, to: Stage, need: Need) {
        let action = PromotionMachine.decide(Facts(from, to).facts)
        switch need {
        case .nothing: #expect(action == .nothing)
        case .evaluation, .reason, .rollback: #expect(action == .move(unmet: []))
        case .approval: #expect(action.missing.map(\.what).joined().contains("1 approval"))
        case .never: #expect(action.missing.count == 1)
        }
    }

    @Test("with nothing of what is asked for, every move is refused", arguments: table)
    func nothingPresent(from: Stage, to: Stage, need: Need) {
        var facts = Facts(from, to)
        facts.evaluation = nil
        facts.reason = nil
        facts.wasActive = false
        let action = PromotionMachine.decide(facts.facts)
        switch need {
        case .nothing: #expect(action == .nothing)
        case .evaluation: #expect(action.missing.map(\.what) == ["no evaluation of credit-risk v3 exists"])
        case .approval: #expect(action.missing.count == 2)
        case .reason: #expect(action.missing.map(\.what) == ["a reason"])
        case .rollback: #expect(action.missing.count == 2)
        case .never: #expect(action.missing.count == 1)
        }
    }

    @Test("warn lets every move through and says what would have been refused", arguments: table)
    func warn(from: Stage, to: Stage, need: Need) {
        var facts = Facts(from, to)
        facts.evaluation = nil
        facts.reason = " "
        facts.wasActive = false
        let refused = PromotionMachine.decide(facts.facts).missing
        facts.enforcement = .warn
        #expect(PromotionMachine.decide(facts.facts) == (from == to ? .nothing : .move(unmet: refused)))
    }

    @Test("off asks nothing", arguments: table)
    func off(from: Stage, to: Stage, need: Need) {
        var facts = Facts(from, to)
        facts.evaluation = nil
        facts.artifact = nil
        facts.reason = nil
        facts.wasActive = false
        facts.enforcement = .off
        #expect(PromotionMachine.decide(facts.facts) == (from == to ? .nothing : .move(unmet: [])))
    }

    @Test(
        "one thing missing is refused for that one thing",
        arguments: [
            (Flaw.noEvaluation, Stage.none, Stage.staging, "no evaluation of credit-risk v3 exists"),
            (.otherArtifact, .none, .staging, "evaluation ev_1 is of other bytes than this version's artifact"),
            (.otherPolicy, .none, .staging, "evaluation ev_1 was made under another policy version"),
            (.tooOld, .none, .staging, "evaluation ev_1 is older than the policy's max_age of 7d"),
            (.failedGates, .none, .staging, "failed gates: fairness, latency"),
            (.unpinnedLater, .none, .staging, "evaluation ev_1 is of other bytes than this version's artifact"),
            (.tooOld, .archived, .staging, "evaluation ev_1 is older than the policy's max_age of 7d"),
            (.noReason, .production, .archived, "a reason"),
            (.blankReason, .staging, .none, "a reason"),
            (.noReason, .archived, .production, "a reason"),
            (
                .neverActive, .archived, .production,
                "credit-risk v3 was never active in this slot, so moving it there is no rollback"
            ),
            (
                .unpinned, .archived, .production,
                "the artifact of credit-risk v3 is unpinned: its bytes were never hashed and sealed"
            ),
        ])
    func oneThingMissing(flaw: Flaw, from: Stage, to: Stage, what: String) {
        var facts = Facts(from, to)
        flaw.spoil(&facts)
        let missing = PromotionMachine.decide(facts.facts).missing
        #expect(missing.map(\.what) == [what])
        #expect(missing.allSatisfy { $0.command != nil })
    }

    @Test("an evaluation is fresh up to and including max_age")
    func freshness() {
        var facts = Facts(.none, .staging)
        facts.age = .seconds(7 * 86_400)
        #expect(PromotionMachine.decide(facts.facts) == .move(unmet: []))
        facts.age = .seconds(7 * 86_400) + .milliseconds(1)
        #expect(PromotionMachine.decide(facts.facts) != .move(unmet: []))
        // The machine's clock was set back after the evaluation.
        facts.age = .seconds(-3600)
        #expect(PromotionMachine.decide(facts.facts) == .move(unmet: []))
    }

    @Test("an unpinned version cannot enter Production, whatever was evaluated")
    func unpinned() {
        var facts = Facts(.staging, .production)
        facts.artifact = nil
        facts.evaluatedArtifact = nil
        #expect(PromotionMachine.decide(facts.facts).missing.contains { $0.what.contains("unpinned") })
    }

    @Test("the commands of a refusal survive a shell")
    func commandsAreQuoted() {
        var facts = Facts(.none, .staging)
        facts.model = "credit risk; reboot"
        facts.evaluation = nil
        #expect(
            PromotionMachine.decide(facts.facts).missing.first?.command
                == "gatehouse evaluate 'credit risk; reboot' 3 --wait")
    }

    @Test("a policy that asks for no check passes nothing")
    func noChecks() {
        var facts = Facts(.none, .staging)
        facts.hasChecks = false
        #expect(
            PromotionMachine.decide(facts.facts).missing.map(\.what) == ["the policy asks for no check, so nothing was shown"])
    }

    @Test("enough approvals of different reviews move it, one too few does not, and the refusal says how to get them")
    func approvals() {
        var facts = Facts(.staging, .production)
        facts.reviewers = 2
        #expect(PromotionMachine.awaitsApprovalOnly(facts.facts))
        facts.approvals = ["rv_1"]
        var waiting = facts.facts
        waiting.approvals.promotion = "prm_1"
        #expect(
            PromotionMachine.decide(waiting).missing == [
                MissingRequirement(
                    "1 approval more by a reviewer, bound to the promotion prm_1",
                    command: "gatehouse review list --promotion prm_1")
            ])
        facts.approvals = ["rv_1", "rv_2"]
        #expect(PromotionMachine.decide(facts.facts) == .move(unmet: []))
        #expect(!PromotionMachine.awaitsApprovalOnly(facts.facts))
        // Approvals stand for nothing else that is missing.
        facts.blocking = ["fairness"]
        #expect(PromotionMachine.decide(facts.facts).missing.map(\.what) == ["failed gates: fairness"])
        facts.approvals = []
        #expect(!PromotionMachine.awaitsApprovalOnly(facts.facts))
    }

    @Test("a version in Production needs for another slot what the first one took, unless it was active there")
    func secondSlot() {
        var facts = Facts(.production, .production)
        #expect(PromotionMachine.decide(facts.facts) == .nothing)
        facts.holdsSlot = false
        facts.wasActive = false
        #expect(PromotionMachine.awaitsApprovalOnly(facts.facts))
        var elsewhere = facts.facts
        elsewhere.slot = Slot(model: elsewhere.model, environment: "canary", segment: "eu/de")
        #expect(
            PromotionMachine.decide(elsewhere).missing.first?.command
                == "gatehouse promote credit-risk 3 --to production --environment canary --slot 'eu/de'")
        facts.wasActive = true
        #expect(PromotionMachine.decide(facts.facts) == .move(unmet: []))
        facts.reason = nil
        #expect(PromotionMachine.decide(facts.facts).missing.map(\.what) == ["a reason"])
    }

    @Test("a policy that asks for no reviewer is not held up by the missing review, but by shadow evidence it asks for")
    func noReviewers() {
        var facts = Facts(.staging, .production)
        facts.reviewers = 0
        #expect(PromotionMachine.decide(facts.facts) == .move(unmet: []))
        facts.shadow = .absent(MissingRequirement("no shadow"))
        #expect(PromotionMachine.decide(facts.facts).missing.map(\.what) == ["no shadow"])
    }
}

/// One thing that a move could lack.
enum Flaw: Sendable, CaseIterable {
    case noEvaluation, otherArtifact, otherPolicy, tooOld, failedGates, unpinned, unpinnedLater, noReason, blankReason
    case neverActive

    func spoil(_ facts: inout Facts) {
        switch self {
        case .noEvaluation: facts.evaluation = nil
        case .otherArtifact: facts.evaluatedArtifact = Facts.digest(9)
        case .otherPolicy: facts.evaluatedPolicy = Facts.digest(9)
        case .tooOld: facts.age = .seconds(8 * 86_400)
        case .failedGates: facts.blocking = ["fairness", "latency"]
        case .unpinned:
            facts.artifact = nil
            facts.evaluatedArtifact = nil
        case .unpinnedLater: facts.artifact = nil
        case .noReason: facts.reason = nil
        case .blankReason: facts.reason = " \t\n"
        case .neverActive: facts.wasActive = false
        }
    }
}
