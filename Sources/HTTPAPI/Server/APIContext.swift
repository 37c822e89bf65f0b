package import Access
import Foundation
package import GatehouseCore
package import Hummingbird
import NIOCore

/// What belongs to one request: who asks, and the limits on what is read from it.
package struct APIContext: RequestContext {
    package var coreContext: CoreRequestContextStorage
    /// Set by `Authentication`; routes behind it can rely on it.
    var signedIn: Caller?
    private let remoteAddress: SocketAddress?

    package init(source: ApplicationRequestContextSource) {
        coreContext = .init(source: source)
        signedIn = nil
        remoteAddress = source.channel.remoteAddress
    }

    /// Who asks and what they may do. Fails with `unauthenticated` on a route that forgot to ask.
    package func authenticated() throws -> Caller {
        guard let signedIn else { throw GatehouseError(.unauthenticated, "This call needs a token.") }
        return signedIn
    }

    /// The address the request came from, without its port.
    package var peer: String { remoteAddress?.ipAddress ?? "unknown" }

    func caller() throws -> Principal { try authenticated().principal }

    /// A segment of the path, percent-decoded.
    package func segment(_ name: String) throws -> String {
        guard let raw = parameters.get(name), let text = raw.removingPercentEncoding else {
            throw GatehouseError(.invalidArgument, "The path segment '\(name)' is not percent-encoded UTF-8.")
        }
        return text
    }

    package func model() throws -> ModelName { try ModelName(segment("model")) }
    package func version() throws -> VersionNumber { try VersionNumber(parsing: segment("version")) }
}

extension APIContext {
    /// The caller, who administers the server. Fails with `forbidden`.
    package func admin() throws -> Caller {
        let caller = try authenticated()
        try caller.require(.administer)
        return caller
    }

    /// The caller, who may do this. Fails with `forbidden`.
    package func caller(who permission: Permission) throws -> Caller {
        let caller = try authenticated()
        try caller.require(permission)
        return caller
    }
}
