import AuditLog
import GatehouseCore
import Promotions
import Rendering

extension HomeScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        Tag.h1 { "Home" }
        live("home") {
            Tag.p(.class("finding")) { finding }
            if !reviews.isEmpty {
                block("Your reviews", id: "reviews") {
                    table(
                        "Your reviews", reviews,
                        [
                            .words("Version") { review in
                                Tag.a(.href(Address.review(review.id))) { "\(review.model) v\(review.version)" }
                            },
                            .words("Asked") { review in moment(review.requestedAt, visit) },
                            .words("Expires") { review in moment(review.expiresAt, visit) },
                        ])
                }
            }
            block("What happened last", id: "recent") {
                if recent.isEmpty {
                    empty("Nothing has happened yet, or you may not read the audit log.")
                } else {
                    table("What happened last", recent, Self.entryColumns(visit))
                }
            }
        }
    }

    private var finding: String {
        if !hasModels { return "This registry is empty. Register the first model, and it will stand here." }
        return reviews.isEmpty ? "Nothing waits for you." : Wording.count(reviews.count, "review") + " wait for you."
    }

    private static func entryColumns(_ visit: Visit) -> [Column<AuditEntry>] {
        [
            .words("What") { entry in
                Tag.a(.href(Address.audit(entry.sequence))) { entry.action.rawValue.replacing("_", with: " ") }
            },
            .words("Outcome") { entry in entry.outcome.rawValue },
            .words("Model") { entry in
                if let model = entry.model {
                    Tag.a(.href(Address.model(model))) { model.text + (entry.version.map { " v\($0)" } ?? "") }
                } else {
                    Markup.absent
                }
            },
            .words("By") { entry in entry.principal.text },
            .words("When") { entry in moment(entry.time, visit) },
        ]
    }
}
