import Access
import GatehouseCore
import Rendering

extension ModelsScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        Tag.h1 { "Models" }
        Tag.form(.class("filter"), .method("get"), .action("/models")) {
            Tag.label(.for("filter")) { "Name contains" }
            Tag.input(.id("filter"), .name("q"), .type("search"), .value(filter ?? ""))
            Tag.button(.type("submit")) { "Search" }
        }
        live("models") {
            if rows.isEmpty {
                if filter == nil {
                    empty(
                        "No model is registered yet. Log one with the MLflow client you have, or register a folder of files:",
                        command: "gatehouse version create credit-risk --model PATH")
                } else {
                    empty("No model's name contains all of these words.")
                }
            } else {
                Tag.p(.class("finding")) { finding }
                table("Models", rows, Self.columns(visit))
            }
        }
        // Any grant of the role, however narrow; which names it is good for is asked when one is given.
        if visit.allows(.logRuns) {
            plainAction(
                "/models", visit, title: "Register a model",
                consequence: "The name stands from then on. Versions come from training runs, or from a folder of files.",
                button: "Register the model"
            ) {
                textField("name", "Name", visit)
                textArea("description", "Description", visit, hint: "What it is for.", isRequired: false)
            }
        }
        if let next {
            Tag.p { Tag.a(.href(Address.query("/models", [("q", filter), ("after", next.text)]))) { "Next models" } }
        }
    }

    private var finding: String {
        let serving = rows.count { $0.champion != nil }
        let some = serving < rows.count ? "\(serving) of them " : rows.count > 1 ? "each " : ""
        return Wording.count(rows.count, "model") + (next == nil ? "" : " on this page")
            + ", \(some)with a version in production."
    }

    private static func columns(_ visit: Visit) -> [Column<Row>] {
        [
            .words("Model") { row in Tag.a(.href(Address.model(row.name))) { row.name.text } },
            .words("In production") { row in
                if let champion = row.champion {
                    Tag.a(.href(Address.version(row.name, champion))) { "v\(champion)" }
                    if let since = row.championSince {
                        " "
                        Tag.span(.class("soft")) {
                            "since "
                            shortMoment(since)
                        }
                    }
                } else {
                    Tag.span(.class("soft")) { "nothing" }
                }
            },
            .words("Newest") { row in
                if let newest = row.newest {
                    Tag.a(.href(Address.version(row.name, newest))) { "v\(newest)" }
                } else {
                    Markup.absent
                }
            },
            .number("Versions") { row in Wording.grouped(Int(row.versions)) },
            .number("Open promotions") { row in
                if row.open > 0 {
                    Tag.a(.href(Address.query("/promotions", [("model", row.name.text), ("state", "open")]))) {
                        Wording.grouped(row.open)
                    }
                } else {
                    "0"
                }
            },
            .words("Changed") { row in shortMoment(row.updated) },
            .prose("Description") { row in String(row.description.prefix(80)) },
        ]
    }
}
