package import GatehouseCore

/// A browser that signed in: at the OpenID provider, or with a name and a password, or with a token. Only the SHA-256 of the secret in its cookie is kept.
package struct Session: Sendable, Equatable {
    package static let secretBytes = 32
    package static let hoursMax: Int64 = 12

    package let principal: Principal
    /// The provider's groups when it signed in; what they may do is decided at each request.
    package let groups: [String]
    package let started: Timestamp
    package let expires: Timestamp
}
