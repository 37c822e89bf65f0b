import Access
import Foundation
import GatehouseCore
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
    func authenticated() throws -> Caller {
        guard let signedIn else { throw GatehouseError(.unauthenticated, "This call needs a token.") }
        return signedIn
    }

    /// The address the request came from, without its port.
    var peer: String { remoteAddress?.ipAddress ?? "unknown" }

    func caller() throws -> Principal { try authenticated().principal }

    /// A segment of the path, percent-decoded.
    func segment(_ name: String) throws -> String {
        guard let raw = parameters.get(name), let text = raw.removingPercentEncoding else {
            throw GatehouseError(.invalidArgument, "The path segment '\(name)' is not percent-encoded UTF-8.")
        }
        return text
    }

    func model() throws -> ModelName { try ModelName(segment("model")) }
    func version() throws -> VersionNumber { try VersionNumber(parsing: segment("version")) }
}
