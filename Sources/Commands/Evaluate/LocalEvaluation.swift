import ArgumentParser
import AsyncHTTPClient
import Foundation
import GatehouseCore
import Gates
import Promotions
import Registry
import Scoring
import Statistics
import WireAPI

/// The files an evaluation without a server runs on.
struct LocalFiles: ParsableArguments {
    @Option(help: ArgumentHelp("LightGBM or XGBoost file, or MLflow model directory.", valueName: "path"))
    var model: String?
    @Option(help: ArgumentHelp("Column of scores in the data, instead of a model.", valueName: "column")) var scores: String?
    @Option(help: ArgumentHelp("Evaluation rows, CSV or JSON Lines.", valueName: "file")) var data: String?
    @Option(help: ArgumentHelp("Column with the truth.", valueName: "column")) var label: String?
    @Option(help: ArgumentHelp("Column with what each row counts.", valueName: "column")) var weight: String?
    @Option(help: ArgumentHelp("Columns that name groups, separated by commas.", valueName: "columns")) var groups: String?
    @Flag(help: "Judge combinations of groups too.") var intersections = false
    @Option(help: ArgumentHelp("The model in production, to compare with.", valueName: "path")) var champion: String?
    @Option(help: ArgumentHelp("Column of that model's scores, instead.", valueName: "col"))
    var championScores: String?
    @Option(help: ArgumentHelp("Policy file; without it the shipped defaults.", valueName: "file")) var policy: String?
    @Option(help: ArgumentHelp("What production sees now, for drift.", valueName: "file")) var current: String?
    @Option(help: ArgumentHelp("Training statistics, made by 'gatehouse profile'.", valueName: "file")) var featureStats: String?
    @Option(help: ArgumentHelp("Feature pipeline's schema, JSON.", valueName: "file")) var pipeline: String?
    @Option(parsing: .unconditional, help: ArgumentHelp("Score from which a decision is positive.", valueName: "number"))
    var threshold: Double?
}

/// Evaluates files: the same plan and the same evaluator as on a server.
struct LocalEvaluation {
    let files: LocalFiles

    func run(_ progress: ProgressLine) async throws -> EvaluationAnswer {
        let policy = try resolvedPolicy()
        let digest = Digest.sha256(of: policy.canonicalBytes)
        let plan = EvaluationPlan(
            subject: "\(policy.model)", policy: policy, policyDigest: digest, candidate: try candidate(),
            champion: try champion(),
            dataset: try dataFile(files.data, "--data"),
            pipeline: try pipelineSchema(), current: try currentFile(policy), posted: [:])
        let started = ProcessRoots.now()
        let checkSecret = try ProcessRoots.checkSecret()
        let http = HTTPClient(eventLoopGroupProvider: .singleton, configuration: .scoring)
        let folder =
            files.policy.map { URL(fileURLWithPath: $0).deletingLastPathComponent().path } ?? ProcessRoots.workingDirectory
        let evaluator = Evaluator(
            http: http, commands: .inside(directory: folder, environment: ProcessRoots.environment),
            checkSecret: checkSecret, now: ProcessRoots.now, ids: ProcessRoots.ids)
        let results = await evaluator.run(plan) { progress.show(step: $0.step, fraction: $0.fraction, isDone: $0.isDone) }
        try await http.shutdown()
        return EvaluationAnswer(
            id: "local", modelName: files.model ?? files.scores ?? "", modelVersion: 0, state: .finished,
            passed: results.pass,
            policy: files.policy ?? "the shipped default", dataset: files.data, champion: files.champion ?? files.championScores,
            reason: results.conclusion,
            checks: CheckAnswers.byName(results), progress: [], requestedBy: "local", startedAt: started.description,
            finishedAt: ProcessRoots.now().description)
    }

    /// The policy file, or the shipped defaults cut down to what the given files allow to measure; options override both.
    private func resolvedPolicy() throws -> Policy {
        var policy: Policy
        if let path = files.policy {
            policy = try PolicyFile.read(path)
        } else {
            policy = Policy.shippedDefault(for: "local")
            if files.current == nil { policy.checks.removeAll { $0.name == "data_drift" } }
            if files.pipeline == nil { policy.checks.removeAll { $0.name == "schema" } }
            if files.groups == nil { policy.checks.removeAll { $0.name == "fairness" } }
            if files.scores != nil { policy.checks.removeAll { $0.name == "latency" } }
        }
        if let label = files.label { policy.evaluation.label = label }
        if let weight = files.weight { policy.evaluation.weight = weight }
        if let groups = files.groups { policy.evaluation.groups = groups.split(separator: ",").map(String.init) }
        if files.intersections { policy.evaluation.intersections = true }
        if let threshold = files.threshold {
            guard threshold.isFinite else {
                throw GatehouseError(.invalidArgument, "--threshold is not a finite number.", hint: "Give one like 0.5.")
            }
            policy.evaluation.decisionThreshold = threshold
        }
        if let column = files.scores { policy.evaluation.runner = .predictions(column: column) }
        return policy
    }

    private func candidate() throws -> ModelUnderTest {
        ModelUnderTest(
            name: files.model ?? "column \(files.scores ?? "")", path: files.model, digest: nil,
            featureStats: try files.featureStats.map { try PolicyFile.text($0) })
    }

    private func champion() throws -> ModelUnderTest? {
        switch (files.champion, files.championScores) {
        case (nil, nil): return nil
        case (let path?, nil): return ModelUnderTest(name: path, path: path, digest: nil)
        case (nil, let column?):
            return ModelUnderTest(name: "column \(column)", path: nil, digest: nil, runner: .predictions(column: column))
        case (.some, .some):
            throw GatehouseError(
                .invalidArgument, "Both --champion and --champion-scores were given.",
                hint: "Name the model in production, or the column of its scores.")
        }
    }

    private func dataFile(_ path: String?, _ option: String) throws -> Available<DataFile> {
        guard let path else { return .missing(.error, reason: "no rows were given; name a file with \(option)") }
        return .available(DataFile(name: path, path: path, format: try DatasetFormat(ofFileNamed: path), digest: nil))
    }

    private func currentFile(_ policy: Policy) throws -> Available<DataFile> {
        if let current = files.current { return try dataFile(current, "--current") }
        if case .unreadable(let path) = policy.currentSource { return try dataFile(path, "--current") }
        return .missing(.inconclusive, reason: "no current data was given; name a file with --current")
    }

    private func pipelineSchema() throws -> Available<(name: String, schema: [FieldSchema])> {
        guard let path = files.pipeline else {
            return .missing(.error, reason: "no pipeline schema was given; name a file with --pipeline")
        }
        let json = try JSONParser.parse(PolicyFile.text(path))
        return .available((name: path, schema: try FieldSchema.list(json, in: path)))
    }
}
