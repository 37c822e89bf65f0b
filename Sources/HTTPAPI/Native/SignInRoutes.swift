import Access
import GatehouseCore
import HTTPTypes
package import Hummingbird
import WireAPI

/// Signing in with a browser at the OpenID provider, and who one is.
package struct SignInRoutes {
    let signIn: SignIn

    package init(signIn: SignIn) { self.signIn = signIn }

    /// What browsers are sent to.
    package func add(to router: some RouterMethods<APIContext>) {
        router.get("auth/login") { request, _ in try await login(request) }
        router.get("auth/callback") { request, _ in try await callback(request) }
        router.post("auth/logout") { request, _ in try await logout(request) }
    }

    func add(toNative group: RouterGroup<APIContext>) {
        group.get("whoami") { _, context in
            let caller = try context.authenticated()
            return try Response.json(
                WhoamiAnswer(principal: caller.principal.text, grants: caller.grants.grants.map(\.description)))
        }
    }

    private func login(_ request: Request) async throws -> Response {
        let begun = try await browser.begin(callback: callbackURL(request), returnTo: request.text("return_to"))
        var response = Response(status: .seeOther, headers: [.location: begun.location, .cacheControl: "no-store"])
        response.setCookie(
            cookie(signIn.memoryCookie, begun.cookie, secondsMax: Int(BrowserSignIn.minutesMax * 60)))
        return response
    }

    private func callback(_ request: Request) async throws -> Response {
        let done = try await browser.finish(
            code: request.text("code"), state: request.text("state"), cookie: request.cookies[signIn.memoryCookie]?.value)
        var response = Response(status: .seeOther, headers: [.location: done.returnTo, .cacheControl: "no-store"])
        response.setCookie(cookie(signIn.sessionCookie, done.secret, secondsMax: Int(Session.hoursMax * 3600)))
        response.setCookie(cookie(signIn.memoryCookie, "", secondsMax: 0))
        return response
    }

    private func logout(_ request: Request) async throws -> Response {
        guard let identities = signIn.identities else { throw Self.notConfigured }
        guard BrowserSafety.isSameOrigin(request) else { throw GatehouseError(.forbidden, BrowserSafety.foreignOrigin) }
        if let secret = request.cookies[signIn.sessionCookie]?.value { try await identities.accounts.endSession(secret) }
        var response = Response(status: .noContent)
        response.setCookie(cookie(signIn.sessionCookie, "", secondsMax: 0))
        return response
    }

    private var browser: BrowserSignIn {
        get throws(GatehouseError) {
            guard let browser = signIn.browser else { throw Self.notConfigured }
            return browser
        }
    }

    private static let notConfigured = GatehouseError(
        .notFound, "No OpenID provider is configured.", hint: "Start the server with --oidc-issuer and --oidc-client-id.")

    /// Lax: the browser comes back from the provider with it, and other pages' forms go without.
    private func cookie(_ name: String, _ value: String, secondsMax: Int) -> Cookie {
        Cookie(
            name: name, value: value, maxAge: secondsMax, path: "/", secure: signIn.isSecure, httpOnly: true, sameSite: .lax)
    }

    /// `Host` was checked against the hosts that are ours.
    private func callbackURL(_ request: Request) -> String {
        let base = signIn.publicURL ?? "\(signIn.hasTLS ? "https" : "http")://\(request.head.authority ?? "localhost")"
        return (base.hasSuffix("/") ? String(base.dropLast()) : base) + "/auth/callback"
    }
}
