import ArgumentParser
import GatehouseCore
import Statistics

struct ExpectedPerformanceOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Column of labels, 0 or 1, in the reference.", valueName: "column")) var label: String?
    @Option(help: ArgumentHelp("Column of scores in both files.", valueName: "column")) var score: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("Scores from here on are decided as positive.", valueName: "score"))
    var threshold = 0.5

    func check() throws(GatehouseError) {
        guard (label == nil) == (score == nil) else {
            throw GatehouseError(
                .invalidArgument, "\(label == nil ? "--score" : "--label") was given alone.",
                hint: "Expected performance needs both: --label defaulted --score score")
        }
        guard threshold.isFinite else { throw GatehouseError(.invalidArgument, "--threshold must be a finite number.") }
    }

    /// Nil when no label was named. Fails with `invalidArgument` on missing columns or values, and on labels of one class.
    func estimate(_ files: DriftFiles) throws(GatehouseError) -> ExpectedPerformance? {
        guard let label, let score else { return nil }
        guard case .rows(let table) = files.reference else {
            throw GatehouseError(
                .invalidArgument, "\(files.referenceFile) holds statistics, not rows with labels and scores.",
                hint: "Give the rows the statistics were made from.")
        }
        let reference = ToolData(file: files.referenceFile, table: table)
        let labels = try reference.numbers(label)
        if let row = labels.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw GatehouseError(
                .invalidArgument, "\(files.referenceFile): '\(label)' is neither 0 nor 1 in row \(row + 1).")
        }
        let scores = try reference.numbers(score)
        let current = try ToolData(file: files.currentFile, table: files.current).numbers(score)
        guard
            let expected = ExpectedPerformance(
                labels: labels.map { $0 == 1 }, scores: scores, current: current, threshold: threshold)
        else {
            throw GatehouseError(
                .invalidArgument, "\(files.referenceFile): '\(label)' holds a single class, or a file has no rows.",
                hint: "An estimate needs reference rows of both classes.")
        }
        return expected
    }
}

extension ExpectedPerformance {
    var json: JSONValue {
        .object([
            "calibrated": .bool(isCalibrated), "score_ece": .number(orNull: scoreCalibrationError),
            "ece": .number(calibrationError), "ece_lower": .number(orNull: calibrationErrorInterval?.lower),
            "ece_upper": .number(orNull: calibrationErrorInterval?.upper), "share_outside_reference": .number(shareOutside),
            "believable": .bool(doubts.isEmpty), "doubts": .array(doubts.map { .string($0.rawValue) }),
            "resamples": .integer(Int64(replicates)),
            "metrics": .object(
                Dictionary(metrics.map { ($0.metric.rawValue, Self.json($0)) }, uniquingKeysWith: { first, _ in first })),
        ])
    }

    private static func json(_ metric: Metric) -> JSONValue {
        [
            "realized_reference": .number(orNull: metric.realized),
            "expected_reference": .number(orNull: metric.expectedOnReference),
            "expected": .number(orNull: metric.expected), "lower": .number(orNull: metric.expectedInterval?.lower),
            "upper": .number(orNull: metric.expectedInterval?.upper), "change": .number(orNull: metric.change),
            "change_lower": .number(orNull: metric.changeInterval?.lower),
            "change_upper": .number(orNull: metric.changeInterval?.upper),
            "reason": metric.expected == nil ? "scores_are_no_probabilities" : .null,
        ]
    }
}
