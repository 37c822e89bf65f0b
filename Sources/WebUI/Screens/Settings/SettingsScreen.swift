import Access
import GatehouseCore
import HTTPAPI
import Rendering

/// The way to the settings, and what the reader may do here.
struct SettingsScreen: Screen {
    let caller: Caller

    var title: [String] { ["Settings"] }
    var place: Place { .settings }

    static func load(_ page: PageRequest) throws -> SettingsScreen { SettingsScreen(caller: try page.caller(who: .read)) }

    private struct Area {
        let name: String
        let address: String
        let about: String
        let permission: Permission
    }

    private static let areas = [
        Area(
            name: "Users and teams", address: "/settings/users", about: "Who signs in, and what they may do.",
            permission: .administer),
        Area(
            name: "Tokens", address: "/settings/tokens", about: "Programs that sign in, and what they may do.",
            permission: .administer),
        Area(
            name: "Webhooks", address: "/settings/webhooks", about: "Who is told of what, what was delivered, and what was not.",
            permission: .manageWebhooks),
        Area(
            name: "Server", address: "/settings/server", about: "Keys, mirrors, witnesses and how people sign in.",
            permission: .read),
        Area(
            name: "Your password", address: "/settings/password", about: "Change the one you sign in with.", permission: .read),
        Area(
            name: "Keyboard shortcuts", address: "/settings/keys", about: "Which there are, and a switch to turn them off.",
            permission: .read),
    ]

    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        Tag.h1 { "Settings" }
        Tag.p(.class("finding")) { "You are \(caller.principal.text), and may do what these roles permit: \(roles)." }
        table(
            "Settings", Self.areas,
            [
                .words("Area") { area in
                    if visit.allows(area.permission) { Tag.a(.href(area.address)) { area.name } } else { area.name }
                },
                .prose("What it is about") { area in area.about },
                .words("Who may see it") { area in
                    visit.allows(area.permission) ? "you" : area.permission.neededRole
                },
            ])
        block("Who may do something else", id: "who-can") {
            Tag.p { "The same table that answers requests answers this question:" }
            commandLine("gatehouse policy who-can roll-back credit-risk")
        }
    }

    private var roles: String {
        let grants = caller.grants.grants.map(\.description)
        return grants.isEmpty ? "none" : Wording.list(grants, max: 8)
    }
}

/// Grants as people type them.
func grantsCell(_ grants: [Grant]) -> Markup {
    guard !grants.isEmpty else { return .absent }
    var markup = Markup()
    for grant in grants {
        markup += Tag.span(.class("chip")) { grant.description }
        markup += Markup(" ")
    }
    return markup
}

extension Form {
    /// Grants separated by spaces, commas or line feeds. Fails with `invalidArgument` on the first that is none.
    func grants(_ name: String) throws(GatehouseError) -> [Grant] {
        var grants: [Grant] = []
        for text in self[name].split(whereSeparator: { $0.isWhitespace || $0 == "," }) {
            grants.append(try Grant(parsing: String(text)))
        }
        return grants
    }
}

let grantHint =
    "ROLE, or ROLE:MODELS, such as reviewer:credit-*. Roles: " + Role.allCases.map(\.rawValue).joined(separator: ", ") + "."
