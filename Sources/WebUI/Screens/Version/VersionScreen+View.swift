import Access
import GatehouseCore
import Gates
import Promotions
import Registry
import Rendering

extension VersionScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Models", "/models"), (version.model.text, Address.model(version.model))])
        Tag.h1 {
            subject
            " "
            for alias in version.aliases.prefix(5) { Tag.span(.class("chip")) { alias.text } }
        }
        live("version") {
            Tag.p(.class("finding")) { finding }
            if !version.description.isEmpty { Tag.p { String(version.description.prefix(2000)) } }
            rolledBackBlock(visit)
            missingBlock
            gatesBlock
            comparisonBlock
            promotionsBlock
        }
        actions(visit)
        live("version-records") {
            evaluationsBlock(visit)
            calibrationBlock
            deploymentsBlock
        }
        lineage(visit)
        filesBlock
        signatureBlock
        cardBlock
        statementsBlock
        tagsBlock
    }

    // MARK: Where it may go

    @MarkupBuilder
    private func rolledBackBlock(_ visit: Visit) -> Markup {
        if let rolledBack {
            block("Rolled back", id: "rolled-back") {
                facts([
                    ("When", moment(rolledBack.time, visit)), ("By", Markup(rolledBack.by?.text ?? "not readable")),
                    ("From", Markup(ModelScreen.words(rolledBack.slot))),
                    (
                        "To",
                        Tag.a(.href(Address.version(version.model, rolledBack.to))) { "v\(rolledBack.to)" }
                    ),
                    ("Why", Markup(rolledBack.because.isEmpty ? "no reason was kept" : rolledBack.because)),
                    ("Record", rolledBackRecord(rolledBack)),
                ])
                if rolledBack.version != version.number {
                    Tag.p { "It was v\(rolledBack.version) then: the bytes are the same." }
                }
                if rolledBack.rollout != nil, outlook?.enforcement != .off {
                    Tag.p {
                        "For \(ModelScreen.words(rolledBack.slot)) these bytes now need a review: at least one approval that is asked for after this, whatever the policy says."
                    }
                }
            }
        }
    }

    @MarkupBuilder
    private func rolledBackRecord(_ rolledBack: RolledBack) -> Markup {
        if let rollout = rolledBack.rollout { Tag.a(.href(Address.rollout(rollout))) { "rollout \(rollout)" } }
        if rolledBack.rollout != nil, rolledBack.auditSequence != nil { ", " }
        if let sequence = rolledBack.auditSequence { Tag.a(.href(Address.audit(sequence))) { "audit entry \(sequence)" } }
    }

    @MarkupBuilder
    private var missingBlock: Markup {
        if let outlook, !outlook.missing.isEmpty {
            block("Missing for \(outlook.to)", id: "missing") {
                Tag.ul {
                    for gap in outlook.missing {
                        Tag.li {
                            gap.what
                            if let command = gap.command, command.hasPrefix("gatehouse ") { commandLine(command) }
                        }
                    }
                }
            }
        }
    }

    private var gatesBlock: Markup {
        block("Gates", id: "gates") {
            if let measured, !lines.isEmpty {
                Tag.p { lines.sentence }
                let promotion = promotions.first { $0.evaluationID == measured.id }
                checkTable(
                    "Gates", lines, address: promotion.map { found in { Address.check(found.id, $0.result.name) } })
                Tag.p(.class("soft")) {
                    "Measured under \(measured.policyReference)"
                    if let finished = measured.finishedAt {
                        ", "
                        shortMoment(finished)
                    }
                    "."
                }
            } else {
                empty(
                    "No evaluation of this version is finished, so nothing is known about it.",
                    command: "gatehouse evaluate \(shellQuoted(version.model.text)) \(version.number) --wait")
            }
        }
    }

    @MarkupBuilder
    private var comparisonBlock: Markup {
        if let champion = measured?.championVersion, !comparisons.isEmpty {
            block(
                "Beside the champion", id: "champion",
                note: "v\(champion) was active when this was measured; both were run on the same rows."
            ) {
                table(
                    "Beside the champion", comparisons,
                    [
                        .words("Metric") { comparison in MetricWords.name(comparison.metric) },
                        .number("v\(version.number)") { comparison in comparison.own.valueText },
                        .number("95 % interval") { comparison in comparison.own.intervalText },
                        .number("v\(champion)") { comparison in comparison.champion.valueText },
                        .number("95 % interval") { comparison in comparison.champion.intervalText },
                        .number("Improvement") { comparison in comparison.improvement?.valueText ?? "–" },
                        .number("95 % interval") { comparison in comparison.improvement?.intervalText ?? "–" },
                        .number("n") { comparison in comparison.own.n.map { Wording.grouped($0) } ?? "–" },
                    ])
                Tag.p {
                    Tag.a(
                        .href(
                            Address.query(
                                Address.model(version.model) + "/compare",
                                [("a", champion.description), ("b", version.number.description)]))
                    ) { "Compare v\(champion) and v\(version.number) in everything" }
                }
            }
        }
    }

    @MarkupBuilder
    private var calibrationBlock: Markup {
        if let kept = Calibrations(measured?.results ?? []) {
            block("Calibration", id: "calibration", note: "How often what it predicted happened, in its newest evaluation.") {
                Calibrations.chart("Calibration of \(subject)", [("v\(version.number)", kept.own)])
                    .markup(title: "Calibration", id: "calibration-drawn")
            }
        }
    }

    // MARK: What was asked and done

    private var promotionsBlock: Markup {
        block("Promotions", id: "promotions") {
            if promotions.isEmpty {
                empty("No promotion of this version was opened yet.")
            } else {
                table(
                    "Promotions", promotions,
                    [
                        .words("To") { promotion in
                            Tag.a(.href(Address.promotion(promotion.id))) {
                                "\(promotion.to)"
                                    + (promotion.to == .production
                                        ? ", \(promotion.slot.environment)/\(promotion.slot.segment)" : "")
                            }
                        },
                        .words("State") { promotion in mark(promotion.state) },
                        .words("Asked") { promotion in shortMoment(promotion.requestedAt) },
                        .words("By") { promotion in promotion.requestedBy.name },
                        .prose("Why it is so") { promotion in
                            promotion.why.isEmpty ? "–" : String(promotion.why.prefix(200))
                        },
                    ])
            }
        }
    }

    private func evaluationsBlock(_ visit: Visit) -> Markup {
        block("Evaluations", id: "evaluations") {
            if evaluations.isEmpty {
                empty("None was asked for yet.")
            } else {
                table(
                    "Evaluations", evaluations,
                    [
                        .words("Asked") { evaluation in moment(evaluation.startedAt, visit) },
                        .words("State") { evaluation in mark(evaluation.state, passed: evaluation.passed) },
                        .words("Policy") { evaluation in evaluation.policyReference },
                        .words("Data") { evaluation in evaluation.datasetReference ?? "–" },
                        .words("By") { evaluation in evaluation.requestedBy.name },
                        .prose("Outcome") { evaluation in
                            evaluation.state == .finished ? evaluation.results.conclusion : evaluation.reason ?? "–"
                        },
                    ])
            }
        }
    }

    private var deploymentsBlock: Markup {
        block("Deployments", id: "deployments") {
            if deployments.isEmpty {
                empty("No job has reported that it deployed this version.")
            } else {
                table(
                    "Deployments", deployments,
                    [
                        .words("Target") { deployment in String(deployment.target.prefix(120)) },
                        .words("Outcome") { deployment in deployment.outcome.rawValue.replacing("_", with: " ") },
                        .words("Began") { deployment in shortMoment(deployment.started) },
                        .words("Job") { deployment in deployment.job },
                    ])
            }
        }
    }

    // MARK: Actions

    private func actions(_ visit: Visit) -> Markup {
        block("Actions", id: "promote") {
            let moves = [Stage.staging, .production].filter { $0 != version.stage && mayMove(to: $0, visit) }
            if moves.isEmpty {
                let next = Self.nextStage(after: version.stage) ?? .production
                let needed = permission(to: next, in: Slot(model: version.model)).neededRole
                Tag.p { "To promote it takes \(needed)." }
            } else {
                actionForm(
                    Address.version(version.model, version.number) + "/promote", visit, title: "Open a promotion",
                    consequence:
                        "\(policy) decides. What has to be measured is measured; where approvals are missing, reviewers are asked; when nothing is missing, \(subject) moves, and in production it takes over from the version that is there.",
                    button: "Open the promotion", scope: "promote-"
                ) {
                    choice(
                        "to", "Target stage", visit, options: moves.map { ($0.rawValue, $0.rawValue) },
                        value: Self.nextStage(after: version.stage)?.rawValue ?? "")
                    textField(
                        "environment", "Environment", visit, hint: "Of meaning for Production only.",
                        value: Slot.defaultEnvironment, isRequired: false)
                    textField(
                        "segment", "Segment", visit, hint: "Of meaning for Production only.", value: Slot.defaultSegment,
                        isRequired: false)
                }
            }
            if visit.allows(.evaluate(version.model)) {
                form(Address.version(version.model, version.number) + "/evaluate", visit) {
                    Tag.p { "Evaluate: all checks of \(policy) are run on this version. It moves nothing." }
                    submit("Evaluate")
                }
            } else {
                Tag.p { "To evaluate it takes \(Permission.evaluate(version.model).neededRole)." }
            }
            archiveForm(visit)
            commandLine(
                "gatehouse promote \(shellQuoted(version.model.text)) \(version.number) --to \((Self.nextStage(after: version.stage) ?? .production).rawValue.lowercased()) --wait"
            )
        }
    }

    @MarkupBuilder
    private func archiveForm(_ visit: Visit) -> Markup {
        if version.stage != .archived, mayMove(to: .archived, visit) {
            let leaves =
                active.isEmpty
                ? "It serves nothing now." : "It leaves \(places) at once, and nothing takes its place there."
            actionForm(
                Address.version(version.model, version.number) + "/archive", visit, title: "Archive this version",
                consequence: "\(subject) goes from \(version.stage) to Archived and is kept. \(leaves)", button: "Archive it",
                isDangerous: true, scope: "archive-"
            ) {
                Tag.input(.type("hidden"), .name("stage"), .value(version.stage.rawValue))
            }
        }
    }

    private func permission(to stage: Stage, in slot: Slot) -> Permission {
        .transition(
            version.model, StageTransition(from: version.stage, to: stage), environment: slot.environment, segment: slot.segment)
    }

    /// Whether the reader may, in every slot that loses its version by it.
    private func mayMove(to stage: Stage, _ visit: Visit) -> Bool {
        let emptied = version.stage == .production && stage != .production ? active.map(\.slot) : []
        return ([Slot(model: version.model)] + emptied).allSatisfy { visit.allows(permission(to: stage, in: $0)) }
    }
}
