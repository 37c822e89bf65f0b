import Access
import GatehouseCore
import HTTPAPI
import HTTPTypes
import Hummingbird

/// What a page is loaded from: the services, the parts of its address, and who looks.
struct PageRequest: Sendable {
    let services: APIServices
    var visit: Visit
    let signIn: SignIn
    private let site: WebSite
    private let request: Request
    private let context: APIContext

    init(_ request: Request, _ context: APIContext, site: WebSite, visit: Visit) {
        self.request = request
        self.context = context
        self.site = site
        services = site.services
        signIn = site.signIn
        self.visit = visit
    }

    /// Of the program that serves the page.
    var serverVersion: String { site.version }

    /// Who asks. Fails with `unauthenticated` where nobody signed in.
    func caller() throws -> Caller { try context.authenticated() }

    /// Fails with `forbidden`.
    func caller(who permission: Permission) throws -> Caller { try context.caller(who: permission) }

    /// A segment of the path, percent-decoded.
    func segment(_ name: String) throws -> String { try context.segment(name) }
    func model() throws -> ModelName { try context.model() }
    func version() throws -> VersionNumber { try context.version() }

    /// A parameter of the query; nil where it is absent or empty.
    func query(_ name: String) -> String? {
        request.text(name).flatMap { $0.isEmpty ? nil : $0 }
    }

    /// Fails with `invalidArgument`.
    func integer(_ name: String, default fallback: Int, in range: ClosedRange<Int>) throws -> Int {
        try query(name) == nil ? fallback : request.integer(name, default: fallback, in: range)
    }

    func flag(_ name: String) throws -> Bool { try request.flag(name) }

    /// The address the request came from, without its port.
    var peer: String { context.peer }
    var sessionSecret: String? { request.cookies[signIn.sessionCookie]?.value }

    /// The page that is the answer to a form which changes nothing.
    func answer(_ screen: some Screen) -> Response { site.answer(screen, visit, request) }

    /// A page with a secret that is shown this one time: no cache keeps it.
    func answer(once screen: some Screen) -> Response {
        var response = answer(screen)
        response.headers[.cacheControl] = "no-store"
        return response
    }

    /// A page that says why a form changed nothing, with what was typed in place.
    func answer(_ screen: some Screen, problem: GatehouseError, _ typed: Form) -> Response {
        var visit = visit
        visit.problem = problem
        visit.refusedForm = request.uri.description
        visit.typed = typed
        var response = site.answer(screen, visit, request)
        response.status = HTTPResponse.Status(code: problem.code.httpStatus)
        if let seconds = problem.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
        return response
    }
}
