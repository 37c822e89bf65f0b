import Crypto
import GatehouseCore

/// Makes the token that every form carries: a message authentication code of the session under a key of the server. A page
/// of another site cannot know it, whatever the browser attaches to that page's requests. Beside it the browser's `Origin`
/// is checked.
package struct FormKey: Sendable {
    private let key: SymmetricKey

    /// `bytes`: 32, the same for all processes of one server.
    package init(bytes: [UInt8]) { key = SymmetricKey(data: bytes) }

    func token(session: String?) -> String {
        let text = session.map { "session:" + $0 } ?? "open"
        return Digest(bytes: Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))).hex
    }

    /// Fails with `forbidden`.
    func check(_ token: String, session: String?) throws(GatehouseError) {
        guard Self.areEqual(token, self.token(session: session)) else {
            throw GatehouseError(
                .forbidden, "This form belongs to another sign-in.", hint: "Load the page again and send the form once more.")
        }
    }

    /// In a time that does not tell how far they agree.
    private static func areEqual(_ left: String, _ right: String) -> Bool {
        left.utf8.count == right.utf8.count && zip(left.utf8, right.utf8).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
