import AuditLog
import GatehouseCore
import Promotions
import Rendering
import Rollouts

extension HomeScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        Tag.h1 { "Home" }
        live("home") {
            Tag.p(.class("finding")) { finding }
            if !hasModels { firstSteps }
            if !reviews.isEmpty { reviewBlock(visit) }
            if !rollouts.isEmpty { rolloutBlock(visit) }
            if !blocked.isEmpty { blockedBlock(visit) }
            if let log {
                if !log.rollbacks.isEmpty { rollbackBlock(log, visit) }
                recentBlock(log, visit)
                headBlock(log)
            } else {
                Tag.p(.class("soft")) { "What happened last stands in the audit log, which the role auditor may read." }
            }
        }
    }

    private var finding: String {
        if !hasModels { return "This registry is empty. Register the first model, and it will stand here." }
        let needing = rollouts.count { $0.machine.phase == .needsHuman }
        let parts = [
            reviews.isEmpty ? nil : Wording.count(reviews.count, "review waits", "reviews wait") + " for you",
            rollouts.isEmpty ? nil : Wording.count(rollouts.count, "rollout is", "rollouts are") + " under way",
            needing == 0 ? nil : "\(needing) of them \(needing == 1 ? "asks" : "ask") for a decision",
        ].compactMap { $0 }
        return parts.isEmpty ? "Nothing waits for you, and no rollout is under way." : parts.joined(separator: ", ") + "."
    }

    private var firstSteps: Markup {
        Tag.div(.class("empty")) {
            Tag.p { "Point the MLflow client at this server, or register a folder of files:" }
            commandLine("gatehouse version create credit-risk --model PATH")
            Tag.p { "The demo fills a server of its own with a story to look at:" }
            commandLine("gatehouse demo")
        }
    }

    // MARK: - What needs somebody

    private func reviewBlock(_ visit: Visit) -> Markup {
        block("Your reviews", id: "reviews") {
            table(
                "Your reviews", reviews,
                [
                    .words("Version") { review in
                        Tag.a(.href(Address.review(review.id))) { "\(review.model) v\(review.version)" }
                    },
                    .words("Asked") { review in moment(review.requestedAt, visit) },
                    .words("Expires") { review in moment(review.expiresAt, visit) },
                ])
        }
    }

    private func rolloutBlock(_ visit: Visit) -> Markup {
        block("Rollouts under way", id: "rollouts") {
            table(
                "Rollouts under way", rollouts,
                [
                    .words("Rollout") { rollout in
                        Tag.a(.href(Address.rollout(rollout.id))) { "\(rollout.slot.model) v\(rollout.version)" }
                    },
                    .words("Steps") { rollout in steps(rollout.machine) },
                    .words("Now") { rollout in RolloutWords.mark(rollout.machine.phase) },
                    .prose("Because") { rollout in rollout.machine.verdict.reason },
                    .words("Back to") { rollout in "v\(rollout.champion)" },
                    .words("Began") { rollout in moment(rollout.openedAt, visit) },
                ])
        }
    }

    /// `✓ 5 %  ◌ 25 %  100 %`
    private func steps(_ machine: RolloutMachine) -> Markup {
        Tag.ol(.class("mini-steps")) {
            for (index, percent) in machine.plan.steps.enumerated() {
                let isNow = index == machine.step && machine.phase != .pending
                Tag.li(isNow ? Attribute("aria-current", "step") : nil) {
                    Tag.span(.isHidden) { index < machine.step ? "✓ " : isNow ? "◌ " : "" }
                    "\(percent) %"
                    if index < machine.step { Tag.span(.class("unseen")) { " done" } }
                }
            }
        }
    }

    private func blockedBlock(_ visit: Visit) -> Markup {
        block("Blocked lately", id: "blocked") {
            table(
                "Blocked promotions", blocked,
                [
                    .words("Promotion") { promotion in
                        Tag.a(.href(Address.promotion(promotion.id))) { "\(promotion.model) v\(promotion.version)" }
                    },
                    .words("To") { promotion in "\(promotion.to)" },
                    .prose("Why") { promotion in String(promotion.reason.replacing("Promotion blocked. ", with: "").prefix(160))
                    },
                    .words("Decided") { promotion in promotion.decidedAt.map { moment($0, visit) } ?? .absent },
                ])
            Tag.p { Tag.a(.href("/promotions")) { "All promotions" } }
        }
    }

    // MARK: - What has changed

    private func rollbackBlock(_ log: Log, _ visit: Visit) -> Markup {
        block("Last rollbacks", id: "rollbacks") { table("Last rollbacks", log.rollbacks, Self.columns(visit)) }
    }

    private func recentBlock(_ log: Log, _ visit: Visit) -> Markup {
        block("The last \(Self.recentHours) hours", id: "recent") {
            if let damage = log.damage {
                notice(.bad) { Tag.p { "The audit log cannot be shown: \(damage) Verify it on its own page." } }
            } else if log.recent.isEmpty {
                empty("Nothing was done or decided.")
            } else {
                table("The last \(Self.recentHours) hours", log.recent, Self.columns(visit))
                Tag.p { Tag.a(.href("/audit")) { "The whole audit log" } }
            }
        }
    }

    private func headBlock(_ log: Log) -> Markup {
        block("Audit log", id: "audit-head") {
            Tag.p {
                if let signed = log.signed, log.isSigned {
                    mark(.good, "Signed.", shape: "✓")
                    " \(Wording.count(Int(log.size), "entry", "entries")), "
                    signed == log.size ? "all" : "\(Wording.grouped(Int(signed))) of them"
                    " under the newest checkpoint. "
                    Tag.a(.href("/audit")) { "Verify it now" }
                } else {
                    mark(.bad, "The newest checkpoint cannot be read, or is not signed by this server's key.", shape: "✕")
                    " "
                    Tag.a(.href("/audit")) { "Verify the log" }
                }
            }
        }
    }

    private static func columns(_ visit: Visit) -> [Column<AuditEntry>] {
        [
            .words("What") { entry in Tag.a(.href(Address.audit(entry.sequence))) { entry.action.words } },
            .words("Outcome") { entry in mark(entry.outcome) },
            .words("About") { entry in entry.objectLink },
            .words("By") { entry in entry.principal.text },
            .words("When") { entry in moment(entry.time, visit) },
            .prose("Reason") { entry in entry.reason.isEmpty ? "–" : String(entry.reason.prefix(100)) },
        ]
    }
}
