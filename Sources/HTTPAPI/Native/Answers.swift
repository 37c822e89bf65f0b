import AuditLog
import GatehouseCore
import Gates
import Promotions
import Registry
import WireAPI

// Records as they go over the wire.

extension ModelAnswer {
    init(_ model: RegisteredModel, versionCount: Int64) {
        self.init(
            name: model.name.text, description: model.description, createdAt: model.created.description,
            createdBy: model.createdBy.text, versionCount: versionCount,
            aliases: Dictionary(uniqueKeysWithValues: model.aliases.map { ($0.key.text, $0.value.value) }))
    }
}

extension VersionAnswer {
    init(_ version: ModelVersion, manifest: ArtifactManifest?) {
        self.init(
            modelName: version.model.text, version: version.number.value, stage: version.stage.rawValue,
            artifactDigest: version.artifact?.description, artifactBytes: manifest?.totalBytes,
            files: manifest?.files.map { ManifestEntry(path: $0.path, digest: $0.digest.description, bytes: $0.bytes) } ?? [],
            source: version.source.isEmpty ? nil : version.source, runID: version.runID, description: version.description,
            createdAt: version.created.description, createdBy: version.createdBy.text, tags: version.tags,
            aliases: version.aliases.map(\.text).sorted(), signature: version.signature?.json)
    }
}

extension EvaluationAnswer {
    init(_ evaluation: Evaluation, progress: [StepProgress], waived: [WaivedCheck] = []) {
        self.init(
            id: evaluation.id, modelName: evaluation.model.text, modelVersion: evaluation.version.value,
            state: State(evaluation.state), passed: evaluation.passed, policy: evaluation.policyReference,
            dataset: evaluation.datasetReference, champion: evaluation.championVersion.map { "\(evaluation.model) v\($0)" },
            reason: evaluation.reason, checks: CheckAnswers.byName(evaluation.results, waivers: waived.byCheck),
            progress: progress.map { ProgressAnswer(step: $0.step, fraction: $0.fraction, isDone: $0.isDone) },
            requestedBy: evaluation.requestedBy.text, startedAt: evaluation.startedAt.description,
            finishedAt: evaluation.finishedAt?.description)
    }
}

extension EvaluationAnswer.State {
    init(_ state: Evaluation.State) {
        switch state {
        case .queued: self = .queued
        case .running: self = .running
        case .finished: self = .finished
        case .failed: self = .failed
        }
    }
}

extension PromotionAnswer {
    init(_ promotion: Promotion, evaluation: Evaluation?, reviews: [Review], waived: [WaivedCheck]) {
        let state: State
        switch promotion.state {
        case .evaluating: state = .evaluating
        case .awaitingReview: state = .awaitingReview
        case .approved: state = .approved
        case .blocked: state = .blocked
        case .withdrawn: state = .withdrawn
        }
        self.init(
            id: promotion.id, state: state, approved: promotion.state.isDecided ? promotion.state == .approved : nil,
            modelName: promotion.model.text, modelVersion: promotion.version.value, to: promotion.to.rawValue,
            slot: promotion.to == .production ? promotion.slot.description : nil,
            promotedTo: promotion.state == .approved ? promotion.to.rawValue : nil, evaluationID: promotion.evaluationID,
            checks: CheckAnswers.byName(evaluation?.results ?? [], waivers: waived.byCheck), reason: promotion.why,
            warnings: promotion.warnings, reviews: reviews.map { ReviewSummary($0) },
            timestamp: (promotion.decidedAt ?? promotion.requestedAt).description)
    }
}

extension PromotionSummary {
    init(_ promotion: Promotion) {
        self.init(
            id: promotion.id, state: promotion.state.rawValue, modelName: promotion.model.text,
            modelVersion: promotion.version.value, to: promotion.to.rawValue,
            slot: promotion.to == .production ? promotion.slot.description : nil, reason: promotion.why,
            requestedBy: promotion.requestedBy.text, requestedAt: promotion.requestedAt.description,
            decidedAt: promotion.decidedAt?.description)
    }
}

extension DatasetAnswer {
    init(_ dataset: DatasetVersion) {
        self.init(
            name: dataset.name, version: dataset.number.value, digest: dataset.digest.description, bytes: dataset.bytes,
            format: dataset.format, rows: dataset.rowCount,
            columns: (dataset.columns.arrayValue ?? []).compactMap { $0["name"]?.stringValue },
            createdAt: dataset.added.description, createdBy: dataset.addedBy.text)
    }
}

extension PipelineAnswer {
    init(_ pipeline: FeaturePipelineVersion) {
        self.init(
            name: pipeline.name, version: pipeline.number.value, inProduction: pipeline.isInProduction,
            schema: .array(pipeline.schema.map(\.json)), createdAt: pipeline.added.description, createdBy: pipeline.addedBy.text)
    }
}

extension [WaivedCheck] {
    var byCheck: [String: String] { Dictionary(map { ($0.check, $0.waiver) }) { first, _ in first } }
}

extension PolicyAnswer {
    init(_ policy: PolicyVersion, stale: PolicyStaleness? = nil) {
        self.init(
            model: policy.pattern, version: policy.number.value, digest: policy.digest.description, yaml: policy.text,
            rules: policy.document, appliedAt: policy.applied.description, appliedBy: policy.appliedBy.text,
            stale: stale?.reasons ?? [])
    }
}

extension AuditAnswer {
    init(_ entry: AuditEntry) {
        self.init(
            sequence: entry.sequence, at: entry.time.description, principal: entry.principal.text, action: entry.action.rawValue,
            outcome: entry.outcome.rawValue, modelName: entry.model?.text, version: entry.version?.value, reason: entry.reason,
            people: entry.people.mapValues(\.text), texts: entry.texts.filter { $0.key != "reason" },
            erasedTexts: entry.erasedTexts, facts: entry.facts)
    }
}
