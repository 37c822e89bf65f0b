import Access
import GatehouseCore
import HTTPAPI

/// Who may do what, what is told to whom, and how the server stands.
struct SettingsPages {
    func add(to pages: Pages) {
        pages.page("settings") { page in try SettingsScreen.load(page) }
        pages.page("settings/keys") { page in
            _ = try page.caller(who: .read)
            return KeysScreen()
        }
        pages.page("settings/password") { page in try await PasswordScreen.load(page) }
        pages.post("settings/password") { page, form in
            do {
                return try await PasswordScreen.change(page, form)
            } catch let error as GatehouseError where error.code.httpStatus < 500 && error.code != .unauthenticated {
                return page.answer(try await PasswordScreen.load(page), problem: error, form)
            }
        }
        pages.page("settings/server") { page in try await ServerScreen.load(page) }
        PeoplePages().add(to: pages)
        TokenPages().add(to: pages)
        WebhookPages().add(to: pages)
    }
}
