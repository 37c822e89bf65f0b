import GatehouseCore
import Rendering

/// What is found under a few words: things by their id, models by a part of their name, pages of the site.
struct SearchScreen: Screen {
    static let hitsMax = 20
    static let queryCharactersMax = 200

    struct Hit: Sendable, Equatable {
        /// `model`, `promotion`, `page`.
        let kind: String
        let name: String
        /// What tells it from others; may be empty.
        let about: String
        let address: String
    }

    let query: String
    let hits: [Hit]

    var title: [String] { query.isEmpty ? ["Search"] : [query, "Search"] }
    var place: Place { .home }

    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        Tag.h1 { "Search" }
        Tag.p(.class("finding"), .role("status")) { finding }
        Tag.form(.class("filter"), .method("get"), .action("/search")) {
            Tag.label(.for("query")) { "Name, id or number" }
            Tag.input(.id("query"), .name("q"), .type("search"), .value(query))
            Tag.button(.type("submit")) { "Search" }
        }
        if hits.isEmpty {
            empty(
                "A model by a part of its name, a version as 'credit-risk 3', a promotion, review, rollout or run by its id, an "
                    + "endpoint or policy by its name, an audit entry by its number.")
        } else {
            Tag.ul(.id("hits"), .class("hits")) {
                for hit in hits {
                    Tag.li {
                        Tag.a(.href(hit.address)) { hit.name }
                        " "
                        Tag.span(.class("soft")) { hit.kind + (hit.about.isEmpty ? "" : ", " + hit.about) }
                    }
                }
            }
        }
    }

    private var finding: String {
        if query.isEmpty { return "Find anything that has a page." }
        return hits.isEmpty
            ? "Nothing is called or numbered like that."
            : Wording.count(hits.count, "thing is", "things are") + " called like that."
    }
}
