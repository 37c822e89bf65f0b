package import AsyncHTTPClient
import GatehouseCore
package import NIOCore

// One version and what belongs to it; and the calls that make another on such a server.
extension MLflowClient {
    private static let root = "api/2.0/mlflow"
    private static let artifacts = "api/2.0/mlflow-artifacts/artifacts"
    /// MLflow's own limits of a batch.
    package static let batchMetricsMax = 1000
    package static let batchEntriesMax = 100

    // MARK: - Reading

    /// Fails with `notFound`.
    package func version(_ number: String, of model: String) async throws -> MLflowModelVersion {
        let answer = try await get("\(Self.root)/model-versions/get", [("name", model), ("version", number)])
        guard let version = try answer.object("model_version") else { throw answer.missing("model_version") }
        return try MLflowModelVersion(version)
    }

    /// Fails with `notFound`.
    package func experiment(_ id: String) async throws -> MLflowExperiment {
        try experiment(await get("\(Self.root)/experiments/get", [("experiment_id", id)]))
    }

    private func experiment(_ answer: MLflowFields) throws -> MLflowExperiment {
        guard let experiment = try answer.object("experiment") else { throw answer.missing("experiment") }
        return try MLflowExperiment(experiment)
    }

    /// What stands in a folder of artifacts that the server hands out itself; paths begin at its root.
    package func artifacts(in folder: String) async throws -> [MLflowFileInfo] {
        let found = try await get(Self.artifacts, [("path", folder)]).objects("files").map { try MLflowFileInfo($0) }
        return found.map { entry in
            let name = entry.path.split(separator: "/").last.map(String.init) ?? entry.path
            return MLflowFileInfo(path: folder.isEmpty ? name : "\(folder)/\(name)", bytes: entry.bytes)
        }
    }

    package func openArtifact(_ path: String) async throws -> HTTPClientResponse { try await download(Self.place(path), []) }

    // MARK: - Writing

    package func putArtifact<Chunks: AsyncSequence & Sendable>(
        at path: String, bytes: Int64, chunks: Chunks
    ) async throws where Chunks.Element == ByteBuffer {
        try await upload(Self.place(path), bytes: bytes, chunks: chunks)
    }

    private static func place(_ path: String) -> String {
        artifacts + "/" + path.split(separator: "/").map { GatehouseClient.encoded(String($0)) }.joined(separator: "/")
    }

    /// The number of the experiment of this name, which is made where there is none.
    package func experimentID(named name: String) async throws -> String {
        do {
            return try experiment(await get("\(Self.root)/experiments/get-by-name", [("experiment_name", name)])).id
        } catch let error as GatehouseError where error.code == .notFound {
            return try await change("\(Self.root)/experiments/create") { $0.member("name", name) }
                .requiredText("experiment_id")
        }
    }

    /// Runs of an experiment with a tag, newest first.
    package func runs(of experiment: String, tagged key: String, _ value: String) async throws -> [MLflowRun] {
        let answer = try await post("\(Self.root)/runs/search") {
            $0.member("experiment_ids", unlessEmpty: [experiment]) { $0.value($1) }
            $0.member("filter", "tags.`\(key)` = '\(value)'")
        }
        return try answer.objects("runs").map { try MLflowRun($0) }
    }

    package func createRun(
        in experiment: String, name: String, user: String, start: Int64, tags: [MLflowTag]
    ) async throws -> MLflowRun {
        let answer = try await change("\(Self.root)/runs/create") {
            $0.member("experiment_id", experiment)
            $0.member("run_name", name)
            $0.member("user_id", user)
            $0.member("start_time", start)
            $0.member("tags", unlessEmpty: tags) { $1.write(to: &$0) }
        }
        guard let run = try answer.object("run") else { throw answer.missing("run") }
        return try MLflowRun(run)
    }

    /// One batch, of at most `batchMetricsMax` points and `batchEntriesMax` of the others. What is there already stays.
    package func log(
        metrics: [MLflowMetric] = [], params: [MLflowTag] = [], tags: [MLflowTag] = [], run: String
    ) async throws {
        _ = try await change("\(Self.root)/runs/log-batch") {
            $0.member("run_id", run)
            $0.member("metrics", unlessEmpty: metrics) { $1.write(to: &$0) }
            $0.member("params", unlessEmpty: params) { $1.write(to: &$0) }
            $0.member("tags", unlessEmpty: tags) { $1.write(to: &$0) }
        }
    }

    package func log(datasets: [MLflowDatasetInput], run: String) async throws {
        _ = try await change("\(Self.root)/runs/log-inputs") {
            $0.member("run_id", run)
            $0.member("datasets", unlessEmpty: datasets) { $1.write(to: &$0) }
        }
    }

    package func endRun(_ run: String, status: String, at end: Int64?) async throws {
        _ = try await change("\(Self.root)/runs/update") {
            $0.member("run_id", run)
            $0.member("status", status)
            $0.member("end_time", end)
        }
    }

    /// Fails with `alreadyExists`.
    package func createModel(_ name: String) async throws {
        _ = try await change("\(Self.root)/registered-models/create") { $0.member("name", name) }
    }

    package func createVersion(
        of model: String, source: String, run: String, description: String, tags: [MLflowTag]
    ) async throws -> MLflowModelVersion {
        let answer = try await change("\(Self.root)/model-versions/create") {
            $0.member("name", model)
            $0.member("source", source)
            $0.member("run_id", run)
            $0.member("description", description)
            $0.member("tags", unlessEmpty: tags) { $1.write(to: &$0) }
        }
        guard let version = try answer.object("model_version") else { throw answer.missing("model_version") }
        return try MLflowModelVersion(version)
    }
}
