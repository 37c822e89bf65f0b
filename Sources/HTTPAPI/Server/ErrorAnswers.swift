import Foundation
import GatehouseCore
import HTTPTypes
import Hummingbird
import Logging
import NIOCore
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
        try Response.json(ErrorAnswer(error), status: HTTPResponse.Status(code: error.code.httpStatus))
    }
}

extension Response {
    static func json(_ value: some Encodable, status: HTTPResponse.Status = .ok) throws -> Response {
        Response(
            status: status, headers: [.contentType: "application/json; charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(bytes: try WireCoder.encode(value))))
    }
}

extension Request {
    /// The body as a value. Fails with `tooLarge` and with `invalidArgument` naming the field.
    func decode<Value: Decodable>(_ type: Value.Type = Value.self) async throws -> Value {
        let buffer: ByteBuffer
        do {
            buffer = try await body.collect(upTo: WireCoder.bodyBytesMax)
        } catch is NIOTooManyBytesError {
            throw GatehouseError(.tooLarge, "The body is larger than \(WireCoder.bodyBytesMax) bytes.")
        }
        return try WireCoder.decode(type, from: Data(buffer.readableBytesView))
    }

    /// A whole number from the query, within bounds. Fails with `invalidArgument`.
    func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) throws -> Int {
        guard let text = uri.queryParameters[Substring(name)] else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw GatehouseError(
                .invalidArgument, "'\(name)' is a whole number from \(range.lowerBound) to \(range.upperBound), not '\(text)'.")
        }
        return value
    }

    func text(_ name: String) -> String? { uri.queryParameters[Substring(name)].map(String.init) }
}
