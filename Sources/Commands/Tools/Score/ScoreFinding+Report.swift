import Rendering
import Scoring
import Statistics

extension ScoreFinding {
    private static let outputsShownMax = 6
    private static let bucketCount = 20
    private static let shares: [(name: String, part: Int)] = [
        ("1 %", 1), ("5 %", 5), ("25 %", 25), ("median", 50), ("75 %", 75), ("95 %", 95), ("99 %", 99),
    ]

    var report: Report {
        let shown = Array(names.prefix(Self.outputsShownMax))
        var blocks: [Report.Block] = [.table(quantiles(of: shown))]
        if names.count > shown.count {
            blocks.append(.note("The first \(shown.count) of \(names.count) outputs; JSON and CSV hold all."))
        }
        if notFiniteCount > 0 {
            blocks.append(
                .note("\(Wording.count(notFiniteCount, "score")) went beyond the range of numbers; left out here, null in JSON."))
        }
        let charts = shown.indices.compactMap { histogram(of: $0).map { Report.Block.bars($0) } }
        return Report(
            title: "Scores of \(input)", sentence: sentence,
            facts: [
                Report.Fact("model", modelPath), Report.Fact("format", model.format.rawValue),
                Report.Fact("objective", model.objective), Report.Fact("features", "\(model.featureCount)"),
                Report.Fact("trees", trees), Report.Fact("answer", isRaw ? "margins (--raw)" : "predictions"),
            ],
            sections: [Report.Section("Quantiles", blocks)]
                + (charts.isEmpty ? [] : [Report.Section("Distribution", charts)]))
    }

    private var trees: String {
        let used = model.iterations
        if model.iterationCount == 0 { return "none: a linear model" }
        if used.count == model.iterationCount { return "\(model.treeCount)" }
        return "\(model.treeCount) (iterations \(used.lowerBound):\(used.upperBound) of \(model.iterationCount))"
    }

    private var sentence: String {
        guard scores.rows > 0 else { return "There are no rows, so there are no scores." }
        let rows = Wording.count(scores.rows, "row")
        guard scores.outputs == 1 else { return "The model gave \(rows) \(scores.outputs) numbers each." }
        let values = finite(0)
        guard let quantiles = SampleQuantiles(values), let least = quantiles.least, let greatest = quantiles.greatest else {
            return "None of the scores of \(rows) is a finite number."
        }
        let mean = Wording.compact(values.reduce(0, +) / Double(values.count))
        return "The model scored \(rows) between \(Wording.compact(least)) and \(Wording.compact(greatest)), \(mean) on average."
    }

    private func quantiles(of names: [String]) -> DataTable {
        let titles = ["least"] + Self.shares.map(\.name) + ["greatest", "mean"]
        let rows = names.enumerated().map { output, name -> [Phrase] in
            let values = finite(output)
            guard let quantiles = SampleQuantiles(values), let least = quantiles.least, let greatest = quantiles.greatest else {
                return [Phrase(name)] + titles.map { _ in Phrase("–") }
            }
            let inner = Self.shares.map { share in
                // The rule extrapolates a short list; no score lies beyond the extremes.
                quantiles.exclusive(share.part, of: 100).map { min(max($0, least), greatest) } ?? least
            }
            let mean = values.reduce(0, +) / Double(values.count)
            return [Phrase(name)] + ([least] + inner + [greatest, mean]).map { Phrase(Wording.compact($0)) }
        }
        return DataTable([.init("output", .left)] + titles.map { DataTable.Column($0) }, rows: rows)
    }

    /// Equal steps from the least to the greatest score; nil when there is none.
    private func histogram(of output: Int) -> BarChart? {
        let values = finite(output)
        guard let least = values.min(), let greatest = values.max() else { return nil }
        let isOne = least == greatest
        let count = isOne ? 1 : Self.bucketCount
        // Halves: the width of a range may overflow where its ends do not.
        let width = (greatest / 2 - least / 2) / Double(count)
        var buckets = [Int](repeating: 0, count: count)
        for value in values {
            let place = isOne ? 0 : (value / 2 - least / 2) / width
            // A range too narrow to divide has no steps: all in the first one.
            buckets[place.isFinite ? min(count - 1, Int(place)) : 0] += 1
        }
        let bars = buckets.enumerated().map { index, number in
            let (lower, upper) = (
                least + Double(index) * width * 2, index == count - 1 ? greatest : least + Double(index + 1) * width * 2
            )
            let label = isOne ? Wording.compact(least) : Wording.compact(lower) + "…" + Wording.compact(upper)
            return BarChart.Bar(
                label, value: Double(number) / Double(values.count), note: Wording.count(number, "row"))
        }
        return BarChart("Share of rows by \(names[output])", bars: bars)
    }
}
