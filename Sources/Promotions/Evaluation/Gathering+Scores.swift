import GatehouseCore
import Gates
import Scoring
import Statistics

extension Gathering {
    /// Opens candidate and champion: whatever is checked, both must be what their versions say they are.
    mutating func openModels() async {
        candidateArtifact = await attempt { try artifact(plan.candidate) }
        candidate = await attempt { try open(plan.candidate, candidateArtifact, as: plan.policy.evaluation.runner) }
        if let model = plan.champion {
            // The policy's runner is the candidate's; measuring the champion through it would compare a model with itself.
            champion = await attempt { try open(model, .available(try artifact(model)), as: model.runner) }
        }
    }

    /// Reads the evaluation rows: only the columns that are needed, checked against the digest of their registration.
    mutating func readDataset() async {
        let start = evaluator.clock.now
        rows = await attempt { try await readRows() }
        tell("dataset", 1, isDone: true)
        record(.scores, since: start)
    }

    mutating func gatherScores() async {
        let start = evaluator.clock.now
        evidence.scores = await attempt { try await scoredEvidence() }
        record(.scores, since: start)
    }

    private func artifact(_ model: ModelUnderTest) throws -> ModelArtifact? {
        try model.path.map { (path) throws(GatehouseError) in try ModelArtifact.open(path: path) }
    }

    private func open(_ model: ModelUnderTest, _ artifact: Available<ModelArtifact?>, as choice: RunnerChoice?) throws
        -> OpenModel
    {
        let artifact = try artifact.get()
        let signature = model.signature ?? (try? artifact?.signature.get())
        return OpenModel(
            name: model.name, runner: try runner(choice ?? .native, for: model, artifact, inputs: signature?.inputs.map(\.name)),
            signature: signature)
    }

    private func runner(
        _ choice: RunnerChoice, for model: ModelUnderTest, _ artifact: ModelArtifact?, inputs: [String]?
    ) throws -> any ModelRunner {
        switch choice {
        case .native:
            guard let artifact else {
                throw Absence(verdict: .error, reason: "the bytes of \(model.name) are not in this registry, so it cannot be run")
            }
            return NativeRunner(try artifact.model.get())
        case .endpoint(let url, .invocations):
            return try EndpointRunner(url: url, wire: .invocations, featureNames: inputs, client: evaluator.http)
        case .endpoint(let url, .openInference):
            return try EndpointRunner(
                url: url, wire: .openInference(model: model.registeredName ?? plan.policy.model), featureNames: inputs,
                client: evaluator.http)
        case .predictions(let column): return PredictionsRunner(column: column)
        }
    }

    private func readRows() async throws -> Table {
        let file = try plan.dataset.get()
        let rules = plan.policy.evaluation
        var wanted: Set<String>? = annotations
        var text = Set(rules.groups)
        for model in [candidate.value, champion?.value].compactMap({ $0 }) {
            text.formUnion(model.runner.textColumns)
            if let names = model.runner.featureNames ?? model.signature?.inputs.map(\.name) {
                wanted?.formUnion(names)
            } else {
                wanted = nil
            }
        }
        return try await file.read(columns: wanted, textColumns: text) { fraction in tell("dataset", fraction) }
    }

    private func scoredEvidence() async throws -> ScoredEvidence {
        let rules = plan.policy.evaluation
        let model = try candidate.get()
        let table = try rows.get()
        guard let label = rules.label else {
            throw Absence(verdict: .error, reason: "the policy names no label column (evaluation.label)")
        }
        let dataset = plan.dataset.value?.name ?? "the dataset"
        let labels = try table.numbers(
            label, as: "label", in: dataset, hint: "Labels are numbers: 1 for the event, 0 for its absence.")
        let weights = try rules.weight.map {
            try table.numbers($0, as: "weight", in: dataset, hint: "Weights are numbers, 0 or more.")
        }
        let groupings = try rules.groups.map { try table.grouping($0, in: dataset) }
        let scores = try await score(model, table, step: "candidate")
        let championScores: ScoreMatrix? =
            if let champion { try await score(try champion.get(), table, step: "champion") } else { nil }
        return ScoredEvidence(
            labels: labels, candidate: scores, champion: championScores, championName: plan.champion?.name, groupings: groupings,
            weights: weights, intersections: rules.intersections, decisionThreshold: rules.decisionThreshold)
    }

    func score(_ model: OpenModel, _ table: Table, step: String) async throws -> ScoreMatrix {
        let total = Double(max(table.rowCount, 1))
        let scores = try await model.runner.predict(features(of: model, in: table)) { done in tell(step, Double(done) / total) }
        tell(step, 1, isDone: true)
        return scores
    }

    /// What a model is shown: the columns it names; else those its signature names; else everything but label and groups.
    func features(of model: OpenModel, in table: Table) -> Table {
        if model.runner.featureNames != nil { return table }
        if let inputs = model.signature?.inputs.map(\.name) {
            return Table(rowCount: table.rowCount, columns: inputs.compactMap { table[$0] })
        }
        let hidden = annotations
        return Table(rowCount: table.rowCount, columns: table.columns.filter { !hidden.contains($0.name) })
    }

    /// Columns that describe a row and are no features: the label, the weight and the groups.
    private var annotations: Set<String> {
        let rules = plan.policy.evaluation
        return Set(rules.groups + [rules.label, rules.weight].compactMap(\.self))
    }
}

extension DataFile {
    /// Reads the file and checks that its bytes are the registered ones. Fails with `integrity` when they changed.
    func read(
        columns: Set<String>?, allowsAbsent: Bool = false, textColumns: Set<String>,
        progress: @escaping @Sendable (Double) -> Void
    ) async throws -> Table {
        var options = DatasetOptions(columns: columns, textColumns: textColumns.union(self.textColumns))
        options.allowsAbsentColumns = allowsAbsent
        options.hashes = digest != nil
        let dataset = try await DatasetReader.read(contentsOf: path, format: format, options: options, name: name) {
            read, total in
            progress(Double(read) / Double(max(total, 1)))
        }
        if let digest, let found = dataset.digest, found != digest {
            throw GatehouseError(
                .integrity,
                "\(name) changed on disk since it was registered (\(digest.short) then, \(found.short) now).",
                hint: "Register the new bytes as a new version: gatehouse dataset add.")
        }
        return dataset.table
    }
}

extension Table {
    /// A column of numbers without gaps; text or a missing value is an error that names the row.
    func numbers(_ name: String, as role: String, in dataset: String, hint: String) throws -> [Double] {
        guard let column = self[name] else { throw lacks(name, role, dataset) }
        switch column.values {
        case .numeric(let numbers):
            if let row = numbers.firstIndex(where: \.isNaN) {
                throw GatehouseError(
                    .invalidArgument, "Row \(row + 1) of \(dataset) has no value in the \(role) column '\(name)'.")
            }
            return numbers
        case .categorical(_, let categories):
            throw GatehouseError(
                .invalidArgument, "The \(role) column '\(name)' of \(dataset) holds text ('\(categories.first ?? "")').",
                hint: hint)
        }
    }

    func grouping(_ name: String, in dataset: String) throws -> ScoredEvidence.Grouping {
        guard let column = self[name] else { throw lacks(name, "group", dataset) }
        switch column.values {
        case .categorical(let codes, let categories):
            return ScoredEvidence.Grouping(name: name, codes: codes, categories: categories)
        case .numeric:
            throw GatehouseError(.internalFailure, "The group column '\(name)' was not read as text.")
        }
    }

    private func lacks(_ name: String, _ what: String, _ dataset: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "\(dataset) has no column '\(name)', which the policy names as \(what).",
            hint: Suggestion.nearest(to: name, in: columns.map(\.name)).map { "Did you mean '\($0)'?" }
                ?? "Its columns: \(columns.prefix(20).map(\.name).joined(separator: ", ")).")
    }
}
