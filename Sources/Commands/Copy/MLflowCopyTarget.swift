import AsyncHTTPClient
import GatehouseCore
import Registry
import WireAPI

/// An MLflow server that a version is copied to. The files go below a run that carries what was logged; every one is read back
/// and hashed, because the server knows no digests. The version comes last, with all its tags in one call.
struct MLflowCopyTarget: CopyTarget {
    /// What a copy is found by when it is repeated.
    static let keyTag = "gatehouse.copy"
    static let digestTag = "gatehouse.artifact_digest"
    static let folder = "model"

    let client: MLflowClient
    let model: String

    func find(_ copied: CopiedVersion) async throws -> String? {
        var (token, numbers): (String?, [Int64]) = (nil, [])
        repeat {
            let page = try await client.versions(of: model, isPrompt: false, after: token)
            numbers += page.items.filter { $0.tags.contains(MLflowTag(key: Self.keyTag, value: copied.key)) }
                .compactMap { Int64($0.version) }
            token = page.next
        } while token != nil
        return numbers.min().map { String($0) }
    }

    func prepare(_ copied: CopiedVersion) async throws -> any CopyDestination {
        let run = try await run(for: copied)
        guard let root = ArtifactAddress.proxiedPath(run.info.artifactURI), !root.isEmpty else {
            throw GatehouseError(
                .conflict, "The server keeps artifacts at \(run.info.artifactURI), where this program cannot write.",
                hint: "Copy to a server that serves its artifacts (mlflow server --serve-artifacts).")
        }
        let place = "\(root)/\(Self.folder)"
        return Destination(
            client: client, model: model, copied: copied, run: run, place: place, present: try await present(below: place))
    }

    // MARK: - The run

    /// The run of this copy: made now, or left by one that was cut off.
    private func run(for copied: CopiedVersion) async throws -> MLflowRun {
        let experiment = try await client.experimentID(named: copied.run?.experiment ?? model)
        let training = copied.run
        let run: MLflowRun
        if let earlier = try await client.runs(of: experiment, tagged: Self.keyTag, copied.key).last {
            run = earlier
        } else {
            let name = training?.run.info.name ?? ""
            run = try await client.createRun(
                in: experiment, name: name.isEmpty ? "\(copied.source.model) v\(copied.source.version)" : name,
                user: training?.run.info.userID ?? "", start: training?.run.info.startTime ?? 0,
                tags: [MLflowTag(key: Self.keyTag, value: copied.key)])
        }
        if let training { try await log(training, to: run) }
        return run
    }

    /// What is there already stays, so it may be logged again.
    private func log(_ training: CopiedTraining, to run: MLflowRun) async throws {
        let id = run.info.id
        for params in training.run.params.pieces(of: MLflowClient.batchEntriesMax) {
            try await client.log(params: params, run: id)
        }
        for tags in Self.carried(training.run.tags).pieces(of: MLflowClient.batchEntriesMax) {
            try await client.log(tags: tags, run: id)
        }
        let points = training.points.map { point in
            // It may say something about a logged model, too, which is not there.
            var point = point
            (point.modelID, point.runID, point.datasetName, point.datasetDigest) = (nil, nil, nil, nil)
            return point
        }
        for points in points.pieces(of: MLflowClient.batchMetricsMax) { try await client.log(metrics: points, run: id) }
        if !training.run.datasets.isEmpty { try await client.log(datasets: training.run.datasets, run: id) }
    }

    /// Without the list of models that were logged with it, which are not there.
    private static func carried(_ tags: [MLflowTag]) -> [MLflowTag] {
        tags.filter { $0.key != "mlflow.log-model.history" && $0.key != keyTag }
    }

    // MARK: - Files

    private func present(below place: String) async throws -> [String: Int64] {
        var (folders, found): ([String], [String: Int64]) = ([place], [:])
        while let folder = folders.popLast() {
            for entry in try await client.artifacts(in: folder) {
                if let bytes = entry.bytes { found[entry.path] = bytes } else { folders.append(entry.path) }
            }
        }
        return found
    }

    private struct Destination: CopyDestination {
        let client: MLflowClient
        let model: String
        let copied: CopiedVersion
        let run: MLflowRun
        let place: String
        /// What an earlier attempt left, with its sizes.
        let present: [String: Int64]

        func send(_ file: ArtifactFile, _ open: @Sendable () async throws -> SourceBytes) async throws -> Bool {
            let path = "\(place)/\(file.path)"
            if present[path] == file.bytes, try await isThere(file, path) { return false }
            try await client.putArtifact(at: path, bytes: file.bytes, chunks: try await open())
            guard try await isThere(file, path) else { throw CopyFailure.otherBytes(file, copied, CopyReadBack()) }
            return true
        }

        private func isThere(_ file: ArtifactFile, _ path: String) async throws -> Bool {
            let bytes = SourceBytes(origin: .server(try await client.openArtifact(path).body))
            return try await digest(of: bytes) == StoredFile(bytes: file.bytes, digest: file.digest)
        }

        func register() async throws -> CopyArrival {
            do { try await client.createModel(model) } catch let error as GatehouseError where error.isAlreadyThere {}
            let version = try await client.createVersion(
                of: model, source: "\(ArtifactAddress.proxied)\(place)", run: run.info.id, description: copied.description,
                tags: tags)
            if let ended = copied.run?.run.info {
                try await client.endRun(run.info.id, status: ended.status, at: ended.endTime)
            } else {
                try await client.endRun(run.info.id, status: "FINISHED", at: nil)
            }
            return CopyArrival(
                version: version.version, isNew: true, verification: nil,
                reason: "not verified: an MLflow server checks no proofs; the bytes were read back and hashed", leftOut: [])
        }

        private var tags: [MLflowTag] {
            let source = copied.source
            var ours = [
                "promoted_from_registry": source.name, "promoted_from_version": source.version,
                "source_registry": copied.firstRegistry ?? source.name, "source_version": copied.firstVersion ?? source.version,
                MLflowCopyTarget.keyTag: copied.key, MLflowCopyTarget.digestTag: copied.manifest.digest.description,
            ]
            if let run = source.runID, !run.isEmpty { ours["source_run_id"] = run }
            return copied.keptTags.filter { ours[$0.key] == nil } + MLflowTag.list(ours)
        }
    }
}

/// The bytes that were read back are others than those that were sent.
private struct CopyReadBack: Error {}

extension GatehouseError {
    /// MLflow says so with a 400 and words; Gatehouse with a code of its own.
    fileprivate var isAlreadyThere: Bool { code == .alreadyExists || message.contains("already exists") }
}

extension CopiedVersion {
    /// The same for the same bytes of the same version, whoever copies them.
    var key: String {
        let parts = [source.registry, source.model, source.version, manifest.digest.hex]
        return Digest.sha256(of: Array(JSONValue.array(parts.map { .string($0) }).canonicalBytes)).hex
    }
}

extension Array {
    /// Pieces of at most so many elements, in order.
    fileprivate func pieces(of count: Int) -> [[Element]] {
        stride(from: 0, to: self.count, by: count).map { Array(self[$0..<Swift.min($0 + count, self.count)]) }
    }
}
