package import GatehouseCore
import Registry
import Rollouts

/// The answer to somebody who moves traffic outside of Gatehouse: may this version be where they want it?
package struct Clearance: Sendable, Equatable {
    /// `pass`: it may. `fail`: it may not, and waiting changes nothing. `inconclusive`: nobody has decided, so not now.
    package let verdict: Verdict
    /// Why, as one sentence.
    package let reason: String
    /// The command that goes on from there; nil: there is none.
    package let remedy: String?

    init(_ verdict: Verdict, _ reason: String, remedy: String? = nil) {
        self.verdict = verdict
        self.reason = reason
        self.remedy = remedy
    }
}

/// What is known of a version and of the place it is asked about.
struct ClearanceFacts: Sendable {
    let model: ModelName
    let version: VersionNumber
    let stage: Stage
    let artifact: Digest?
    /// Where it is asked for.
    let slot: Slot
    /// What answers there: the slot's own champion, or the one it falls back to.
    var occupant: SlotOccupancy?
    /// What goes on in the slot that answers.
    var rollout: Rollout?
    /// When bytes like these were last rolled back there.
    var rolledBackAt: Timestamp?
    /// The newest request to bring the version to the stage that is asked about.
    var promotion: PromotionStanding?
    /// The digest that is about to be served, as whoever asks says; nil: they do not say.
    var claimed: Digest?
}

/// As much of a promotion as a sentence about it needs.
struct PromotionStanding: Sendable, Equatable {
    let id: String
    let state: Promotion.State
    let reason: String
}

extension Clearance {
    /// Whether a version may take requests in a slot of Production.
    static func forProduction(_ facts: ClearanceFacts) -> Clearance {
        if let problem = facts.problemWithBytes { return problem }
        if let rollout = facts.rollout, rollout.version == facts.version { return duringRollout(rollout, facts) }
        if let occupant = facts.occupant, occupant.version == facts.version {
            return Clearance(
                .pass,
                "\(facts.subject) is active in \(occupant.slot) since \(occupant.from) (audit entry \(occupant.auditSequence)).")
        }
        return facts.waiting ?? facts.outside
    }

    /// Whether a version may take requests where Staging is enough.
    static func forStaging(_ facts: ClearanceFacts) -> Clearance {
        if let problem = facts.problemWithBytes { return problem }
        switch facts.stage {
        case .staging, .production: return Clearance(.pass, "\(facts.subject) is in \(facts.stage).")
        case .archived: return Clearance(.fail, "\(facts.subject) is archived.", remedy: facts.promoteCommand(to: .staging))
        case .none: break
        }
        let missing = facts.blocked ?? Clearance(.fail, "\(facts.subject) has not been in Staging.")
        return facts.waiting ?? Clearance(.fail, missing.reason, remedy: facts.promoteCommand(to: .staging))
    }

    private static func duringRollout(_ rollout: Rollout, _ facts: ClearanceFacts) -> Clearance {
        let (place, status) = ("the rollout \(rollout.id) in \(rollout.slot)", "gatehouse rollout status \(rollout.id)")
        let why = rollout.machine.verdict.reason
        switch rollout.machine.phase {
        case .observing, .baking, .promoted:
            return Clearance(.pass, "\(facts.subject) has \(rollout.machine.percent) % of \(rollout.slot) in \(place): \(why).")
        case .held: return Clearance(.inconclusive, "\(facts.subject) waits: \(place) is on hold (\(why)).", remedy: status)
        case .needsHuman:
            return Clearance(.inconclusive, "\(facts.subject) waits: \(place) asks a person (\(why)).", remedy: status)
        case .pending: return Clearance(.inconclusive, "\(facts.subject) waits: \(place) has not started.", remedy: status)
        case .rolledBack: return Clearance(.fail, "\(facts.subject) was rolled back: \(why).", remedy: status)
        }
    }
}

extension ClearanceFacts {
    fileprivate var subject: String { "\(model) v\(version)" }

    fileprivate func promoteCommand(to stage: Stage) -> String {
        let place = stage == .production ? slot.options : ""
        return "gatehouse promote \(shellQuoted(model.text)) \(version) --to \(stage.rawValue.lowercased())\(place) --wait"
    }

    /// What is served has to be what was judged.
    fileprivate var problemWithBytes: Clearance? {
        guard let claimed, claimed != artifact else { return nil }
        guard let artifact else {
            return Clearance(
                .fail, "\(subject) is unpinned: its bytes were never hashed, so nobody can say that they are \(claimed).")
        }
        return Clearance(.fail, "The bytes to be served are \(claimed), and those of \(subject) are \(artifact).")
    }

    /// Somebody may still let it in.
    fileprivate var waiting: Clearance? {
        guard stage != .archived, let promotion else { return nil }
        switch promotion.state {
        case .evaluating:
            return Clearance(
                .inconclusive, "\(subject) is not decided: the promotion \(promotion.id) waits for its evaluation.",
                remedy: "gatehouse evaluation list \(shellQuoted(model.text)) \(version)")
        case .awaitingReview:
            return Clearance(
                .inconclusive, "\(subject) is not decided: the promotion \(promotion.id) waits for its reviewers.",
                remedy: "gatehouse review list")
        case .approved, .blocked, .withdrawn: return nil
        }
    }

    fileprivate var blocked: Clearance? {
        guard let promotion, promotion.state == .blocked else { return nil }
        return Clearance(.fail, "\(subject) was blocked: \(promotion.reason)")
    }

    /// Why a version that nobody lets in is not in the slot.
    fileprivate var outside: Clearance {
        let instead = occupant.map { "; v\($0.version) is" } ?? "; nothing is"
        let place = "\(subject) is in \(stage) and not active in \(slot)\(instead)"
        if let time = rolledBackAt {
            return Clearance(
                .fail,
                "\(place). Its bytes were rolled back there at \(time): they come again with approvals asked for after that.",
                remedy: promoteCommand(to: .production))
        }
        let why = blocked.map { ". \($0.reason)" } ?? "."
        return Clearance(.fail, place + why, remedy: promoteCommand(to: .production))
    }
}
