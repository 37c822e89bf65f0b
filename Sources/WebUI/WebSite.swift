import Access
import GatehouseCore
package import HTTPAPI
import HTTPTypes
package import Hummingbird
import Logging
import NIOCore

/// The web pages of a server: every screen under its address. Pages are documents made here; script in the browser only adds
/// to them.
package struct WebSite: Sendable {
    let services: APIServices
    let signIn: SignIn
    let formKey: FormKey
    /// Of the program: `0.1.0`.
    let version: String
    let assets: Assets

    package init(_ services: APIServices, signIn: SignIn, formKey: FormKey, version: String) {
        self.services = services
        self.signIn = signIn
        self.formKey = formKey
        self.version = version
        assets = .built
    }

    package func add(to router: Router<APIContext>) {
        AssetRoutes(assets: assets).add(to: router)
        SignInRoutes(signIn: signIn).add(to: router.group("").add(middleware: PageErrors(site: self, isForPrograms: true)))
        let errors = router.group("").add(middleware: PageErrors(site: self))
        SignInPages().add(to: Pages(site: self, group: errors))
        // Behind it once more: who is signed in keeps the way through the site on a page that says no.
        let known = errors.add(middleware: Authentication(signIn: signIn)).add(middleware: PageErrors(site: self))
        let pages = Pages(site: self, group: known)
        HomePages().add(to: pages)
        ModelPages().add(to: pages)
        PromotionPages().add(to: pages)
        ReviewPages().add(to: pages)
        AuditPages().add(to: pages)
        PolicyPages().add(to: pages)
        SettingsPages().add(to: pages)
        RunPages().add(to: pages)
        SearchPages().add(to: pages)
        TrafficPages().add(to: pages)
        LiveRoutes(site: self).add(to: pages)
        // Behind all routes: it hears of what none of them answers.
        router.add(middleware: UnknownPages(site: self))
    }
}

/// Registers pages and the forms on them.
struct Pages {
    let site: WebSite
    let group: RouterGroup<APIContext>

    /// A page under an address. What the loader throws becomes a page too.
    func page<Page: Screen>(_ path: String, _ load: @escaping @Sendable (PageRequest) async throws -> Page) {
        group.get(RouterPath(path)) { [site] request, context in
            let page = site.request(request, context)
            return try await site.answer(load(page), page.visit, request)
        }
    }

    /// What a form does: `act` answers with the address to go to. A refusal shows the page of `reload` again, with the reason
    /// above it and what was typed in place.
    func form<Page: Screen>(
        _ path: String, _ act: @escaping @Sendable (PageRequest, Form) async throws -> String,
        reload: @escaping @Sendable (PageRequest) async throws -> Page
    ) {
        group.post(RouterPath(path)) { [site] request, context in
            let page = site.request(request, context)
            let form = try await Form.read(request)
            try site.requireOwn(form, request)
            do {
                return Self.goTo(try await act(page, form))
            } catch let error as GatehouseError where error.code.httpStatus < 500 && error.code != .unauthenticated {
                return try await page.answer(reload(page), problem: error, form)
            }
        }
    }

    /// A form that changes who may do what; for admins. Behind it the browser goes to `address`.
    func accountForm<Page: Screen>(
        _ path: String, goTo address: String,
        _ change: @escaping @Sendable (AccountService, Form, Principal) async throws -> Void,
        reload: @escaping @Sendable (PageRequest) async throws -> Page
    ) {
        form(
            path,
            { page, form in
                let caller = try page.caller(who: .administer)
                try await change(page.services.accounts, form, caller.principal)
                return address
            }, reload: reload)
    }

    /// A form whose answer is a response of its own: cookies, files.
    func post(
        _ path: String, _ act: @escaping @Sendable (PageRequest, Form) async throws -> Response
    ) {
        group.post(RouterPath(path)) { [site] request, context in
            let form = try await Form.read(request)
            try site.requireOwn(form, request)
            return try await act(site.request(request, context), form)
        }
    }

    /// 303: the browser asks for the page again with GET, so that reloading sends nothing twice.
    static func goTo(_ address: String) -> Response {
        Response(status: .seeOther, headers: [.location: address, .cacheControl: "no-store"])
    }
}

extension WebSite {
    func visit(_ request: Request, _ context: APIContext) -> Visit {
        Visit(
            caller: try? context.authenticated(), isOpen: signIn.isOpen, address: Self.shown(request),
            theme: request.cookies[Theme.cookie].flatMap { Theme(rawValue: $0.value) } ?? .system, now: services.now(),
            formToken: formKey.token(session: request.cookies[signIn.sessionCookie]?.value))
    }

    /// The address of the page that the reader sees: behind a form that was refused, where the form stood.
    private static func shown(_ request: Request) -> String {
        if request.method == .get { return request.uri.description }
        guard let page = request.headers[.referer], let host = request.head.authority, let place = page.firstRange(of: host)
        else {
            return "/"
        }
        return BrowserSignIn.localPath(String(page[place.upperBound...]))
    }

    func request(_ request: Request, _ context: APIContext) -> PageRequest {
        PageRequest(request, context, site: self, visit: visit(request, context))
    }

    /// Whether the form stood on a page that this server made for this browser. Fails with `forbidden`.
    func requireOwn(_ form: Form, _ request: Request) throws {
        if let origin = request.headers[.origin], origin != "null", !BrowserSafety.isSameOrigin(request) {
            throw GatehouseError(.forbidden, BrowserSafety.foreignOrigin)
        }
        try formKey.check(form["form_token"], session: request.cookies[signIn.sessionCookie]?.value)
    }

    func answer(_ screen: some Screen, _ visit: Visit, _ request: Request) -> Response {
        let bytes = Array(Shell(assets: assets, visit: visit).page(screen).utf8)
        let tag = "\"\(Assets.digest(of: bytes))\""
        var response = Response(status: .ok, headers: [.contentType: "text/html; charset=utf-8", .eTag: tag])
        if request.headers[.ifNoneMatch] == tag {
            response.status = .notModified
        } else {
            response.body = .init(byteBuffer: ByteBuffer(bytes: bytes))
        }
        PageHeaders.add(to: &response)
        return response
    }

    func answer(_ error: GatehouseError, _ request: Request, _ context: APIContext) -> Response {
        let screen = ErrorScreen(error: error, requestID: context.id)
        var response = answer(screen, visit(request, context), request)
        response.status = HTTPResponse.Status(code: error.code.httpStatus)
        if let seconds = error.retryAfterSeconds { response.headers[.retryAfter] = String(seconds) }
        return response
    }
}
