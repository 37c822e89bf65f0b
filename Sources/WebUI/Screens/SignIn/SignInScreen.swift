import Rendering

/// Where a browser proves who uses it: with a name and a password, with a token, or at an OpenID provider.
struct SignInScreen: Screen {
    /// Where to go afterwards: a path of this server.
    let returnTo: String
    /// The provider's address; nil: none is configured.
    let provider: String?

    var title: [String] { ["Sign in"] }
    var place: Place { .home }

    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        Tag.h1 { "Sign in to Gatehouse" }
        if let provider {
            Tag.p {
                Tag.a(.class("button main"), .href(Address.query("/auth/login", [("return_to", returnTo)]))) {
                    "Sign in at " + provider
                }
            }
        }
        form("/sign-in", visit) {
            Tag.input(.type("hidden"), .name("return_to"), .value(returnTo))
            textField(
                "name", "Name", visit, hint: "Leave it empty to sign in with a token.", isRequired: false,
                autocomplete: "username")
            textField("secret", "Password or token", visit, type: "password", autocomplete: "current-password")
            submit("Sign in")
        }
        Tag.p(.class("soft")) {
            "The first start of a server printed a token of an admin. People get a name with "
            Tag.code { "gatehouse user add NAME" }
            "."
        }
    }
}
