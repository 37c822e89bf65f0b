import Access
import GatehouseCore
import HTTPTypes
import Hummingbird
import WireAPI

/// Finds out who asks before any route is run.
struct Authentication: RouterMiddleware {
    private static let anybody = Caller(principal: .user("anybody"), grants: .everything)

    let signIn: SignIn

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        if let authenticator = signIn.authenticator {
            context.signedIn = try await authenticator.caller(credentials(request), from: context.peer)
        } else {
            context.signedIn = Self.anybody
        }
        return try await next(request, context)
    }

    /// The header counts before the cookie: whoever sends it means it.
    private func credentials(_ request: Request) throws(GatehouseError) -> Credentials {
        if let header = request.headers[.authorization] {
            guard let shown = Credentials(authorization: header) else { throw GatehouseError.tokenMissing }
            return shown
        }
        guard signIn.browser != nil, let cookie = request.cookies[signIn.sessionCookie]?.value else {
            throw GatehouseError.tokenMissing
        }
        // Browsers attach the cookie whoever wrote the page; what changes something must come from a page of ours.
        guard !BrowserSafety.changesState(request.method) || BrowserSafety.isSameOrigin(request) else {
            throw GatehouseError(.forbidden, BrowserSafety.foreignOrigin)
        }
        return .session(cookie)
    }
}
