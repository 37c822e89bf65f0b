import GatehouseCore
import Rendering
import Statistics
import WireAPI

/// An experiment's report as a newcomer reads it: the answer, who got what, the difference, what is still needed.
struct ExperimentReading {
    private let experiment: ExperimentAnswer
    private let numbers: JSONValue
    private let keptShare: Double
    private let requests: [ExperimentReportAnswer.Requests]

    init(_ answer: ExperimentReportAnswer) {
        experiment = answer.experiment
        numbers = answer.report
        keptShare = answer.keptShare
        requests = answer.requests
    }

    var report: Report {
        Report(
            title: "Experiment \(experiment.id)", sentence: sentence, verdict: verdictPhrase, facts: facts,
            sections: [
                Report.Section("What became of the units", arms), Report.Section("Challenger minus champion", difference),
            ] + segments + [Report.Section("Which requests they were", [requestTable])])
    }

    private var challenger: String { "v\(experiment.challengerVersion)" }
    private var champion: String { "v\(experiment.championVersion)" }
    private var verdict: OutcomeVerdict {
        numbers["verdict"]?.stringValue.flatMap { OutcomeVerdict(rawValue: $0) } ?? .notDecided
    }
    private var reason: MissingReason? { numbers["reason"]?.stringValue.flatMap { MissingReason(rawValue: $0) } }
    private var isMismatched: Bool { numbers["sample_ratio"]?["mismatch"]?.boolValue ?? false }

    private var verdictPhrase: Phrase {
        switch verdict {
        case .better: Phrase("better", .good)
        case .notInferior: Phrase("not worse", .good)
        case .worse: Phrase("worse", .bad)
        case .notDecided: Phrase("not decided", .caution)
        }
    }

    private var sentence: String {
        if isMismatched {
            return "The arms did not get their shares of the units, so nothing can be compared: find out why before reading on."
        }
        let found = "\(experiment.outcome) is \(value(numbers["difference"])) apart (\(interval(numbers)))"
        switch verdict {
        case .better: return "\(challenger) is better than \(champion): \(found)."
        case .notInferior: return "\(challenger) is not worse than \(champion) by the margin or more: \(found)."
        case .worse: return "\(challenger) is worse than \(champion): \(found)."
        case .notDecided:
            guard let reason else { return "Nothing is decided yet." }
            return reason == .intervalHoldsBoth
                ? "Nothing is decided yet: \(found)." : "Nothing is decided yet: \(reason.words)."
        }
    }

    private var facts: [Report.Fact] {
        let end = experiment.stoppedAt.map { "until \($0) (\(experiment.ended ?? "ended"))" } ?? "running"
        return [
            Report.Fact("where", "\(experiment.modelName) at \(experiment.endpoint), segment \(experiment.segment)"),
            Report.Fact("share", "\(SharePercent.text(experiment.percent / 100)) of the units"),
            Report.Fact("outcome", "\(experiment.outcome), \(experiment.better) is better"),
            Report.Fact("mature after", Duration.seconds(experiment.maturitySeconds).shortText),
            Report.Fact("ran", "from \(experiment.startedAt), \(end)"),
        ]
    }

    private var arms: [Report.Block] {
        let rows = [("champion", champion), ("challenger", challenger)].map { name, version -> [Phrase] in
            let arm = numbers[name] ?? .null
            return [
                Phrase(name), Phrase(version), Phrase(count(arm["exposed"])), Phrase(count(arm["matured"])),
                Phrase(count(arm["labelled"])), Phrase(arm["coverage"]?.doubleValue.map { Wording.percent($0) } ?? "none"),
                Phrase(value(arm["mean"])),
            ]
        }
        var blocks: [Report.Block] = [
            .table(
                DataTable(
                    [
                        .init("arm", .left), .init("version", .left), .init("units"), .init("mature"), .init("with outcome"),
                        .init("share"), .init("mean"),
                    ], rows: rows))
        ]
        let p = numbers["sample_ratio"]?["p"]?.doubleValue.map { Wording.pEquals($0) } ?? "not tested"
        blocks.append(.text("The arms got \(isMismatched ? "other shares than" : "the shares that") were planned (\(p))."))
        if numbers["coverage_biased"]?.boolValue == true {
            blocks.append(.note("Outcomes are missing more often in one arm, so the means may not be comparable."))
        }
        if keptShare < 1 {
            blocks.append(.text("Counted on \(Wording.percent(keptShare)) of the units: there are more than are kept."))
        }
        return blocks
    }

    private var difference: [Report.Block] {
        var rows = [["as counted", value(numbers["difference"]), interval(numbers), p(numbers)]]
        if let adjusted = numbers["adjusted"], adjusted != .null {
            rows.append([
                "adjusted by \(experiment.covariate ?? "the covariate")", value(adjusted["difference"]?["value"]),
                interval(adjusted["difference"] ?? .null), p(adjusted),
            ])
        }
        var blocks: [Report.Block] = [
            .table(
                DataTable(
                    [.init("", .left), .init("difference"), .init("interval"), .init("p")],
                    rows: rows.map { $0.map { Phrase($0) } }))
        ]
        if rows.count > 1 {
            blocks.append(
                .note("The adjusted interval is of a fixed sample: only the first row may be read as often as one likes."))
        }
        if let needed = numbers["needed"], needed != .null {
            blocks.append(
                .text(
                    "To see a difference of \(Wording.compact(experiment.minimumEffect)) takes about \(count(needed["champion"])) and \(count(needed["challenger"])) outcomes; seen are \(count(numbers["champion"]?["labelled"])) and \(count(numbers["challenger"]?["labelled"]))."
                ))
        }
        return blocks
    }

    private var segments: [Report.Section] {
        let found = numbers["segments"]?.arrayValue ?? []
        guard !found.isEmpty else { return [] }
        let rows = found.map { segment in
            [
                segment["name"]?.stringValue ?? "", count(segment["rows"]), value(segment["difference"]), interval(segment),
                p(segment),
            ]
            .map { Phrase($0) }
        }
        let columns: [DataTable.Column] = [
            .init("segment", .left), .init("outcomes"), .init("difference"), .init("interval"), .init("p"),
        ]
        return [Report.Section("By segment", [.table(DataTable(columns, rows: rows))])]
    }

    private var requestTable: Report.Block {
        guard !requests.isEmpty else { return .text("No request was divided yet.") }
        let rows = requests.map {
            [Phrase($0.arm), Phrase($0.reason), Phrase(Wording.grouped(Int(exactly: $0.requests) ?? .max))]
        }
        return .table(DataTable([.init("arm", .left), .init("because", .left), .init("requests")], rows: rows))
    }

    // MARK: Numbers

    private func count(_ number: JSONValue?) -> String {
        number?.integerValue.flatMap { Int(exactly: $0) }.map { Wording.grouped($0) } ?? "none"
    }
    private func value(_ number: JSONValue?) -> String { number?.doubleValue.map { Wording.compact($0) } ?? "unknown" }
    private func p(_ numbers: JSONValue) -> String { numbers["p"]?.doubleValue.map { Wording.pValue($0) } ?? "unknown" }

    private func interval(_ numbers: JSONValue) -> String {
        guard let lower = numbers["lower"]?.doubleValue, let upper = numbers["upper"]?.doubleValue else { return "unknown" }
        return "\(Wording.compact(lower)) to \(Wording.compact(upper))"
    }
}
