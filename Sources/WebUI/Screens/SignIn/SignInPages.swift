import Access
import GatehouseCore
import HTTPAPI
import HTTPTypes
import Hummingbird

/// Signing in and out, and the choice of colours: what anybody may do.
struct SignInPages {
    static let yearSeconds = 365 * 86_400

    func add(to pages: Pages) {
        pages.page("sign-in") { page in SignInScreen(page, returnTo: page.query("return_to")) }
        pages.post("sign-in") { page, form in try await signIn(page, form) }
        pages.post("sign-out") { page, _ in
            if let secret = page.sessionSecret { try await page.services.accounts.endSession(secret) }
            var response = Pages.goTo("/sign-in")
            response.setCookie(Self.session(page, "", secondsMax: 0))
            return response
        }
        pages.post("theme") { page, form in
            guard let theme = Theme(rawValue: form["theme"]) else {
                throw GatehouseError(
                    .invalidArgument, "'\(form["theme"].prefix(80))' is no choice of colours.",
                    hint: "Choose one of: \(Theme.allCases.map(\.rawValue).joined(separator: ", ")).")
            }
            var response = Pages.goTo(BrowserSignIn.localPath(form["back"]))
            response.setCookie(
                Cookie(
                    name: Theme.cookie, value: theme.rawValue, maxAge: Self.yearSeconds, path: "/", secure: page.signIn.isSecure,
                    httpOnly: true, sameSite: .lax))
            return response
        }
    }

    private func signIn(_ page: PageRequest, _ form: Form) async throws -> Response {
        do {
            let caller = try await page.signIn.authenticator.caller(credentials(form), from: page.peer)
            return try await Self.signedIn(caller.principal, page, goTo: BrowserSignIn.localPath(form["return_to"]))
        } catch let error as GatehouseError where error.code.httpStatus < 500 {
            return page.answer(SignInScreen(page, returnTo: form["return_to"]), problem: error, form)
        }
    }

    /// Sends a browser on with a session of somebody who was verified just now.
    static func signedIn(_ principal: Principal, _ page: PageRequest, goTo address: String) async throws -> Response {
        let secret = try await page.services.accounts.startSession(of: principal)
        var response = Pages.goTo(address)
        response.setCookie(session(page, secret, secondsMax: Int(Session.hoursMax * 3600)))
        return response
    }

    /// A token says itself who it is.
    private func credentials(_ form: Form) throws(GatehouseError) -> Credentials {
        let token = try form.required("secret", label: "The password or token")
        if token.hasPrefix(AccessToken.prefix) { return .bearer(token) }
        guard let name = form.optional("name") else {
            throw GatehouseError(
                .invalidArgument, "Without a name, a token is needed: it begins with \(AccessToken.prefix).",
                hint: "Enter your name with a password, or a token alone.")
        }
        return .password(user: name, password: try form.secret("secret", label: "The password"))
    }

    /// Lax: the browser comes with it from links elsewhere, and other pages' forms go without.
    private static func session(_ page: PageRequest, _ value: String, secondsMax: Int) -> Cookie {
        Cookie(
            name: page.signIn.sessionCookie, value: value, maxAge: secondsMax, path: "/", secure: page.signIn.isSecure,
            httpOnly: true, sameSite: .lax)
    }
}

extension SignInScreen {
    fileprivate init(_ page: PageRequest, returnTo: String?) {
        self.init(
            returnTo: BrowserSignIn.localPath(returnTo), provider: page.signIn.identities.map { $0.settings.issuer })
    }
}
