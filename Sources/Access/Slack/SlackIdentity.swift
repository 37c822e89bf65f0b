package import GatehouseCore

/// Who acts in Slack: names there are anybody's choice, these two are not. They are in what Slack signs.
package struct SlackIdentity: Sendable, Hashable {
    package let team: String
    package let user: String

    /// Fails with `invalidArgument` for what cannot be Slack's, `T0123ABC` and `U0123ABC`.
    package init(team: String, user: String) throws(GatehouseError) {
        for (id, what) in [(team, "workspace"), (user, "user")] {
            let isPlain = id.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x41...0x5A).contains($0) }
            guard (2...40).contains(id.utf8.count), isPlain else {
                throw GatehouseError(
                    .invalidArgument, "'\(id.prefix(40))' is no id of a Slack \(what).",
                    hint: "Ids are capital letters and digits: T… of a workspace, U… or W… of a user.")
            }
        }
        self.team = team
        self.user = user
    }
}
