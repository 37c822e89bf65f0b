import AuditLog
package import GatehouseCore
import Storage

extension AccountService {
    /// Adding a member again changes nothing. Fails with `notFound` when there is no such user, with `alreadyExists` when the
    /// name is a user's: a policy that names the user must not come to mean more people.
    package func addMember(_ user: String, toTeam team: String, by principal: Principal) async throws -> Team {
        let team = try AccountName.checked(team, kind: "team")
        return try await change { tx, now in
            let user = try requiredUser(user, tx)
            guard try tx.user(named: team) == nil else {
                throw GatehouseError(
                    .alreadyExists, "There is a user '\(team)', so no team can be called that.",
                    hint: "Name the team otherwise: policies name users and teams alike.")
            }
            let members = try tx.members(ofTeam: team)
            if !members.contains(user.name) {
                guard members.count < SQLTransaction.teamMembersMax else {
                    throw GatehouseError(.tooLarge, "The team '\(team)' has \(members.count) members, and no more fit.")
                }
                try tx.add(user.name, toTeam: team, at: now)
                try record(.teamMemberAdded, team, user, in: tx, by: principal, at: now)
            }
            return Team(name: team, members: try tx.members(ofTeam: team))
        }
    }

    /// Fails with `notFound` when the user is no member.
    package func removeMember(_ user: String, fromTeam team: String, by principal: Principal) async throws {
        try await change { tx, now in
            let user = try requiredUser(user, tx)
            guard try tx.remove(user.name, fromTeam: team) else {
                throw GatehouseError(
                    .notFound, "'\(user.name)' is no member of the team '\(team.prefix(80))'.",
                    hint: "List them: gatehouse team list")
            }
            try record(.teamMemberRemoved, team, user, in: tx, by: principal, at: now)
        }
    }

    private func record(
        _ action: AuditAction, _ team: String, _ user: User, in tx: SQLTransaction, by principal: Principal, at now: Timestamp
    ) throws {
        try tx.append(
            AuditDraft(
                id: ids(), time: now, principal: principal, action: action, people: ["member": user.principal],
                facts: .object(["team": .string(team)])))
    }
}
