import Access
import AuditLog
import HTTPAPI

/// The audit log: what happened, and whether it is still as it was signed.
struct AuditPages {
    private let check = LogCheck()

    func add(to pages: Pages) {
        let check = check
        pages.page("audit") { page in try await AuditScreen.load(page) }
        // Changes nothing, so its answer is the page itself; a form, so that no link makes a server work.
        pages.post("audit/verify") { page, _ in
            _ = try page.caller(who: .readAudit)
            let outcome = try await check.run(page.services.auditLog, page.services.store, at: page.services.now())
            return page.answer(try await AuditScreen.load(page, check: outcome))
        }
        pages.page("audit/:sequence") { page in try await AuditEntryScreen.load(page) }
    }
}
