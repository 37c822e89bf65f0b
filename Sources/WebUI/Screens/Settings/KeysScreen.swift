import Rendering

/// Which keys there are, and the switch that turns those without a modifier off (WCAG 2.1.4).
struct KeysScreen: Screen {
    private struct Key {
        let keys: String
        let what: String
    }

    private static let keys = [
        Key(keys: "/", what: "Go to the search field"), Key(keys: "Ctrl K", what: "Open the search palette"),
        Key(keys: "g h", what: "Home"), Key(keys: "g m", what: "Models"), Key(keys: "g p", what: "Policies"),
        Key(keys: "g r", what: "Reviews"), Key(keys: "g t", what: "Traffic"), Key(keys: "g a", what: "Audit log"),
        Key(keys: "j, k", what: "Next and previous row of the first table"), Key(keys: "Enter", what: "Open the chosen row"),
        Key(keys: "?", what: "This page"),
    ]

    var title: [String] { ["Keyboard shortcuts", "Settings"] }
    var place: Place { .settings }

    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Settings", "/settings")])
        Tag.h1 { "Keyboard shortcuts" }
        Tag.p(.class("finding")) { "Everything can be reached with Tab and Enter; these are shorter. They take script." }
        table(
            "Keyboard shortcuts", Self.keys,
            [.words("Key") { key in Tag.code { key.keys } }, .words("What it does") { key in key.what }])
        Tag.p { "Keys alone can get in the way of speech input and some keyboards. The choice is kept in this browser." }
        Tag.p(.id("keys-switch"), .role("status")) { "Without script there are no shortcuts." }
    }
}
