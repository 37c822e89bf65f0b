import GatehouseCore
import Gates
import Promotions
import Registry
import Rendering

extension CompareScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Models", "/models"), (model.text, Address.model(model))])
        Tag.h1 { "\(model) \(first.name) and \(second.name)" }
        Tag.p(.class("finding")) { finding }
        chooser
        about(visit)
        numbersBlock
        calibrationBlock
        gatesBlock
        runNumbers
        differencesBlock("Params", id: "params", params, none: paramsNote)
        differencesBlock("Columns", id: "columns", columns, none: columnsNote)
        differencesBlock("Files", id: "files", files, none: "The files are the same, byte for byte.")
    }

    private var chooser: Markup {
        Tag.form(.class("filter"), .method("get"), .action(Address.model(model) + "/compare")) {
            for (name, label, side) in [("a", "Version", first), ("b", "with version", second)] {
                Tag.label(.for("compare-\(name)")) { label }
                Tag.input(
                    .id("compare-\(name)"), .name(name), .type("number"), Attribute("min", "1"),
                    .value(side.version.number.description))
            }
            Tag.button(.type("submit")) { "Compare" }
        }
    }

    private func about(_ visit: Visit) -> Markup {
        block("The two", id: "two") {
            table(
                "The two", [first, second],
                [
                    .words("Version") { side in Tag.a(.href(Address.version(model, side.version.number))) { side.name } },
                    .words("Stage") { side in mark(side.version.stage) },
                    .words("Registered") { side in moment(side.version.created, visit) },
                    .words("By") { side in side.version.createdBy.name },
                    .words("Measured") { side in
                        side.evaluation.map { "under \($0.policyReference), on \($0.datasetReference ?? "no data")" } ?? "never"
                    },
                    .words("Artifact") { side in
                        if let digest = side.version.artifact { Tag.code { digest.short } } else { "unpinned" }
                    },
                ])
        }
    }

    // MARK: Numbers

    private var numbersBlock: Markup {
        block("Numbers", id: "numbers") {
            if numbers.isEmpty {
                empty(
                    "No number was measured for both. Evaluate the one that never was:",
                    command: "gatehouse evaluate \(shellQuoted(model.text)) \(second.version.number) --wait")
            } else {
                table(
                    "Numbers", Array(numbers.prefix(Self.rowsMax)),
                    [
                        .words("What") { number in MetricWords.name(number.metric) },
                        .number(first.name) { number in number.first.valueText },
                        .number("95 % interval") { number in number.first.intervalText },
                        .number(second.name) { number in number.second.valueText },
                        .number("95 % interval") { number in number.second.intervalText },
                        .words("Intervals") { number in
                            number.overlaps.map { $0 ? "overlap" : "do not overlap" } ?? "–"
                        },
                        .words("Rows") { number in number.isPaired ? "the same" : "measured apart" },
                    ])
                Tag.p(.class("soft")) {
                    "Intervals that overlap do not show that two numbers are the same; on the same rows a difference can be sure although they do."
                }
                if let chart { chart.markup(title: "Intervals", id: "intervals") }
            }
        }
    }

    private var chart: Report.Block? {
        guard let number = numbers.first(where: { $0.overlaps != nil }) else { return nil }
        func row(_ side: Side, _ measurement: Measurement) -> IntervalChart.Row {
            IntervalChart.Row(
                side.name, value: measurement.value, lower: measurement.lower, upper: measurement.upper,
                note: measurement.n.map { "n = \(Wording.grouped($0))" } ?? "")
        }
        return .intervals(
            IntervalChart(
                MetricWords.name(number.metric), rows: [row(first, number.first), row(second, number.second)], decimals: 3))
    }

    private var calibrationBlock: Markup {
        block("Calibration", id: "calibration", note: "How often what was predicted happened.") {
            switch calibration {
            case .curves(let ours, let theirs):
                Calibrations.chart(
                    "\(first.name) and \(second.name) on the same rows", [(first.name, ours), (second.name, theirs)]
                ).markup(title: "Calibration", id: "calibration-drawn")
            case .notKept(let sides):
                Tag.p { "Not kept for \(sides.map(\.name).joined(separator: " and ")). \(Calibrations.whyNotKept)" }
            case .ofOtherRows:
                Tag.p {
                    "They were measured on different rows: what differs could be the rows, so neither is laid over the other."
                }
            }
        }
    }

    private var gatesBlock: Markup {
        let names = (first.checks + second.checks).map(\.result.name)
        let unique = names.enumerated().filter { names.firstIndex(of: $0.element) == $0.offset }.map(\.element)
        return block("Gates", id: "gates") {
            if unique.isEmpty {
                empty("Neither was evaluated.")
            } else {
                table(
                    "Gates", unique,
                    [
                        .words("Gate") { name in name },
                        .number(first.name) { name in Self.number(first, name) },
                        .words("Verdict") { name in Self.verdict(first, name) },
                        .number(second.name) { name in Self.number(second, name) },
                        .words("Verdict") { name in Self.verdict(second, name) },
                        .number("Policy") { name in Self.line(second, name)?.deciding?.limitText ?? "–" },
                        .words("What decided") { name in Self.line(second, name)?.deciding?.title ?? "–" },
                    ])
            }
        }
    }

    private static func line(_ side: Side, _ name: String) -> CheckLine? { side.checks.first { $0.result.name == name } }
    private static func number(_ side: Side, _ name: String) -> String { line(side, name)?.deciding?.valueText ?? "–" }

    @MarkupBuilder
    private static func verdict(_ side: Side, _ name: String) -> Markup {
        if let line = line(side, name) { verdictCell(line) } else { Tag.span(.class("soft")) { "not measured" } }
    }

    @MarkupBuilder
    private var runNumbers: Markup {
        if let (ours, theirs) = runs {
            let keys = Set(ours.metrics.map(\.key)).union(theirs.metrics.map(\.key)).sorted()
            if !keys.isEmpty {
                block(
                    "Metrics of their runs", id: "run-metrics",
                    note: "As the training runs logged them, on whatever rows those used."
                ) {
                    table(
                        "Metrics of their runs", Array(keys.prefix(Self.rowsMax)),
                        [
                            .words("Metric") { key in key },
                            .number(first.name) { key in Self.metric(key, ours) },
                            .number(second.name) { key in Self.metric(key, theirs) },
                        ])
                }
            }
        }
    }

    private var runs: (Run, Run)? {
        guard let ours = first.run, let theirs = second.run else { return nil }
        return (ours, theirs)
    }

    private static func metric(_ key: String, _ run: Run) -> String {
        run.metrics.first { $0.key == key }.map { Wording.compact($0.value) } ?? "–"
    }

    // MARK: What differs

    private var paramsNote: String {
        runs == nil ? "Params belong to runs, and not both versions came from one." : "The runs had the same params."
    }

    private var columnsNote: String {
        first.version.signature == nil || second.version.signature == nil
            ? "Not both versions have a signature." : "The signatures are the same."
    }

    private func differencesBlock(_ title: String, id: String, _ rows: [Difference], none: String) -> Markup {
        block(title, id: id) {
            if rows.isEmpty {
                Tag.p { none }
            } else {
                table(
                    title, Array(rows.prefix(Self.rowsMax)),
                    [
                        .words("Name") { row in row.name },
                        .words(first.name) { row in row.first.map { String($0.prefix(120)) } ?? "not there" },
                        .words(second.name) { row in row.second.map { String($0.prefix(120)) } ?? "not there" },
                    ])
                if rows.count > Self.rowsMax { Tag.p { "And \(Wording.grouped(rows.count - Self.rowsMax)) more." } }
            }
        }
    }
}
