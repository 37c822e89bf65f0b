import Access
import GatehouseCore
import Gates
import Hummingbird
import Promotions
import Registry
import Storage
import WireAPI

struct PolicyRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.post("policies") { request, context in
            let call: ApplyPolicyCall = try await request.decode()
            switch try await services.policyEdits.apply(call.yaml, by: context.authenticated()) {
            case .applied(let policy): return try Response.json(PolicyAnswer(policy))
            case .proposed(let proposal): return try Response.json(PolicyAnswer(proposal), status: .accepted)
            }
        }
        group.get("policies") { request, context in
            _ = try context.caller(who: .read)
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let after = request.text("page_token") ?? ""
            let found = try await services.store.read { tx in try tx.policies(after: after, limit: limit) }
            let next = found.count == limit ? found.last?.pattern : nil
            return try Response.json(PageAnswer(items: found.map { PolicyAnswer($0) }, nextPageToken: next))
        }
        group.get("models/:model/policy") { _, context in
            _ = try context.caller(who: .read)
            let name = try context.model()
            let answer = try await services.store.read { tx in
                let inForce = try services.policies.policy(for: name, tx)
                if let applied = inForce.version {
                    let stale = try services.policies.staleness(of: inForce, for: name, at: services.now(), tx)
                    return PolicyAnswer(applied, stale: stale)
                }
                return PolicyAnswer(
                    model: name.text, version: nil, digest: inForce.digest.description, yaml: "", rules: inForce.policy.json,
                    appliedAt: nil, appliedBy: nil)
            }
            return try Response.json(answer)
        }
    }
}
