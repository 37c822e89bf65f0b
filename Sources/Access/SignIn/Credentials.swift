import Crypto
import Foundation
import GatehouseCore

/// What a request shows to say who it comes from.
package enum Credentials: Sendable, Equatable {
    /// A service token or an OpenID provider's token.
    case bearer(String)
    case password(user: String, password: String)
    /// The secret in a browser's cookie.
    case session(String)

    package static let bytesMax = 16 * 1024

    /// Reads `Authorization`: `Bearer`, or `Basic` (RFC 7617) with a password or a token in its place. Nil for anything else.
    package init?(authorization header: String) {
        guard header.utf8.count <= Self.bytesMax, let space = header.firstIndex(of: " ") else { return nil }
        let rest = header[header.index(after: space)...].trimmingPrefix(while: { $0 == " " })
        switch header[..<space].lowercased() {
        case "bearer": self = .bearer(String(rest))
        case "basic":
            guard let data = Data(base64Encoded: String(rest)), let text = String(data: data, encoding: .utf8),
                let colon = text.firstIndex(of: ":")
            else { return nil }
            let password = String(text[text.index(after: colon)...])
            // Whoever the user name says: a token says itself who it is.
            self =
                password.hasPrefix(AccessToken.prefix)
                ? .bearer(password) : .password(user: String(text[..<colon]), password: password)
        default: return nil
        }
    }
}

/// Stands for credentials in memory: a hash under a key that only this process has. Nothing that is kept can be tried
/// elsewhere.
struct CredentialKey: Sendable {
    private let key = SymmetricKey(size: .bits256)

    func callAsFunction(_ credentials: Credentials) -> [UInt8] {
        // The length keeps a user name and a password apart from another pair that reads the same joined.
        let text =
            switch credentials {
            case .bearer(let secret): "bearer:\(secret)"
            case .password(let user, let password): "password:\(user.utf8.count):\(user):\(password)"
            case .session(let secret): "session:\(secret)"
            }
        return Array(HMAC<SHA256>.authenticationCode(for: Array(text.utf8), using: key))
    }
}
