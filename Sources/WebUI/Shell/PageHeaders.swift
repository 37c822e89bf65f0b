import HTTPTypes
import Hummingbird

/// The headers of every page: nothing runs, loads or is framed that is not the server's own.
enum PageHeaders {
    static let contentSecurityPolicy = [
        "default-src 'none'", "style-src 'self'", "script-src 'self'", "img-src 'self' data:", "connect-src 'self'",
        "form-action 'self'", "frame-ancestors 'none'", "base-uri 'none'",
    ].joined(separator: "; ")

    static func add(to response: inout Response) {
        response.headers[.contentSecurityPolicy] = contentSecurityPolicy
        response.headers[.referrerPolicy] = "same-origin"
        response.headers[.cacheControl] = "private, no-cache"
        response.headers[.vary] = "Cookie"
    }
}

extension HTTPField.Name {
    // A name, so it is never nil.
    fileprivate static let referrerPolicy = HTTPField.Name("Referrer-Policy") ?? .server
}
