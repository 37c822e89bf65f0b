import GatehouseCore
package import Storage

extension SQLTransaction {
    package static let teamMembersMax = 200

    /// The users of a team, by name; empty when there is no such team.
    package func members(ofTeam team: String) throws -> [String] {
        try rows(
            "SELECT user_name FROM access_team_member WHERE team = \(team) ORDER BY user_name LIMIT \(Self.teamMembersMax)"
        ) { try $0.text("user_name") }
    }

    /// A page of teams, by name; `after` is the last one seen.
    package func teams(after: String, limit: Int) throws -> [Team] {
        try rows(
            "SELECT DISTINCT team FROM access_team_member WHERE team > \(after) ORDER BY team LIMIT \(limit)"
        ) { try $0.text("team") }
        .map { Team(name: $0, members: try members(ofTeam: $0)) }
    }

    func isTeam(_ name: String) throws -> Bool {
        try first("SELECT team FROM access_team_member WHERE team = \(name) LIMIT 1") { _ in true } ?? false
    }

    func add(_ user: String, toTeam team: String, at now: Timestamp) throws {
        try execute("INSERT INTO access_team_member (team, user_name, added_at) VALUES (\(team), \(user), \(now))")
    }

    func remove(_ user: String, fromTeam team: String) throws -> Bool {
        try execute("DELETE FROM access_team_member WHERE team = \(team) AND user_name = \(user)") > 0
    }

    func leaveTeams(_ user: String) throws {
        try execute("DELETE FROM access_team_member WHERE user_name = \(user)")
    }
}
