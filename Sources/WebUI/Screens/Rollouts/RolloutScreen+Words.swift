import GatehouseCore
import Promotions
import Rendering
import Rollouts

extension RolloutScreen {
    /// Where it is, in one sentence.
    var finding: String {
        let (old, new) = ("v\(rollout.champion)", "v\(rollout.version)")
        switch machine.phase {
        case .pending: return "\(old) answers everybody until somebody starts it."
        case .observing:
            return "Step \(machine.step + 1) of \(plan.steps.count): \(new) answers \(machine.percent) % of the units, "
                + "\(machine.percent < 100 ? "\(old) the others" : "and no other version"). \(because)"
        case .held: return "By command nothing goes on at \(machine.percent) % until somebody resumes it."
        case .needsHuman: return "It stands at \(machine.percent) %. \(because)"
        case .baking: return "\(new) answers everybody and is still watched. \(because)"
        case .promoted: return "\(new) took over from \(old) as the champion."
        case .rolledBack: return "\(new) went back to \(old). \(because)"
        }
    }

    private var because: String {
        let reason = machine.verdict.reason
        guard let first = reason.first else { return "" }
        return first.uppercased() + reason.dropFirst() + "."
    }

    /// What comes next and when; nil: nothing does.
    func next(at now: Timestamp) -> String? {
        let isBaking = machine.phase == .baking
        switch machine.phase {
        case .pending, .promoted, .rolledBack: return nil
        case .held: return "Next: whatever is ordered. Harm that is proven meanwhile still sends it back."
        case .needsHuman: return "Next: somebody resumes watching, advances it or rolls it back. Until then it stays where it is."
        case .observing, .baking:
            let goal =
                isBaking
                ? "it is promoted" : machine.step + 1 < plan.steps.count ? "\(plan.steps[machine.step + 1]) %" : "the bake"
            let enough = Int64(isBaking ? plan.bakeSeconds : plan.stepMinSeconds)
            let most = Int64(isBaking ? plan.bakeSeconds + plan.stepMaxSeconds : plan.stepMaxSeconds)
            let spent = machine.spent(at: now) / 1000
            let left = enough - spent
            let when =
                left > 0
                ? "in \(RolloutWords.time(left)) at the earliest (\(clock(now.adding(.seconds(left))))), if every limit holds then"
                : "as soon as every limit holds in \(RolloutMachine.cleanLooksMin) looks in a row; it has in \(machine.cleanLooks)"
            let expiry =
                switch plan.whenStepExpires {
                case .askHuman: "a person is asked"
                case .rollBack: "it goes back"
                }
            return "Next: \(goal) \(when). Without an answer within \(RolloutWords.time(max(0, most - spent))), \(expiry)."
        }
    }

    private func clock(_ time: Timestamp) -> String { String(dayAndMinute(time).suffix(5)) + " UTC" }

    /// What an order would do, said before it is given.
    func consequence(_ order: RolloutService.Order) -> String {
        let (old, new) = ("v\(rollout.champion)", "v\(rollout.version)")
        switch order {
        case .hold:
            return "\(new) stays at \(machine.percent) % until somebody resumes it. Harm that is proven still sends it back."
        case .resume:
            return "Watching goes on at \(machine.percent) %, and the step's time with it."
        case .advance:
            let goal =
                (machine.interrupted ?? machine.phase) == .baking
                ? "\(new) becomes the champion at once, and \(old) stops being kept ready."
                : machine.step + 1 < plan.steps.count
                    ? "\(new) answers \(plan.steps[machine.step + 1]) % of the units instead of \(machine.percent) %."
                    : "\(new) keeps all traffic, and the bake begins."
            return "\(goal) The numbers are not waited for, and the record will say that a person decided."
        case .rollBack:
            return "\(old) answers everybody again, and \(new) nobody. Gateways follow within seconds. "
                + "\(new) needs a new review before it can come back into \(rollout.slot)."
        }
    }

    /// The orders that its state allows.
    var orders: [RolloutService.Order] {
        switch machine.phase {
        case .pending: [.rollBack]
        case .observing, .baking: [.advance, .hold, .rollBack]
        case .held, .needsHuman: [.resume, .advance, .rollBack]
        case .promoted, .rolledBack: []
        }
    }
}

extension RolloutService.Order {
    var words: String {
        switch self {
        case .hold: "Hold it where it is"
        case .resume: "Resume watching"
        case .advance: "Advance without waiting for the numbers"
        case .rollBack: "Roll back"
        }
    }

    var reasonIsRequired: Bool {
        switch self {
        case .advance, .rollBack: true
        case .hold, .resume: false
        }
    }
}
