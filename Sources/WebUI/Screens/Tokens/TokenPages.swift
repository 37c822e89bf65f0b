import Access
import GatehouseCore
import HTTPAPI

/// Tokens of programs. The same service as the API's routes, with the same permission.
struct TokenPages {
    func add(to pages: Pages) {
        pages.page("settings/tokens") { page in try await TokensScreen.load(page) }
        // Its answer is the page that shows the secret, once: it is kept nowhere.
        pages.post("settings/tokens/create") { page, form in
            let caller = try page.caller(who: .administer)
            do {
                let (token, secret) = try await page.services.accounts.createToken(
                    form.required("name", label: "The name"), grants: form.grants("grants"),
                    expires: form.optional("expires").map { try Timestamp(parsing: $0) }, by: caller.principal)
                return page.answer(once: try await TokensScreen.load(page, created: (token.name, secret)))
            } catch let error as GatehouseError where error.code.httpStatus < 500 {
                return page.answer(try await TokensScreen.load(page), problem: error, form)
            }
        }
        act(pages, "settings/tokens/revoke") { accounts, form, principal in
            try await accounts.revokeToken(form.required("revoked", label: "The token"), by: principal)
        }
        act(pages, "settings/tokens/grant") { accounts, form, principal in
            try await accounts.grant(
                form.grants("grant"), to: .token(form.required("grant_token", label: "The token")), by: principal)
        }
        act(pages, "settings/tokens/withdraw") { accounts, form, principal in
            try await accounts.withdraw(
                form.grants("withdraw"), from: .token(form.required("withdraw_token", label: "The token")), by: principal)
        }
    }

    private func act(
        _ pages: Pages, _ path: String,
        _ change: @escaping @Sendable (AccountService, Form, Principal) async throws -> Void
    ) {
        pages.accountForm(path, goTo: "/settings/tokens", change) { page in try await TokensScreen.load(page) }
    }
}
