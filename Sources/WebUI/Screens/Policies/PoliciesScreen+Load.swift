import Access
import GatehouseCore
import HTTPAPI
import Promotions
import Registry
import Storage

extension PoliciesScreen {
    static func load(_ page: PageRequest) async throws -> PoliciesScreen {
        _ = try page.caller(who: .read)
        let (services, now) = (page.services, page.visit.now)
        let after = page.query("after") ?? ""
        let fallback = services.policies.defaultPolicy(for: try ModelName("model"))
        return try await services.store.read { tx in
            let found = try tx.policies(after: after, limit: policiesMax + 1)
            let shown = Array(found.prefix(policiesMax))
            return PoliciesScreen(
                rows: try shown.map { version in
                    Row(version: version, staleness: try services.policies.staleness(ofNewest: version, at: now, tx))
                }, fallback: fallback,
                proposals: try tx.openProposals(at: now, limit: proposalsMax),
                next: found.count > policiesMax ? shown.last?.pattern : nil)
        }
    }
}

extension PolicyBook {
    /// Of the newest version of a policy, by a model that it rules; nil where it rules none.
    func staleness(ofNewest version: PolicyVersion, at now: Timestamp, _ tx: SQLTransaction) throws -> PolicyStaleness? {
        let name: ModelName?
        if version.pattern.contains("*") {
            name = try tx.models(ruledBy: version.pattern, limit: 1).first
        } else {
            name = try? ModelName(version.pattern)
        }
        guard let name else { return nil }
        let inForce = try policy(for: name, tx)
        guard inForce.version?.reference == version.reference else { return nil }
        return try staleness(of: inForce, for: name, at: now, tx)
    }
}

extension SQLTransaction {
    private static let candidatesMax = 200

    /// Models that live under the policy of a name or pattern, by name.
    func models(ruledBy pattern: String, limit: Int) throws -> [ModelName] {
        guard pattern.contains("*") else {
            let name = try ModelName(pattern)
            return try model(name) == nil ? [] : [name]
        }
        let like = pattern.map { "%_!".contains($0) ? "!\($0)" : $0 == "*" ? "%" : String($0) }.joined()
        let candidates = try models(where: "m.name LIKE \(like) ESCAPE '!'", limit: Self.candidatesMax)
        var ruled: [ModelName] = []
        for candidate in candidates where ruled.count < limit {
            if try governingPolicy(of: candidate.name)?.pattern == pattern { ruled.append(candidate.name) }
        }
        return ruled
    }

    /// Proposals that somebody can decide, newest first.
    func openProposals(of pattern: String? = nil, at now: Timestamp, limit: Int) throws -> [PolicyProposal] {
        try policyProposals(of: pattern, limit: Self.candidatesMax).filter {
            $0.state(at: now, newest: try policy($0.pattern)?.number) == .open
        }.prefix(limit).map { $0 }
    }
}
