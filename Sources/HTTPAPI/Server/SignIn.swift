package import Access

/// How callers prove who they are.
package struct SignIn: Sendable {
    package let authenticator: Authenticator
    /// Whoever shows no credentials may do anything (`--insecure-no-auth`); who shows right ones is who they say.
    package let isOpen: Bool
    /// Nil: no OpenID provider is configured.
    package let identities: OpenIDIdentities?
    package let browser: BrowserSignIn?
    /// How browsers reach the server, `https://models.example.com`; nil: as they say in `Host`.
    package let publicURL: String?
    package let hasTLS: Bool

    package init(
        authenticator: Authenticator, isOpen: Bool = false, identities: OpenIDIdentities? = nil, publicURL: String? = nil,
        hasTLS: Bool = false
    ) {
        self.authenticator = authenticator
        self.isOpen = isOpen
        self.identities = identities
        browser = identities.map { BrowserSignIn($0) }
        self.publicURL = publicURL
        self.hasTLS = hasTLS
    }

    /// Whether cookies travel encrypted all the way.
    package var isSecure: Bool { hasTLS || publicURL?.hasPrefix("https://") == true }
    /// The prefix makes browsers refuse a cookie that another host or a plain connection set.
    package var sessionCookie: String { isSecure ? "__Host-gatehouse" : "gatehouse_session" }
    var memoryCookie: String { isSecure ? "__Host-gatehouse-sign-in" : "gatehouse_sign_in" }
}
