import Access
import GatehouseCore
import HTTPAPI
import Rendering
import Storage

/// Which programs sign in, what they may do, and when they did last.
struct TokensScreen: Screen {
    static let tokensMax = 100

    struct Row: Sendable {
        let token: AccessToken
        let grants: [Grant]
    }

    let rows: [Row]
    /// The last name of this page, where there are more.
    let next: String?
    /// Just made; shown this once.
    let created: (name: String, secret: String)?

    var title: [String] { ["Tokens", "Settings"] }
    var place: Place { .settings }

    static func load(_ page: PageRequest, created: (name: String, secret: String)? = nil) async throws -> TokensScreen {
        _ = try page.caller(who: .administer)
        let after = page.query("after") ?? ""
        let found = try await page.services.store.read { tx in
            try tx.accessTokens(after: after, limit: tokensMax + 1).map {
                Row(token: $0, grants: try tx.grants(of: $0.principal).grants)
            }
        }
        return TokensScreen(
            rows: Array(found.prefix(tokensMax)), next: found.count > tokensMax ? found[tokensMax - 1].token.name : nil,
            created: created)
    }

    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Settings", "/settings")])
        Tag.h1 { "Tokens" }
        if let created {
            notice(.good) {
                Tag.p {
                    "The token \(created.name) was made. This is the only time it is shown; keep it where the program finds it:"
                }
                commandLine(created.secret)
            }
        }
        let valid = rows.filter { $0.token.isValid(at: visit.now) }
        Tag.p(.class("finding")) {
            Wording.count(valid.count, "token is", "tokens are") + " valid, \(rows.count - valid.count) "
                + "expired or revoked; \(valid.count { $0.token.lastUsedOn == nil }) never used."
        }
        table("Tokens", rows, Self.columns(visit))
        if let next { Tag.p { Tag.a(.href(Address.query("/settings/tokens", [("after", next)]))) { "Next tokens" } } }
        block("Change", id: "change", note: "Each change is an entry of the audit log.") { forms(visit, valid) }
    }

    private static func columns(_ visit: Visit) -> [Column<Row>] {
        [
            .words("Token") { row in row.token.name },
            .words("State") { row in state(row.token, visit) },
            .prose("May") { row in grantsCell(row.grants) },
            .words("Last used") { row in row.token.lastUsedOn.map { Markup(String($0.description.prefix(10))) } ?? Markup("never")
            },
            .words("Made by") { row in row.token.createdBy.text },
            .words("Made") { row in shortMoment(row.token.created) },
        ]
    }

    private static func state(_ token: AccessToken, _ visit: Visit) -> Markup {
        if token.revoked != nil { return mark(.neutral, "revoked", shape: "–") }
        guard let expires = token.expires else { return mark(.good, "valid", shape: "✓") }
        guard visit.now < expires else { return mark(.neutral, "expired", shape: "–") }
        return mark(.good, "until \(dayAndMinute(expires))", shape: "✓")
    }

    @MarkupBuilder
    private func forms(_ visit: Visit, _ valid: [Row]) -> Markup {
        let options = valid.map { ($0.token.name, $0.token.name) }
        plainAction(
            "/settings/tokens/create", visit, title: "Make a token",
            consequence: "The next page shows it, once. Whoever has it may do what it may.", button: "Make the token"
        ) {
            textField("name", "Name", visit, hint: "What uses it: ci, airflow, gateway-eu.")
            textField("grants", "May", visit, hint: grantHint)
            textField("expires", "Valid until", visit, type: "date", isRequired: false)
        }
        plainAction(
            "/settings/tokens/grant", visit, title: "Let a token do more",
            consequence: "What it may do with this role holds from its next request on.", button: "Grant"
        ) {
            choice("grant_token", "Token", visit, options: options)
            textField("grant", "Grant", visit, hint: grantHint)
        }
        plainAction(
            "/settings/tokens/withdraw", visit, title: "Let a token do less",
            consequence: "The grant ends with its next request.", button: "Withdraw the grant", isDangerous: true
        ) {
            choice("withdraw_token", "Of the token", visit, options: options)
            textField("withdraw", "Grant to withdraw", visit, hint: "As it stands in the table.")
        }
        plainAction(
            "/settings/tokens/revoke", visit, title: "Revoke a token",
            consequence: "Its next request is refused. That cannot be undone.", button: "Revoke the token", isDangerous: true
        ) { choice("revoked", "Token to revoke", visit, options: options) }
    }
}
