import Access
import GatehouseCore
import Hummingbird
import Storage
import WireAPI

/// Who people are in Slack. Admins see and change everybody's links, people their own.
struct SlackIdentityRoutes {
    let accounts: AccountService
    let hasSlack: Bool

    func add(to group: RouterGroup<APIContext>) {
        group.post("slack/link-codes") { _, context in
            let caller = try context.caller(who: .read)
            guard hasSlack else {
                throw GatehouseError(
                    .conflict, "This server is not connected to Slack.", hint: "Start it with --slack-channel: docs/slack.md.")
            }
            let code = try await accounts.makeSlackLinkCode(for: caller)
            return try Response.json(
                SlackLinkCodeAnswer(
                    code: code.text, command: "/link-gatehouse \(code.text)", expiresAt: code.expires.description),
                status: .created)
        }
        group.get("users/:user/slack") { _, context in
            let name = try own(context)
            let found = try await accounts.store.read { tx in try tx.slackIdentities(of: name) }
            return try Response.json(PageAnswer(items: found.map { SlackIdentityAnswer($0, of: name) }))
        }
        group.put("users/:user/slack/:team/:member") { _, context in
            let caller = try context.admin()
            let identity = try identity(context)
            let user = try await accounts.linkSlack(identity, to: context.segment("user"), by: caller.principal)
            return try Response.json(SlackIdentityAnswer(identity, of: user.name))
        }
        group.delete("users/:user/slack/:team/:member") { _, context in
            let name = try own(context)
            try await accounts.unlinkSlack(identity(context), from: name, by: context.caller())
            return Response(status: .noContent)
        }
    }

    /// The user of the path, who is the caller unless that is an admin. Fails with `forbidden`.
    private func own(_ context: APIContext) throws -> String {
        let caller = try context.authenticated()
        let name = try context.segment("user")
        if caller.principal != .user(name) { try caller.require(.administer) }
        return name
    }

    private func identity(_ context: APIContext) throws -> SlackIdentity {
        try SlackIdentity(team: context.segment("team"), user: context.segment("member"))
    }
}

extension SlackIdentityAnswer {
    init(_ identity: SlackIdentity, of user: String) {
        self.init(user: user, teamID: identity.team, slackUserID: identity.user)
    }
}
