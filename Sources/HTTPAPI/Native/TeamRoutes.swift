import Access
import GatehouseCore
import Hummingbird
import Storage
import WireAPI

/// Who belongs together, for policies that name reviewers.
struct TeamRoutes {
    let accounts: AccountService

    func add(to group: RouterGroup<APIContext>) {
        group.get("teams") { request, context in
            _ = try context.caller(who: .read)
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let after = request.text("page_token") ?? ""
            let found = try await accounts.store.read { tx in try tx.teams(after: after, limit: limit) }
            return try Response.json(
                PageAnswer(
                    items: found.map { TeamAnswer(name: $0.name, members: $0.members) },
                    nextPageToken: found.count == limit ? found.last?.name : nil))
        }
        group.put("teams/:team/members/:user") { _, context in
            let team = try await accounts.addMember(
                context.segment("user"), toTeam: context.segment("team"), by: context.admin().principal)
            return try Response.json(TeamAnswer(name: team.name, members: team.members))
        }
        group.delete("teams/:team/members/:user") { _, context in
            try await accounts.removeMember(
                context.segment("user"), fromTeam: context.segment("team"), by: context.admin().principal)
            return Response(status: .noContent)
        }
    }
}
