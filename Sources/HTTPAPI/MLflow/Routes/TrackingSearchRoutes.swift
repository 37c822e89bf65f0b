import Access
import GatehouseCore
import Registry
import Storage
import WireAPI

/// Searches over experiments, runs and logged models.
struct TrackingSearchRoutes {
    static let resultsMax = 50_000
    static let resultsDefault = 1000
    static let modelsDefault = 100
    static let experimentsMax = 1000

    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        routes.getOrPost("experiments/search", experiments)
        routes.post("runs/search", runs)
        routes.post("logged-models/search", loggedModels)
    }

    private func experiments(_ call: MLflowCall) async throws -> MLflowAnswer {
        try call.caller.require(.read)
        let fields = call.fields
        let view = try fields.lifecycleView("view_type")
        // Unlike runs/search this call has no default.
        let limit = try fields.integer("max_results") ?? 0
        guard limit > 0 else { throw Self.refused(limit, "It must be a positive integer") }
        guard limit <= Self.resultsMax else { throw Self.refused(limit, "It must be at most \(Self.resultsMax)") }
        let request = try SearchRequest(
            .experiments, filter: fields.text("filter") ?? "", orderBy: fields.texts("order_by"),
            pageToken: fields.givenText("page_token"), limit: Int(clamping: limit), scope: [view.rawValue])
        let page = try await services.store.read { tx in try tx.searchExperiments(request, view: view) }
        return MLflowAnswer.object(capacity: 64 + 300 * page.found.count) { json in
            json.member("experiments", unlessEmpty: page.found) { MLflowExperiment($1).write(to: &$0) }
            json.member("next_page_token", page.nextPageToken)
        }
    }

    private func runs(_ call: MLflowCall) async throws -> MLflowAnswer {
        try call.caller.require(.read)
        let fields = call.fields
        let experiments = try Self.experiments(fields)
        let view = try fields.lifecycleView("run_view_type")
        let limit = try fields.integer("max_results") ?? Int64(Self.resultsDefault)
        guard limit > 0 else { throw Self.refused(limit, "It must be a positive integer") }
        guard limit <= Self.resultsMax else {
            throw try fields.invalid("max_results", fields.value("max_results") ?? .null)
        }
        let request = try SearchRequest(
            .runs, filter: fields.text("filter") ?? "", orderBy: fields.texts("order_by"),
            pageToken: fields.givenText("page_token"), limit: Int(clamping: limit),
            scope: [view.rawValue] + experiments.map(\.description))
        let page = try await services.store.read { tx in try tx.searchRuns(request, of: experiments, view: view) }
        return MLflowAnswer.object(capacity: 64 + 1000 * page.found.count) { json in
            json.member("runs", unlessEmpty: page.found) { MLflowRun($1).write(to: &$0) }
            json.member("next_page_token", page.nextPageToken)
        }
    }

    private func loggedModels(_ call: MLflowCall) async throws -> MLflowAnswer {
        try call.caller.require(.read)
        let fields = call.fields
        guard try fields.has("experiment_ids") else { throw fields.missing("experiment_ids") }
        let experiments = try Self.experiments(fields)
        let asked = try fields.integer("max_results") ?? 0
        guard asked >= 0 else { throw Self.refused(asked, "It must be a positive integer") }
        let limit = asked == 0 ? Self.modelsDefault : min(Int(clamping: asked), Self.resultsMax)
        let request = try SearchRequest(
            .loggedModels, filter: fields.text("filter") ?? "", order: fields.objects("order_by").map(Self.order),
            datasets: fields.objects("datasets").map(Self.dataset), pageToken: fields.givenText("page_token"), limit: limit,
            scope: experiments.map(\.description))
        let page = try await services.store.read { tx in try tx.searchLoggedModels(request, of: experiments) }
        return MLflowAnswer.object(capacity: 64 + 1000 * page.found.count) { json in
            json.member("models", unlessEmpty: page.found) { MLflowLoggedModel($1).write(to: &$0) }
            json.member("next_page_token", page.nextPageToken)
        }
    }

    // MARK: - Fields

    private static func experiments(_ fields: MLflowFields) throws -> [ExperimentID] {
        let ids = try fields.experimentIDs()
        guard ids.count <= experimentsMax else {
            throw GatehouseError(
                .invalidArgument, "A search covers at most \(experimentsMax) experiments, not \(ids.count).",
                hint: "Search them in several calls.")
        }
        return ids
    }

    private static func order(_ fields: MLflowFields) throws -> SearchOrder {
        try .loggedModels(
            field: fields.requiredText("field_name"), ascending: fields.flag("ascending") ?? true,
            datasetName: fields.givenText("dataset_name"), datasetDigest: fields.givenText("dataset_digest"))
    }

    private static func dataset(_ fields: MLflowFields) throws -> SearchDataset {
        guard let name = try fields.givenText("dataset_name") else {
            throw GatehouseError(.invalidArgument, "`dataset_name` in the `datasets` clause must be specified.")
        }
        return SearchDataset(name: name, digest: try fields.givenText("dataset_digest"))
    }

    private static func refused(_ value: Int64, _ why: String) -> GatehouseError {
        GatehouseError(.invalidArgument, "Invalid value \(value) for parameter 'max_results' supplied. \(why)")
    }
}
