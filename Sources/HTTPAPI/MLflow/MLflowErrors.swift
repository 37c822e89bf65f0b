import GatehouseCore
import HTTPTypes
import Hummingbird
import NIOCore
import WireAPI

/// Failures as MLflow's clients show them: they print the message and nothing else, so hint and details stand in it.
struct MLflowErrors: RouterMiddleware {
    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as GatehouseError where error.code.httpStatus < 500 {
            return Self.answer(error)
        }
    }

    static func answer(_ error: GatehouseError) -> Response {
        let bytes = JSONWriter.object {
            $0.member("error_code", error.code.mlflowCode)
            $0.member("message", error.description)
        }
        var response = Response(
            status: HTTPResponse.Status(code: error.code.httpStatus), headers: [.contentType: "application/json"],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        if let seconds = error.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
        if response.status == .unauthorized { response.headers[.wwwAuthenticate] = "Basic realm=\"gatehouse\"" }
        return response
    }
}
