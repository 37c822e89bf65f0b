package import GatehouseCore
package import Storage

/// A secret that stands for a principal. Only its SHA-256 is kept; the secret is shown once.
package struct AccessToken: Sendable, Equatable {
    package static let prefix = "gh_"
    package static let secretBytes = 32

    package let name: String
    package let digest: Digest

    /// Makes the token of 32 random bytes; the text is what a client sends.
    package static func make(name: String, random: [UInt8]) -> (token: AccessToken, text: String) {
        precondition(random.count == secretBytes, "a token has \(secretBytes) random bytes")
        let text = prefix + Digest(bytes: random).hex
        return (AccessToken(name: name, digest: digest(of: text)), text)
    }

    package static func digest(of text: String) -> Digest { .sha256(of: Array(text.utf8)) }
}

extension SQLTransaction {
    package func hasAccessTokens() throws -> Bool {
        try first("SELECT name FROM access_token LIMIT 1") { try $0.text("name") } != nil
    }

    package func insert(_ token: AccessToken, at now: Timestamp) throws {
        try execute("INSERT INTO access_token (digest, name, created_at) VALUES (\(token.digest), \(token.name), \(now))")
    }

    /// Who a presented secret stands for, or nil.
    package func principal(ofToken text: String) throws -> Principal? {
        try first("SELECT name FROM access_token WHERE digest = \(AccessToken.digest(of: text))") {
            .token(try $0.text("name"))
        }
    }
}
