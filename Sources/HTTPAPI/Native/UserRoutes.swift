import Access
import GatehouseCore
import Hummingbird
import Storage
import WireAPI

/// People and what they may do.
struct UserRoutes {
    let accounts: AccountService
    let signIn: SignIn

    func add(to group: RouterGroup<APIContext>) {
        group.post("users") { request, context in
            let caller = try context.admin()
            let call: AddUserCall = try await request.decode()
            let user = try await accounts.addUser(
                call.name, password: call.password, identity: identity(call.subject), grants: Grant.list(call.grants),
                by: caller.principal)
            return try await Response.json(answer(user.name), status: .created)
        }
        group.get("users") { request, context in
            _ = try context.admin()
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let after = request.text("page_token") ?? ""
            let found = try await accounts.store.read { tx in
                try tx.users(after: after, limit: limit).map { UserAnswer($0, try tx.grants(of: $0.principal)) }
            }
            return try Response.json(
                PageAnswer(items: found, nextPageToken: found.count == limit ? found.last?.name : nil))
        }
        group.delete("users/:user") { _, context in
            try await accounts.removeUser(context.segment("user"), by: context.admin().principal)
            return Response(status: .noContent)
        }
        group.put("users/:user/password") { request, context in
            let call: SetPasswordCall = try await request.decode()
            try await setPassword(call, context)
            return Response(status: .noContent)
        }
        group.post("users/:user/grants") { request, context in
            let caller = try context.admin()
            let call: GrantCall = try await request.decode()
            let name = try context.segment("user")
            try await accounts.grant([Grant(parsing: call.grant)], to: .user(name), by: caller.principal)
            return try await Response.json(answer(name))
        }
        group.delete("users/:user/grants/:grant") { _, context in
            try await accounts.withdraw(
                [Grant(parsing: context.segment("grant"))], from: .user(context.segment("user")), by: context.admin().principal)
            return Response(status: .noContent)
        }
    }

    /// An admin sets anybody's; a user sets their own and proves that it is them, not their open browser.
    private func setPassword(_ call: SetPasswordCall, _ context: APIContext) async throws {
        let caller = try context.authenticated()
        let name = try context.segment("user")
        if !caller.grants.allows(.administer) {
            guard caller.principal == .user(name), let current = call.currentPassword else {
                throw GatehouseError(
                    .forbidden, "\(caller.principal) may not set the password of '\(name)'.",
                    hint: "Set your own, with the one you have; an admin sets anybody's.")
            }
            _ = try await signIn.authenticator.caller(.password(user: name, password: current), from: context.peer)
        }
        try await accounts.setPassword(call.password, of: name, by: caller.principal)
    }

    private func identity(_ subject: String?) throws(GatehouseError) -> User.Identity? {
        guard let subject else { return nil }
        guard let identities = signIn.identities else {
            throw GatehouseError(
                .invalidArgument, "A subject belongs to an OpenID provider, and none is configured.",
                hint: "Start the server with --oidc-issuer and --oidc-client-id.")
        }
        return User.Identity(issuer: identities.settings.issuer, subject: subject)
    }

    private func answer(_ name: String) async throws -> UserAnswer {
        try await accounts.store.read { tx in
            guard let user = try tx.user(named: name) else { throw GatehouseError(.notFound, "There is no user '\(name)'.") }
            return UserAnswer(user, try tx.grants(of: user.principal))
        }
    }
}

extension UserAnswer {
    fileprivate init(_ user: User, _ grants: Grants) {
        self.init(
            name: user.name, hasPassword: user.hasPassword, subject: user.identity?.subject,
            grants: grants.grants.map(\.description), createdAt: user.created.description, createdBy: user.createdBy.text)
    }
}

extension Grant {
    /// Fails with `invalidArgument` on the first that is none, or when there are too many.
    static func list(_ texts: [String]?) throws(GatehouseError) -> [Grant] {
        var grants: [Grant] = []
        for text in texts ?? [] { grants.append(try Grant(parsing: text)) }
        return grants
    }
}
