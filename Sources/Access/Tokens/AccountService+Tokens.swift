import AuditLog
package import GatehouseCore
import Storage

extension AccountService {
    /// Makes a token and answers with its secret, which is not kept. Fails with `alreadyExists`: the name of a revoked
    /// token stays taken, so that one name in the record is one token.
    package func createToken(
        _ name: String, grants: [Grant], expires: Timestamp?, by principal: Principal
    ) async throws -> (token: AccessToken, secret: String) {
        let name = try AccountName.checked(name, kind: "token")
        let secret = AccessToken.secret(unguessable(AccessToken.secretBytes))
        return try await change { tx, now in
            if let expires, expires <= now {
                throw GatehouseError(.invalidArgument, "The token would have expired already, at \(expires).")
            }
            if let other = try tx.accessToken(named: name) {
                throw GatehouseError(
                    .alreadyExists, "There \(other.revoked == nil ? "is" : "was") a token '\(name)' already.",
                    hint: "Names of tokens are not used twice; add a year or a number.")
            }
            let token = AccessToken(
                name: name, created: now, createdBy: principal, expires: expires, revoked: nil, lastUsedOn: nil)
            try tx.insert(token, digest: Digest(ofSecret: secret))
            try record(
                .tokenCreated, about: ["token": token.principal], ["expires": expires.map { .string($0.description) } ?? .null],
                in: tx,
                by: principal, at: now)
            try add(grants, to: token.principal, in: tx, by: principal, at: now)
            return (token, secret)
        }
    }

    /// From now on it opens nothing. Revoking it again changes nothing. Fails with `notFound`, and with `conflict` for the
    /// last admin.
    package func revokeToken(_ name: String, by principal: Principal) async throws {
        try await change { tx, now in
            guard try requiredToken(name, tx).revoked == nil else { return }
            try tx.revokeToken(name, at: now)
            try record(.tokenRevoked, about: ["token": .token(name)], in: tx, by: principal, at: now)
        }
    }

    /// The secret of the token that a fresh data folder is opened with; nil when there are tokens.
    package func firstToken() async throws -> String? {
        guard try await store.read({ tx in try tx.hasAccessTokens() }) == false else { return nil }
        return try await createToken("admin", grants: [Grant(.admin)], expires: nil, by: .system("server")).secret
    }
}
