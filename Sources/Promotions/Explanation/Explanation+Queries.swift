package import AuditLog
package import GatehouseCore
import Registry
package import Storage

extension SQLTransaction {
    /// Of each kind of entry, the newest so many are told of: a version that was refused ten thousand times is not explained
    /// better by all of them.
    static let explanationEntriesPerActionMax = 100
    static let explanationDocumentsMax = 20

    /// What is said about a version in the log: its own entries but for tags and descriptions, and those that took its place.
    /// In their order. Costs a few index look-ups per kind of entry, however long the log is.
    package func entriesExplaining(_ model: ModelName, _ version: VersionNumber) throws -> [AuditEntry] {
        var found: [Int64: AuditEntry] = [:]
        for action in AuditAction.allCases where action.explainsVersions {
            let entries = try auditEntries(
                AuditFilter(model: model, version: version, action: action), limit: Self.explanationEntriesPerActionMax)
            for entry in entries { found[entry.sequence] = entry }
        }
        let stored = try self.version(version, of: model)
        var others = try departures(of: version, model: model)
        if let artifact = stored?.artifact { others += try evidenceEntries(of: artifact) }
        for sequence in others where found[sequence] == nil {
            if let entry = try auditEntry(sequence: sequence) { found[sequence] = entry }
        }
        // MLflow's archive_existing_versions takes versions out of Staging too, which no slot tells of.
        if stored?.stage == .archived, Decision.stage(of: version, after: Array(found.values)) != .archived {
            let later = AuditFilter(model: model, action: .transitionGranted)
            for entry in try auditEntries(later, limit: Self.auditPageMax) { found[entry.sequence] = entry }
        }
        return found.values.sorted { $0.sequence < $1.sequence }
    }

    /// The documents that entries name by digest only, from the records of their evaluations. One that is not there any more,
    /// or whose bytes are others by now, is left out.
    package func evidenceDocuments(of entries: [AuditEntry]) throws -> [Digest: [UInt8]] {
        var documents: [Digest: [UInt8]] = [:]
        for entry in entries.reversed() where documents.count < Self.explanationDocumentsMax {
            guard entry.action == .evaluationFinished, entry.facts["results"] == .null,
                let digest = entry.facts.digest("results_digest"), let id = entry.facts["evaluation"]?.stringValue,
                let evaluation = try evaluation(id: id)
            else { continue }
            let bytes = EvaluationRecord.document(evaluation.results)
            if Digest.sha256(of: bytes) == digest { documents[digest] = bytes }
        }
        return documents
    }

    /// Why a version is where it is, or was at a time.
    package func explanation(
        of version: VersionNumber, model: ModelName, at time: Timestamp? = nil
    ) throws -> Explanation {
        let entries = try entriesExplaining(model, version)
        return Explanation(model, version, entries: entries, documents: try evidenceDocuments(of: entries), at: time)
    }

    /// The entries that record when a policy version came into force: those of the time at which it was applied.
    func policyEntry(_ inForce: PolicyInForce) throws -> Int64? {
        guard let applied = inForce.applied else { return nil }
        let filter = AuditFilter(
            action: .policyApplied, from: applied, until: applied.adding(.milliseconds(policyEntryMillisecondsMax)))
        return try auditEntries(filter, limit: 100).last { $0.facts["policy"]?.stringValue == inForce.reference }?.sequence
    }

    /// Record and row are of one transaction, but each asks the clock.
    private var policyEntryMillisecondsMax: Int64 { 60_000 }
}

extension AuditAction {
    /// Whether entries of this kind say something about how a version came where it is. New kinds do unless they stand here.
    var explainsVersions: Bool { !Self.silent.contains(rawValue) }

    private static let silent: Set<String> = [
        "model.created", "model.updated", "model.renamed", "model.deleted", "model.imported", "version.updated", "tag.set",
        "tag.deleted", "alias.set", "alias.deleted", "blobs.collected", "dataset.added", "pipeline.added",
        "pipeline.activated", "policy.applied", "token.created", "token.revoked", "user.created", "user.removed",
        "password.changed", "grant.added", "grant.removed", "session.started", "session.ended", "webhook.created",
        "webhook.updated", "webhook.deleted", "person.erased",
    ]
}
