import Access
import GatehouseCore
import HTTPTypes
import Hummingbird
import NIOCore
import Registry
import Storage
import WireAPI

/// Artifacts by what they belong to: a run, a logged model, a version. These are the routes of MLflow's web pages.
struct ArtifactDownloadRoutes {
    static let uploadBytesMax = 10 * 1024 * 1024

    let services: APIServices

    /// The routes under MLflow's prefixes.
    func add(to routes: MLflowRouteTable) {
        routes.get("artifacts/list") { call in
            try call.caller.require(.read)
            let id = try call.fields.text("run_id") ?? call.fields.text("run_uuid") ?? ""
            guard !id.isEmpty else { throw call.fields.missing("run_id") }
            return try await list(
                location: services.store.read { tx in try tx.requiredArtifactLocation(ofRun: id) },
                below: call.fields.text("path"))
        }
        routes.get("logged-models/:model_id/artifacts/directories") { call in
            try call.caller.require(.read)
            let id = try call.segment("model_id")
            return try await list(
                location: services.store.read { tx in try tx.requiredArtifactLocation(ofLoggedModel: id) },
                below: call.fields.text("artifact_directory_path"))
        }
        for word in ["upload", "download"] {
            routes.post("artifacts/presigned-\(word)-url") { call in try await refusePresigned(call, word) }
        }
    }

    /// The routes under the browsers' prefix alone.
    func add(toAjax routes: MLflowRouteTable) {
        routes.download("logged-models/:model_id/artifacts/files") { call in
            guard let file = try call.fields.text("artifact_file_path"), !file.isEmpty else {
                throw GatehouseError(.invalidArgument, "Request must include the \"artifact_file_path\" query parameter.")
            }
            let id = try call.segment("model_id")
            return try await download(
                file, below: services.store.read { tx in try tx.requiredArtifactLocation(ofLoggedModel: id) })
        }
        routes.raw(.post, "upload-artifact") { request, context in
            try context.authenticated().require(.logRuns)
            return try await upload(request)
        }
    }

    /// The routes without a prefix.
    func add(toRoot routes: MLflowRouteTable) {
        routes.download("get-artifact") { call in
            let file = try call.fields.requiredText("path")
            let id = try call.fields.text("run_id") ?? call.fields.text("run_uuid") ?? "None"
            return try await download(file, below: services.store.read { tx in try tx.requiredArtifactLocation(ofRun: id) })
        }
        routes.download("model-versions/get-artifact", to: nil) { call in
            let name = try ModelName(call.fields.requiredText("name"))
            let number = try VersionNumber(parsing: call.fields.requiredText("version"))
            try await services.requireReading(number, of: name, by: call.caller)
            let path = try ArtifactPath(call.fields.requiredText("path"))
            return try await download(path, of: number, name)
        }
    }

    private func list(location: String, below sent: String?) async throws -> MLflowAnswer {
        let below = try ArtifactPath(sent ?? "")
        guard let root = try ArtifactPath(uri: location) else { throw Self.notHere(location) }
        let entries = try await services.artifactTree.entries(in: root.appending(below))
        return MLflowAnswer.object(capacity: 128 + entries.count * 64) {
            $0.member("root_uri", location)
            $0.member("files", unlessEmpty: entries) { MLflowFileInfo($1, below: below).write(to: &$0) }
        }
    }

    private func download(_ file: String, below location: String) async throws -> BlobDownload {
        let file = try ArtifactPath(file)
        guard let root = try ArtifactPath(uri: location) else { throw Self.notHere(location) }
        let path = try root.appending(file)
        return BlobDownload(
            blob: try await services.artifactTree.file(at: path), name: path.name, artifacts: services.artifacts)
    }

    /// A version's own sealed bytes, whatever stands at its source now.
    private func download(_ path: ArtifactPath, of number: VersionNumber, _ name: ModelName) async throws -> BlobDownload {
        let file = try await services.store.read { tx in
            let version = try tx.requiredVersion(number, of: name)
            guard let artifact = version.artifact else { throw Self.notHere(version.source) }
            guard let file = try tx.sealedFile(path.text, of: artifact) else {
                throw GatehouseError(.notFound, "No such artifact: '\(path)'")
            }
            return file
        }
        return BlobDownload(
            blob: Blob(digest: file.digest, bytes: file.bytes), name: path.name, artifacts: services.artifacts)
    }

    /// Small files that somebody drops onto a page.
    private func upload(_ request: Request) async throws -> Response {
        let fields = MLflowFields(query: try MLflowCall.query(request))
        guard let id = try fields.text("run_uuid"), !id.isEmpty else {
            throw GatehouseError(.invalidArgument, "Request must specify run_uuid.")
        }
        guard let sent = try fields.text("path"), !sent.isEmpty else {
            throw GatehouseError(.invalidArgument, "Request must specify path.")
        }
        let path = try ArtifactPath(sent)
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: Self.uploadBytesMax)
        } catch is NIOTooManyBytesError {
            throw GatehouseError(.invalidArgument, "Artifact size is too large. Max size is 10MB.")
        }
        guard body.readableBytes > 0 else { throw GatehouseError(.invalidArgument, "Request must specify data.") }
        let location = try await services.store.read { tx in try tx.requiredArtifactLocation(ofRun: id) }
        guard let root = try ArtifactPath(uri: location) else { throw Self.notHere(location) }
        let bytes = AsyncStream<[UInt8]> { stream in
            stream.yield(Array(body.readableBytesView))
            stream.finish()
        }
        try await services.artifactTree.put(bytes, at: root.appending(path))
        return Response(status: .ok, headers: [.contentType: "application/json"])
    }

    private func refusePresigned(_ call: MLflowCall, _ word: String) async throws -> MLflowAnswer {
        try call.caller.require(word == "upload" ? .logRuns : .read)
        let run = try call.fields.text("run_id")
        _ = try call.fields.requiredText("path")
        if word == "upload" {
            let model = try call.fields.text("model_id")
            guard (run ?? "").isEmpty != (model ?? "").isEmpty else {
                throw GatehouseError(.invalidArgument, "Exactly one of run_id and model_id must be provided.")
            }
        }
        if let run { _ = try await services.store.read { tx in try tx.requiredArtifactLocation(ofRun: run) } }
        guard word == "upload" || run != nil else { throw call.fields.missing("run_id") }
        let subject = word == "upload" ? "" : "runs with "
        throw GatehouseError(
            .invalidArgument,
            "Presigned \(word) is not supported for \(subject)proxied artifact storage (artifact URI scheme: mlflow-artifacts)."
                + " This endpoint requires a direct cloud storage artifact URI.")
    }

    private static func notHere(_ location: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "The artifacts at '\(location.prefix(200))' are not on this server.",
            hint: "Read them from where they are.")
    }
}

extension MLflowRouteTable {
    /// A file as the answer to GET and HEAD. `permission` nil: `find` asks for one itself.
    func download(
        _ path: String, to permission: Permission? = .read, _ find: @escaping @Sendable (MLflowCall) async throws -> BlobDownload
    ) {
        for method in [HTTPRequest.Method.get, .head] {
            raw(method, path) { request, context in
                let call = try await MLflowCall(request, context)
                if let permission { try call.caller.require(permission) }
                return try await find(call).answer(request)
            }
        }
    }
}
