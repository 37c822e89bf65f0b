package import GatehouseCore

/// A secret that stands for a program. Only its SHA-256 is kept; the secret is shown once.
package struct AccessToken: Sendable, Equatable {
    package static let prefix = "gh_"
    package static let secretBytes = 32

    package let name: String
    package let created: Timestamp
    package let createdBy: Principal
    /// From then on it opens nothing.
    package let expires: Timestamp?
    package let revoked: Timestamp?
    /// The day, in UTC, on which it was last seen.
    package let lastUsedOn: Timestamp?

    package var principal: Principal { .token(name) }

    package func isValid(at now: Timestamp) -> Bool { revoked == nil && expires.map { now < $0 } ?? true }

    /// What a client sends: the prefix and the digits of 32 random bytes.
    static func secret(_ random: [UInt8]) -> String {
        precondition(random.count == secretBytes, "a token has \(secretBytes) random bytes")
        return prefix + Digest(bytes: random).hex
    }
}
