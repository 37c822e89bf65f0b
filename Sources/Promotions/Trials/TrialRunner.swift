import Foundation
import GatehouseCore
import Gates
import Registry
import Scoring
import Statistics
import Storage

/// Shows single rows to the version under review and to the version that is active in its slot. Both are opened, run and scored
/// by what opens, runs and scores them in an evaluation.
struct TrialRunner: Sendable {
    static let secondsMax: Int64 = 20
    /// Of a dataset's beginning, for what is usual where the training data left no statistics.
    static let sampleBytesMax = 1 << 20

    let evaluations: EvaluationService
    let door = TrialDoor()
    /// For opening both models and asking both.
    var limit = Duration.seconds(TrialRunner.secondsMax)

    /// What came of a row.
    struct Outcome: Sendable {
        let row: [String: JSONValue]
        let candidate: ReviewTrial.Answer
        let champion: ReviewTrial.Answer?
        let threshold: Double?
    }

    /// What can be filled in, or why the version cannot be run here.
    func offer(_ promotion: Promotion) async throws -> TrialOffer {
        do {
            return try await withModels(promotion) { models in .form(try await usual(try models.form(), models)) }
        } catch let error as GatehouseError where error.code != .internalFailure {
            return .impossible(because: error.message)
        }
    }

    /// Fails with `conflict` where the version cannot be run, and with `invalidArgument` or `tooLarge` for a row that does not
    /// fit its inputs: then nothing was tried. What a model refuses is an answer.
    func run(_ input: TrialInput, _ promotion: Promotion) async throws -> Outcome {
        try await withModels(promotion) { models in
            let form = try models.form()
            let row = try form.row(input)
            let candidate = try await models.candidateAnswer(row, form)
            return Outcome(
                row: row, candidate: candidate, champion: try await models.championAnswer(row, form),
                threshold: models.records.inForce.policy.scoreThreshold)
        }
    }

    // MARK: Opening

    private func withModels<Value: Sendable>(
        _ promotion: Promotion, _ body: @escaping @Sendable (TrialModels) async throws -> Value
    ) async throws -> Value {
        let records = try await records(promotion)
        let value = try await withDeadline(limit) {
            try await evaluations.workDirectory.withFolder(named: "trial-\(evaluations.ids())") { folder in
                let plan = try await evaluations.resolver.plan(records, in: folder)
                var gathering = Gathering(plan: plan, evaluator: evaluations.evaluator, progress: { _ in })
                await gathering.openModels()
                return try await body(TrialModels(records: records, gathering: gathering))
            }
        }
        guard let value else {
            throw GatehouseError(
                .conflict, "The models did not answer within \(limit.shortText), so nothing was tried.",
                hint: "Try again; a model server may be overloaded.")
        }
        return value
    }

    private func records(_ promotion: Promotion) async throws -> PlanResolver.Records {
        try await evaluations.store.read { tx in
            let version = try tx.requiredVersion(promotion.version, of: promotion.model)
            let active = try tx.occupantWithFallback(of: promotion.slot)?.version
            let champion = try active.flatMap { $0 == version.number ? nil : try tx.requiredVersion($0, of: version.model) }
            return try evaluations.resolver.records(of: version, beside: champion, tx)
        }
    }

    // MARK: What is usual

    /// Statistics of the training data lie beside the model; else the beginning of the evaluation's dataset says what is usual.
    private func usual(_ form: TrialForm, _ models: TrialModels) async throws -> TrialForm {
        if let trained = models.trainingStatistics { return form.usual(trained, from: "the training data") }
        guard case .available(let file) = models.gathering.plan.dataset, let sample = self.sample(file, form, models)
        else {
            return form
        }
        return form.usual(FeatureStatistics(profiling: sample), from: "the beginning of \(file.name)")
    }

    /// Nil where the beginning cannot be read: the form is then empty.
    private func sample(_ file: DataFile, _ form: TrialForm, _ models: TrialModels) -> Table? {
        guard let handle = FileHandle(forReadingAtPath: file.path) else { return nil }
        defer { try? handle.close() }
        guard let bytes = try? handle.read(upToCount: Self.sampleBytesMax), let end = bytes.lastIndex(of: UInt8(ascii: "\n"))
        else { return nil }
        var options = DatasetOptions(columns: Set(form.fields.map(\.name)), textColumns: file.textColumns)
        options.textColumns.formUnion(form.fields.filter(\.type.isText).map(\.name))
        options.allowsAbsentColumns = true
        return try? DatasetReader.read(bytes: Array(bytes[...end]), format: file.format, options: options).table
    }
}

/// Both models, opened.
struct TrialModels: Sendable {
    let records: PlanResolver.Records
    let gathering: Gathering

    /// The inputs of both. Fails with `conflict` where rows cannot be tried, and says why.
    func form() throws -> TrialForm {
        let subject = gathering.plan.candidate.name
        func impossible(_ why: String) -> GatehouseError {
            GatehouseError(
                .conflict, "\(subject) cannot be tried here: \(why)", hint: "Nothing was tried. Evaluations say what they ran.")
        }
        if case .predictions(let column)? = gathering.plan.policy.evaluation.runner {
            throw impossible(
                "the policy takes its answers from the column '\(column)' of a dataset, and a row that is made up has none.")
        }
        let candidate: OpenModel
        switch gathering.candidate {
        case .available(let model): candidate = model
        case .missing(_, let reason): throw impossible(reason)
        }
        var fields = candidate.inputs.map { TrialForm.Field($0, isChampionsOnly: false) }
        guard !fields.isEmpty else {
            throw impossible("its inputs have no names. Register it with a signature.")
        }
        let known = Set(fields.map(\.name))
        fields += (gathering.champion?.value?.inputs ?? []).filter { !known.contains($0.name) }
            .map { TrialForm.Field($0, isChampionsOnly: true) }
        guard fields.count <= TrialForm.fieldsMax else {
            throw impossible("it has \(fields.count) inputs, and rows of at most \(TrialForm.fieldsMax) are tried.")
        }
        if let bytes = fields.first(where: { $0.type == .binary }) {
            throw impossible("its input '\(bytes.name)' holds bytes, which nobody types.")
        }
        return TrialForm(fields: fields, usualFrom: nil)
    }

    var trainingStatistics: FeatureStatistics? {
        guard let artifact = gathering.candidateArtifact.value ?? nil,
            let text = try? artifact.text(of: FeatureStatistics.fileName), let json = try? JSONParser.parse(text)
        else { return nil }
        return try? FeatureStatistics(json: json)
    }

    /// Fails with `conflict` where the version cannot be run; what it refuses is its answer.
    func candidateAnswer(_ row: [String: JSONValue], _ form: TrialForm) async throws -> ReviewTrial.Answer {
        do {
            return try await answer(gathering.candidate.get(), records.version.number, row, form)
        } catch let error as GatehouseError {
            throw GatehouseError(
                .conflict, "\(gathering.plan.candidate.name) could not be asked: \(error.message)",
                hint: "Nothing was tried. Try again when it can be run.", cause: error)
        }
    }

    /// A champion that cannot be run is no reason not to try the candidate.
    func championAnswer(_ row: [String: JSONValue], _ form: TrialForm) async throws -> ReviewTrial.Answer? {
        guard let number = records.champion?.version.number, let champion = gathering.champion else { return nil }
        switch champion {
        case .missing(_, let reason): return .init(version: number, runner: nil, refusal: "It cannot be run here: \(reason)")
        case .available(let model):
            do {
                return try await answer(model, number, row, form)
            } catch let error as GatehouseError {
                return .init(version: number, runner: nil, refusal: "It could not be asked: \(error.message)")
            }
        }
    }

    private func answer(
        _ model: OpenModel, _ version: VersionNumber, _ row: [String: JSONValue], _ form: TrialForm
    ) async throws -> ReviewTrial.Answer {
        let (table, runner) = (form.table(row, textColumns: model.runner.textColumns), model.runner.summary)
        do {
            let scores = try await gathering.score(model, table, step: "trial").values
            guard scores.allSatisfy(\.isFinite) else {
                return .init(version: version, runner: runner, refusal: "Its answer is not a finite number.")
            }
            return .init(version: version, runner: runner, outputs: scores)
        } catch let error as GatehouseError where error.code == .invalidArgument {
            return .init(version: version, runner: runner, refusal: error.message)
        }
    }
}

extension OpenModel {
    /// What the signature names; else what the model's own file does.
    fileprivate var inputs: [FieldSchema] {
        if let signature { return signature.inputs }
        let texts = runner.textColumns
        return (runner.featureNames ?? []).map { FieldSchema(name: $0, type: texts.contains($0) ? .string : .double) }
    }
}

extension TrialForm.Field {
    fileprivate init(_ input: FieldSchema, isChampionsOnly: Bool) {
        self.init(name: input.name, type: input.type, isRequired: input.isRequired, isChampionsOnly: isChampionsOnly)
    }
}

extension Policy {
    /// The score from which on a decision is positive; nil where nothing that is checked is a decision between two classes.
    var scoreThreshold: Double? {
        let metric = settings(of: "accuracy").map { $0.text("metric") ?? Metric.aucROC.rawValue }.flatMap(Metric.init(rawValue:))
        switch metric?.family {
        case .binary, .classification: return evaluation.decisionThreshold
        case .multiclass, .regression: return nil
        case nil: return settings(of: "fairness") == nil ? nil : evaluation.decisionThreshold
        }
    }
}
