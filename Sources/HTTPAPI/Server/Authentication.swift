import Access
import GatehouseCore
import HTTPTypes
package import Hummingbird
import WireAPI

/// Finds out who asks before any route is run.
package struct Authentication: RouterMiddleware {
    package typealias Context = APIContext

    /// Whoever shows no credentials where none are asked for: nobody's name, and nobody who could answer for a decision.
    private static let anybody = Caller(principal: .system("anybody"), grants: .everything)

    private let signIn: SignIn

    package init(signIn: SignIn) { self.signIn = signIn }

    package func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        do {
            guard let shown = try credentials(request) else { throw GatehouseError.tokenMissing }
            context.signedIn = try await signIn.authenticator.caller(shown, from: context.peer)
        } catch let error as GatehouseError where signIn.isOpen && [.unauthenticated, .tooManyRequests].contains(error.code) {
            // A client that was pointed elsewhere before still sends what it has.
            context.signedIn = Self.anybody
        }
        return try await next(request, context)
    }

    /// The header counts before the cookie: whoever sends it means it. Nil when there is neither.
    private func credentials(_ request: Request) throws(GatehouseError) -> Credentials? {
        if let header = request.headers[.authorization] {
            guard let shown = Credentials(authorization: header) else { throw GatehouseError.tokenMissing }
            return shown
        }
        guard let cookie = request.cookies[signIn.sessionCookie]?.value else { return nil }
        // Browsers attach the cookie whoever wrote the page; what changes something must come from a page of ours.
        guard !BrowserSafety.changesState(request.method) || BrowserSafety.isSameOrigin(request) else {
            throw GatehouseError(.forbidden, BrowserSafety.foreignOrigin)
        }
        return .session(cookie)
    }
}
