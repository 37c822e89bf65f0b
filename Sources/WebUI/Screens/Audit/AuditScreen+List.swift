import AuditLog
import GatehouseCore
import Rendering

extension AuditScreen {
    static let reasonCharactersMax = 120

    @MarkupBuilder
    func list(_ visit: Visit) -> Markup {
        if let damage {
            notice(.bad) {
                Tag.p { "This page of the log cannot be shown: \(damage)" }
                Tag.p { "Verify the log above; it names every record that was changed." }
            }
        } else if entries.isEmpty {
            empty(filter.isEmpty ? "Nothing was recorded yet." : "No entry fits all of these filters.")
        } else {
            table("Entries", entries, Self.columns(visit))
            Tag.p {
                if visit.address.contains("before=") {
                    Tag.a(.href(address(before: nil))) { "Newest" }
                    " "
                }
                if let next { Tag.a(.href(address(before: next))) { "Older entries" } }
            }
        }
    }

    private func address(before: Int64?) -> String {
        let parameters = Self.filterNames.map { (name: $0, value: filter[$0]) }
        return Address.query("/audit", parameters + [(name: "before", value: before.map(String.init))]) + "#entries"
    }

    static func columns(_ visit: Visit) -> [Column<AuditEntry>] {
        [
            .words("Entry") { entry in Tag.a(.href(Address.audit(entry.sequence))) { "\(entry.sequence)" } },
            .words("When") { entry in shortMoment(entry.time) },
            .words("Who") { entry in entry.principal.text },
            .words("What") { entry in entry.action.words },
            .words("Outcome") { entry in mark(entry.outcome) },
            .words("About") { entry in entry.objectLink },
            .prose("Reason") { entry in
                if entry.reason.isEmpty {
                    Markup.absent
                } else {
                    entry.reason.count > reasonCharactersMax
                        ? entry.reason.prefix(reasonCharactersMax) + "…" : entry.reason
                }
            },
        ]
    }

    // MARK: - Filters

    var filterForm: Markup {
        Tag.form(.class("filter"), .method("get"), .action("/audit")) {
            Self.field("principal", "Who", value: filter["principal"])
            Self.field("model", "Model", value: filter["model"])
            Self.field("version", "Version", value: filter["version"], type: "number")
            Self.options("action", "What", AuditAction.allCases.map { ($0.rawValue, $0.words) }, value: filter["action"])
            Self.options("outcome", "Outcome", AuditOutcome.allCases.map { ($0.rawValue, $0.rawValue) }, value: filter["outcome"])
            Self.field("from", "From", value: filter["from"], type: "date")
            Self.field("until", "Before", value: filter["until"], type: "date")
            Tag.div {
                Tag.button(.type("submit")) { "Filter" }
                if !filter.isEmpty { Tag.a(.href("/audit"), .class("button")) { "All entries" } }
            }
        }
    }

    private static func field(_ name: String, _ label: String, value: String?, type: String = "text") -> Markup {
        Tag.div {
            Tag.label(.for("filter-\(name)")) { label }
            Tag.input(
                .id("filter-\(name)"), .name(name), .type(type), .value(value ?? ""), Attribute("autocomplete", "off"),
                type == "number" ? Attribute("min", "1") : nil)
        }
    }

    private static func options(
        _ name: String, _ label: String, _ options: [(value: String, words: String)], value: String?
    ) -> Markup {
        Tag.div {
            Tag.label(.for("filter-\(name)")) { label }
            Tag.select(.id("filter-\(name)"), .name(name)) {
                Tag.option(.value("")) { "anything" }
                for option in options {
                    Tag.option(.value(option.value), option.value == value ? .isSelected : nil) { option.words }
                }
            }
        }
    }
}
