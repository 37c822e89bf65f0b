import Access
import GatehouseCore
import HTTPTypes
import Hummingbird
import Registry
package import Storage
import WireAPI

/// How callers prove who they are.
package enum SignIn: Sendable {
    /// A token in `Authorization: Bearer …`, or as the password of `Basic`, as MLflow's clients send it.
    case tokens(any SQLStore)
    /// Anybody may do anything: `--insecure-no-auth`.
    case open
}

struct Authentication: RouterMiddleware {
    let signIn: SignIn

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        var context = context
        switch signIn {
        case .open: context.signedIn = Caller(principal: .user("anybody"), grants: .everything)
        case .tokens(let store):
            guard let secret = Self.secret(request.headers[.authorization]) else {
                throw GatehouseError.tokenMissing
            }
            guard let principal = try await store.read({ tx in try tx.principal(ofToken: secret) }) else {
                throw GatehouseError.tokenUnknown
            }
            context.signedIn = Caller(principal: principal, grants: .everything)
        }
        return try await next(request, context)
    }

    private static func secret(_ header: String?) -> String? {
        guard let header, let space = header.firstIndex(of: " ") else { return nil }
        let rest = header[header.index(after: space)...].drop(while: { $0 == " " })
        switch header[..<space].lowercased() {
        case "bearer": return String(rest)
        case "basic": return BasicCredentials.password(String(rest))
        default: return nil
        }
    }
}
