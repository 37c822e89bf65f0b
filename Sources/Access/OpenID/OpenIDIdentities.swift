import AuditLog
import GatehouseCore
import Storage

/// The people of an OpenID provider as users here. The first time somebody comes, a user is written who may do nothing until
/// an admin or a group says otherwise.
package struct OpenIDIdentities: Sendable {
    package let settings: OpenIDSettings
    let provider: OpenIDProvider
    package let accounts: AccountService

    package init(provider: OpenIDProvider, accounts: AccountService) {
        settings = provider.settings
        self.provider = provider
        self.accounts = accounts
    }

    /// Whose token it is. Fails with `unauthenticated`, with `forbidden` when the name is another user's, and with
    /// `unavailable` when the provider cannot be asked.
    func caller(ofToken text: String, at now: Timestamp) async throws -> VerifiedCaller {
        let claims = try await claims(ofToken: text, nonce: nil, at: now)
        let user = try await user(claims)
        let granted = try await accounts.store.read { tx in try tx.grants(of: user.principal) }
        let grants = settings.grants(granted, groups: groups(claims))
        let expires = claims["exp"]?.doubleValue.flatMap { Int64(exactly: ($0 * 1000).rounded()) }
        return VerifiedCaller(
            caller: Caller(principal: user.principal, grants: grants), expires: expires.map { Timestamp(milliseconds: $0) })
    }

    /// `nonce` is what our own sign-in sent along; nil for a token that came with a request.
    func claims(ofToken text: String, nonce: String?, at now: Timestamp) async throws -> JSONValue {
        let claims = try await provider.claims(of: SignedToken(text))
        let rules = ClaimRules(issuer: settings.issuer, clientID: settings.clientID, audiences: settings.audiences)
        try rules.check(claims, at: now, nonce: nonce)
        return claims
    }

    func groups(_ claims: JSONValue) -> [String] { ClaimRules.texts(claims[settings.groupsClaim]) }

    /// Finds the user by subject, never by name: names at a provider are chosen by people.
    func user(_ claims: JSONValue) async throws -> User {
        guard let subject = claims["sub"]?.stringValue else { throw ClaimRules.refused("names nobody (sub)") }
        let identity = User.Identity(issuer: settings.issuer, subject: subject)
        if let known = try await accounts.store.read({ tx in try tx.user(identity) }) { return known }
        let name = claims[settings.nameClaim]?.stringValue ?? subject
        do {
            return try await accounts.addUser(name, password: nil, identity: identity, grants: [], by: .system("openid"))
        } catch let error as GatehouseError where error.code == .alreadyExists {
            // Somebody else's request wrote the same user meanwhile, or the name is taken.
            if let known = try await accounts.store.read({ tx in try tx.user(identity) }) { return known }
            throw GatehouseError(
                .forbidden, "The name '\(name)' belongs to another user here.",
                hint: "An admin can name this one otherwise: gatehouse user add OTHER-NAME --subject \(shellQuoted(subject))")
        } catch let error as GatehouseError where error.code == .invalidArgument {
            throw GatehouseError(
                .forbidden, "The provider's name for you, '\(name.prefix(80))', cannot be a user's name here.",
                hint: "An admin can give you one: gatehouse user add NAME --subject \(shellQuoted(subject))")
        }
    }
}

extension OpenIDIdentities {
    /// Writes a session for whom the claims name; the secret is for the cookie.
    func startSession(_ claims: JSONValue) async throws -> String {
        try await accounts.startSession(of: user(claims).principal, groups: groups(claims))
    }
}
