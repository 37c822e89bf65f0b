package import AsyncHTTPClient
import Foundation
package import GatehouseCore
import NIOCore
import NIOHTTP1
import Synchronization

/// The provider as seen from here: where it is asked, and with which keys it signs. A class, because all requests share what
/// it was asked once.
///
/// A key nobody has seen makes it look again, at most once in `lookAgainSecondsMin`: keys rotate, and strangers send
/// tokens with invented key names.
package final class OpenIDProvider: Sendable {
    static let lookAgainSecondsMin: Int64 = 10
    static let documentSecondsMax: Int64 = 3600
    static let documentBytesMax = 1024 * 1024
    static let deadlineSeconds: Int64 = 10
    static let keysMax = 100

    /// Where the provider says its doors are (OpenID Connect Discovery 1.0 §3).
    struct Doors: Sendable {
        let authorization: String
        let token: String
        let keys: String
        /// Whether the token door takes the client's secret in the body only.
        let wantsSecretInBody: Bool
    }

    private struct State {
        var doors: Doors?
        var keys: [SigningKey] = []
        var keysRead: Timestamp?
        var doorsRead: Timestamp?
        var lastLook: Timestamp?
    }

    let settings: OpenIDSettings
    private let http: HTTPClient
    private let now: @Sendable () -> Timestamp
    private let state = Mutex(State())
    private let looks = SharedWork<Void>()

    package init(_ settings: OpenIDSettings, http: HTTPClient, now: @escaping @Sendable () -> Timestamp) {
        self.settings = settings
        self.http = http
        self.now = now
    }

    /// The claims of a token that the provider signed. Fails with `unauthenticated`, and with `unavailable` when the
    /// provider cannot be asked for its keys.
    func claims(of token: SignedToken) async throws -> JSONValue {
        var tried = key(for: token)
        if tried == nil || isStale(state.withLock { $0.keysRead }) {
            try await look(atLeastFor: tried)
            tried = key(for: token)
        }
        guard let key = tried else { throw ClaimRules.refused("is not signed with any key of the provider") }
        return try await token.claims(signedWith: key)
    }

    /// Fails with `unavailable`.
    func doors() async throws -> Doors {
        let known = state.withLock { ($0.doors, $0.doorsRead) }
        if let doors = known.0, !isStale(known.1) { return doors }
        try await look(atLeastFor: nil)
        guard let doors = state.withLock({ $0.doors }) else { throw Self.away("it has not answered yet") }
        return doors
    }

    /// Asks a door with a form. Answers the object it gave; fails with `unavailable`, or `unauthenticated` when the
    /// provider refused.
    func post(_ url: String, form: [(String, String)], authorization: String?) async throws -> JSONValue {
        var request = HTTPClientRequest(url: url)
        request.method = .POST
        request.headers.add(name: "Content-Type", value: "application/x-www-form-urlencoded")
        request.headers.add(name: "Accept", value: "application/json")
        if let authorization { request.headers.add(name: "Authorization", value: authorization) }
        let body = form.map { "\(FormText.encoded($0.0))=\(FormText.encoded($0.1))" }.joined(separator: "&")
        request.body = .bytes(ByteBuffer(string: body))
        let answer = try await send(request)
        if (400..<500).contains(answer.status) {
            throw GatehouseError(
                .unauthenticated, "The sign-in provider refused the sign-in.", hint: "Start again at /auth/login.")
        }
        return try Self.object(answer)
    }

    // MARK: - Looking

    private func key(for token: SignedToken) -> SigningKey? {
        let fitting = state.withLock { $0.keys }.filter { $0.fits(token.algorithm) }
        if let id = token.keyID { return fitting.first { $0.id == id } }
        // Without a name there must be no choice.
        return fitting.count == 1 ? fitting[0] : nil
    }

    private func isStale(_ read: Timestamp?) -> Bool {
        read.map { now().since($0) > .seconds(Self.documentSecondsMax) } ?? true
    }

    /// Reads doors and keys again, once for everybody who waits. What was known stays in use while the provider is away.
    private func look(atLeastFor known: SigningKey?) async throws {
        do {
            try await looks.run([]) { try await self.lookNow() }
        } catch let error as GatehouseError where error.code == .unavailable && known != nil {
            return
        }
    }

    private func lookNow() async throws {
        let now = now()
        let isTooSoon = state.withLock { state in
            if let last = state.lastLook, now.since(last) < .seconds(Self.lookAgainSecondsMin) { return true }
            state.lastLook = now
            return false
        }
        if isTooSoon {
            guard state.withLock({ $0.keysRead }) != nil else { throw Self.away("it did not answer a moment ago") }
            return
        }
        let base = settings.issuer.hasSuffix("/") ? String(settings.issuer.dropLast()) : settings.issuer
        let doors = try Self.doors(in: await get(base + "/.well-known/openid-configuration"), issuer: settings.issuer)
        let keys = (try await get(doors.keys)["keys"]?.arrayValue ?? []).prefix(Self.keysMax).compactMap(SigningKey.init)
        state.withLock { state in
            state.doors = doors
            state.keys = keys
            state.doorsRead = now
            state.keysRead = now
        }
    }

    static func doors(in document: JSONValue, issuer: String) throws(GatehouseError) -> Doors {
        guard document["issuer"]?.stringValue == issuer else {
            throw away("it says it is '\(document["issuer"]?.stringValue?.prefix(200) ?? "")', not '\(issuer)'")
        }
        func door(_ name: String) throws(GatehouseError) -> String {
            guard let url = document[name]?.stringValue, ProviderAddress.isTrustworthy(url) else {
                throw away("its '\(name)' is no https address")
            }
            return url
        }
        let ways = ClaimRules.texts(document["token_endpoint_auth_methods_supported"])
        return Doors(
            authorization: try door("authorization_endpoint"), token: try door("token_endpoint"), keys: try door("jwks_uri"),
            wantsSecretInBody: !ways.isEmpty && !ways.contains("client_secret_basic") && ways.contains("client_secret_post"))
    }

    private func get(_ url: String) async throws -> JSONValue {
        var request = HTTPClientRequest(url: url)
        request.headers.add(name: "Accept", value: "application/json")
        return try Self.object(await send(request))
    }

    private func send(_ request: HTTPClientRequest) async throws -> (status: UInt, bytes: [UInt8]) {
        do {
            let response = try await http.execute(request, timeout: .seconds(Self.deadlineSeconds))
            let body = try await response.body.collect(upTo: Self.documentBytesMax)
            return (response.status.code, Array(body.readableBytesView))
        } catch let error as CancellationError {
            throw error
        } catch {
            throw Self.away("it does not answer", cause: error)
        }
    }

    private static func object(_ answer: (status: UInt, bytes: [UInt8])) throws(GatehouseError) -> JSONValue {
        guard answer.status == 200, let json = try? JSONParser.parse(answer.bytes), json.objectValue != nil else {
            throw away("it answered \(answer.status) with something else than was asked for")
        }
        return json
    }

    static func away(_ why: String, cause: (any Error)? = nil) -> GatehouseError {
        GatehouseError(
            .unavailable, "The sign-in provider cannot be used: \(why).",
            hint: "Tokens of Gatehouse and passwords work meanwhile.", cause: cause)
    }
}

/// `application/x-www-form-urlencoded`, the strict way: everything but unreserved characters is escaped.
enum FormText {
    static func encoded(_ text: String) -> String {
        var out = ""
        for byte in text.utf8 {
            let scalar = Unicode.Scalar(byte)
            let isPlain = byte < 128 && (scalar.properties.isAlphabetic || (48...57).contains(byte) || "-._~".utf8.contains(byte))
            if isPlain {
                out.unicodeScalars.append(scalar)
            } else {
                out += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return out
    }
}
