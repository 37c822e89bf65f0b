import Access
import GatehouseCore
import Rendering

/// What stands around every page: the head, the way through the site, who is signed in.
struct Shell {
    let assets: Assets
    /// Where to sign in at an OpenID provider exists.
    let visit: Visit

    func page(_ screen: some Screen) -> String {
        let html = Tag.html(
            .lang("en"), Attribute("data-theme", visit.theme.rawValue), visit.isForPaper ? Attribute("data-print", nil) : nil
        ) {
            head(screen)
            Tag.body {
                Tag.a(.class("skip"), .href("#main")) { "Skip to the content" }
                if visit.isOpen { openWarning }
                header(screen.place)
                Tag.main(.id("main"), Attribute("tabindex", "-1"), topics(screen)) {
                    if let problem = visit.problem { Self.problem(problem) }
                    screen.content(visit)
                }
                footer
            }
        }
        return "<!doctype html>\n" + html.text
    }

    private func topics(_ screen: some Screen) -> Attribute? {
        screen.topics.isEmpty ? nil : Attribute("data-topics", screen.topics.joined(separator: " "))
    }

    private func head(_ screen: some Screen) -> Markup {
        Tag.head {
            Tag.meta(Attribute("charset", "utf-8"))
            Tag.meta(.name("viewport"), .content("width=device-width, initial-scale=1"))
            Tag.meta(.name("color-scheme"), .content(visit.theme == .system ? "light dark" : visit.theme.rawValue))
            Tag.title { (screen.title + ["Gatehouse"]).joined(separator: " · ") }
            Tag.link(Attribute("rel", "stylesheet"), .href(assets.address(of: "site.css")))
            Tag.link(Attribute("rel", "icon"), .href(assets.address(of: "icon.svg")), Attribute("type", "image/svg+xml"))
            Tag.script(Attribute("type", "module"), Attribute("src", assets.address(of: "site.js")))
        }
    }

    private var openWarning: Markup {
        Tag.p(.class("open-warning"), .role("note")) {
            "This server asks nobody who they are: anybody who reaches it may do anything."
        }
    }

    private func header(_ current: Place) -> Markup {
        Tag.header(.class("site")) {
            Tag.a(.class("brand"), .href("/")) { "Gatehouse" }
            if visit.caller != nil {
                Tag.nav(.label("Site")) {
                    Tag.ul {
                        for place in Place.allCases {
                            Tag.li {
                                Tag.a(
                                    .href(place.address),
                                    place == current ? Attribute("aria-current", "page") : nil
                                ) { place.name }
                            }
                        }
                    }
                }
                Tag.form(.class("search"), .role("search"), .action("/search"), .method("get")) {
                    Tag.label(.class("unseen"), .for("site-search")) { "Search" }
                    Tag.input(
                        .id("site-search"), .name("q"), .type("search"), Attribute("placeholder", "Search"),
                        Attribute("autocomplete", "off"), Attribute("aria-keyshortcuts", "/"))
                }
            }
            account
        }
    }

    private var account: Markup {
        Tag.div(.class("account")) {
            if let caller = visit.caller {
                Tag.span(.class("soft")) { caller.principal.text }
                if caller.principal.kind != .system {
                    form("/sign-out", visit) { Tag.button(.class("quiet")) { "Sign out" } }
                } else {
                    Tag.a(.href("/sign-in")) { "Sign in" }
                }
            }
        }
    }

    private var footer: Markup {
        Tag.footer(.class("site")) {
            form("/theme", visit) {
                Tag.input(.type("hidden"), .name("back"), .value(visit.address))
                Tag.span(.id("theme-label")) { "Colours" }
                for theme in Theme.allCases {
                    Tag.button(
                        .class("quiet"), .name("theme"), .value(theme.rawValue),
                        Attribute("aria-pressed", theme == visit.theme ? "true" : "false")
                    ) { theme.rawValue }
                }
            }
            Tag.p { "Times are UTC unless they say otherwise." }
        }
    }

    private static func problem(_ error: GatehouseError) -> Markup {
        Tag.div(.class("notice bad"), .role("alert"), .id("problem"), Attribute("tabindex", "-1")) {
            Tag.p {
                Tag.strong { "Nothing was changed. " }
                error.message
            }
            if !error.details.isEmpty { list(error.details) }
            if let hint = error.hint { Tag.p { hint } }
        }
    }
}
