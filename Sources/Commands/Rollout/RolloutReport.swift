import GatehouseCore
import Rendering
import WireAPI

/// A rollout in words: where it is, what it has measured, what it waits for.
struct RolloutReport {
    let terminal: Terminal

    static func table(_ rollouts: [RolloutAnswer]) -> TextTable {
        var table = TextTable([
            ("ROLLOUT", .left), ("MODEL", .left), ("VERSION", .right), ("BESIDE", .right), ("SLOT", .left), ("PHASE", .left),
            ("SHARE", .right), ("STARTED", .left), ("ENDED", .left),
        ])
        for rollout in rollouts {
            table.add([
                rollout.id, rollout.modelName, "v\(rollout.modelVersion)", "v\(rollout.championVersion)", rollout.slot,
                rollout.phase, "\(rollout.percent) %", rollout.openedAt, rollout.endedAt ?? "–",
            ])
        }
        return table
    }

    /// For following along.
    static func line(_ rollout: RolloutAnswer) -> String {
        let share = "\(rollout.percent) %"
        let padding = String(repeating: " ", count: max(0, 5 - share.count))
        return "\(padding)\(share)  \(phase(rollout)): \(rollout.reason)"
    }

    func show(_ rollout: RolloutAnswer, withEvents: Bool = false) {
        let place = "v\(rollout.modelVersion) beside v\(rollout.championVersion) in \(rollout.slot)"
        terminal.out("\(rollout.id)  \(rollout.modelName) \(place)")
        terminal.out("  phase      \(Self.phase(rollout)), since \(rollout.endedAt ?? rollout.since ?? rollout.openedAt)")
        let others = rollout.percent < 100 ? "" : ": everybody"
        terminal.out("  share      v\(rollout.modelVersion) answers \(rollout.percent) % of the units\(others)")
        terminal.out("  verdict    \(rollout.verdict): \(rollout.reason)")
        terminal.out("  plan       \(Self.plan(rollout.plan))")
        if rollout.leftOut > 0 {
            terminal.out("  left out   \(rollout.leftOut) measurements of other versions or of times before the step")
        }
        for (index, sentence) in rollout.power.enumerated() where rollout.endedAt == nil {
            terminal.out((index == 0 ? "  can see    " : "             ") + sentence)
        }
        if !rollout.checks.isEmpty { terminal.show(Self.table(rollout.checks)) }
        if withEvents {
            showEvents(rollout.events)
        } else if let next = Self.next(rollout) {
            terminal.note(next)
        }
    }

    private static func phase(_ rollout: RolloutAnswer) -> String {
        let step = "step \(rollout.step) of \(rollout.plan.steps.count)"
        return switch rollout.phase {
        case "observing": "observing, \(step)"
        case "held": "held by command, \(step)"
        case "needs_human": "asks for a decision, \(step)"
        case "baking": "baking: all traffic, still watched"
        case "promoted": "promoted: v\(rollout.modelVersion) is the champion"
        case "rolled_back": "rolled back: v\(rollout.championVersion) answers everybody"
        default: rollout.phase
        }
    }

    private static func plan(_ plan: RolloutAnswer.Plan) -> String {
        let steps = plan.steps.map { "\($0)" }.joined(separator: " → ")
        func time(_ seconds: Int) -> String { Duration.seconds(seconds).shortText }
        return "\(steps) %, each at least \(time(plan.stepMinSeconds)) and "
            + "\(Wording.count(plan.stepMinRequests, "request")) per version, at most \(time(plan.stepMaxSeconds)); "
            + "then \(time(plan.bakeSeconds)) of bake"
    }

    /// What is a share of requests says so.
    private static let names = [
        "p95_ms": "slower than p95_ms", "error_rate": "errors", "bad_output": "no number", "rejected": "refused",
    ]

    private static func table(_ checks: [RolloutAnswer.Check]) -> TextTable {
        func text(_ value: Double?) -> String { value.map { Wording.compact($0) } ?? "–" }
        var table = TextTable([
            ("CHECK", .left), ("VERDICT", .left), ("VALUE", .right), ("CHAMPION", .right), ("LIMIT", .right), ("ROWS", .right),
            ("NEEDED", .right), ("WHY", .left),
        ])
        for check in checks {
            table.add([
                names[check.name] ?? check.name, check.verdict, text(check.value), text(check.champion), text(check.limit),
                Wording.grouped(check.rows), check.rowsNeeded > 0 ? Wording.grouped(check.rowsNeeded) : "–", check.reason,
            ])
        }
        return table
    }

    private func showEvents(_ events: [RolloutAnswer.Event]) {
        var table = TextTable([
            ("AT", .left), ("WHAT", .left), ("SHARE", .right), ("VERDICT", .left), ("WHY", .left), ("BY", .left),
            ("ENTRY", .right),
        ])
        for event in events {
            table.add([
                event.at, event.what, "\(event.percent) %", event.verdict, event.note ?? event.reason, event.by ?? "–",
                event.auditSequence.map { "\($0)" } ?? "–",
            ])
        }
        terminal.show(table)
    }

    private static func next(_ rollout: RolloutAnswer) -> String? {
        switch rollout.phase {
        case "needs_human":
            "decide: gatehouse rollout resume \(rollout.id), or advance, or rollback, with --reason \"…\""
        case "held": "go on: gatehouse rollout resume \(rollout.id)"
        case "promoted": "return to v\(rollout.championVersion): gatehouse rollback \(rollout.modelName) --reason \"…\""
        case "rolled_back": "why: gatehouse rollout status \(rollout.id) --events"
        default: nil
        }
    }
}
