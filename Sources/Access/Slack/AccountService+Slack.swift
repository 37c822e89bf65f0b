import AuditLog
package import GatehouseCore
import Storage

/// A code that links whoever types it in Slack to the user it was shown to.
package struct SlackLinkCode: Sendable, Equatable {
    package static let lifetime: Duration = .seconds(600)
    static let bytes = 10

    /// `4f1c-09ab-…`
    package let text: String
    package let expires: Timestamp

    static func text(random bytes: [UInt8]) -> String {
        let digits = bytes.map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
        return stride(from: 0, to: digits.count, by: 4).map { digits.dropFirst($0).prefix(4) }.joined(separator: "-")
    }

    /// As somebody types it: letter case, hyphens and spaces do not matter.
    static func digest(_ typed: String) -> Digest {
        Digest(ofSecret: "slack-link:" + String(typed.lowercased().filter { $0 != "-" && !$0.isWhitespace }.prefix(100)))
    }
}

extension AccountService {
    /// Shows a signed-in person a code to type in Slack. Fails with `forbidden` for tokens, with `notFound` for a person
    /// without an account.
    package func makeSlackLinkCode(for caller: Caller) async throws -> SlackLinkCode {
        guard let name = caller.principal.userName else {
            throw GatehouseError(
                .forbidden, "\(caller.principal) is not a person, and only people are linked to Slack.",
                hint:
                    "Sign in with your own name and password, or have an admin link you: gatehouse user link-slack NAME --team T… --user U…"
            )
        }
        let text = SlackLinkCode.text(random: unguessable(SlackLinkCode.bytes))
        let now = now()
        let code = SlackLinkCode(text: text, expires: now.adding(SlackLinkCode.lifetime))
        try await store.write { tx in
            _ = try requiredUser(name, tx)
            try tx.setLinkCode(SlackLinkCode.digest(text), of: name, until: code.expires)
        }
        return code
    }

    /// Links whoever typed a code to the user it was shown to. Fails with `forbidden` for a code that is wrong, used or old,
    /// and as `linkSlack` does.
    package func linkSlack(_ identity: SlackIdentity, code: String) async throws -> User {
        try await change { tx, now in
            guard let name = try tx.useLinkCode(SlackLinkCode.digest(code), at: now) else {
                throw GatehouseError(
                    .forbidden, "That code is wrong, was used, or is older than 10 minutes.",
                    hint: "Get a new one: gatehouse user link-slack")
            }
            return try link(identity, to: name, in: tx, by: .user(name), at: now)
        }
    }

    /// Fails with `notFound` when there is no such user, with `alreadyExists` when the person in Slack is linked to another.
    package func linkSlack(_ identity: SlackIdentity, to name: String, by principal: Principal) async throws -> User {
        try await change { tx, now in try link(identity, to: name, in: tx, by: principal, at: now) }
    }

    /// Fails with `notFound` when they are not linked.
    package func unlinkSlack(_ identity: SlackIdentity, from name: String, by principal: Principal) async throws {
        try await change { tx, now in
            let user = try requiredUser(name, tx)
            guard try tx.delete(identity, of: user.name) else {
                throw GatehouseError(
                    .notFound, "'\(user.name)' is not linked to \(identity.user) in the Slack workspace \(identity.team).",
                    hint: "See the links: gatehouse user link-slack \(shellQuoted(user.name)) --list")
            }
            try record(.slackUnlinked, identity, user, in: tx, by: principal, at: now)
        }
    }

    /// Who acts in Slack, with what is recorded that they may do; a role that a sign-in provider's groups lend is not. Fails
    /// with `forbidden` for somebody who is not linked, and says how that is done.
    package func caller(_ identity: SlackIdentity) async throws -> Caller {
        let found = try await store.read { tx in
            try tx.user(identity).map { Caller(principal: $0.principal, grants: try tx.grants(of: $0.principal)) }
        }
        guard let found else {
            throw GatehouseError(
                .forbidden, "Your Slack account (\(identity.user) in \(identity.team)) is linked to no user of Gatehouse.",
                hint: "Run 'gatehouse user link-slack' as yourself and type here what it shows, or ask an admin to run: "
                    + "gatehouse user link-slack NAME --team \(identity.team) --user \(identity.user)")
        }
        return found
    }

    private func link(
        _ identity: SlackIdentity, to name: String, in tx: SQLTransaction, by principal: Principal, at now: Timestamp
    ) throws -> User {
        let user = try requiredUser(name, tx)
        if let other = try tx.user(identity) {
            guard other.name != user.name else { return user }
            throw GatehouseError(
                .alreadyExists, "\(identity.user) in the Slack workspace \(identity.team) is another user's already.",
                hint:
                    "An admin can undo that link: gatehouse user unlink-slack NAME --team \(identity.team) --user \(identity.user)"
            )
        }
        guard try tx.slackIdentities(of: user.name).count < SQLTransaction.slackIdentitiesMax else {
            throw GatehouseError(.tooLarge, "'\(user.name)' has \(SQLTransaction.slackIdentitiesMax) links, and no more fit.")
        }
        try tx.insert(identity, of: user.name, by: principal, at: now)
        try record(.slackLinked, identity, user, in: tx, by: principal, at: now)
        return user
    }

    /// The ids stand for a person, so they are recorded as texts, which can be forgotten.
    private func record(
        _ action: AuditAction, _ identity: SlackIdentity, _ user: User, in tx: SQLTransaction, by principal: Principal,
        at now: Timestamp
    ) throws {
        try record(
            action, about: ["user": user.principal], texts: ["slack_user": "\(identity.team)/\(identity.user)"], in: tx,
            by: principal, at: now)
    }
}

extension Principal {
    fileprivate var userName: String? { text.hasPrefix("user:") ? String(text.dropFirst("user:".count)) : nil }
}
