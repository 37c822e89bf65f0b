import AsyncHTTPClient
import Foundation
import GatehouseCore
import NIOCore
import WireAPI

/// Where an import reads from, page by page, so that its size never matters to memory.
protocol ImportSource: Sendable {
    /// For the record and for people; without secrets.
    var name: String { get }

    func experiments(after token: String?) async throws -> MLflowPage<MLflowExperiment>
    /// With the deleted ones.
    func runs(of experiment: String, after token: String?) async throws -> MLflowPage<MLflowRun>
    /// All points of all metrics of a run.
    func metrics(of run: MLflowRun, after token: String?) async throws -> MLflowPage<MLflowMetric>
    func loggedModels(of experiment: String, after token: String?) async throws -> MLflowPage<ImportedLoggedModel>
    /// Registered models, prompts among them.
    func models(after token: String?) async throws -> MLflowPage<MLflowRegisteredModel>
    func versions(of model: MLflowRegisteredModel, after token: String?) async throws -> MLflowPage<MLflowModelVersion>
    /// Nil: there is none.
    func run(_ id: String) async throws -> MLflowRunInfo?
    /// Where the files of a version are, when its source only names another version.
    func storageLocation(of version: MLflowModelVersion) async throws -> String?

    /// The entries of a folder, with paths below the owner's root; nil when its files cannot be read from here.
    func files(of owner: FileOwner, in folder: String) async throws -> [MLflowFileInfo]?
    func open(_ path: String, of owner: FileOwner) async throws -> SourceBytes

    /// What there is that has no place in Gatehouse, by name, with how many.
    func strangers() async throws -> [(name: String, count: Int64)]
}

/// Whose files are meant: a run's or a logged model's.
struct FileOwner: Sendable {
    enum Kind: Sendable { case run, loggedModel }

    let kind: Kind
    let id: String
    let experiment: String
    /// As the source has it.
    let location: String

    init(_ run: MLflowRunInfo) {
        kind = .run
        id = run.id
        experiment = run.experimentID
        location = run.artifactURI
    }

    init(_ model: MLflowLoggedModel) {
        kind = .loggedModel
        id = model.id
        experiment = model.experimentID
        location = model.artifactURI
    }

    /// Where MLflow puts such files below its root.
    var usualPlace: String {
        switch kind {
        case .run: "\(experiment)/\(id)/artifacts"
        case .loggedModel: "\(experiment)/models/\(id)/artifacts"
        }
    }
}

/// A file of the source, read piece by piece.
struct SourceBytes: AsyncSequence, Sendable {
    static let pieceBytes = 1 << 20

    enum Origin: Sendable {
        case server(HTTPClientResponse.Body)
        case file(FileHandle, path: String)
    }

    let origin: Origin

    struct AsyncIterator: AsyncIteratorProtocol {
        var server: HTTPClientResponse.Body.AsyncIterator?
        let file: (handle: FileHandle, path: String)?

        mutating func next() async throws -> ByteBuffer? {
            guard let file else { return try await nextOfServer() }
            do {
                let piece = try file.handle.read(upToCount: SourceBytes.pieceBytes) ?? Data()
                return piece.isEmpty ? nil : ByteBuffer(bytes: piece)
            } catch {
                throw GatehouseError(.unavailable, "'\(file.path)' cannot be read.", cause: error)
            }
        }

        private mutating func nextOfServer() async throws -> ByteBuffer? {
            do {
                return try await server?.next()
            } catch  where !(error is CancellationError) {
                throw GatehouseError(
                    .unreachable, "The source broke off in the middle of a file.",
                    hint: "Run it again: it goes on there.",
                    cause: error)
            }
        }
    }

    func makeAsyncIterator() -> AsyncIterator {
        switch origin {
        case .server(let body): AsyncIterator(server: body.makeAsyncIterator(), file: nil)
        case .file(let handle, let path): AsyncIterator(server: nil, file: (handle, path))
        }
    }
}

/// Where artifacts stand after the import: what the source's server kept is kept by this one under the same path, files of a
/// local disk move to where MLflow's own layout has them, and what stands in another store stays there.
enum ArtifactAddress {
    static let proxied = "mlflow-artifacts:/"

    static func relocated(_ uri: String, usualPlace: String) -> String {
        if let path = proxiedPath(uri) { return proxied + path }
        return isLocal(uri) ? proxied + usualPlace : uri
    }

    /// The path behind `mlflow-artifacts:/`, with or without a host.
    static func proxiedPath(_ uri: String) -> String? {
        guard uri.hasPrefix("mlflow-artifacts:") else { return nil }
        var rest = uri.dropFirst("mlflow-artifacts:".count)
        if rest.hasPrefix("//") { rest = rest.dropFirst(2).drop { $0 != "/" } }
        return String(rest.drop { $0 == "/" })
    }

    /// A path, or a `file:` address.
    static func isLocal(_ uri: String) -> Bool {
        let scheme = uri.prefix { $0 != ":" && $0 != "/" }
        return scheme.lowercased() == "file" || uri.dropFirst(scheme.count).first != ":"
    }

    /// A local address as a plain path.
    static func path(_ uri: String) -> String {
        guard uri.lowercased().hasPrefix("file:") else { return uri }
        let rest = uri.dropFirst("file:".count)
        let path = rest.hasPrefix("//") ? rest.dropFirst(2).drop { $0 != "/" } : rest
        return path.removingPercentEncoding ?? String(path)
    }

    /// A source below a run's local root, moved with it; nil when it stands elsewhere.
    static func relocated(_ source: String, below run: MLflowRunInfo) -> String? {
        let (place, root) = (path(source), path(run.artifactURI))
        guard isLocal(source), isLocal(run.artifactURI), !root.isEmpty, place == root || place.hasPrefix(root + "/") else {
            return nil
        }
        return relocated(run.artifactURI, usualPlace: FileOwner(run).usualPlace) + place.dropFirst(root.count)
    }
}
