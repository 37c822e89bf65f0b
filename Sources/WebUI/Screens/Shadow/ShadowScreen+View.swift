import Access
import GatehouseCore
import Promotions
import Registry
import Rendering
import Rollouts
import Serving
import Statistics

extension ShadowScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Traffic", "/traffic"), (endpoint, Address.endpoint(endpoint))])
        Tag.h1 { shown.map { "v\($0.run.version) in shadow at \(endpoint)" } ?? "Shadow at \(endpoint)" }
        live("shadow") {
            if let shown {
                Tag.p(.class("finding")) {
                    mark(shown.report.verdict)
                    " "
                    finding(shown)
                }
                asked(shown)
                coverage(shown)
                agreement(shown)
                slices(shown)
            } else {
                Tag.p(.class("finding")) { "No version was ever in shadow at \(endpoint)." }
                empty(
                    "Copies of requests go to a version whose answers are only recorded: nobody who asks notices, and you see where it would decide otherwise.",
                    command: "gatehouse shadow start \(model) VERSION --endpoint \(endpoint)")
            }
        }
        if let shown, shown.run.stopped == nil { stop(shown.run, visit) }
        if !runs.isEmpty { live("shadow-runs") { runTable(visit) } }
    }

    private func finding(_ shown: Shown) -> String {
        let report = shown.report
        let limit = Wording.percent(shown.picture.requirements.maxDisagreement)
        let beside = shown.champion.map { " beside v\($0)" } ?? ""
        guard let share = report.disagreement, let interval = report.disagreementInterval else {
            return "Nothing could be compared yet\(beside), so nothing is known of how it decides."
        }
        return
            "v\(shown.run.version)\(beside) decided \(Wording.percent(share)) of \(Wording.count(report.rows, "row")) otherwise "
            + "(\(Wording.range(interval.lower * 100, interval.upper * 100, decimals: 1)) %), the policy allows \(limit)."
    }

    // MARK: - What is asked

    private struct Need {
        let name: String
        let value: String
        let asked: String
    }

    private func asked(_ shown: Shown) -> Markup {
        let (report, needs) = (shown.report, shown.picture.requirements)
        let rows = [
            Need(
                name: "Time", value: Duration.seconds(report.seconds).words,
                asked: "≥ " + Duration.seconds(needs.minSeconds).words),
            Need(
                name: "Requests compared", value: Wording.grouped(report.compared),
                asked: "≥ " + Wording.grouped(needs.minRequests)),
            Need(
                name: "Coverage", value: report.coverage.map(Wording.percent) ?? "–",
                asked: "≥ " + Wording.percent(needs.minCoverage)),
            Need(
                name: "Decided otherwise", value: report.disagreement.map(Wording.percent) ?? "–",
                asked: "≤ " + Wording.percent(needs.maxDisagreement)),
        ]
        return block("What the policy asks for", id: "asked") {
            table(
                "What the policy asks for", rows,
                [.words("Of the shadow") { $0.name }, .number("Seen") { $0.value }, .number("Asked") { $0.asked }])
            if report.reasons.isEmpty {
                Tag.p { "All of it is there: a promotion may rest on this run." }
            } else {
                Tag.p { report.verdict == .fail ? "Why it fails:" : "What is missing:" }
                list(report.reasons)
            }
        }
    }

    // MARK: - Coverage

    private struct Fate {
        let name: String
        let count: Int
    }

    private func coverage(_ shown: Shown) -> Markup {
        let counts = shown.report.counts
        let dropped = ShadowCounts.DropReason.allCases.compactMap { reason in
            counts.dropped[reason.rawValue].map { Fate(name: "not copied: \(reason.words)", count: $0) }
        }
        let fates =
            [
                Fate(name: "compared", count: shown.report.compared),
                Fate(name: "answered, but not comparable", count: max(0, counts.mirrored - shown.report.compared)),
                Fate(name: "late", count: counts.late),
            ] + dropped
        return block("Which requests it was asked", id: "coverage") {
            Tag.p {
                "Of \(Wording.count(counts.eligible, "request")) that were to be copied, \(Wording.grouped(shown.report.compared)) were "
                    + "compared. What is missing is not missing at random."
            }
            if counts.eligible > 0 {
                table(
                    "Which requests it was asked", fates.filter { $0.count > 0 },
                    [
                        .words("Copies") { $0.name },
                        .number("Requests") { Wording.grouped($0.count) },
                        .number("Share") { Wording.percent(Double($0.count) / Double(counts.eligible)) },
                    ])
            }
            if shown.report.silentHours > 0 {
                Tag.p(.class("soft")) {
                    "\(Wording.count(shown.report.silentHours, "hour")) of the run passed without a single pair."
                }
            }
            if shown.kept.share < 1 {
                Tag.p(.class("soft")) {
                    "Pairs are kept of \(Wording.compactPercent(shown.kept.share)) of the requests, a uniform sample; the counts above are of all."
                }
            }
        }
    }

    // MARK: - Agreement

    private func agreement(_ shown: Shown) -> Markup {
        let report = shown.report
        return block("Where they differ", id: "agreement") {
            if report.rows == 0 {
                empty("No two predictions could be compared yet.")
            } else {
                Report.Block.plane(plane(shown)).markup(title: "Predictions", id: "plane")
                if shown.picture.plane.outside > 0 {
                    Tag.p(.class("soft")) {
                        "\(Wording.count(shown.picture.plane.outside, "row")) lie outside of the drawing and are counted at its edge."
                    }
                }
                facts(measures(report))
            }
        }
    }

    private func plane(_ shown: Shown) -> PlaneChart {
        let plane = shown.picture.plane
        let (old, new) = (shown.champion.map { "v\($0)" } ?? "production", "v\(shown.run.version)")
        func quadrant(_ label: String, _ rows: Int) -> PlaneChart.Quadrant {
            .init(label, rows: rows, share: plane.share(rows))
        }
        return PlaneChart(
            "Predictions of the same rows", xTitle: "prediction of \(old)", yTitle: "prediction of \(new)", lower: plane.lower,
            upper: plane.upper, side: DecisionPlane.side, counts: plane.counts,
            points: plane.rows <= DecisionPlane.pointsMax ? plane.points.map { .init($0.production, $0.shadow) } : [],
            threshold: plane.threshold,
            quadrants: [
                quadrant("only \(new) says yes", plane.shadowAlone), quadrant("both say yes", plane.bothYes),
                quadrant("both say no", plane.bothNo), quadrant("only \(old) says yes", plane.productionAlone),
            ])
    }

    private func measures(_ report: ShadowReport) -> [(name: String, value: Markup)] {
        var pairs: [(name: String, value: Markup)] = []
        if let mean = report.meanDifference { pairs.append(("Mean difference", Markup(Wording.fixed(mean, 4)))) }
        for (name, distance) in zip(["50 %", "95 %", "99 %", "all"], report.distances) {
            pairs.append(("\(name) of the rows differ by at most", Markup(Wording.fixed(distance, 4))))
        }
        if let own = report.shadowP95Microseconds, let theirs = report.productionP95Microseconds {
            pairs.append(
                ("p95, then production's", Markup("\(latencyWords(Double(own) / 1000)), \(latencyWords(Double(theirs) / 1000))")))
        }
        for (failure, count) in report.failures.sorted(by: { $0.key < $1.key }) {
            pairs.append(("Failed: \(failure)", Markup(Wording.grouped(count))))
        }
        if let labelled = report.labelled {
            pairs.append(
                (
                    "Of \(Wording.count(labelled.rows, "row")) with an outcome",
                    Markup(
                        "right alone: \(labelled.shadowAlone) in shadow, \(labelled.productionAlone) in production, "
                            + Wording.pEquals(labelled.mcnemarP))
                ))
        }
        return pairs
    }

    private func slices(_ shown: Shown) -> Markup {
        block("Worst slices", id: "slices", note: "Each against all the other rows; p is corrected for their number (Holm).") {
            if shown.report.worstSlices.isEmpty {
                empty("No slice with rows enough differs more than the others.")
            } else {
                table(
                    "Worst slices", shown.report.worstSlices,
                    [
                        .words("Rows where") { $0.name },
                        .number("Decided otherwise") { Wording.percent(Double($0.disagreeing) / Double(max($0.rows, 1))) },
                        .number("Rows") { Wording.grouped($0.rows) },
                        .number("p") { Wording.pValue($0.p) },
                    ])
            }
        }
    }

    // MARK: - Runs

    @MarkupBuilder
    private func stop(_ run: ShadowRun, _ visit: Visit) -> Markup {
        let permission = Permission.rollBack(model, environment: environment, segment: run.segment ?? Slot.defaultSegment)
        block("Act", id: "act") {
            if visit.allows(permission) {
                actionForm(
                    Address.endpoint(endpoint) + "/shadow/\(Address.segment(run.id))/stop", visit, title: "Stop the shadow",
                    consequence:
                        "No more requests are copied to v\(run.version). What it has shown stays, and nobody who asks notices.",
                    button: "Stop the shadow", reasonIsRequired: false)
            } else {
                Tag.p { "Stopping the shadow takes \(permission.neededRole)." }
            }
        }
    }

    private func runTable(_ visit: Visit) -> Markup {
        block("Shadow runs here", id: "runs") {
            table(
                "Shadow runs here", runs,
                [
                    .words("Version") { run in
                        Tag.a(
                            .href(Address.query(Address.endpoint(endpoint) + "/shadow", [("run", run.id)])),
                            run.id == shown?.run.id ? Attribute("aria-current", "true") : nil
                        ) { "v\(run.version)" }
                    },
                    .words("Segment") { $0.segment ?? "all" },
                    .number("Copied") { Wording.compactPercent(Double($0.buckets) / Double(Bucketing.total)) },
                    .words("Started") { moment($0.started, visit) },
                    .words("Stopped") { run in
                        if let stopped = run.stopped { shortMoment(stopped) } else { mark(.neutral, "running", shape: "◌") }
                    },
                    .words("Run") { Markup($0.id) },
                ])
            if let shown { commandLine("gatehouse shadow report \(shown.run.id)") }
        }
    }
}

extension ShadowCounts.DropReason {
    var words: String {
        switch self {
        case .countFull: "too many were waiting"
        case .bytesFull: "too many bytes were waiting"
        case .bodyTooLarge: "the body was too large"
        case .paused: "the shadow made production slower"
        case .control: "production was measured without it"
        case .streamed: "the answer was streamed"
        case .noConnection: "no connection was free"
        case .stopping: "the gateway was stopping"
        }
    }
}
