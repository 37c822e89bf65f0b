import Access
import GatehouseCore
import HTTPAPI
import Rendering
import Storage

/// Who signs in, what they may do, and who belongs together.
struct PeopleScreen: Screen {
    static let usersMax = 100

    struct Row: Sendable {
        let user: User
        let grants: [Grant]
        let teams: [String]
    }

    let rows: [Row]
    let teams: [Team]
    /// The last name of this page, where there are more.
    let next: String?

    var title: [String] { ["Users and teams", "Settings"] }
    var place: Place { .settings }

    static func load(_ page: PageRequest) async throws -> PeopleScreen {
        _ = try page.caller(who: .administer)
        let after = page.query("after") ?? ""
        return try await page.services.store.read { tx in
            let found = try tx.users(after: after, limit: usersMax + 1)
            let teams = try tx.teams(after: "", limit: usersMax)
            let rows = try found.prefix(usersMax).map { user in
                Row(
                    user: user, grants: try tx.grants(of: user.principal).grants,
                    teams: teams.filter { $0.members.contains(user.name) }.map(\.name))
            }
            return PeopleScreen(rows: rows, teams: teams, next: found.count > usersMax ? rows.last?.user.name : nil)
        }
    }

    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Settings", "/settings")])
        Tag.h1 { "Users and teams" }
        Tag.p(.class("finding")) { finding }
        if rows.isEmpty {
            empty(
                "Nobody has an account yet. A token is a machine: what a person answers for takes a user.",
                command: "gatehouse user add NAME")
        } else {
            table("Users", rows, Self.columns(visit))
        }
        if let next { Tag.p { Tag.a(.href(Address.query("/settings/users", [("after", next)]))) { "Next users" } } }
        block("Teams", id: "teams", note: "Policies name them as reviewers.") {
            if teams.isEmpty {
                empty("There is no team yet: adding the first member makes one.")
            } else {
                table(
                    "Teams", teams,
                    [
                        .words("Team") { team in team.name },
                        .prose("Members") { team in team.members.joined(separator: ", ") },
                    ])
            }
        }
        block("Change", id: "change", note: "Each change is an entry of the audit log.") { forms(visit) }
    }

    private var finding: String {
        let without = rows.count { $0.grants.isEmpty }
        return Wording.count(rows.count, "user") + (next == nil ? "" : " on this page") + " and "
            + Wording.count(teams.count, "team") + (without == 0 ? "." : "; \(without) may do nothing yet.")
    }

    private static func columns(_ visit: Visit) -> [Column<Row>] {
        [
            .words("User") { row in row.user.name },
            .words("Signs in with") { row in
                let ways = [row.user.hasPassword ? "password" : nil, row.user.identity.map { "OpenID \($0.subject)" }]
                ways.compactMap { $0 }.isEmpty ? "nothing yet" : ways.compactMap { $0 }.joined(separator: ", ")
            },
            .prose("May") { row in grantsCell(row.grants) },
            .words("Teams") { row in row.teams.isEmpty ? "–" : row.teams.joined(separator: ", ") },
            .words("Since") { row in shortMoment(row.user.created) },
        ]
    }

    @MarkupBuilder
    private func forms(_ visit: Visit) -> Markup {
        plainAction(
            "/settings/users/add", visit, title: "Add a user",
            consequence: "They can sign in at once with this name and password.", button: "Add the user"
        ) {
            textField("new_name", "Name", visit)
            textField("new_password", "Password of the user", visit, type: "password", autocomplete: "new-password")
            textField("new_grants", "May", visit, hint: grantHint, isRequired: false)
        }
        plainAction(
            "/settings/users/grant", visit, title: "Let a user do more",
            consequence: "What they may do with this role holds from their next request on.", button: "Grant"
        ) {
            choice("grant_user", "User", visit, options: options)
            textField("grant", "Grant", visit, hint: grantHint)
        }
        plainAction(
            "/settings/users/withdraw", visit, title: "Let a user do less",
            consequence: "The grant ends with their next request. Reviews that wait for them stay.", button: "Withdraw the grant",
            isDangerous: true
        ) {
            choice("withdraw_user", "Of the user", visit, options: options)
            textField("withdraw", "Grant to withdraw", visit, hint: "As it stands in the table.")
        }
        plainAction(
            "/settings/users/password", visit, title: "Set a password",
            consequence: "The old one stops working, and their open sessions end.", button: "Set the password"
        ) {
            choice("password_user", "For the user", visit, options: options)
            textField("password", "New password", visit, type: "password", autocomplete: "new-password")
        }
        plainAction(
            "/settings/users/remove", visit, title: "Remove a user",
            consequence: "They cannot sign in any more. What they did stays in the audit log.", button: "Remove the user",
            isDangerous: true
        ) { choice("remove_user", "User to remove", visit, options: options) }
        plainAction(
            "/settings/teams/add", visit, title: "Add to a team",
            consequence: "Policies that name the team may choose them as a reviewer from now on.", button: "Add to the team"
        ) {
            textField("team", "Team", visit)
            choice("member", "Member", visit, options: options)
        }
        plainAction(
            "/settings/teams/remove", visit, title: "Take out of a team",
            consequence: "They are not chosen for the team any more. Reviews that were asked of them stay.", button: "Take out",
            isDangerous: true
        ) {
            textField("former_team", "Team they leave", visit)
            choice("former", "Former member", visit, options: options)
        }
    }

    private var options: [(value: String, words: String)] { rows.map { ($0.user.name, $0.user.name) } }
}
