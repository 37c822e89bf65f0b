import Access
import AsyncHTTPClient
import HTTPAPI
import NIOCore
import Storage

/// Who is let in: the part of the server's composition that knows accounts, the OpenID provider and browsers.
struct ServerAccess: Sendable {
    let accounts: AccountService
    let signIn: SignIn
    let safety: BrowserSafety

    init(_ settings: ServerSettings, store: any SQLStore) {
        let now = ProcessRoots.now
        let cache = CallerCache()
        let accounts = AccountService(
            store: store, cache: cache, now: now, ids: ProcessRoots.ids, random: ProcessRoots.randomBytes)
        let identities = settings.openID.map {
            OpenIDIdentities(provider: OpenIDProvider($0, http: .openID, now: now), accounts: accounts)
        }
        self.accounts = accounts
        signIn = SignIn(
            authenticator: Authenticator(store: store, cache: cache, identities: identities, now: now),
            isOpen: !settings.hasAuthentication, identities: identities, publicURL: settings.publicURL,
            hasTLS: settings.tls != nil)
        safety = BrowserSafety(hosts: settings.hosts, isOpen: !settings.hasAuthentication)
    }
}

extension ServerSettings {
    /// The names the server answers to: the one it listens on, those that were allowed, the public one.
    fileprivate var hosts: [String] {
        let published = publicURL.flatMap { url in
            url.firstRange(of: "://").map { String(url[$0.upperBound...].prefix { $0 != "/" && $0 != ":" }) }
        }
        return [host] + allowedHosts + [published].compactMap { $0 }
    }
}

extension HTTPClient {
    /// The connections to the OpenID provider, open until the process ends. No redirects: they would carry the client's
    /// secret elsewhere.
    fileprivate static let openID: HTTPClient = {
        var configuration = HTTPClient.Configuration(
            redirectConfiguration: .disallow, timeout: .init(connect: .seconds(5)))
        configuration.connectionPool.retryConnectionEstablishment = false
        return HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
    }()
}
