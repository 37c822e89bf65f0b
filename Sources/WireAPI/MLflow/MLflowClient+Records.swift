import GatehouseCore

/// A part of a list, and how to ask for the next.
package struct MLflowPage<Item: Sendable>: Sendable {
    package let items: [Item]
    /// Nil: this was the last one.
    package let next: String?

    package init(items: [Item], next: String?) {
        self.items = items
        self.next = next
    }
}

// What there is on a server, page by page.
extension MLflowClient {
    package static let pageItemsMax: Int64 = 100
    /// Points of a metric in one answer.
    package static let pointsMax: Int64 = 10_000

    private static let root = "api/2.0/mlflow"
    private static let isPrompt = "tags.`mlflow.prompt.is_prompt` = 'true'"

    package func experiments(after token: String?) async throws -> MLflowPage<MLflowExperiment> {
        let answer = try await post("\(Self.root)/experiments/search") {
            $0.member("max_results", Self.pageItemsMax)
            $0.member("view_type", "ALL")
            $0.member("page_token", token)
        }
        return try page(answer, "experiments", MLflowExperiment.init)
    }

    package func runs(of experiment: String, after token: String?) async throws -> MLflowPage<MLflowRun> {
        let answer = try await post("\(Self.root)/runs/search") {
            $0.member("experiment_ids", unlessEmpty: [experiment]) { $0.value($1) }
            $0.member("max_results", Self.pageItemsMax)
            $0.member("run_view_type", "ALL")
            $0.member("page_token", token)
        }
        return try page(answer, "runs", MLflowRun.init)
    }

    /// Fails with `notFound`.
    package func run(_ id: String) async throws -> MLflowRun {
        let answer = try await get("\(Self.root)/runs/get", [("run_id", id)])
        guard let run = try answer.object("run") else { throw answer.missing("run") }
        return try MLflowRun(run)
    }

    package func history(of key: String, run: String, after token: String?) async throws -> MLflowPage<MLflowMetric> {
        var query = [("run_id", run), ("metric_key", key), ("max_results", String(Self.pointsMax))]
        if let token { query.append(("page_token", token)) }
        return try page(await get("\(Self.root)/metrics/get-history", query), "metrics", MLflowMetric.init)
    }

    /// Empty where the server is older than logged models.
    package func loggedModels(of experiment: String, after token: String?) async throws -> MLflowPage<MLflowLoggedModel> {
        do {
            let answer = try await post("\(Self.root)/logged-models/search") {
                $0.member("experiment_ids", unlessEmpty: [experiment]) { $0.value($1) }
                $0.member("max_results", Self.pageItemsMax / 2)
                $0.member("page_token", token)
            }
            return try page(answer, "models", MLflowLoggedModel.init)
        } catch let error as GatehouseError where error.code == .notFound {
            return MLflowPage(items: [], next: nil)
        }
    }

    /// Models, or prompts, which a plain search hides.
    package func models(arePrompts: Bool, after token: String?) async throws -> MLflowPage<MLflowRegisteredModel> {
        var query = [("max_results", String(Self.pageItemsMax))]
        if arePrompts { query.append(("filter", Self.isPrompt)) }
        if let token { query.append(("page_token", token)) }
        return try page(
            await get("\(Self.root)/registered-models/search", query), "registered_models", MLflowRegisteredModel.init)
    }

    package func versions(
        of model: String, isPrompt: Bool, after token: String?
    ) async throws -> MLflowPage<MLflowModelVersion> {
        let name = Self.quoted(model)
        let filter = isPrompt ? "name = \(name) AND \(Self.isPrompt)" : "name = \(name)"
        var query = [("filter", filter), ("max_results", String(Self.pageItemsMax))]
        if let token { query.append(("page_token", token)) }
        return try page(await get("\(Self.root)/model-versions/search", query), "model_versions", MLflowModelVersion.init)
    }

    /// Where the files of a version are.
    package func downloadLocation(of version: String, model: String) async throws -> String? {
        try await get("\(Self.root)/model-versions/get-download-uri", [("name", model), ("version", version)])
            .text("artifact_uri")
    }

    /// MLflow's filters know no escape; a text with one kind of quotes stands in the other.
    private static func quoted(_ text: String) -> String { text.contains("'") ? "\"\(text)\"" : "'\(text)'" }

    private func page<Item: Sendable>(
        _ answer: MLflowFields, _ name: String, _ read: (MLflowFields) throws(GatehouseError) -> Item
    ) throws -> MLflowPage<Item> {
        let items = try answer.objects(name).map { try read($0) }
        return MLflowPage(items: items, next: try answer.givenText("next_page_token"))
    }
}
