import Access
import GatehouseCore
import HTTPTypes
import Hummingbird
import NIOCore
import Registry
import WireAPI

/// `mlflow-artifacts:/…` as MLflow's clients read and write it, streamed both ways.
struct ProxiedArtifactRoutes {
    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        routes.get("artifacts") { call in
            try call.caller.require(.read)
            let path = try ArtifactPath(call.fields.text("path") ?? "")
            let entries = try await services.artifactTree.entries(in: path)
            return MLflowAnswer.object(capacity: 64 + entries.count * 64) {
                $0.member("files", unlessEmpty: entries) { MLflowFileInfo($1).write(to: &$0) }
            }
        }
        for method in [HTTPRequest.Method.get, .head] {
            routes.raw(method, "artifacts/**") { request, context in
                try context.authenticated().require(.read)
                let path = try Self.path(of: request)
                let download = BlobDownload(
                    blob: try await services.artifactTree.file(at: path), name: path.name, artifacts: services.artifacts)
                return try await download.answer(request)
            }
        }
        routes.raw(.put, "artifacts/**") { request, context in
            try context.authenticated().require(.logRuns)
            try await services.upload(request, to: try Self.path(ofFile: request))
            return Response(status: .ok)
        }
        routes.raw(.delete, "artifacts/**") { request, context in
            try context.authenticated().require(.logRuns)
            try await services.artifactTree.delete(at: Self.path(of: request))
            return MLflowAnswer.empty.response
        }
        routes.raw(.get, "presigned/**") { _, context in
            try context.authenticated().require(.read)
            throw GatehouseError(
                .notImplemented, "Multipart download is not supported for the current artifact repository")
        }
    }

    private static let anchor = "/mlflow-artifacts/artifacts/"

    /// What stands behind the route, still encoded: the router's own reading would drop what must be refused.
    private static func path(of request: Request) throws(GatehouseError) -> ArtifactPath {
        try ArtifactPath(raw(request))
    }

    private static func path(ofFile request: Request) throws(GatehouseError) -> ArtifactPath {
        let raw = raw(request)
        guard !raw.isEmpty, !raw.hasSuffix("/"), !raw.lowercased().hasSuffix("%2f") else {
            throw GatehouseError(.invalidArgument, "Artifact path must include a filename (cannot end with '/').")
        }
        return try ArtifactPath(raw)
    }

    private static func raw(_ request: Request) -> Substring {
        let path = request.uri.path[...]
        return path.firstRange(of: anchor).map { path[$0.upperBound...] } ?? ""
    }
}

extension APIServices {
    /// Streams a request's body into the tree.
    func upload(_ request: Request, to path: ArtifactPath) async throws {
        if let announced = request.headers[.contentLength].flatMap(Int64.init), announced > ArtifactTree.fileBytesMax {
            throw GatehouseError(.tooLarge, "The file has more than \(ArtifactTree.fileBytesMax) bytes.")
        }
        try await artifactTree.put(request.body.map { Array($0.readableBytesView) }, at: path)
    }
}

extension BlobDownload {
    func answer(_ request: Request) async throws -> Response {
        let response = try await response(to: request)
        return request.method == .head ? response.createHeadResponse() : response
    }
}

extension MLflowFileInfo {
    init(_ entry: ArtifactEntry, below folder: ArtifactPath = .root) {
        self.init(path: folder.isRoot ? entry.name : "\(folder)/\(entry.name)", bytes: entry.blob?.bytes)
    }
}
