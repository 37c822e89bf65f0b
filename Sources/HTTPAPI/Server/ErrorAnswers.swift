import GatehouseCore
import HTTPTypes
import Hummingbird
import Logging
import WireAPI

/// Turns every failure into the one error envelope, in one place. Causes are logged, never sent.
struct ErrorAnswers<Context: RequestContext>: RouterMiddleware {
    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as GatehouseError {
            if error.code.httpStatus >= 500 || error.cause != nil {
                context.logger.error(
                    "request failed",
                    metadata: [
                        "path": "\(request.uri.path)", "error": "\(error.message)",
                        "cause": "\(error.cause.map(String.init(describing:)) ?? "none")",
                    ])
            }
            return try Self.answer(error)
        } catch let error as HTTPError where error.status == .notFound {
            return try Self.answer(
                GatehouseError(
                    .notFound, "There is no \(request.method) \(request.uri.path).", hint: "The calls are listed in docs/api.md.")
            )
        } catch let error as HTTPError {
            let code: ErrorCode =
                error.status == .contentTooLarge ? .tooLarge : error.status.code < 500 ? .invalidArgument : .internalFailure
            return try Self.answer(GatehouseError(code, error.body ?? "The request cannot be read."))
        } catch is CancellationError {
            throw CancellationError()
        } catch {
            context.logger.error("request failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return try Self.answer(GatehouseError(.internalFailure, "The server failed; its log says why."))
        }
    }

    private static func answer(_ error: GatehouseError) throws -> Response {
        var response = try Response.json(ErrorAnswer(error), status: HTTPResponse.Status(code: error.code.httpStatus))
        if let seconds = error.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
        // RFC 9110 asks for a challenge with every 401.
        if response.status == .unauthorized { response.headers[.wwwAuthenticate] = "Bearer realm=\"gatehouse\"" }
        return response
    }
}
