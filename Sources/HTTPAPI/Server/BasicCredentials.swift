import Foundation

/// RFC 7617.
enum BasicCredentials {
    /// The part behind the first colon of the decoded credentials.
    static func password(_ encoded: String) -> String? {
        guard let data = Data(base64Encoded: encoded), let text = String(data: data, encoding: .utf8),
            let colon = text.firstIndex(of: ":")
        else { return nil }
        return String(text[text.index(after: colon)...])
    }
}
