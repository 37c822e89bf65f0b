import Access
import GatehouseCore
import HTTPAPI
import Registry
import Rendering
import Storage

/// The runs of one experiment, with the params and metrics that most of them have.
struct ExperimentScreen: Screen {
    static let runsMax = 50
    static let columnsMax = 4

    let experiment: Experiment
    let runs: [Run]
    let filter: String?
    /// Asks for the next page.
    let next: String?

    var title: [String] { [experiment.name, "Experiments"] }
    var place: Place { .experiments }

    /// `q` is a filter in MLflow's syntax, or plain words that a run's name contains.
    static func load(_ page: PageRequest) async throws -> ExperimentScreen {
        _ = try page.caller(who: .read)
        let id = try ExperimentID(parsing: page.segment("id"))
        let filter = page.query("q")
        let request = try SearchRequest(
            .runs, filter: filter.map { ExperimentsScreen.plainFilter($0, on: "run_name") } ?? "", orderBy: ["start_time DESC"],
            pageToken: page.query("page"), limit: runsMax, scope: ["\(id)"])
        return try await page.services.store.read { tx in
            let experiment = try tx.requiredExperiment(id)
            let found = try tx.searchRuns(request, of: [id], view: .active)
            return ExperimentScreen(experiment: experiment, runs: found.found, filter: filter, next: found.nextPageToken)
        }
    }

    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Experiments", "/experiments")])
        Tag.h1 { experiment.name }
        Tag.p(.class("finding")) { finding }
        searchForm(Address.experiment("\(experiment.id)"), filter, label: "Name contains, or a filter such as metrics.auc > 0.8")
        if runs.isEmpty {
            empty(
                filter == nil ? "It has no run yet. With the MLflow client, log the first:" : "No run fits.",
                command: filter == nil ? "mlflow.set_experiment(\"\(experiment.name.prefix(80))\"); mlflow.start_run()" : nil)
        } else {
            table("Runs", runs, columns(visit))
        }
        if let next {
            Tag.p {
                Tag.a(.href(Address.query(Address.experiment("\(experiment.id)"), [("q", filter), ("page", next)]))) {
                    "Next runs"
                }
            }
        }
    }

    private var finding: String {
        if runs.isEmpty { return "No run to show." }
        let running = runs.count { $0.info.status == .running }
        let failed = runs.count { $0.info.status == .failed }
        return Wording.count(runs.count, "run") + (next == nil ? "" : " on this page") + ", \(running) running, \(failed) failed."
    }

    private func columns(_ visit: Visit) -> [Column<Run>] {
        var columns: [Column<Run>] = [
            .words("Run") { run in Tag.a(.href(Address.run(run.info.id))) { run.info.name } },
            .words("Status") { run in mark(run.info.status) },
            .words("Began") { run in run.info.began.map { shortMoment($0) } ?? .absent },
        ]
        for key in frequent(runs.map { $0.metrics.map(\.key) }) {
            columns.append(
                .number(String(key.prefix(40))) { run in
                    run.metrics.first { $0.key == key }.map { Wording.compact($0.value) } ?? "–"
                })
        }
        for key in frequent(runs.map { $0.params.map(\.key) }) {
            columns.append(
                .words(String(key.prefix(40))) { run in
                    run.params.first { $0.key == key }.map { String($0.value.prefix(40)) } ?? "–"
                })
        }
        return columns
    }

    /// The keys that most runs have, by name among equals.
    private func frequent(_ keys: [[String]]) -> [String] {
        let counts = Dictionary(keys.flatMap { $0 }.map { ($0, 1) }, uniquingKeysWith: +)
        return counts.sorted { (-$0.value, $0.key) < (-$1.value, $1.key) }.prefix(Self.columnsMax).map(\.key)
    }
}

func mark(_ status: RunStatus) -> Markup {
    switch status {
    case .running: mark(.neutral, "running", shape: "◌")
    case .scheduled: mark(.neutral, "scheduled", shape: "◌")
    case .finished: mark(.good, "finished", shape: "✓")
    case .failed: mark(.bad, "failed", shape: "✕")
    case .killed: mark(.caution, "killed", shape: "!")
    }
}

extension RunInfo {
    /// Nil where the client did not say.
    var began: Timestamp? { startTime > 0 ? Timestamp(milliseconds: startTime) : nil }
    var ended: Timestamp? { endTime.flatMap { $0 > 0 ? Timestamp(milliseconds: $0) : nil } }
}
