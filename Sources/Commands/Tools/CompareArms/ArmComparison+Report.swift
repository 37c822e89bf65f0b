import GatehouseCore
import Rendering
import Statistics

extension ArmComparison {
    func report(source: String?) -> Report {
        Report(
            title: source.map { "Arms of \($0)" } ?? "Two arms", sentence: sentence, verdict: Self.phrase(decision.verdict),
            facts: facts, sections: [differenceSection] + sequentialSections + [splitSection])
    }

    private var controlName: String { outcomes.arms[0].name }
    private var treatmentName: String { outcomes.arms[1].name }

    // MARK: Words

    private var sentence: String {
        if decision.reason == .sampleRatioMismatch {
            return """
                The arms did not get the rows they were meant to get (\(splitFinding)), so their outcomes cannot be compared: \
                find out why before reading any number below.
                """
        }
        guard control.count > 0, treatment.count > 0 else { return "An arm has no outcome: there is nothing to compare." }
        guard let difference = decision.fixed.difference else { return "No difference could be estimated: \(gapWords)." }
        let values = "\(treatmentName) has \(amount(treatment.mean)), \(controlName) \(amount(control.mean))"
        let direction = difference == 0 ? "no difference" : "\(change(abs(difference))) \(difference > 0 ? "higher" : "lower")"
        let interval = decidingInterval.map { " (\(percent) interval\(decidingLook) \(range($0)))" } ?? ""
        return "\(values): \(direction)\(interval). \(conclusion)"
    }

    private var conclusion: String {
        switch decision.verdict {
        case .better: "\(treatmentName) is better."
        case .worse: settings.margin == nil ? "\(treatmentName) is worse." : "\(treatmentName) is worse by more than the margin."
        case .notInferior: "\(treatmentName) is not worse by the margin of \(change(settings.margin ?? 0)) or more."
        case .notDecided: "That decides nothing yet\(needed)."
        }
    }

    private var needed: String {
        guard case .success(let needed) = decision.needed else {
            return decision.reason == .intervalHoldsBoth ? "" : ": \(gapWords)"
        }
        let noun = outcomes.isClustered ? "units" : "rows"
        return """
            ; if the arms truly differ as they do here, about \(Wording.grouped(needed.control)) + \
            \(Wording.grouped(needed.treatment)) \(noun) would decide with \(Wording.compactPercent(ArmDecision.Needed.power)) power
            """
    }

    private var gapWords: String { (decision.reason ?? decision.fixed.reason)?.words ?? "the data hold no answer" }

    /// ` at 4,000 rows`, where a planned look decided: what came after it plays no part.
    private var decidingLook: String {
        guard decision.rule == .groupSequential, let look = try? sequential.get().plan?.deciding else { return "" }
        return " at \(Wording.grouped(look.rows)) rows"
    }

    private var decidingInterval: Interval? {
        guard case .success(let following) = sequential else { return decision.fixed.interval }
        switch decision.rule {
        case .fixed: return decision.fixed.interval
        case .alwaysValid: return following.running.interval ?? following.mixture
        case .groupSequential: return (following.plan?.deciding ?? following.plan?.latest)?.interval
        }
    }

    private var facts: [Report.Fact] {
        let rules: [Report.Fact] = [
            .init("Decided", decisionWords), .init("Metric", outcomes.isBinary ? "share of outcomes that are 1" : "mean"),
            .init("Higher is", settings.higherIsBetter ? "better" : "worse"),
            .init("False alarm rate", Wording.compactPercent(settings.alpha)),
        ]
        return rules + (settings.margin.map { [.init("Margin", change($0))] } ?? [])
    }

    private var decisionWords: String {
        switch decision.rule {
        case .fixed: "at one look, now"
        case .alwaysValid: "at any time, however often one looks"
        case .groupSequential: "at the planned looks"
        }
    }

    static func phrase(_ verdict: OutcomeVerdict) -> Phrase {
        switch verdict {
        case .better: Phrase("better", .good)
        case .notInferior: Phrase("not inferior", .good)
        case .worse: Phrase("worse", .bad)
        case .notDecided: Phrase("not decided", .caution)
        }
    }

    // MARK: Numbers

    private var percent: String { Wording.compactPercent(1 - settings.alpha) }

    private func amount(_ value: Double) -> String { outcomes.isBinary ? Wording.percent(value) : Wording.compact(value) }

    /// Differences of rates are percentage points.
    private func change(_ value: Double) -> String {
        outcomes.isBinary ? "\(Wording.fixed(value * 100, 2)) points" : Wording.compact(value)
    }

    private func range(_ interval: Interval) -> String {
        guard outcomes.isBinary else {
            let decimals = MeasureWords.decimals(max(abs(interval.lower), abs(interval.upper)))
            return "\(Wording.readable(interval.lower, decimals))…\(Wording.readable(interval.upper, decimals))"
        }
        return Wording.range(interval.lower * 100, interval.upper * 100, decimals: 2)
    }

    // MARK: Sections

    private var differenceSection: Report.Section {
        let table = DataTable(
            [.init("arm", .left), .init("outcomes"), .init("missing"), .init(outcomes.isBinary ? "rate" : "mean"), .init("sd")],
            rows: [(control, outcomes.arms[0]), (treatment, outcomes.arms[1])].map { moments, arm in
                [
                    Phrase(arm.name), Phrase(Wording.grouped(moments.count)), Phrase(Wording.grouped(arm.missing)),
                    Phrase(moments.count > 0 ? amount(moments.mean) : "–"),
                    Phrase(moments.standardDeviation.map { Wording.compact($0) } ?? "–"),
                ]
            })
        let chart = IntervalChart(
            "\(treatmentName) minus \(controlName)" + (outcomes.isBinary ? ", in percentage points" : ""),
            rows: estimateRows + marginRows, reference: 0, decimals: decimals)
        return Report.Section("Difference", [.table(table), .intervals(chart)] + notes)
    }

    private var estimateRows: [IntervalChart.Row] {
        var rows = [row(decision.fixed.method.words, decision.fixed.difference, decision.fixed.interval, decision.fixed.reason)]
        if decision.fixed.method == .covariate {
            rows.append(
                row("without adjustment (Welch)", welch.difference.value, welch.difference.interval, welch.difference.reason))
        }
        if !outcomes.isBinary, case .success(let test) = mannWhitney {
            rows.append(row("median shift (Hodges–Lehmann)", test.shift.value, test.shift.interval, test.shift.reason))
        }
        switch sequential {
        case .success(let following):
            let value = following.difference.value
            let running = following.running.interval
            rows.append(row("at any time (mixture)", value, running, running == nil ? .noVariance : nil))
            rows.append(
                row("at any time (asymptotic)", value, following.asymptotic, following.asymptotic == nil ? .noVariance : nil))
            if let bounded = following.bounded { rows.append(row("at any time (exact)", value, bounded, nil)) }
        case .failure(let reason): rows.append(row("at any time", nil, nil, reason))
        }
        return rows
    }

    private func row(_ label: String, _ value: Double?, _ interval: Interval?, _ reason: MissingReason?) -> IntervalChart.Row {
        // With a broken split no interval means anything, so none is coloured.
        let isTrusted = decision.reason != .sampleRatioMismatch
        let verdict = (isTrusted ? interval : nil).map {
            OutcomeVerdict($0, margin: settings.margin, higherIsBetter: settings.higherIsBetter)
        }
        return IntervalChart.Row(
            label, value: value.map { $0 * scale }, lower: interval.map { $0.lower * scale },
            upper: interval.map { $0.upper * scale },
            tone: verdict.map { Self.phrase($0).tone } ?? .neutral,
            note: reason?.words ?? verdict.map { Self.phrase($0).text } ?? "")
    }

    private var scale: Double { outcomes.isBinary ? 100 : 1 }
    private var decimals: Int {
        guard !outcomes.isBinary else { return 2 }
        let greatest = decision.fixed.interval.map { max(abs($0.lower), abs($0.upper)) } ?? 0
        return greatest < 1 ? 4 : MeasureWords.decimals(greatest)
    }

    private var marginRows: [IntervalChart.Row] {
        guard let margin = settings.margin else { return [] }
        let limit = settings.higherIsBetter ? -margin : margin
        return [IntervalChart.Row("margin", value: limit * scale)]
    }

    private var notes: [Report.Block] {
        var notes: [Report.Block] = []
        if decision.rule == .fixed, let other = decision.alwaysValid, other != decision.verdict,
            decision.reason != .sampleRatioMismatch
        {
            notes.append(
                .note(
                    "The verdict is right if this is the only look. By the rule that allows any number of looks it is '\(Self.phrase(other).text)'."
                ))
        }
        if outcomes.isClustered {
            notes.append(.note("Rows share units, so units are compared: the number of rows is not what counts."))
        }
        if let both = outcomes.rows?.unitsInBothArms, both > 0 {
            notes.append(.note("\(Wording.count(both, "unit")) had rows in both arms: the arms are not separate."))
        }
        if outcomes.arms[0].missing + outcomes.arms[1].missing > 0 {
            notes.append(.note("Rows without a value are left out; if the arms differ in how many, the comparison is biased."))
        }
        if case .success(let result) = adjustment, let reduction = result.varianceReduction {
            notes.append(.text("The covariate removes \(Wording.percent(reduction)) of the variance."))
        }
        return notes
    }

    private var sequentialSections: [Report.Section] {
        guard case .success(let following) = sequential else { return [] }
        var blocks: [Report.Block] = []
        if following.isTimed, following.moments.count > 1 {
            let points = following.moments.map { LineChart.Point(Double($0.rows), $0.p) }
            blocks.append(
                .lines(
                    LineChart(
                        "Always-valid p-value as outcomes came", xTitle: "rows", yTitle: "p",
                        series: [.init("p", points)], reference: settings.alpha)))
            blocks.append(.lines(sequenceChart(following.moments)))
        }
        if let plan = following.plan { blocks.append(.table(table(plan))) }
        blocks.append(
            .text(
                "mSPRT: \(Wording.pEquals(following.stream.test.p)) after \(Wording.count(following.looks, "look"))"
                    + (following.isTimed ? "." : "; without times the rows are looked at once.")))
        return [Report.Section("At any time", blocks)]
    }

    /// A sequence begins as wide as the numbers allow. What is this many times as wide as its end would flatten all that
    /// follows, and is left out.
    private static let widthsShownMax = 4.0

    private func sequenceChart(_ all: [ArmStream.Moment]) -> LineChart {
        func width(_ moment: ArmStream.Moment) -> Double { moment.interval.map { $0.upper - $0.lower } ?? .infinity }
        let limit = Self.widthsShownMax * (all.last.map(width) ?? .infinity)
        // A sequence that ends in a jump still shows the half of its moments before it.
        let start = min(all.firstIndex { width($0) <= limit } ?? 0, all.count / 2)
        let moments = Array(all[start...])
        func line(_ label: String, _ tone: Tone, _ value: (ArmStream.Moment) -> Double?) -> LineChart.Series {
            LineChart.Series(
                label, moments.compactMap { moment in value(moment).map { LineChart.Point(Double(moment.rows), $0 * scale) } },
                tone: tone)
        }
        return LineChart(
            "Difference and its confidence sequence"
                + (start == 0 ? "" : " from row \(Wording.grouped(moments[0].rows)) on; it is wider before"), xTitle: "rows",
            yTitle: outcomes.isBinary ? "points" : "difference",
            series: [
                line("difference", .good) { $0.difference }, line("lower", .neutral) { $0.interval?.lower },
                line("upper", .neutral) { $0.interval?.upper },
            ], reference: 0)
    }

    private func table(_ plan: PlannedLooks) -> DataTable {
        DataTable(
            [.init("look at rows"), .init("bound"), .init("z"), .init("verdict", .left)],
            rows: plan.looks.map { look in
                [
                    Phrase(Wording.grouped(look.rows)), Phrase(Wording.fixed(look.bound, 3)),
                    Phrase(look.z.map { Wording.fixed($0, 3) } ?? "–"),
                    look.verdict.map(Self.phrase) ?? Phrase("not taken"),
                ]
            })
    }

    private var splitSection: Report.Section {
        var blocks: [Report.Block] = [.text("\(splitFinding).")]
        if case .success(let test) = sampleRatio {
            blocks.append(
                .table(
                    DataTable(
                        [.init("arm", .left), .init("assigned"), .init("expected"), .init("share"), .init("intended")],
                        rows: outcomes.arms.indices.map { index in
                            let total = test.expected.reduce(0, +)
                            return [
                                Phrase(outcomes.arms[index].name), Phrase(Wording.grouped(outcomes.arms[index].assigned)),
                                Phrase(Self.expected(test.expected[index])),
                                Phrase(Wording.percent(Double(outcomes.arms[index].assigned) / total)),
                                Phrase(Wording.compactPercent(outcomes.split.shares[index])),
                            ]
                        })))
            if test.isApproximate { blocks.append(.note("An arm expects fewer than 5 rows: the p-value is rough.")) }
        }
        return Report.Section("Split", blocks)
    }

    /// Rows that were to be expected: whole ones, unless there are so few that parts of a row matter.
    private static func expected(_ rows: Double) -> String {
        guard rows >= 20, let whole = Int(exactly: rows.rounded()) else { return Wording.fixed(rows, 1) }
        return Wording.grouped(whole)
    }

    private var splitFinding: String {
        switch sampleRatio {
        case .failure: return "no row was assigned to any arm"
        case .success(let test):
            let counts = outcomes.arms.map { Wording.grouped($0.assigned) }
            let found =
                "\(Wording.list(counts, max: 4, separator: " : ")) rows, sample ratio mismatch \(Wording.pEquals(test.p))"
            guard let first = sequentialSampleRatio.firstMismatch, outcomes.rows?.isTimed ?? false else { return found }
            return found + ", seen from row \(Wording.grouped(first)) on"
        }
    }
}

extension FixedMethod {
    var words: String {
        switch self {
        case .newcombe: "one look (Newcombe)"
        case .welch: "one look (Welch)"
        case .covariate: "one look, adjusted (CUPED)"
        case .clusters: "one look, by units (delta method)"
        }
    }
}

extension MissingReason {
    /// For a sentence.
    var words: String {
        switch self {
        case .emptyArm: "an arm has no outcome"
        case .tooFewRows: "too few rows"
        case .noVariance: "no row differs from the others"
        case .noBaseline: "the control is 0"
        case .notFinite: "the values are too large to add up"
        case .notBinary: "outcomes are not yes or no"
        case .clusteredRows: "rows share units"
        case .ties: "equal values"
        case .tooManyRows: "too many rows"
        case .noRows: "only counts were given"
        case .noCovariate: "no covariate was named"
        case .uninformativeCovariate: "the covariate is constant"
        case .noUnits: "no units were named"
        case .noLooks: "no looks were planned"
        case .contradiction: "the arms changed while they were watched"
        case .sampleRatioMismatch: "the split is not the intended one"
        case .noDifference: "there is no difference at all"
        case .intervalHoldsBoth: "the interval holds both answers"
        }
    }
}
