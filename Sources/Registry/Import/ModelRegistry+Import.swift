import AuditLog
package import GatehouseCore
import Storage

extension ModelRegistry {
    /// Brings records of another tracking server in, under their own ids and numbers, all in one transaction. What is here
    /// already is compared and never changed; a record that cannot come is left out alone. Fails as a whole when the database
    /// does, and with `ArtifactSourceChanged`; nothing has happened then. A dry run compares and changes nothing.
    ///
    /// `origin` is where they come from, for the record: one audit entry per model and version.
    package func importRecords(
        _ records: ImportedRecords, origin: String, isDryRun: Bool = false, by principal: Principal
    ) async throws -> [ImportFinding] {
        let body: @Sendable (SQLTransaction) throws -> [ImportFinding] = { tx in
            try RecordImport(registry: self, tx: tx, origin: origin, isDryRun: isDryRun, principal: principal, now: now())
                .all(records)
        }
        return isDryRun ? try await store.read(body) : try await store.write(body)
    }
}

/// The import of one batch, inside its transaction.
struct RecordImport {
    let registry: ModelRegistry
    let tx: SQLTransaction
    let origin: String
    let isDryRun: Bool
    let principal: Principal
    let now: Timestamp

    func all(_ records: ImportedRecords) throws -> [ImportFinding] {
        var findings: [ImportFinding] = []
        for one in records.experiments { findings.append(try finding(.experiment, one.id.description) { try experiment(one) }) }
        for one in records.runs { findings.append(try finding(.run, one.info.id) { try run(one) }) }
        for one in records.metrics { findings.append(try metrics(one)) }
        for one in records.loggedModels { findings.append(try finding(.loggedModel, one.id) { try loggedModel(one) }) }
        for one in records.models { findings.append(try finding(.model, one.name.text) { try model(one) }) }
        for one in records.versions {
            findings.append(try finding(.version, "\(one.request.model)/\(one.number)") { try version(one) })
        }
        for one in records.aliases { findings.append(try finding(.alias, "\(one.model)@\(one.alias)") { try alias(one) }) }
        return findings
    }

    /// What became of a record, which may have been refused halfway: then nothing of it stays.
    func finding(_ kind: ImportKind, _ id: String, _ decide: () throws -> ImportState) throws -> ImportFinding {
        ImportFinding(kind, id, try alone(decide))
    }

    private func alone(_ decide: () throws -> ImportState) throws -> ImportState {
        if isDryRun { return try refusable(decide) }
        return try tx.tentatively {
            try refusable(decide)
        } stays: { state in
            if case .leftOut = state { false } else { true }
        }
    }

    /// What is wrong with a record is a finding; what is wrong with the database stops the batch.
    private func refusable(_ decide: () throws -> ImportState) throws -> ImportState {
        do {
            return try decide()
        } catch let error as GatehouseError where error.code.httpStatus < 500 {
            return .leftOut(error.message)
        }
    }

    /// Equal, or different in the fields whose pairs are not equal.
    static func comparison(_ fields: [(name: String, isEqual: Bool)]) -> ImportState {
        let differing = fields.filter { !$0.isEqual }.map(\.name)
        return differing.isEmpty ? .same : .different(differing)
    }
}
