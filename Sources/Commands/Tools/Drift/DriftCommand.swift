import ArgumentParser
import GatehouseCore
import Statistics

struct DriftCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "drift",
        abstract: "Compare two data files, feature by feature.",
        discussion: """
            gatehouse drift train.csv last-week.csv --report drift.html
            gatehouse drift model/feature_stats.json last-week.csv
            gatehouse drift scored-train.csv scored-now.csv --label defaulted --score score

            A feature drifts when its distribution differs by more than chance explains and by enough to matter. With a label \
            and a score, the reference's labels also say how good the model can be expected to be on the current rows.
            """)

    @Argument(help: "Rows to compare with, CSV or JSON Lines, or statistics that 'gatehouse profile' wrote (.json).")
    var reference: String
    @Argument(help: "Rows as they are now, CSV or JSON Lines.") var current: String
    @Option(help: ArgumentHelp("Columns to compare; all that both files have if not given.", valueName: "a,b"))
    var features: String?
    @Option(help: ArgumentHelp("Bucket edges per feature: {\"age\": [18, 30, 50, 99]}.", valueName: "edges.json"))
    var bins: String?
    @Option(help: ArgumentHelp("Column of text whose cells look like numbers, repeatable.", valueName: "column"))
    var textColumn: [String] = []
    @OptionGroup(title: "Rule") var rule: DriftRuleOptions
    @OptionGroup(title: "Expected performance") var performance: ExpectedPerformanceOptions
    @Option(help: ArgumentHelp("Exit with 2 (drift) or 3 (not decided): drift, moderate.", valueName: "when"))
    var failOn: FailingDrift?
    @OptionGroup var output: ToolOutput

    func run() async throws {
        let rule = try rule.rule()
        try performance.check()
        let bins = try bins.map { try DriftBins(contentsOf: $0) }
        let files = try await DriftFiles.read(
            reference: reference, current: current, features: DriftFiles.names(features), binned: bins?.features ?? [],
            performance: performance, text: textColumn)
        let edges = try bins?.edges(for: files) ?? [:]
        let comparisons = FeatureRows.compare(files.features(edges: edges), rareShare: self.rule.rareShare)
        let result = DriftResult(
            findings: rule.judge(comparisons), rule: rule, files: files, expected: try performance.estimate(files))
        try output.show(result.report, json: result.json)
        if let status = failOn?.status(of: result.verdict), status != .done { throw ExitCode(status.rawValue) }
    }
}

struct DriftRuleOptions: ParsableArguments {
    @Option(help: ArgumentHelp("For many features at once: holm, bonferroni, bh, by or none.", valueName: "way"))
    var correction = "holm"
    @Option(help: "Level of the whole family of features.") var alpha = 0.05
    @Option(help: ArgumentHelp("Population stability index from which drift is moderate.", valueName: "psi"))
    var moderate = 0.1
    @Option(help: ArgumentHelp("Population stability index from which drift is significant.", valueName: "psi"))
    var significant = 0.25
    @Option(help: ArgumentHelp("Below so many rows with a value on either side nothing is decided.", valueName: "rows"))
    var minRows = 50
    @Option(help: ArgumentHelp("Categories below this share of both sides are pooled before testing.", valueName: "share"))
    var rareShare = 0.0

    /// Fails with `invalidArgument` naming the option.
    func rule() throws(GatehouseError) -> DriftRule {
        guard let correction = Multiplicity(rawValue: correction) else {
            let names = Multiplicity.allCases.map(\.rawValue)
            throw GatehouseError(
                .invalidArgument, "--correction: there is no '\(correction)'.", hint: "One of: \(names.joined(separator: ", ")).")
        }
        try ToolNumber.share(alpha, "--alpha")
        try ToolNumber.positive(moderate, "--moderate")
        guard significant >= moderate, significant.isFinite else {
            throw GatehouseError(.invalidArgument, "--significant must be at least --moderate.")
        }
        guard minRows >= 1 else { throw GatehouseError(.invalidArgument, "--min-rows must be at least 1.") }
        guard (0..<1).contains(rareShare) else {
            throw GatehouseError(.invalidArgument, "--rare-share must be at least 0 and below 1.", hint: "1 % is written 0.01.")
        }
        var rule = DriftRule()
        rule.correction = correction
        rule.alpha = alpha
        rule.moderate = moderate
        rule.significant = significant
        rule.rowsMin = minRows
        return rule
    }
}

/// Which verdicts end the command with an exit code of their own.
enum FailingDrift: String, ExpressibleByArgument, CaseIterable {
    case drift
    case moderate

    func status(of verdict: DriftVerdict) -> ExitStatus {
        switch (verdict, self) {
        case (.noDrift, _), (.moderate, .drift): .done
        case (.drift, _), (.moderate, .moderate): .answerIsNo
        case (.inconclusive, _): .undecided
        }
    }
}
