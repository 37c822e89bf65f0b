import HTTPTypes
import Hummingbird
import WireAPI

/// Registers MLflow's routes, each under the prefix of the Python client and under that of browsers.
struct MLflowRouteTable {
    typealias Handler = @Sendable (MLflowCall) async throws -> MLflowAnswer

    let groups: [RouterGroup<APIContext>]

    init(_ router: some RouterMethods<APIContext>, prefixes: [String], authentication: Authentication) {
        groups = prefixes.map { prefix in
            router.group(RouterPath(prefix)).add(middleware: MLflowErrors()).add(middleware: authentication)
        }
    }

    func get(_ path: String, _ handler: @escaping Handler) { on(.get, path, handler) }
    func post(_ path: String, _ handler: @escaping Handler) { on(.post, path, handler) }
    func patch(_ path: String, _ handler: @escaping Handler) { on(.patch, path, handler) }
    func delete(_ path: String, _ handler: @escaping Handler) { on(.delete, path, handler) }

    /// A call whose fields come as a query with GET and as a body with POST.
    func getOrPost(_ path: String, _ handler: @escaping Handler) {
        get(path, handler)
        post(path, handler)
    }

    private func on(_ method: HTTPRequest.Method, _ path: String, _ handler: @escaping Handler) {
        raw(method, path) { request, context in try await handler(MLflowCall(request, context)).response }
    }

    /// A route that reads or answers something else than JSON.
    func raw(
        _ method: HTTPRequest.Method, _ path: String,
        _ handler: @escaping @Sendable (Request, APIContext) async throws -> Response
    ) {
        for group in groups { group.on(RouterPath(path), method: method, use: handler) }
    }
}
