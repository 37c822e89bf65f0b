import Access
import GatehouseCore
import HTTPAPI
import Registry
import Rendering
import Storage

/// Collections of runs, the newest first.
struct ExperimentsScreen: Screen {
    static let experimentsMax = 50

    let experiments: [Experiment]
    let filter: String?
    /// Asks for the next page.
    let next: String?

    var title: [String] { ["Experiments"] }
    var place: Place { .experiments }

    /// `q` is a filter in MLflow's syntax, or plain words that a name contains.
    static func load(_ page: PageRequest) async throws -> ExperimentsScreen {
        _ = try page.caller(who: .read)
        let filter = page.query("q")
        let request = try SearchRequest(
            .experiments, filter: filter.map { plainFilter($0, on: "name") } ?? "", orderBy: ["creation_time DESC"],
            pageToken: page.query("page"), limit: experimentsMax)
        let found = try await page.services.store.read { tx in try tx.searchExperiments(request, view: .active) }
        return ExperimentsScreen(experiments: found.found, filter: filter, next: found.nextPageToken)
    }

    /// What has no operator is a part of a name.
    static func plainFilter(_ text: String, on attribute: String) -> String {
        let hasOperator = ["=", "<", ">", " LIKE ", " ILIKE ", " like ", " ilike ", " IN "].contains { text.contains($0) }
        guard !hasOperator else { return text }
        return "\(attribute) ILIKE '%\(text.replacing("'", with: "").replacing("%", with: ""))%'"
    }

    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        Tag.h1 { "Experiments" }
        Tag.p(.class("finding")) {
            Wording.count(experiments.count, "experiment") + (next == nil ? "" : " on this page")
                + (filter == nil ? ", the newest first." : " whose name fits.")
        }
        searchForm("/experiments", filter, label: "Name contains, or a filter as MLflow writes it")
        if experiments.isEmpty {
            empty("No experiment fits.")
        } else {
            table("Experiments", experiments, Self.columns)
        }
        if let next { Tag.p { Tag.a(.href(Address.query("/experiments", [("q", filter), ("page", next)]))) { "Next" } } }
    }

    private static var columns: [Column<Experiment>] {
        [
            .words("Experiment") { one in Tag.a(.href(Address.experiment("\(one.id)"))) { one.name } },
            .number("Id") { one in "\(one.id)" },
            .words("Made") { one in shortMoment(one.created) },
            .words("Changed") { one in shortMoment(one.updated) },
            .prose("Tags") { one in
                let tags = one.tags.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value.prefix(40))" }
                tags.isEmpty ? "–" : Wording.list(tags, max: 3)
            },
        ]
    }
}

/// A field that filters the list below it.
func searchForm(_ address: String, _ filter: String?, label: String) -> Markup {
    Tag.form(.class("filter"), .method("get"), .action(address)) {
        Tag.label(.for("filter")) { label }
        Tag.input(.id("filter"), .name("q"), .type("search"), .value(filter ?? ""))
        Tag.button(.type("submit")) { "Search" }
    }
}
