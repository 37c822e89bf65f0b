import Access
import GatehouseCore
import Promotions
import Registry
import Rendering
import Rollouts
import Serving
import Statistics

extension SlotExperimentScreen {
    private var report: ExperimentReport { finding.report }
    private var old: String { "v\(experiment.champion)" }
    private var new: String { "v\(experiment.challenger)" }

    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([
            ("Traffic", "/traffic"), (experiment.endpoint, Address.endpoint(experiment.endpoint)),
            ("Comparisons", Address.query("/slot-experiments", [("model", experiment.slot.model.text)])),
        ])
        Tag.h1 { "\(experiment.slot.model): \(new) against \(old)" }
        live("experiment") {
            Tag.p(.class("finding")) {
                verdictMark
                " "
                sentence
            }
            if report.isMismatched {
                notice(.bad) {
                    Tag.p {
                        "The arms did not get their shares of the units"
                            + (report.sampleRatioP.map { " (\(Wording.pEquals($0)), always valid)" } ?? "")
                            + ". Believe nothing below."
                    }
                }
            }
            units
            outcome
            if let needed = report.needed { Tag.p { need(needed) } }
            segments
        }
        stop(visit)
        about(visit)
    }

    private var verdictMark: Markup {
        switch report.verdict {
        case .better: mark(.good, "better", shape: "✓")
        case .notInferior: mark(.good, "not worse", shape: "✓")
        case .worse: mark(.bad, "worse", shape: "✕")
        case .notDecided: mark(.caution, "not decided", shape: "~")
        }
    }

    private var sentence: String {
        guard let difference = report.difference, let interval = report.interval else {
            return
                "\(new) got \(Wording.count(report.challenger.exposed, "unit")), \(Wording.grouped(report.challenger.labelled)) of them with "
                + "a mature outcome; a comparison needs \(ExperimentReport.outcomesMin) on each arm."
        }
        return "The mean \"\(experiment.label)\" of \(new) differs from \(old)'s by \(Wording.fixed(difference, 4)) "
            + "(\(Wording.range(interval.lower, interval.upper)), valid at any time); "
            + (experiment.plan.higherIsBetter ? "more" : "less") + " is better."
    }

    // MARK: - Who was asked

    private struct Row {
        let name: String
        let arm: ExperimentReport.Arm
        let share: Double
    }

    private var units: Markup {
        let total = report.champion.exposed + report.challenger.exposed
        let rows = [Row(name: old, arm: report.champion, share: 1 - share), Row(name: new, arm: report.challenger, share: share)]
        return block("Who was given to whom", id: "units") {
            Tag.p { ratio }
            table(
                "Who was given to whom", rows,
                [
                    .words("Version") { $0.name },
                    .number("Asked share") { Wording.compactPercent($0.share) },
                    .number("Seen share") { row in
                        if total > 0 { Wording.percent(Double(row.arm.exposed) / Double(total)) } else { Markup.absent }
                    },
                    .number("Units") { Wording.grouped($0.arm.exposed) },
                    .number("Mature") { Wording.grouped($0.arm.matured) },
                    .number("With an outcome") { Wording.grouped($0.arm.labelled) },
                    .number("Mean outcome") { row in
                        if let mean = row.arm.mean { Wording.fixed(mean, 4) } else { Markup.absent }
                    },
                ])
            if report.isCoverageBiased {
                Tag.p { "Outcomes are missing more often in one arm than in the other: the comparison is biased." }
            }
            if finding.keptShare < 1 {
                Tag.p(.class("soft")) {
                    "Of the units a uniform sample of \(Wording.compactPercent(finding.keptShare)) is kept, with everything about them."
                }
            }
        }
    }

    @MarkupBuilder
    private var ratio: Markup {
        if let p = report.sampleRatioP {
            if report.isMismatched {
                mark(.bad, "sample ratio", shape: "✕")
                " The shares are not those asked for: \(Wording.pEquals(p)), always valid."
            } else {
                mark(.good, "sample ratio", shape: "✓")
                " The shares are as asked, or chance explains them: \(Wording.pEquals(p)), always valid."
            }
        } else {
            mark(.neutral, "sample ratio", shape: "◌")
            " No unit was exposed yet."
        }
    }

    private var share: Double { Double(experiment.buckets) / Double(Bucketing.total) }

    // MARK: - What became of them

    private var outcome: Markup {
        block(
            "The difference, as outcomes come in", id: "sequence",
            note:
                "\(new) less \(old), with its interval (\(Wording.compactPercent(1 - experiment.plan.alpha)), valid however often one "
                + "looks), over mature outcomes in the order of first exposure."
        ) {
            if !finding.course.points.isEmpty {
                Report.Block.band(chart(finding.course.points)).markup(title: "Difference", id: "difference")
            } else {
                empty(
                    "There are fewer than \(ExperimentReport.outcomesMin) mature outcomes on an arm, so no difference is shown.")
            }
            if let adjusted = report.adjusted, let value = adjusted.difference.value {
                Tag.p {
                    "Adjusted by \"\(experiment.covariate ?? "")\": \(Wording.fixed(value, 4))"
                        + (adjusted.varianceReduction.map { ", with \(Wording.percent($0)) less variance" } ?? "")
                        + ". This one is right for a single look only."
                }
            }
        }
    }

    private func chart(_ points: [ExperimentCourse.Point]) -> BandChart {
        let plan = experiment.plan
        let margin = plan.margin.map { [BandChart.Line("margin", plan.higherIsBetter ? -$0 : $0)] } ?? []
        return BandChart(
            "\(new) less \(old): mean \"\(experiment.label)\"", xTitle: "mature outcomes of both", yTitle: "difference",
            points: points.map {
                .init(Double($0.outcomes), value: $0.difference, lower: $0.interval.lower, upper: $0.interval.upper)
            }, lines: [.init("no difference", 0)] + margin)
    }

    private func need(_ needed: ArmSizes) -> String {
        let (old, new) = (
            max(0, needed.control - report.champion.labelled), max(0, needed.treatment - report.challenger.labelled)
        )
        let worth = Wording.compact(experiment.plan.minimalDifference)
        guard old + new > 0 else {
            return "Both arms have the outcomes that would show a difference of \(worth) with a chance of 80 %."
        }
        return
            "About \(Wording.count(old, "more outcome")) of \(self.old) and \(Wording.grouped(new)) of \(self.new) would show a "
            + "difference of \(worth) with a chance of 80 %."
    }

    @MarkupBuilder
    private var segments: Markup {
        if !report.segments.isEmpty {
            block("By segment", id: "segments", note: "Intervals hold together, and p is corrected for their number.") {
                table(
                    "By segment", report.segments,
                    [
                        .words("Segment") { $0.name },
                        .number("Difference") { segment in
                            if let value = segment.difference { Wording.fixed(value, 4) } else { Markup.absent }
                        },
                        .number("Interval") { segment in
                            if let interval = segment.interval {
                                Wording.range(interval.lower, interval.upper)
                            } else {
                                Markup.absent
                            }
                        },
                        .number("p") { segment in
                            if let p = segment.p { Wording.pValue(p) } else { Markup.absent }
                        },
                        .number("n") { Wording.grouped($0.rows) },
                    ])
            }
        }
    }

    // MARK: - Acts

    @MarkupBuilder
    private func stop(_ visit: Visit) -> Markup {
        if experiment.stopped == nil {
            let slot = experiment.slot
            let permission = Permission.rollBack(slot.model, environment: slot.environment, segment: slot.segment)
            block("Act", id: "act") {
                if visit.allows(permission) {
                    actionForm(
                        Self.address(experiment.id) + "/stop", visit, title: "Stop the comparison",
                        consequence: "\(old) answers every unit again, and \(new) nobody. Outcomes that come later still count.",
                        button: "Stop the comparison", reasonIsRequired: false)
                    Tag.p(.class("soft")) { "What it finds promotes nobody: a promotion is an act of its own." }
                } else {
                    Tag.p { "Stopping it takes \(permission.neededRole)." }
                }
            }
        }
    }

    @MarkupBuilder
    private func ended(_ visit: Visit) -> Markup {
        if let stopped = experiment.stopped {
            moment(stopped, visit)
            ", \(experiment.endWords)"
        } else {
            "it goes on"
        }
    }

    private func about(_ visit: Visit) -> Markup {
        block("About it", id: "about") {
            facts([
                ("Endpoint", Tag.a(.href(Address.endpoint(experiment.endpoint))) { experiment.endpoint }),
                ("Slot", Markup(experiment.slot.description)), ("Outcome", Markup(experiment.label)),
                (
                    "Matures",
                    Markup(
                        experiment.plan.maturitySeconds == 0
                            ? "at once" : "after " + Duration.seconds(experiment.plan.maturitySeconds).words)
                ),
                ("Started", moment(experiment.started, visit)),
                ("Ended", ended(visit)),
                ("Record", Tag.a(.href(Address.audit(experiment.startEntry))) { "entry \(experiment.startEntry)" }),
            ])
            if !finding.requests.isEmpty {
                table(
                    "Requests by arm and reason", finding.requests,
                    [
                        .words("Arm") { $0.arm.rawValue },
                        .words("Why this version answered") { $0.reason.rawValue },
                        .number("Requests") { Wording.grouped(Int($0.requests)) },
                    ], showsCaption: true)
            }
            commandLine("gatehouse experiment report \(experiment.id)")
        }
    }
}

extension SlotExperimentsScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Traffic", "/traffic")])
        Tag.h1 { model.map { "Comparisons of \($0)" } ?? "Champion and challenger" }
        filterByModel("/slot-experiments", model, onlyOpen: onlyOpen)
        live("experiments") {
            let open = experiments.filter { $0.stopped == nil }
            Tag.p(.class("finding")) {
                open.isEmpty ? "No challenger is being compared." : "\(Wording.count(open.count, "comparison")) under way."
            }
            if experiments.isEmpty {
                empty(
                    "A comparison gives a share of the units to a challenger for good and waits for what becomes of them.",
                    command:
                        "gatehouse experiment start MODEL VERSION --endpoint NAME --outcome LABEL --better higher --minimum-effect 0.01"
                )
            } else {
                table(
                    "Comparisons", experiments,
                    [
                        .words("Comparison") { one in
                            Tag.a(.href(SlotExperimentScreen.address(one.id))) {
                                "\(one.slot.model) v\(one.challenger) against v\(one.champion)"
                            }
                        },
                        .words("State") { one in
                            one.stopped == nil
                                ? mark(.neutral, "under way", shape: "◌") : mark(.neutral, one.endWords, shape: "▢")
                        },
                        .words("Endpoint") { $0.endpoint },
                        .number("Share") { Wording.compactPercent(Double($0.buckets) / Double(Bucketing.total)) },
                        .words("Outcome") { $0.label },
                        .words("Started") { moment($0.started, visit) },
                    ])
            }
        }
    }
}

extension SlotExperiment {
    fileprivate var endWords: String {
        switch ended {
        case .stopped: "stopped"
        case .slotChanged: "another champion came"
        case .challengerLeft: "the challenger left"
        case nil: "over"
        }
    }
}
