import AuditLog
package import GatehouseCore
import Storage

extension AccountService {
    package static let subjectBytesMax = 255

    /// A user without a password signs in at the provider, once `identity` is known there. Fails with `alreadyExists`.
    package func addUser(
        _ name: String, password: String?, identity: User.Identity?, grants: [Grant], by principal: Principal
    ) async throws -> User {
        let name = try AccountName.checked(name, kind: "user")
        let hash: PasswordHash? = if let password { try await self.hash(password) } else { nil }
        if let identity, identity.subject.isEmpty || identity.subject.utf8.count > Self.subjectBytesMax {
            throw GatehouseError(.invalidArgument, "A subject has 1 to \(Self.subjectBytesMax) bytes.")
        }
        return try await change { tx, now in
            guard try tx.user(named: name) == nil else {
                throw GatehouseError(.alreadyExists, "There is a user '\(name)' already.")
            }
            guard try tx.isTeam(name) == false else {
                throw GatehouseError(.alreadyExists, "There is a team '\(name)', so no user can be called that.")
            }
            if let identity, let other = try tx.user(identity) {
                throw GatehouseError(.alreadyExists, "The subject '\(identity.subject)' is the user '\(other.name)' already.")
            }
            let user = User(name: name, password: hash, identity: identity, created: now, createdBy: principal)
            try tx.insert(user)
            try record(
                .userCreated, about: ["user": user.principal], texts: identity.map { ["subject": $0.subject] } ?? [:],
                [
                    "password": .bool(hash != nil),
                    "issuer": identity.map { .string($0.issuer) } ?? .null,
                ], in: tx, by: principal, at: now)
            // Grants of an earlier user of that name would otherwise come back to life.
            try tx.removeGrants(of: user.principal)
            try add(grants, to: user.principal, in: tx, by: principal, at: now)
            return user
        }
    }

    /// Ends the user's sessions too, but for the one whose secret is `keeping`. Fails with `notFound`.
    package func setPassword(
        _ password: String, of name: String, by principal: Principal
    ) async throws {
        let hash = try await hash(password)
        try await change { tx, now in
            _ = try requiredUser(name, tx)
            try tx.setPassword(hash, of: name)
            try tx.deleteSessions(of: .user(name))
            try record(.passwordChanged, about: ["user": .user(name)], in: tx, by: principal, at: now)
        }
    }

    /// Removes the user with all grants and sessions; what the user did stays in the record. Fails with `notFound`, and
    /// with `conflict` for the last admin.
    package func removeUser(_ name: String, by principal: Principal) async throws {
        try await change { tx, now in
            let user = try requiredUser(name, tx)
            let grants = try tx.grants(of: user.principal).grants
            try tx.removeGrants(of: user.principal)
            try tx.deleteUser(name)
            try record(
                .userRemoved, about: ["user": user.principal], ["grants": .array(grants.map { .string($0.description) })], in: tx,
                by: principal, at: now)
        }
    }

    private func hash(_ password: String) async throws -> PasswordHash {
        try PasswordHash.check(password)
        let (salt, cost) = (unguessable(PasswordHash.saltBytes), cost)
        return try await passwords.run { try PasswordHash.make(password, salt: salt, cost: cost) }
    }
}
