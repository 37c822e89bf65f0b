import Crypto
import Foundation
import GatehouseCore

/// Signs a browser in at the provider: authorization code with PKCE (RFC 7636), `state` and `nonce`. What has to be known
/// when the browser comes back travels in a sealed cookie, so that a visitor costs no memory.
package struct BrowserSignIn: Sendable {
    package static let minutesMax: Int64 = 10
    static let cookieBytesMax = 4096
    static let returnBytesMax = 1000

    private let identities: OpenIDIdentities
    private let seal = SymmetricKey(size: .bits256)

    package init(_ identities: OpenIDIdentities) { self.identities = identities }

    /// Where to send the browser, and the cookie it brings back. `callback` is our own address there.
    package func begin(callback: String, returnTo: String?) async throws -> (location: String, cookie: String) {
        let accounts = identities.accounts
        let state = Base64URL.encoded(accounts.unguessable(32))
        let nonce = Base64URL.encoded(accounts.unguessable(32))
        let verifier = Base64URL.encoded(accounts.unguessable(32))
        let settings = identities.settings
        let query = [
            ("response_type", "code"), ("client_id", settings.clientID), ("redirect_uri", callback),
            ("scope", "openid profile email"), ("state", state), ("nonce", nonce),
            ("code_challenge", Base64URL.encoded(SHA256.hash(data: Array(verifier.utf8)))), ("code_challenge_method", "S256"),
        ].map { "\($0.0)=\(FormText.encoded($0.1))" }.joined(separator: "&")
        let door = try await identities.provider.doors().authorization
        let memory = JSONValue.object([
            "state": .string(state), "nonce": .string(nonce), "verifier": .string(verifier), "callback": .string(callback),
            "return_to": .string(Self.localPath(returnTo)),
            "until": .integer(accounts.now().adding(.seconds(Self.minutesMax * 60)).milliseconds),
        ])
        guard let sealed = try AES.GCM.seal(memory.canonicalBytes, using: seal).combined else {
            throw GatehouseError(.internalFailure, "The sign-in could not be sealed.")
        }
        return (door + (door.contains("?") ? "&" : "?") + query, Base64URL.encoded(sealed))
    }

    /// Changes the code for a session. Answers its secret and where the browser wanted to go. Fails with `unauthenticated`
    /// when the browser did not begin this sign-in, or too long ago.
    package func finish(code: String?, state: String?, cookie: String?) async throws -> (secret: String, returnTo: String) {
        let accounts = identities.accounts
        guard let memory = cookie.flatMap(opened), let began = memory["state"]?.stringValue, let state,
            Self.areEqual(began, state), let until = memory["until"]?.integerValue, accounts.now().milliseconds < until,
            let nonce = memory["nonce"]?.stringValue, let verifier = memory["verifier"]?.stringValue,
            let callback = memory["callback"]?.stringValue
        else {
            throw GatehouseError(
                .unauthenticated, "This sign-in was not begun in this browser, or more than \(Self.minutesMax) minutes ago.",
                hint: "Start again at /auth/login.")
        }
        guard let code, !code.isEmpty else {
            throw GatehouseError(.unauthenticated, "The provider did not let you in.", hint: "Start again at /auth/login.")
        }
        let token = try await exchange(code, verifier: verifier, callback: callback)
        let claims = try await identities.claims(ofToken: token, nonce: nonce, at: accounts.now())
        return (try await identities.startSession(claims), memory["return_to"]?.stringValue ?? "/")
    }

    private func exchange(_ code: String, verifier: String, callback: String) async throws -> String {
        let settings = identities.settings
        let doors = try await identities.provider.doors()
        var form = [
            ("grant_type", "authorization_code"), ("code", code), ("redirect_uri", callback), ("code_verifier", verifier),
        ]
        var authorization: String?
        if let secret = settings.clientSecret, !doors.wantsSecretInBody {
            // RFC 6749 §2.3.1 escapes both parts before it joins them.
            let pair = "\(FormText.encoded(settings.clientID)):\(FormText.encoded(secret))"
            authorization = "Basic " + Data(pair.utf8).base64EncodedString()
        } else {
            form.append(("client_id", settings.clientID))
            if let secret = settings.clientSecret { form.append(("client_secret", secret)) }
        }
        let answer = try await identities.provider.post(doors.token, form: form, authorization: authorization)
        guard let token = answer["id_token"]?.stringValue else { throw OpenIDProvider.away("it gave no id_token") }
        return token
    }

    private func opened(_ cookie: String) -> JSONValue? {
        guard cookie.utf8.count <= Self.cookieBytesMax, let bytes = Base64URL.decoded(cookie),
            let box = try? AES.GCM.SealedBox(combined: bytes), let plain = try? AES.GCM.open(box, using: seal)
        else { return nil }
        return try? JSONParser.parse(Array(plain))
    }

    private static func areEqual(_ left: String, _ right: String) -> Bool {
        let (left, right) = (Array(left.utf8), Array(right.utf8))
        return zip(left, right).reduce(UInt8(left.count == right.count ? 0 : 1)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    /// A path on this server and nothing else: `//host` and `/\host` are other servers to a browser.
    package static func localPath(_ wanted: String?) -> String {
        guard let wanted, wanted.hasPrefix("/"), !wanted.hasPrefix("//"), !wanted.contains("\\"),
            wanted.utf8.count <= returnBytesMax, wanted.utf8.allSatisfy({ $0 > 32 && $0 < 127 })
        else { return "/" }
        return wanted
    }
}
