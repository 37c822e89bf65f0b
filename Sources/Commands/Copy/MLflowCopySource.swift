import AsyncHTTPClient
import GatehouseCore
import Registry
import WireAPI

/// An MLflow server that a version is copied from. It knows no digests, so every file is read twice: once to learn what it
/// is, and once to be sent, which fails when it is something else by then.
struct MLflowCopySource: CopySource {
    let place: CopyPlace
    let model: String
    let version: String
    private let client: MLflowClient

    init(_ place: CopyPlace, model: String, version: String) throws {
        self.place = place
        self.model = model
        self.version = version
        client = try place.mlflow()
    }

    /// Where the server hands out the files.
    private enum Files: Sendable {
        /// Below this path of what the server keeps itself.
        case kept(String)
        case run(String, below: String)
        case loggedModel(String)
    }

    func read() async throws -> CopiedVersion {
        let found = try await client.version(version, of: model)
        let run = found.runID.flatMap { $0.isEmpty ? nil : $0 }
        let training: CopiedTraining? = if let run { try await CopiedTraining.read(run, from: client) } else { nil }
        let files = try await files(of: found, training?.run)
        let manifest = try await manifest(files)
        var copied = CopiedVersion(
            source: CopySourceAnswer(
                kind: ServerKind.mlflow.rawValue, registry: client.server, name: place.name, model: model, version: version,
                runID: run), manifest: manifest
        ) { file in try await open(file.path, files) }
        copied.stage = found.stage
        copied.aliases = found.aliases
        copied.created = Timestamp(milliseconds: found.created).description
        copied.location = found.source
        copied.description = found.description ?? ""
        copied.tags = found.tags
        copied.run = training
        if let run, training == nil { copied.missing.append(.init("run", run, "the source names it and does not have it")) }
        return copied
    }

    private func files(of found: MLflowModelVersion, _ run: MLflowRun?) async throws -> Files {
        let location = try await client.downloadLocation(of: version, model: model) ?? found.source
        if let path = ArtifactAddress.proxiedPath(location), !path.isEmpty { return .kept(path) }
        if let id = found.modelID, !id.isEmpty, ArtifactAddress.isLocal(location) { return .loggedModel(id) }
        if let info = run?.info, ArtifactAddress.isLocal(location) {
            let (place, root) = (ArtifactAddress.path(location), ArtifactAddress.path(info.artifactURI))
            if place == root { return .run(info.id, below: "") }
            if place.hasPrefix(root + "/") { return .run(info.id, below: String(place.dropFirst(root.count + 1))) }
        }
        throw GatehouseError(
            .conflict, "The files of \(model) v\(version) are at \(location), which the server does not hand out.",
            hint: "Copy from a server that serves its artifacts (mlflow server --serve-artifacts).")
    }

    private func entries(_ files: Files, in folder: String) async throws -> [MLflowFileInfo] {
        switch files {
        case .kept(let root):
            let place = folder.isEmpty ? root : "\(root)/\(folder)"
            return try await client.artifacts(in: place).map {
                MLflowFileInfo(path: String($0.path.dropFirst(root.count + 1)), bytes: $0.bytes)
            }
        case .run(let run, let below):
            let place = below.isEmpty ? folder : folder.isEmpty ? below : "\(below)/\(folder)"
            return try await client.files(of: run, isModel: false, in: place).map {
                MLflowFileInfo(path: below.isEmpty ? $0.path : String($0.path.dropFirst(below.count + 1)), bytes: $0.bytes)
            }
        case .loggedModel(let id): return try await client.files(of: id, isModel: true, in: folder)
        }
    }

    private func open(_ path: String, _ files: Files) async throws -> SourceBytes {
        switch files {
        case .kept(let root): SourceBytes(origin: .server(try await client.openArtifact("\(root)/\(path)").body))
        case .run(let run, let below):
            SourceBytes(
                origin: .server(try await client.open(below.isEmpty ? path : "\(below)/\(path)", of: run, isModel: false).body))
        case .loggedModel(let id): SourceBytes(origin: .server(try await client.open(path, of: id, isModel: true).body))
        }
    }

    /// Reads every byte once.
    private func manifest(_ files: Files) async throws -> ArtifactManifest {
        var (folders, found): ([String], [MLflowFileInfo]) = ([""], [])
        while let folder = folders.popLast() {
            for entry in try await entries(files, in: folder) {
                if entry.bytes == nil { folders.append(entry.path) } else { found.append(entry) }
            }
            guard found.count + folders.count <= ArtifactManifest.filesMax else {
                throw GatehouseError(.tooLarge, "\(model) v\(version) has more than \(ArtifactManifest.filesMax) files.")
            }
        }
        guard !found.isEmpty else {
            throw GatehouseError(.notFound, "\(model) v\(version) has no files on \(place.name).", hint: "Were they deleted?")
        }
        return try ArtifactManifest(
            try await found.concurrently(atOnceMax: CopyWork.filesAtOnceMax) { entry in
                let read = try await digest(of: open(entry.path, files))
                guard let digest = read.digest else { throw GatehouseError(.internalFailure, "No digest was computed.") }
                return ArtifactFile(path: entry.path, digest: digest, bytes: read.bytes)
            })
    }
}

extension Array where Element: Sendable {
    /// The results in order, of so many elements at once.
    func concurrently<Result: Sendable>(
        atOnceMax: Int, _ work: @escaping @Sendable (Element) async throws -> Result
    ) async throws -> [Result] {
        try await withThrowingTaskGroup(of: (Int, Result).self) { group in
            var results: [Int: Result] = [:]
            for (index, element) in enumerated() {
                if index >= atOnceMax, let (done, result) = try await group.next() { results[done] = result }
                group.addTask { (index, try await work(element)) }
            }
            for try await (done, result) in group { results[done] = result }
            return indices.compactMap { results[$0] }
        }
    }
}
