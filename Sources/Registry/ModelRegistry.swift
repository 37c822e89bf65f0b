package import AuditLog
package import GatehouseCore
package import Storage

/// The changes to the registry, each one transaction with its audit entry. Reads are functions on `SQLTransaction`.
///
/// What a change requires (roles, policies, required facts) is decided above; here is what holds whoever asks. A refusal that
/// a person ran into is recorded too.
package struct ModelRegistry: Sendable {
    package static let reasonBytesMax = 10_000
    package static let descriptionBytesMax = 100_000
    /// Of a source, a run id, a link.
    package static let referenceBytesMax = 4096
    package static let idempotencyKeyBytesMax = 255
    /// How long a version that left Production cannot be deleted, unless the caller asks for more.
    package static let productionRetentionDefault: Duration = .seconds(365 * 86_400)

    package let store: any SQLStore
    let now: @Sendable () -> Timestamp
    let ids: @Sendable () -> String
    /// Runs in the transaction after each audit entry: where outbox events are written.
    let announce: @Sendable (SQLTransaction, AuditEntry) throws -> Void
    /// Whether the record of a model is protected: what was in production stays, and Gatehouse's own tags are its own. Not
    /// where nothing is enforced: there everything goes that goes with MLflow.
    let protects: @Sendable (SQLTransaction, ModelName) throws -> Bool

    package init(
        store: any SQLStore, now: @escaping @Sendable () -> Timestamp, ids: @escaping @Sendable () -> String,
        announce: @escaping @Sendable (SQLTransaction, AuditEntry) throws -> Void = { _, _ in },
        protects: @escaping @Sendable (SQLTransaction, ModelName) throws -> Bool = { _, _ in true }
    ) {
        self.store = store
        self.now = now
        self.ids = ids
        self.announce = announce
        self.protects = protects
    }

    /// What a transaction came to. A refusal commits its audit entry and is thrown after that.
    enum Decision<Value: Sendable>: Sendable {
        case granted(Value)
        case refused(GatehouseError)
    }

    func decide<Value: Sendable>(_ body: @escaping @Sendable (SQLTransaction) throws -> Decision<Value>) async throws -> Value {
        switch try await store.write(body) {
        case .granted(let value): return value
        case .refused(let error): throw error
        }
    }

    @discardableResult
    func record(
        _ action: AuditAction, in tx: SQLTransaction, by principal: Principal, outcome: AuditOutcome = .recorded,
        model: ModelName? = nil, version: VersionNumber? = nil, reason: String = "",
        people: [String: Principal] = [:], texts: [String: String] = [:], facts: JSONValue = [:]
    ) throws -> AuditEntry {
        let entry = try tx.append(
            AuditDraft(
                id: ids(), time: now(), principal: principal, action: action, outcome: outcome, model: model,
                version: version, reason: reason, people: people, texts: texts, facts: facts))
        try announce(tx, entry)
        return entry
    }

    /// Records a refusal and hands it on.
    func refuse<Value: Sendable>(
        _ action: AuditAction, _ error: GatehouseError, in tx: SQLTransaction, by principal: Principal, model: ModelName,
        version: VersionNumber? = nil, facts: JSONValue = [:]
    ) throws -> Decision<Value> {
        try record(
            action, in: tx, by: principal, outcome: .refused, model: model, version: version, reason: error.message,
            facts: facts)
        return .refused(error)
    }

    /// Fails with `tooLarge`, naming the text and its limit.
    package static func check(_ text: String?, bytesMax: Int, what: String) throws(GatehouseError) {
        guard let text, text.utf8.count > bytesMax else { return }
        throw GatehouseError(.tooLarge, "\(what) has \(text.utf8.count) bytes; \(bytesMax) are allowed.", hint: "Shorten it.")
    }
}
