import Access
import AuditLog
import GatehouseCore
import HTTPAPI
import Promotions
import Registry
import Storage

extension HomeScreen {
    static func load(_ page: PageRequest) async throws -> HomeScreen {
        let caller = try page.caller(who: .read)
        let published = caller.grants.allows(.readAudit) ? page.services.auditLog : nil
        let now = page.visit.now
        return try await page.services.store.read { tx in
            HomeScreen(
                reviews: try tx.reviews(ReviewFilter(reviewer: caller.principal, isOpen: true), limit: reviewsMax),
                blocked: try tx.promotions(PromotionFilter(states: [.blocked]), limit: blockedMax),
                rollouts: try tx.rollouts(onlyOpen: true, limit: rolloutsMax),
                log: try published.map { try log($0, at: now, tx) }, hasModels: try tx.models(limit: 1).isEmpty == false)
        }
    }

    private static let lookedAtMax = 60
    /// Nothing changed by them; the audit log has them.
    private static let unsaid: Set<AuditAction> = [.sessionStarted, .sessionEnded]

    private static func log(_ published: PublishedLog, at now: Timestamp, _ tx: SQLTransaction) throws -> Log {
        let since = now.adding(.seconds(-recentHours * 3600))
        let recent = try tx.readableEntries(AuditFilter(from: since), limit: lookedAtMax)
        var rollbacks: [AuditEntry] = []
        for action in [AuditAction.rollbackPerformed, .rolloutRolledBack] {
            rollbacks += try tx.readableEntries(AuditFilter(action: action), limit: rollbacksMax).entries
        }
        let latest = try? published.latest()
        return Log(
            recent: Array(recent.entries.filter { !unsaid.contains($0.action) }.prefix(entriesMax)),
            rollbacks: Array(rollbacks.sorted { $0.sequence > $1.sequence }.prefix(rollbacksMax)),
            size: try tx.auditEntryCount(), signed: latest?.checkpoint.size,
            isSigned: latest.map { published.key.verifies($0.note) } ?? false, damage: recent.damage)
    }
}
