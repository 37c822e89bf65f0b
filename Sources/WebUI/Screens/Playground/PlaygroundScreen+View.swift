import GatehouseCore
import Gates
import Rendering
import Rollouts
import Statistics

extension PlaygroundScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        Tag.h1 { "Playground" }
        Tag.p(.class("finding")) { finding }
        Tag.p(.class("soft")) {
            "Everything here is simulated; the gates, the shadow report and the rollout machine are the real ones. The address holds "
                + "all numbers: whoever opens it sees the same."
        }
        Tag.p(.class("filter")) {
            "Try: "
            for example in Self.examples { Tag.a(.class("button quiet"), .href(example.settings.address)) { example.name } }
        }
        controls
        gates
        shadowPart
        canary
    }

    private var finding: String {
        let blocking = checks.filter { $0.verdict != .pass }.map { "\($0.name) \($0.verdict.words)" }
        let gates = blocking.isEmpty ? "All \(checks.count) gates pass" : "Blocked: " + blocking.joined(separator: ", ")
        return "\(gates). The shadow report \(shadow.verdict.words). The canary \(runWords)."
    }

    private var runWords: String {
        let when = run.endedAfterSeconds.map { " after \(RolloutWords.time(Int64($0)))" } ?? ""
        switch run.phase {
        case .promoted: return "is promoted" + when
        case .rolledBack: return "goes back" + when + (run.isFalseRollback ? ", though nothing was wrong with it yet" : "")
        case .needsHuman: return "asks for a decision" + when
        case .pending, .observing, .held, .baking: return "is at \(run.percent) % after two days"
        }
    }

    // MARK: - Knobs

    private var controls: Markup {
        Tag.form(.class("knobs"), .method("get"), .action("/playground")) {
            for part in Knob.Part.allCases {
                Tag.fieldset {
                    Tag.legend { part.rawValue }
                    for knob in part.knobs { field(knob) }
                    if part == .policy { judgedBy }
                }
            }
            Tag.p {
                Tag.button(.type("submit"), .class("main")) { "Decide" }
                " "
                Tag.a(.class("button"), .href("/playground")) { "Start over" }
            }
        }
    }

    private func field(_ knob: Knob) -> Markup {
        let face = knob.face
        return Tag.div(.class("knob")) {
            Tag.label(.for("knob-\(knob.rawValue)")) { face.label }
            Tag.input(
                .id("knob-\(knob.rawValue)"), .name(knob.rawValue), .type("number"),
                .value(PlaygroundSettings.text(settings[knob])),
                Attribute("min", PlaygroundSettings.text(face.range.lowerBound)),
                Attribute("max", PlaygroundSettings.text(face.range.upperBound)), Attribute("step", face.isWhole ? "1" : "any"))
        }
    }

    private var judgedBy: Markup {
        Tag.div(.class("knob")) {
            Tag.label(.for("knob-judge-by")) { "Judged by" }
            Tag.select(.id("knob-judge-by"), .name(PlaygroundSettings.judgedByName)) {
                Tag.option(.value("point"), settings.judgesIntervals ? nil : .isSelected) { "the value" }
                Tag.option(.value("interval"), settings.judgesIntervals ? .isSelected : nil) { "its interval" }
            }
        }
    }

    // MARK: - Gates

    private var gates: Markup {
        block("What the gates would say", id: "gates") {
            checkTable("What the gates would say", checks.map { CheckLine($0) }, address: nil)
            Tag.ul { for check in checks { Tag.li { "\(check.name): \(check.judgement.reason)" } } }
            for (index, block) in checks.dropFirst().flatMap({ CheckCharts(result: $0).blocks }).enumerated() {
                block.markup(title: "Measured", id: "gate-\(index)")
            }
            let warnings = checks.flatMap(\.judgement.warnings)
            if !warnings.isEmpty {
                Tag.h3 { "What a reviewer should know" }
                list(warnings)
            }
        }
    }

    // MARK: - Shadow

    private var shadowPart: Markup {
        block("What the shadow report would say", id: "shadow") {
            Tag.p {
                mark(shadow.verdict)
                " "
                shadowWords
            }
            if !shadow.reasons.isEmpty { list(shadow.reasons) }
            if plane.rows > 0 { Report.Block.plane(planeChart).markup(title: "Predictions", id: "plane") }
        }
    }

    private var shadowWords: String {
        guard let share = shadow.disagreement, let interval = shadow.disagreementInterval else { return "Nothing was compared." }
        return "\(Wording.percent(share)) of \(Wording.count(shadow.rows, "row")) were decided otherwise "
            + "(\(Wording.range(interval.lower * 100, interval.upper * 100, decimals: 1)) %, valid at any time); "
            + "\(Wording.percent(settings[.maxDisagreement])) is allowed."
    }

    private var planeChart: PlaneChart {
        func quadrant(_ label: String, _ rows: Int) -> PlaneChart.Quadrant {
            .init(label, rows: rows, share: plane.share(rows))
        }
        return PlaneChart(
            "Predictions of both versions", xTitle: "prediction of v1", yTitle: "prediction of v2", lower: plane.lower,
            upper: plane.upper, side: DecisionPlane.side, counts: plane.counts,
            points: plane.rows <= DecisionPlane.pointsMax ? plane.points.map { .init($0.production, $0.shadow) } : [],
            threshold: plane.threshold,
            quadrants: [
                quadrant("only v2 says yes", plane.shadowAlone), quadrant("both say yes", plane.bothYes),
                quadrant("both say no", plane.bothNo), quadrant("only v1 says yes", plane.productionAlone),
            ])
    }

    // MARK: - Canary

    private var canary: Markup {
        block("What a canary would do", id: "canary") {
            Tag.p {
                RolloutWords.mark(run.phase)
                " The version \(runWords): \(run.reason). \(harmWords)"
            }
            Report.Block.lines(weightChart).markup(title: "Share of the new version", id: "weight")
            Tag.h3 { "What the steps can see with this traffic" }
            list(power.map(\.sentence))
            Tag.p(.class("soft")) {
                "Steps \(plan.steps.map { "\($0) %" }.joined(separator: ", ")), then \(RolloutWords.time(Int64(plan.bakeSeconds))) of bake; "
                    + "looked at once a minute for two days, by night with half of the mean traffic and by day with one and a half of it."
            }
            commandLine(
                "gatehouse rollout simulate --policy policy.yaml --rate \(PlaygroundSettings.text(settings[.requestsPerSecond]))")
        }
    }

    private var harmWords: String {
        guard scenario.decay != nil else { return "Both versions are alike." }
        let detection = run.detectionSeconds.map { " It took \(RolloutWords.time(Int64($0))) to find out." } ?? ""
        return "\(Wording.count(run.harmed, "request")) failed because of it; with all traffic from the start it would have been "
            + "\(Wording.grouped(run.harmedByDoingNothing)).\(detection)"
    }

    /// A weight holds until the next one.
    private var weightChart: LineChart {
        let end = Double(run.endedAfterSeconds ?? Int(scenario.days * 86_400)) / 3600
        var points: [LineChart.Point] = []
        for step in run.steps {
            let hour = Double(step.atSeconds) / 3600
            if let last = points.last { points.append(.init(hour, last.y)) }
            points.append(.init(hour, Double(step.percent)))
        }
        if let last = points.last { points.append(.init(end, last.y)) }
        if run.phase == .rolledBack { points.append(.init(end, 0)) }
        return LineChart(
            "Share of the new version over time", xTitle: "hours since the start", yTitle: "% of the units",
            series: [.init("v2", points, tone: run.phase == .rolledBack ? .bad : .neutral)])
    }
}

extension Verdict {
    fileprivate var words: String {
        switch self {
        case .pass: "passes"
        case .fail: "fails"
        case .inconclusive: "is inconclusive"
        case .error: "cannot be computed"
        }
    }
}
