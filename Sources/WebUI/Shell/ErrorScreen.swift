import GatehouseCore
import Rendering

/// What went wrong, for a person: what, why, and what to do.
struct ErrorScreen: Screen {
    let error: GatehouseError
    /// Finds the failure in the server's log.
    let requestID: String

    var title: [String] { [heading] }
    var place: Place { .home }

    private var heading: String {
        switch error.code.httpStatus {
        case 401: "You are not signed in"
        case 403: "You may not do this"
        case 404: "Not found"
        case 409: "That is not possible now"
        case 429: "Too many requests"
        case 400..<500: "That cannot be read"
        case 503: "Not available now"
        default: "The server failed"
        }
    }

    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        Tag.h1 { heading }
        Tag.p(.class("finding")) { error.message }
        if !error.details.isEmpty { list(error.details) }
        if let hint = error.hint { Tag.p { hint } }
        if error.code.httpStatus == 401 { Tag.p { Tag.a(.class("button main"), .href("/sign-in")) { "Sign in" } } }
        Tag.p(.class("soft")) {
            "Request "
            Tag.code { requestID }
            ". "
            Tag.a(.href("/")) { "Go home" }
        }
    }
}
