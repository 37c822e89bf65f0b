import ArgumentParser
import GatehouseCore
import Statistics

/// Labels and scores of the same rows.
struct ScoredFiles: ParsableArguments {
    @Option(help: "Labels 0 and 1, one byte each.")
    var labels: String

    @Option(help: "Scores as f64.")
    var scores: String

    func read() throws -> (labels: [UInt8], scores: [Double]) {
        (try RawArray.read(labels, of: UInt8.self), try RawArray.read(scores, of: Double.self))
    }
}

struct AUCBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "auc", abstract: "The exact AUC with its DeLong interval; with --baseline the paired difference too.")

    @OptionGroup var files: ScoredFiles

    @Option(help: "Another model's scores of the same rows as f64.")
    var baseline: String?

    func run() throws {
        let (labels, scores) = try files.read()
        let others = try baseline.map { try RawArray.read($0, of: Double.self) }
        let ((estimate, difference), figures) = try Figures.measure {
            let ranked = try BinaryScores(bytes: labels, scores: scores)
            let other = try others.map { try BinaryScores(bytes: labels, scores: $0) }
            return (DeLong.estimate(ranked), other.flatMap { DeLong.difference(ranked, minus: $0) })
        }
        figures.report([
            "auc": .number(orNull: estimate.value), "lower": .number(orNull: estimate.interval?.lower),
            "upper": .number(orNull: estimate.interval?.upper), "difference": .number(orNull: difference?.difference),
            "standard_error": .number(orNull: difference?.standardError),
        ])
    }
}

struct GroupsBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "groups", abstract: "Accuracy, precision, true and false positive and selection rate of every group.")

    @OptionGroup var files: ScoredFiles

    @Option(help: "The group of every row as i32, from 0.")
    var codes: String

    @Option(help: "How many groups there are.")
    var groups: Int

    func run() throws {
        let (labels, scores) = try files.read()
        let codes = try RawArray.read(codes, of: Int32.self)
        let (metrics, figures) = try Figures.measure {
            try BinaryScores(bytes: labels, scores: scores).confusions(byGroup: codes, groups: groups)
        }
        guard let metrics else { throw GatehouseError(.invalidArgument, "There is a code outside 0 ..< \(groups).") }
        func column(_ rate: (ConfusionCounts) -> Double?) -> JSONValue { .array(metrics.map { .number(orNull: rate($0)) }) }
        figures.report([
            "accuracy": column(\.accuracy), "precision": column(\.precision), "true_positive_rate": column(\.truePositiveRate),
            "false_positive_rate": column(\.falsePositiveRate), "selection_rate": column(\.selectionRate),
        ])
    }
}

struct BootstrapBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bootstrap", abstract: "The percentile interval of average precision from 1,000 resamples.")

    @OptionGroup var files: ScoredFiles

    func run() throws {
        let (labels, scores) = try files.read()
        let (comparison, figures) = try Figures.measure {
            let rows = ScoredRows.binary(try BinaryScores(bytes: labels, scores: scores))
            return MetricComparison(of: .prAUC, candidate: rows)
        }
        let interval = comparison.candidate.interval
        figures.report([
            "value": .number(orNull: comparison.candidate.value), "lower": .number(orNull: interval?.lower),
            "upper": .number(orNull: interval?.upper),
        ])
    }
}
