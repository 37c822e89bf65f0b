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
            try BinaryScores(bytes: labels, scores: scores).decisionTables(byGroup: codes, groups: groups)
        }
        guard let metrics else { throw GatehouseError(.invalidArgument, "There is a code outside 0 ..< \(groups).") }
        func column(_ metric: DecisionMetric) -> JSONValue {
            .array(metrics.map { .number(orNull: metric.share($0)?.value) })
        }
        figures.report([
            "accuracy": column(.accuracy), "precision": column(.precision), "true_positive_rate": column(.recall),
            "false_positive_rate": column(.falsePositiveRate), "selection_rate": column(.selectionRate),
        ])
    }
}

struct BootstrapBench: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bootstrap", abstract: "Percentile and BCa interval of the AUC from as many resamples as the rows get.")

    @OptionGroup var files: ScoredFiles

    func run() throws {
        let (labels, scores) = try files.read()
        let ((value, resamples), figures) = try Figures.measure {
            let ranked = try BinaryScores(bytes: labels, scores: scores)
            let resamples = Bootstrap().resamples(rows: ranked.count, statistics: 1) { ranked.auc(drawn: $0).map { [$0] } }
            return (ranked.auc(), resamples)
        }
        guard let value, let resamples else { throw GatehouseError(.invalidArgument, "There are not two classes of rows.") }
        let interval = resamples.percentileInterval(0)
        let corrected = resamples.biasCorrectedInterval(0, around: value)
        figures.report([
            "value": .number(value), "replicates": .integer(Int64(resamples.made)),
            "lower": .number(orNull: interval?.lower), "upper": .number(orNull: interval?.upper),
            "corrected_lower": .number(orNull: corrected?.lower), "corrected_upper": .number(orNull: corrected?.upper),
        ])
    }
}
