import Access
import GatehouseCore
import HTTPTypes
import Hummingbird
import Registry
import WireAPI

/// Uploads in parts, for clients with `MLFLOW_ENABLE_PROXY_MULTIPART_UPLOAD`. A part goes to a URL of this server without the
/// caller's token, as the client sends it: a header with the upload's own secret stands in for it.
struct MultipartRoutes {
    static let secretHeader = "X-Gatehouse-Upload"
    static let secretBytes = 32

    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        routes.post("mpu/create/**") { call in try await create(call) }
        routes.post("mpu/complete/**") { call in
            try call.caller.require(.logRuns)
            let path = try path(of: call)
            let parts = try call.fields.objects("parts").map { part throws(GatehouseError) in
                (number: try part.requiredInteger("part_number"), digest: try Self.unquoted(part.text("etag") ?? ""))
            }
            try await services.artifactTree.completeUpload(call.fields.requiredText("upload_id"), at: path, listed: parts)
            return .empty
        }
        routes.post("mpu/abort/**") { call in
            try call.caller.require(.logRuns)
            try await services.artifactTree.abortUpload(call.fields.requiredText("upload_id"), at: path(of: call))
            return .empty
        }
    }

    /// The routes that ask for no token.
    func add(open router: some RouterMethods<APIContext>) {
        let group = router.group(RouterPath(MLflowPaths.artifactPrefixes[0])).add(middleware: MLflowErrors())
        group.put("mpu/part/:upload/:number") { request, context in
            let name = HTTPField.Name(Self.secretHeader)
            guard let number = try Int64(context.segment("number")), let secret = name.flatMap({ request.headers[$0] }) else {
                throw GatehouseError(
                    .unauthenticated, "A part of an upload comes with the header \(Self.secretHeader).",
                    hint: "Send the headers of 'credentials' as they are.")
            }
            let blob = try await services.artifactTree.putPart(
                number, of: context.segment("upload"), secret: secret, request.body.map { Array($0.readableBytesView) })
            return Response(status: .ok, headers: [.eTag: "\"\(blob.digest.hex)\""])
        }
    }

    private func create(_ call: MLflowCall) async throws -> MLflowAnswer {
        try call.caller.require(.logRuns)
        let path = try path(of: call)
        let count = try call.fields.integer("num_parts") ?? 1
        let secret = services.randomBytes(Self.secretBytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let id = services.randomBytes(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        let upload = try await services.artifactTree.beginUpload(
            at: path, parts: count, id: id, secret: secret, by: call.caller.principal)
        let base = "\(Self.address(call.request))\(MLflowPaths.artifactPrefixes[0])/mpu/part/\(upload.id)"
        return MLflowAnswer.object(capacity: 128 + upload.partCount * 256) {
            $0.member("upload_id", upload.id)
            $0.member("credentials", unlessEmpty: 1...upload.partCount) { json, number in
                json.object {
                    $0.member("url", "\(base)/\(number)")
                    $0.member("part_number", Int64(number))
                    $0.member("headers", object: { $0.member(Self.secretHeader, secret) })
                }
            }
        }
    }

    /// The folder stands in the address, the file in the body: as the path of the caller's own disk, whose last name counts.
    private func path(of call: MLflowCall) throws -> ArtifactPath {
        let sent = try call.fields.requiredText("path")
        let name = sent.split(whereSeparator: { $0 == "/" || $0 == "\\" }).last ?? ""
        let path = call.request.uri.path[...]
        guard let anchor = path.firstRange(of: /\/mpu\/(create|complete|abort)\//) else { return try ArtifactPath(name) }
        return try ArtifactPath(path[anchor.upperBound...]).appending(ArtifactPath(name))
    }

    /// How the caller reached this server, a proxy's encryption included.
    private static func address(_ request: Request) -> String {
        let forwarded = HTTPField.Name("X-Forwarded-Proto").flatMap { request.headers[$0] }
        let scheme = forwarded == "https" ? "https" : request.head.scheme ?? "http"
        return "\(scheme)://\(request.head.authority ?? "127.0.0.1")"
    }

    private static func unquoted(_ etag: String) -> String { etag.filter { $0 != "\"" } }
}
