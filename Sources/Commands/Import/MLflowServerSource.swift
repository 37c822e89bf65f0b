import AsyncHTTPClient
import GatehouseCore
import WireAPI

/// A running server of MLflow's, 2.22 or 3.
struct MLflowServerSource: ImportSource {
    private let client: MLflowClient

    init(_ client: MLflowClient) { self.client = client }

    var name: String { client.server }

    func experiments(after token: String?) async throws -> MLflowPage<MLflowExperiment> {
        try await client.experiments(after: token)
    }

    func runs(of experiment: String, after token: String?) async throws -> MLflowPage<MLflowRun> {
        try await client.runs(of: experiment, after: token)
    }

    /// One metric after the other; the token is the number of the metric, a space, and the server's own token.
    func metrics(of run: MLflowRun, after token: String?) async throws -> MLflowPage<MLflowMetric> {
        let keys = run.metrics.map(\.key)
        let parts = (token ?? "0").split(separator: " ", maxSplits: 1)
        guard let number = parts.first.flatMap({ Int($0) }), keys.indices.contains(number) else {
            return MLflowPage(items: [], next: nil)
        }
        let page = try await client.history(
            of: keys[number], run: run.info.id, after: parts.count == 2 ? String(parts[1]) : nil)
        if let next = page.next { return MLflowPage(items: page.items, next: "\(number) \(next)") }
        return MLflowPage(items: page.items, next: number + 1 < keys.count ? String(number + 1) : nil)
    }

    func loggedModels(of experiment: String, after token: String?) async throws -> MLflowPage<ImportedLoggedModel> {
        let page = try await client.loggedModels(of: experiment, after: token)
        return MLflowPage(items: page.items.map { ImportedLoggedModel($0) }, next: page.next)
    }

    /// Models first, then prompts; the token's first letter tells which.
    func models(after token: String?) async throws -> MLflowPage<MLflowRegisteredModel> {
        let arePrompts = token?.first == "p"
        let own = token.map { String($0.dropFirst()) }.flatMap { $0.isEmpty ? nil : $0 }
        do {
            let page = try await client.models(arePrompts: arePrompts, after: own)
            let next = page.next.map { (arePrompts ? "p" : "m") + $0 }
            return MLflowPage(items: page.items, next: next ?? (arePrompts ? nil : "p"))
        } catch let error as GatehouseError where arePrompts && error.code == .invalidArgument {
            // A server that is older than prompts.
            return MLflowPage(items: [], next: nil)
        }
    }

    func versions(of model: MLflowRegisteredModel, after token: String?) async throws -> MLflowPage<MLflowModelVersion> {
        try await client.versions(of: model.name, isPrompt: model.isPrompt, after: token)
    }

    func run(_ id: String) async throws -> MLflowRunInfo? {
        do {
            return try await client.run(id).info
        } catch let error as GatehouseError where error.code == .notFound {
            return nil
        }
    }

    func storageLocation(of version: MLflowModelVersion) async throws -> String? {
        do {
            return try await client.downloadLocation(of: version.version, model: version.name)
        } catch let error as GatehouseError where error.code != .unreachable {
            return nil
        }
    }

    /// The server reads what it kept, and what stands on its disk; other stores are read by their own clients.
    func files(of owner: FileOwner, in folder: String) async throws -> [MLflowFileInfo]? {
        guard ArtifactAddress.proxiedPath(owner.location) != nil || ArtifactAddress.isLocal(owner.location) else { return nil }
        return try await client.files(of: owner.id, isModel: owner.kind == .loggedModel, in: folder)
    }

    func open(_ path: String, of owner: FileOwner) async throws -> SourceBytes {
        SourceBytes(origin: .server(try await client.open(path, of: owner.id, isModel: owner.kind == .loggedModel).body))
    }

    /// A server does not say how many traces and the like it has; docs/cli-json.md lists what is not asked for.
    func strangers() async throws -> [(name: String, count: Int64)] { [] }
}

extension MLflowRegisteredModel {
    static let promptTag = "mlflow.prompt.is_prompt"

    var isPrompt: Bool { tags.contains { $0.key == Self.promptTag && $0.value.lowercased() == "true" } }
}
