import Access
import AuditLog
import GatehouseCore
import HTTPAPI
import Storage

extension AuditScreen {
    /// Newest first; `before` is the sequence of the last entry seen.
    static func load(_ page: PageRequest, check: LogCheck.Outcome? = nil) async throws -> AuditScreen {
        _ = try page.caller(who: .readAudit)
        let log = page.services.auditLog
        let filter = try AuditFilter(page.query)
        let before = try page.integer("before", default: Int.max, in: 1...Int.max)
        let (found, damage) = try await page.services.store.read { tx in
            try tx.readableEntries(filter, before: Int64(before), limit: entriesMax + 1)
        }
        let (count, signedAt) = try await page.services.store.read { tx in
            (try tx.auditEntryCount(), try tx.lastCheckpointTime())
        }
        let published = try? log.latest()
        return AuditScreen(
            head: published.map {
                Head(checkpoint: $0.checkpoint, signedAt: signedAt, isSigned: log.key.verifies($0.note))
            }, key: log.key, count: count, mirrors: page.services.outside.mirrors.all,
            witnesses: page.services.outside.witnesses.witnesses, entries: Array(found.prefix(entriesMax)), damage: damage,
            filter: Dictionary(uniqueKeysWithValues: filterNames.compactMap { name in page.query(name).map { (name, $0) } }),
            next: found.count > entriesMax ? found[entriesMax - 1].sequence : nil, check: check)
    }
}

extension SQLTransaction {
    /// When the newest checkpoint was signed.
    func lastCheckpointTime() throws -> Timestamp? {
        try first("SELECT time FROM audit_checkpoint ORDER BY number DESC LIMIT 1") { try $0.timestamp("time") }
    }

    /// A page of entries, newest first; none, and what is wrong, where one of them is not as it was written.
    func readableEntries(
        _ filter: AuditFilter, before: Int64 = .max, limit: Int
    ) throws -> (entries: [AuditEntry], damage: String?) {
        do {
            return (try auditEntries(filter, before: before, limit: limit), nil)
        } catch let error as GatehouseError where error.code == .integrity {
            return ([], error.message)
        }
    }
}
