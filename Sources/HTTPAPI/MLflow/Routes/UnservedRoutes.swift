import GatehouseCore
import HTTPTypes
import Hummingbird
import NIOCore
import WireAPI

/// What MLflow's servers have and this one has not: a clean answer instead of a page that no client can read.
struct UnservedRoutes {
    /// The first segment of the path, and what lives there.
    static let areas: [String: String] = [
        "traces": "traces", "unified-traces": "traces", "get-online-trace-details": "traces", "datasets": "evaluation data sets",
        "gateway": "the gateway to language models", "issues": "issues", "label-schemas": "label schemas",
        "prompt-optimization": "prompt optimisation", "review-queues": "review queues", "scorers": "scorers",
        "workspaces": "workspaces", "assessments": "assessments", "graphql": "GraphQL", "jobs": "jobs",
    ]

    func add(to routes: MLflowRouteTable) {
        for method in [HTTPRequest.Method.get, .post, .put, .patch, .delete] {
            routes.raw(method, "**") { request, context in Self.answer(request, context.parameters.getCatchAll().first) }
        }
    }

    private static func answer(_ request: Request, _ area: Substring?) -> Response {
        let what = area.flatMap { areas[String($0)] }
        let message =
            what.map { "Gatehouse does not serve \($0); it is a registry with experiments, runs and models." }
            ?? "There is no \(request.method) \(request.uri.path)."
        let bytes = JSONWriter.object {
            $0.member("error_code", "ENDPOINT_NOT_FOUND")
            $0.member("message", message)
        }
        return Response(
            status: .notFound, headers: [.contentType: "application/json"], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}
