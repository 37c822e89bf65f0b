import AuditLog
package import GatehouseCore
import Storage

extension AccountService {
    /// Writes a session for somebody who was verified just now; the secret is for the browser's cookie. `groups` are those of
    /// an OpenID provider.
    package func startSession(of principal: Principal, groups: [String] = []) async throws -> String {
        let secret = Base64URL.encoded(unguessable(Session.secretBytes))
        try await change { tx, now in
            try tx.deleteSessions(expiredAt: now)
            let session = Session(
                principal: principal, groups: groups, started: now, expires: now.adding(.seconds(Session.hoursMax * 3600)))
            try tx.insert(session, digest: Digest(ofSecret: secret))
            try record(
                .sessionStarted, ["groups": .array(groups.map { .string($0) })], in: tx, by: principal, at: now)
        }
        return secret
    }

    /// Ends the session that a cookie's secret belongs to, if any.
    package func endSession(_ secret: String) async throws {
        let digest = Digest(ofSecret: secret)
        try await change { tx, now in
            guard let session = try tx.session(digest: digest) else { return }
            try tx.deleteSession(digest: digest)
            try record(.sessionEnded, in: tx, by: session.principal, at: now)
        }
    }
}
