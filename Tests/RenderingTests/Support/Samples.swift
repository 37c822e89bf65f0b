@testable import Rendering

/// A report with every kind of block, as a measurement of German credit would look.
enum Samples {
    static let measurement = Report(
        title: "Measurement of holdout.csv",
        sentence: "The candidate ranks 520 applicants with an AUC of 0.751 (0.703…0.794); the champion's is 0.018 better, "
            + "which 520 rows cannot tell from chance (−0.045…0.009).",
        verdict: Phrase("inconclusive", .caution),
        facts: [
            .init("rows", "520, of which 144 positive"), .init("threshold", "0.5"), .init("groups", "sex, foreign_worker"),
        ],
        sections: [
            .init("Metrics", [.intervals(intervals), .table(table)]),
            .init("Groups", [.bars(bars), .note("Groups with fewer than 10 rows of a class are listed and not judged.")]),
            .init("Curves", [.lines(calibration), .text("The diagonal is a perfectly calibrated model.")]),
        ])

    static let intervals = IntervalChart(
        "Metrics with 95 % intervals",
        rows: [
            .init("AUC ROC", value: 0.7512, lower: 0.7031, upper: 0.7936),
            .init("average precision", value: 0.5634, lower: 0.4711, upper: 0.6402, note: "bootstrap"),
            .init("recall", value: 0.5208, lower: 0.4397, upper: 0.6009, tone: .bad, note: "n = 144"),
            .init("recall, foreign_worker = A202", value: nil, note: "single_class"),
            .init("recall, sex = other", value: 0.6, lower: 0.2307, upper: 0.8824, note: "n = 5, too few", isHollow: true),
        ], reference: 0.7)

    static let table = DataTable(
        [.init("metric", .left), .init("candidate"), .init("champion"), .init("difference"), .init("verdict", .left)],
        rows: [
            [Phrase("AUC ROC"), Phrase("0.7512"), Phrase("0.7693"), Phrase("−0.0181"), Phrase("inconclusive", .caution)],
            [Phrase("log loss"), Phrase("0.5321"), Phrase("0.5210"), Phrase("0.0111"), Phrase("worse", .bad)],
        ])

    static let bars = BarChart(
        "AUC gap to all rows",
        bars: [
            .init("sex = female", value: 0.0067, tone: .good, note: "n = 162"),
            .init("sex = male", value: 0.0031, tone: .good, note: "n = 358"),
            .init("foreign_worker = A202", value: 0.2444, tone: .bad, note: "n = 10"),
            .init("foreign_worker = 日本語", value: nil, note: "n = 1, single_class"),
        ], limit: 0.05, decimals: 4)

    static let calibration = LineChart(
        "Reliability", xTitle: "predicted share", yTitle: "observed share",
        series: [
            .init("candidate", (0...10).map { .init(Double($0) / 10, Double($0 * $0) / 100) }, isMarked: true),
            .init("champion", (0...10).map { .init(Double($0) / 10, Double($0) / 10 * 0.9 + 0.05) }, tone: .good),
        ], hasDiagonal: true)

    static let latency = LineChart(
        "Response times by share of requests", xTitle: "requests answered within", yTitle: "ms",
        series: [
            .init("measured", (0...499).map { .init(Double($0) / 500, 1 / (1 - Double($0) / 500)) })
        ], reference: 50, xScale: .tail, yScale: .logarithmic)

    /// Every kind of block and of axis in one report.
    static let everything = Report(
        title: measurement.title, sentence: measurement.sentence, verdict: measurement.verdict, facts: measurement.facts,
        sections: measurement.sections + [.init("Response times", [.lines(latency), .intervals(oneSided)])])

    static let oneSided = IntervalChart(
        "Milliseconds with 95 % intervals",
        rows: [
            .init("p50", value: 2.1, lower: 2.0, upper: 2.3, tone: .good),
            .init("p95", value: 61.5, lower: 48.2, tone: .caution, note: "72 of 73 answers"),
            .init("p99", value: nil, note: "needs 299 answers"),
        ], reference: 50, decimals: 1)

    /// Names nobody chose with a table in mind, and numbers at the ends of their range.
    static let hostile: Report = {
        let names = [
            "", String(repeating: "x", count: 300), String(repeating: "日本", count: 60), "<script>alert('1')</script>",
            "a & b \"c\" \u{1B}[31m\u{202E}\u{0}", "many short words in one name that goes on and on and on",
        ]
        let numbers: [Double?] = [0, -1e300, .greatestFiniteMagnitude, .nan, -.infinity, nil]
        return Report(
            title: names[3], sentence: names[4] + names[1], verdict: Phrase(names[5], .bad),
            facts: names.map { .init($0, $0) },
            sections: names.map { name in
                .init(
                    name,
                    [
                        .text(name), .note(name),
                        .table(
                            DataTable(
                                names.map { .init($0, $0.count > 100 ? .right : .left) },
                                rows: [names.map { Phrase($0, .bad) }, names.reversed().map { Phrase($0) }])),
                        .intervals(
                            IntervalChart(
                                name,
                                rows: zip(names, numbers).map { .init($0, value: $1, lower: $1, upper: nil, note: name) },
                                reference: -.greatestFiniteMagnitude)),
                        .bars(BarChart(name, bars: zip(names, numbers).map { .init($0, value: $1, note: name) }, limit: 1e-300)),
                        .lines(
                            LineChart(
                                name, xTitle: name, yTitle: name,
                                series: names.map { .init($0, numbers.map { .init($0 ?? 1, $0 ?? 2) }, tone: .caution) },
                                reference: .nan, hasDiagonal: true, xScale: .logarithmic)),
                    ])
            })
    }()

    /// The cells a line takes in a terminal.
    static func cells(_ line: String) -> Int { CellText.width(line) }

    static func plain(_ report: Report, columns: Int?) -> [String] {
        TerminalReport(columns: columns) { text, _ in text }.lines(report)
    }

    static func only(_ block: Report.Block) -> Report { Report(title: "t", sentence: "s", sections: [.init("x", [block])]) }
}
