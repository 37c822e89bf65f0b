import Access
import AuditLog
import GatehouseCore
import Gates
import Promotions
import Rendering
import Rollouts

extension PromotionScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail(promotion.above)
        Tag.h1 { "Promote \(subject) to \(promotion.to)" }
        Tag.p(.class("actions")) { Tag.a(.href(Address.promotion(promotion.id) + "?print")) { "As a report to print" } }
        live("promotion") {
            notice(tone) { Tag.p(.class("finding")) { finding } }
            if !progress.isEmpty { progressBlock }
            gates
            nextSteps
            if promotion.to == .production { reviewBlock(visit) }
            if !waivers.isEmpty { waiverBlock }
            if promotion.to == .production { rolloutBlock }
            request(visit)
            activityBlock(visit)
        }
        actions(visit)
    }

    // MARK: Gates

    private var progressBlock: Markup {
        block("Progress", id: "progress") {
            table(
                "Progress", progress,
                [
                    .words("Part") { step in step.step },
                    .words("Done") { step in
                        Tag.progress(.value(Attribute.tenths(step.fraction * 100)), Attribute("max", "100"), .label(step.step)) {}
                        " "
                        step.isDone ? "done" : Wording.compactPercent(step.fraction)
                    },
                ])
        }
    }

    @MarkupBuilder
    private var gates: Markup {
        block("Gates", id: "gates") {
            if let evaluation, !lines.isEmpty {
                checkTable("Gates", lines) { line in Address.check(promotion.id, line.result.name) }
                measuredOn(evaluation)
            } else if promotion.state == .evaluating {
                empty("The checks of \(policy) are being run. Nothing is decided before all of them are.")
            } else if let evaluation {
                empty(
                    evaluation.finishedAt == nil
                        ? "The checks go on, although nothing waits for them any more."
                        : evaluation.reason ?? evaluation.results.conclusion)
            } else {
                empty("No evaluation was asked for with it.")
            }
            if let newer, promotion.state != .approved { newerNote(newer) }
        }
        if let chart = mainChart {
            block("Where it fails", id: "chart") { chart.markup(title: "Where it fails", id: "where") }
        }
    }

    private func newerNote(_ newer: Evaluation) -> Markup {
        Tag.p {
            "Evaluated again since, "
            shortMoment(newer.startedAt)
            ": "
            mark(newer.state, passed: newer.passed)
            ". "
            promotion.state.isDecided ? "This promotion was decided before. " : ""
            Tag.a(.href(Address.version(promotion.model, promotion.version) + "#gates")) { "What it found" }
        }
    }

    private func measuredOn(_ evaluation: Evaluation) -> Markup {
        let data = evaluation.datasetReference.map { " on \($0)" } ?? ""
        let champion =
            evaluation.championVersion.map { ", beside v\($0) on the same rows" } ?? ", with no version to compare with"
        return Tag.p(.class("soft")) {
            "Measured under \(evaluation.policyReference)\(data)\(champion)"
            if let finished = evaluation.finishedAt {
                ", "
                shortMoment(finished)
            }
            "."
        }
    }

    /// The drawing of the first gate that keeps it out.
    private var mainChart: Report.Block? {
        lines.first(where: \.blocks).flatMap { CheckCharts(result: $0.result).blocks.first }
    }

    // MARK: What to do

    @MarkupBuilder
    private var nextSteps: Markup {
        let blocking = lines.filter(\.blocks)
        if promotion.state == .blocked, !blocking.isEmpty {
            block("What blocks, and who can act", id: "blocks") {
                Tag.ul {
                    for line in blocking {
                        Tag.li {
                            Tag.a(.href(Address.check(promotion.id, line.result.name))) { line.result.name }
                            ": "
                            line.result.judgement.reason
                        }
                    }
                }
                Tag.p {
                    "Whoever trained it registers a version that passes. Or somebody asks for a waiver of the check, which "
                    "\(Waiver.approvalsRequired) people with \(Permission.review(promotion.model).neededRole) must approve."
                }
            }
        }
    }

    private func reviewBlock(_ visit: Visit) -> Markup {
        block("Reviews", id: "reviews") {
            if reviews.isEmpty {
                empty(
                    "Nobody was asked: people are asked when nothing is missing but their approvals. The policy wants \(reviewersRequired)."
                )
            } else {
                Tag.p { "\(approvalsGiven) of \(Wording.count(reviewersRequired, "approval")) given." }
                table(
                    "Reviews", reviews,
                    [
                        .words("Reviewer") { review in Tag.a(.href(Address.review(review.id))) { review.reviewer.name } },
                        .words("State") { review in mark(review.state) },
                        .words("Asked") { review in shortMoment(review.requestedAt) },
                        .words("Decided") { review in
                            if let time = review.decidedAt { shortMoment(time) } else { Markup.absent }
                        },
                        .prose("Remarks") { review in Self.remarks(review) },
                    ])
            }
        }
    }

    private static func remarks(_ review: Review) -> String {
        let flags = review.flags.map { "Flag: \($0.words)" }
        let parts = [review.reason, review.voidBecause].compactMap { $0 } + flags
        return parts.isEmpty ? "–" : parts.joined(separator: ". ")
    }

    private var waiverBlock: Markup {
        block("Waivers of this version", id: "waivers") {
            table(
                "Waivers of this version", waivers,
                [
                    .words("Check") { record in
                        Tag.a(.href(Address.check(promotion.id, record.waiver.check))) { record.waiver.check }
                    },
                    .words("State") { record in mark(record.state) },
                    .words("Until") { record in shortMoment(record.waiver.expires) },
                    .words("Asked by") { record in record.waiver.requestedBy.name },
                    .number("Approvals") { record in "\(record.waiver.approvals.count)/\(Waiver.approvalsRequired)" },
                    .prose("Reason") { record in String(record.reason.prefix(400)) },
                ])
        }
    }

    private var rolloutBlock: Markup {
        block("Rollout", id: "rollout") {
            if let rollout {
                Tag.p {
                    Tag.a(.href(Address.rollout(rollout.id))) { "Rollout \(rollout.id)" }
                    ": \(rollout.machine.phase.rawValue.replacing("_", with: " ")), \(rollout.machine.percent) % of the traffic."
                }
            } else if promotion.state == .approved {
                Tag.p { "It took its slot at once." }
            }
            if let plan {
                Tag.p { "By \(policy): \(Self.words(plan))." }
            } else {
                Tag.p { "\(policy) has no rollout plan: an approved version takes the whole traffic of its slot at once." }
            }
        }
    }

    // MARK: The request and what came of it

    private func request(_ visit: Visit) -> Markup {
        block("Request", id: "request") {
            facts([
                ("Promotion", Tag.code { promotion.id }), ("State", mark(promotion.state)),
                ("Asked by", Markup(promotion.requestedBy.name)), ("Asked", moment(promotion.requestedAt, visit)),
                ("Decided", promotion.decidedAt.map { moment($0, visit) } ?? Markup("not yet")),
                (
                    "Where",
                    Markup(
                        promotion.to == .production
                            ? "\(promotion.slot.environment)/\(promotion.slot.segment)" : promotion.to.rawValue)
                ),
                ("Reason", Markup(promotion.requestReason.flatMap { $0.isEmpty ? nil : $0 } ?? "none given")),
                ("Evaluation", evaluation.map { evaluation in Tag.code { evaluation.id } } ?? Markup("none asked for")),
            ])
            if !promotion.warnings.isEmpty { list(promotion.warnings) }
        }
    }

    private func activityBlock(_ visit: Visit) -> Markup {
        block("Activity", id: "activity") {
            if let activity {
                if activity.isEmpty {
                    empty("The newest entries of this version in the audit log do not name this promotion.")
                } else {
                    table(
                        "Activity", activity,
                        [
                            .words("What") { entry in
                                Tag.a(.href(Address.audit(entry.sequence))) { entry.action.words }
                            },
                            .words("By") { entry in entry.principal.text },
                            .words("When") { entry in moment(entry.time, visit) },
                            .prose("Why") { entry in entry.reason.isEmpty ? "–" : String(entry.reason.prefix(300)) },
                        ])
                }
            } else {
                Tag.p { "Who did what stands in the audit log, which takes \(Permission.readAudit.neededRole) to read." }
            }
        }
    }
}

extension Promotion {
    /// What its page stands below.
    var above: [(name: String, address: String)] {
        [
            ("Models", "/models"), (model.text, Address.model(model)),
            ("version \(version)", Address.version(model, version)),
        ]
    }
}

func mark(_ state: Waiver.State) -> Markup {
    switch state {
    case .requested: mark(.caution, "waits for approval", shape: "◔")
    case .active: mark(.caution, "in force", shape: "!")
    case .expired: mark(.neutral, "expired", shape: "–")
    case .revoked: mark(.neutral, "revoked", shape: "–")
    case .void: mark(.neutral, "void", shape: "–")
    }
}
