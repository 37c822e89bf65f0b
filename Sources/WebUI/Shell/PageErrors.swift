import Foundation
import GatehouseCore
import HTTPAPI
import HTTPTypes
import Hummingbird
import Logging
import NIOCore

/// Turns failures of pages into pages; a browser that is not signed in is sent to where it can.
struct PageErrors: RouterMiddleware {
    let site: WebSite
    /// Whether programs come here too: they get the error envelope.
    var isForPrograms = false

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error where isForPrograms && !request.isFromBrowser {
            throw error
        } catch let error as GatehouseError {
            if error.code == .unauthenticated, request.method == .get, !isForPrograms { return Self.signIn(request) }
            if error.code.httpStatus >= 500 || error.cause != nil {
                context.logger.error(
                    "page failed",
                    metadata: [
                        "path": "\(request.uri.path)", "error": "\(error.message)",
                        "cause": "\(error.cause.map(String.init(describing:)) ?? "none")",
                    ])
            }
            return site.answer(error, request, context)
        } catch let error as HTTPError where error.status.code < 500 {
            let code: ErrorCode = error.status == .notFound ? .notFound : .invalidArgument
            return site.answer(GatehouseError(code, error.body ?? "There is no such page."), request, context)
        } catch let error where !(error is CancellationError) {
            context.logger.error("page failed", metadata: ["path": "\(request.uri.path)", "error": "\(error)"])
            return site.answer(
                GatehouseError(.internalFailure, "The server failed; its log says why."), request, context)
        }
    }

    private static func signIn(_ request: Request) -> Response {
        let back = request.uri.description.addingPercentEncodedForQuery
        return Response(status: .seeOther, headers: [.location: "/sign-in?return_to=\(back)", .cacheControl: "no-store"])
    }
}

/// An address that nothing answers to: a page for browsers, the error envelope for programs.
struct UnknownPages: RouterMiddleware {
    let site: WebSite

    func handle(
        _ request: Request, context: APIContext, next: (Request, APIContext) async throws -> Response
    ) async throws -> Response {
        do {
            return try await next(request, context)
        } catch let error as HTTPError where error.status == .notFound && request.isFromBrowser {
            let unknown = GatehouseError(.notFound, "There is no page \(request.uri.path.prefix(200)).")
            let known = try? await Authentication(signIn: site.signIn).handle(request, context: context) {
                site.answer(unknown, $0, $1)
            }
            return known ?? site.answer(unknown, request, context)
        }
    }
}

extension Request {
    /// Whether the answer is for a person's eyes.
    fileprivate var isFromBrowser: Bool {
        method == .get && headers[.accept]?.contains("text/html") == true
            && !["/api/", "/ajax-api/"].contains { uri.path.hasPrefix($0) }
    }
}
