import Access
import GatehouseCore
import HTTPAPI
import Hummingbird
import Rendering
import Storage

/// Where people change the password they sign in with.
struct PasswordScreen: Screen {
    /// Nil: a token, or nobody.
    let user: User?
    /// Whether it was changed a moment ago.
    let isChanged: Bool

    var title: [String] { ["Your password", "Settings"] }
    var place: Place { .settings }

    static func load(_ page: PageRequest) async throws -> PasswordScreen {
        let principal = try page.caller(who: .read).principal
        let user =
            principal.kind == .user ? try await page.services.store.read { tx in try tx.user(named: principal.name) } : nil
        return PasswordScreen(user: user, isChanged: try page.flag("changed"))
    }

    /// The one they have proves that it is them, not their open browser. All their sessions end; this browser gets a new one, for
    /// who has a copy of the old one's secret is signed out too.
    static func change(_ page: PageRequest, _ form: Form) async throws -> Response {
        let principal = try page.caller(who: .read).principal
        guard principal.kind == .user else {
            throw GatehouseError(.forbidden, "\(principal) has no password.", hint: "Sign in as a user.")
        }
        let present = try form.secret("present", label: "The present password")
        do {
            _ = try await page.signIn.authenticator.caller(
                .password(user: principal.name, password: present), from: page.peer)
        } catch let error as GatehouseError where error.code == .unauthenticated {
            throw GatehouseError(.forbidden, "The present password is another one.", hint: "An admin can set a new one.")
        }
        try await page.services.accounts.setPassword(
            form.secret("password", label: "The new password"), of: principal.name, by: principal)
        return try await SignInPages.signedIn(principal, page, goTo: "/settings/password?changed=true")
    }

    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Settings", "/settings")])
        Tag.h1 { "Your password" }
        if let user, user.hasPassword {
            if isChanged {
                notice(.good) {
                    Tag.p(.role("status")) {
                        "Your password is changed. Other browsers in which you were signed in are signed out."
                    }
                }
            }
            Tag.p(.class("finding")) { "You sign in as \(user.name)." }
            form("/settings/password", visit) {
                textField("present", "Present password", visit, type: "password", autocomplete: "current-password")
                textField(
                    "password", "New password", visit, hint: "At least 12 characters; several words are easy to keep.",
                    type: "password", autocomplete: "new-password")
                submit("Change the password")
            }
            Tag.p(.class("soft")) { "The change is an entry of the audit log; the password is not in it." }
        } else if user != nil {
            Tag.p(.class("finding")) { "You have no password here: you sign in at the OpenID provider." }
        } else {
            Tag.p(.class("finding")) { "Who signs in with a token has no password. An admin revokes tokens and makes new ones." }
            Tag.p { Tag.a(.href("/settings/tokens")) { "Tokens" } }
        }
    }
}
