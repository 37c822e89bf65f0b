import Access
import GatehouseCore

/// Who looks at a page, when and how: what every page may depend on beside its own subject.
struct Visit: Sendable {
    /// Nil: nobody signed in, on the few pages that anybody may see.
    let caller: Caller?
    /// Whether the server lets anybody do anything (`--insecure-no-auth`).
    let isOpen: Bool
    /// The path with its query, as the browser asked for it.
    let address: String
    let theme: Theme
    let now: Timestamp
    /// Goes with every form; see `FormKey`.
    let formToken: String
    /// Why the form that was sent changed nothing; shown above the page.
    var problem: GatehouseError?
    /// Where the form was sent that changed nothing: it stays open.
    var refusedForm: String?
    /// What was sent, so that nobody types it twice.
    var typed = Form()

    /// Whether the page is shown as it would be printed: `?print`.
    var isForPaper: Bool {
        (address.split(separator: "?", maxSplits: 1).dropFirst().first ?? "").split(separator: "&").contains {
            $0 == "print" || $0.hasPrefix("print=")
        }
    }

    /// Whether the caller may; false for nobody.
    func allows(_ permission: Permission) -> Bool { caller?.grants.allows(permission) ?? false }
}

/// The colours of the page: those of the system unless somebody chose. Kept in a cookie, so that the server sends the right
/// ones at once.
enum Theme: String, Sendable, CaseIterable {
    static let cookie = "gatehouse_theme"

    case system, light, dark
}
