import Access
import GatehouseCore
import HTTPAPI

/// Users and teams. The same service as the API's routes, with the same permission.
struct PeoplePages {
    private static let here = "/settings/users"

    func add(to pages: Pages) {
        pages.page("settings/users") { page in try await PeopleScreen.load(page) }
        act(pages, "settings/users/add") { accounts, form, principal in
            _ = try await accounts.addUser(
                form.required("new_name", label: "The name"), password: form.optionalSecret("new_password"), identity: nil,
                grants: form.grants("new_grants"), by: principal)
        }
        act(pages, "settings/users/grant") { accounts, form, principal in
            try await accounts.grant(
                form.grants("grant"), to: .user(form.required("grant_user", label: "The user")), by: principal)
        }
        act(pages, "settings/users/withdraw") { accounts, form, principal in
            try await accounts.withdraw(
                form.grants("withdraw"), from: .user(form.required("withdraw_user", label: "The user")), by: principal)
        }
        act(pages, "settings/users/password") { accounts, form, principal in
            try await accounts.setPassword(
                form.secret("password", label: "The password"), of: form.required("password_user", label: "The user"),
                by: principal)
        }
        act(pages, "settings/users/remove") { accounts, form, principal in
            try await accounts.removeUser(form.required("remove_user", label: "The user"), by: principal)
        }
        act(pages, "settings/teams/add") { accounts, form, principal in
            _ = try await accounts.addMember(
                form.required("member", label: "The user"), toTeam: form.required("team", label: "The team"), by: principal)
        }
        act(pages, "settings/teams/remove") { accounts, form, principal in
            try await accounts.removeMember(
                form.required("former", label: "The user"), fromTeam: form.required("former_team", label: "The team"),
                by: principal)
        }
    }

    private func act(
        _ pages: Pages, _ path: String,
        _ change: @escaping @Sendable (AccountService, Form, Principal) async throws -> Void
    ) {
        pages.accountForm(path, goTo: Self.here, change) { page in try await PeopleScreen.load(page) }
    }
}
