import AuditLog
import GatehouseCore
import Registry
import Storage

@testable import Promotions

/// What must hold between the records of one model, whatever happened to the disk. Each broken rule in a sentence.
struct RecordConsistency {
    let model: ModelName

    func problems(in store: any SQLStore) async throws -> [String] {
        try await store.read { tx in
            let log = try tx.auditEntries(AuditFilter(), after: 0, limit: 1000)
            var problems: [String] = []
            if log.map(\.sequence) != Array(1..<Int64(log.count + 1)) { problems.append("the log has a gap") }
            if try tx.auditEntryCount() != Int64(log.count) { problems.append("the log's counter is off") }
            guard let found = try tx.model(model) else { return problems }
            let versions = try Stage.allCases.flatMap { try tx.versions(of: model, in: $0) }
            problems += try registrations(versions, log)
            problems += try slots(versions, found, log, tx)
            problems += try evaluations(versions, log, tx)
            return problems
        }
    }

    private func registrations(_ versions: [ModelVersion], _ log: [AuditEntry]) throws -> [String] {
        let recorded = log.filter { $0.action == .versionRegistered }.compactMap(\.version)
        return recorded.sorted() == versions.map(\.number).sorted() ? [] : ["versions and their registrations differ"]
    }

    /// Stage, slot, alias and the entry that put it there.
    private func slots(
        _ versions: [ModelVersion], _ model: RegisteredModel, _ log: [AuditEntry], _ tx: SQLTransaction
    ) throws -> [String] {
        var problems: [String] = []
        let holder = try tx.occupant(of: Slot(model: self.model))
        let inProduction = versions.filter { $0.stage == .production }.map(\.number)
        if inProduction != (holder.map { [$0.version] } ?? []) { problems.append("stage and slot disagree") }
        if model.aliases[try Alias("champion")] != holder?.version { problems.append("alias and slot disagree") }
        if let holder {
            let entry = log.first { $0.sequence == holder.auditSequence }
            let isMove = [.transitionGranted, .rollbackPerformed, .slotAdopted].contains(entry?.action)
            if !isMove || entry?.version != holder.version { problems.append("the slot names another entry") }
        }
        for version in versions where version.stage == .staging {
            let moved = log.last { $0.version == version.number && $0.action == .transitionGranted }
            if moved?.facts["to"] != "Staging" { problems.append("v\(version.number) is in Staging without an entry") }
        }
        return problems
    }

    private func evaluations(_ versions: [ModelVersion], _ log: [AuditEntry], _ tx: SQLTransaction) throws -> [String] {
        var problems: [String] = []
        for version in versions {
            for evaluation in try tx.evaluations(of: model, version: version.number, limit: 1000) {
                let entries = log.filter { $0.facts["evaluation"] == .string(evaluation.id) }
                let ends = entries.count { $0.action == .evaluationFinished }
                if ends != (evaluation.finishedAt == nil ? 0 : 1) { problems.append("\(evaluation.id) has \(ends) ends") }
                if !entries.contains(where: { $0.action == .evaluationStarted }) {
                    problems.append("\(evaluation.id) has no start")
                }
                let waiting = try tx.promotions(awaiting: evaluation.id)
                if evaluation.finishedAt != nil, !waiting.isEmpty {
                    problems.append("\(evaluation.id) is over and promotions still wait for it")
                }
                let isMirrored = version.tags["gate.accuracy.passed"] != nil
                if evaluation.state == .finished, !isMirrored { problems.append("\(evaluation.id) is not mirrored") }
            }
        }
        for entry in log where entry.action == .promotionRequested {
            guard let id = entry.facts["promotion"]?.stringValue, let promotion = try tx.promotion(id: id) else {
                problems.append("a requested promotion is gone")
                continue
            }
            let decisions = log.filter {
                $0.facts["promotion"] == .string(id) && $0.sequence != entry.sequence && $0.facts["review"] == nil
            }
            let expected: AuditAction? =
                switch promotion.state {
                case .evaluating, .awaitingReview: nil
                case .approved: .transitionGranted
                case .blocked: .transitionRefused
                case .withdrawn: .promotionWithdrawn
                }
            if decisions.map(\.action) != (expected.map { [$0] } ?? []) { problems.append("\(id) was decided otherwise") }
        }
        return problems
    }
}
