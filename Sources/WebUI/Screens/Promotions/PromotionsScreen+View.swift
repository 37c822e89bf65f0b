import GatehouseCore
import Promotions
import Rendering

extension PromotionsScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Models", "/models")] + (model.map { [($0.text, Address.model($0))] } ?? []))
        Tag.h1 { "Promotions" + (model.map { " of \($0)" } ?? "") }
        Tag.p(.class("finding")) { finding }
        Tag.form(.class("filter"), .method("get"), .action("/promotions")) {
            Tag.div {
                Tag.label(.for("filter-model")) { "Model" }
                Tag.input(.id("filter-model"), .name("model"), .type("search"), .value(model?.text ?? ""))
            }
            Tag.div {
                Tag.label(.for("filter-state")) { "State" }
                Tag.select(.id("filter-state"), .name("state")) {
                    for option in Shown.allCases {
                        Tag.option(.value(option.rawValue), option == shown ? .isSelected : nil) { option.words }
                    }
                }
            }
            Tag.button(.type("submit")) { "Show" }
        }
        live("promotions") {
            if promotions.isEmpty {
                empty(
                    "There is no such promotion. One is opened on the page of a version, or by",
                    command: "gatehouse promote credit-risk 7 --to staging --wait")
            } else {
                table("Promotions", promotions, Self.columns)
            }
        }
        if let next {
            Tag.p {
                Tag.a(
                    .href(
                        Address.query(
                            "/promotions", [("model", model?.text), ("state", shown.rawValue), ("before", next)]))
                ) { "Older promotions" }
            }
        }
    }

    private var finding: String {
        let some = (next == nil ? "" : "The newest ") + Wording.count(promotions.count, "promotion")
        let open = promotions.count { !$0.state.isDecided }
        return some + (open == 0 ? ", all decided." : ", \(open) not decided.")
    }

    private static var columns: [Column<Promotion>] {
        [
            .words("Promotion") { promotion in
                Tag.a(.href(Address.promotion(promotion.id))) { "\(promotion.model) v\(promotion.version) to \(promotion.to)" }
            },
            .words("State") { promotion in mark(promotion.state) },
            .words("Asked") { promotion in shortMoment(promotion.requestedAt) },
            .words("By") { promotion in promotion.requestedBy.name },
            .words("Slot") { promotion in
                promotion.to == .production ? "\(promotion.slot.environment)/\(promotion.slot.segment)" : "–"
            },
            .prose("Why it is so") { promotion in promotion.why.isEmpty ? "–" : String(promotion.why.prefix(200)) },
        ]
    }
}
