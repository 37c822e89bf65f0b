import Access
import GatehouseCore
import Hummingbird
import Storage
import WireAPI

/// Service tokens, and the question who may do what.
struct TokenRoutes {
    let accounts: AccountService
    let signIn: SignIn
    let now: @Sendable () -> Timestamp

    func add(to group: RouterGroup<APIContext>) {
        group.post("tokens") { request, context in
            let caller = try context.admin()
            let call: CreateTokenCall = try await request.decode()
            let (token, secret) = try await accounts.createToken(
                call.name, grants: Grant.list(call.grants), expires: call.expiresAt.map { try Timestamp(parsing: $0) },
                by: caller.principal)
            return try await Response.json(answer(token.name, secret: secret), status: .created)
        }
        group.get("tokens") { request, context in
            _ = try context.admin()
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let after = request.text("page_token") ?? ""
            let found = try await accounts.store.read { tx in
                try tx.accessTokens(after: after, limit: limit).map { TokenAnswer($0, try tx.grants(of: $0.principal)) }
            }
            return try Response.json(
                PageAnswer(items: found, nextPageToken: found.count == limit ? found.last?.name : nil))
        }
        group.delete("tokens/:token") { _, context in
            try await accounts.revokeToken(context.segment("token"), by: context.admin().principal)
            return Response(status: .noContent)
        }
        group.post("tokens/:token/grants") { request, context in
            let caller = try context.admin()
            let call: GrantCall = try await request.decode()
            let name = try context.segment("token")
            try await accounts.grant([Grant(parsing: call.grant)], to: .token(name), by: caller.principal)
            return try await Response.json(answer(name))
        }
        group.delete("tokens/:token/grants/:grant") { _, context in
            try await accounts.withdraw(
                [Grant(parsing: context.segment("grant"))], from: .token(context.segment("token")), by: context.admin().principal)
            return Response(status: .noContent)
        }
        group.get("who-can") { request, context in
            _ = try context.caller(who: .read)
            return try await Response.json(whoCan(request))
        }
    }

    private func answer(_ name: String, secret: String? = nil) async throws -> TokenAnswer {
        try await accounts.store.read { tx in
            guard let token = try tx.accessToken(named: name) else {
                throw GatehouseError(.notFound, "There is no token '\(name)'.")
            }
            return TokenAnswer(token, try tx.grants(of: token.principal), secret: secret)
        }
    }

    private func whoCan(_ request: Request) async throws -> WhoCanAnswer {
        let permission = try Permission(
            asking: request.text("permission") ?? "", model: request.text("model"), from: request.text("from"),
            to: request.text("to"), environment: request.text("environment"), segment: request.text("segment"))
        let now = now()
        let holders = try await accounts.store.read { tx in
            try tx.allGrants(at: now).map { (holder: $0.holder.text, grant: $0.grant) }
        }
        let provided = signIn.identities?.settings.holders ?? []
        return WhoCanAnswer(
            permission: permission.words, roles: Role.allCases.filter(permission.roles.contains).map(\.rawValue),
            items: (holders + provided).filter { $0.grant.allows(permission) }.map {
                GrantHolderAnswer(holder: $0.holder, grant: $0.grant.description)
            })
    }
}

extension TokenAnswer {
    fileprivate init(_ token: AccessToken, _ grants: Grants, secret: String? = nil) {
        self.init(
            name: token.name, token: secret, grants: grants.grants.map(\.description), createdAt: token.created.description,
            createdBy: token.createdBy.text, expiresAt: token.expires?.description, revokedAt: token.revoked?.description,
            lastUsedOn: token.lastUsedOn.map { String($0.description.prefix(10)) })
    }
}
