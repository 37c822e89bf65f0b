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
        let seesLog = caller.grants.allows(.readAudit)
        return try await page.services.store.read { tx in
            HomeScreen(
                reviews: try tx.reviews(ReviewFilter(reviewer: caller.principal, isOpen: true), limit: reviewsMax),
                recent: seesLog ? try tx.auditEntries(limit: entriesMax) : [], logSize: try tx.auditEntryCount(),
                hasModels: try tx.models(limit: 1).isEmpty == false)
        }
    }
}
