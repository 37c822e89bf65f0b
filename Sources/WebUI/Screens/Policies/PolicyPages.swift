import Access
import GatehouseCore
import Gates
import HTTPAPI
import Promotions
import Registry

/// The rules that models live under, what an edit would change, and edits themselves.
struct PolicyPages {
    func add(to pages: Pages) {
        pages.page("policies") { page in try await PoliciesScreen.load(page) }
        pages.page("policies/:pattern") { page in try await PolicyScreen.load(page) }
        pages.page("policies/:pattern/diff") { page in try await PolicyDiffScreen.load(page) }
        pages.form("policies", apply, reload: { page in try await PoliciesScreen.load(page) })
        pages.form("policies/:pattern/edit", apply, reload: { page in try await PolicyScreen.load(page) })
        pages.form("policies/:pattern/confirm", confirm, reload: { page in try await PolicyScreen.load(page) })
        pages.form("policies/:pattern/proposals/:id/approve", approve, reload: diff)
        pages.form("policies/:pattern/proposals/:id/withdraw", withdraw, reload: diff)
        // Changes nothing, so its answer is the page itself.
        pages.post("policies/:pattern/try") { page, form in
            do {
                return page.answer(try await PolicyDiffScreen.load(page, draft: Self.text(form)))
            } catch let error as GatehouseError where error.code == .invalidArgument {
                return page.answer(try await PolicyScreen.load(page), problem: error, form)
            }
        }
    }

    /// Browsers end lines their own way.
    private static func text(_ form: Form) -> String {
        form["yaml"].replacing("\r\n", with: "\n") + "\n"
    }

    private func apply(_ page: PageRequest, _ form: Form) async throws -> String {
        let caller = try page.caller(who: .read)
        _ = try form.required("yaml", label: "The policy")
        switch try await page.services.policyEdits.apply(Self.text(form), by: caller) {
        case .applied(let policy): return Address.policy(policy.pattern)
        case .proposed(let proposal): return Address.proposal(proposal)
        }
    }

    private func confirm(_ page: PageRequest, _ form: Form) async throws -> String {
        let caller = try page.caller(who: .read)
        let pattern = try page.segment("pattern")
        _ = try await page.services.policyEdits.confirm(
            pattern, until: form.optional("until").map { try Timestamp(parsing: $0) }, reason: form["reason"], by: caller)
        return Address.policy(pattern)
    }

    private func approve(_ page: PageRequest, _ form: Form) async throws -> String {
        let caller = try page.caller(who: .read)
        let applied = try await page.services.policyEdits.approve(
            page.segment("id"), digest: Digest(parsing: form["digest"]), by: caller)
        return Address.policy(applied.pattern)
    }

    private func withdraw(_ page: PageRequest, _ form: Form) async throws -> String {
        let caller = try page.caller(who: .read)
        let proposal = try await page.services.policyEdits.withdraw(page.segment("id"), by: caller)
        return Address.policy(proposal.pattern)
    }

    private func diff(_ page: PageRequest) async throws -> PolicyDiffScreen {
        try await PolicyDiffScreen.load(page, to: page.segment("id"))
    }
}

extension Address {
    static func policyDiff(_ pattern: String, from: VersionNumber?, to: String) -> String {
        query(policy(pattern) + "/diff", [("from", from.map { "\($0)" }), ("to", to)])
    }

    static func proposal(_ proposal: PolicyProposal) -> String {
        policyDiff(proposal.pattern, from: nil, to: proposal.id)
    }
}
