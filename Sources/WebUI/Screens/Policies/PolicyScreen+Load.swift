import Access
import GatehouseCore
import Gates
import HTTPAPI
import Promotions
import Registry
import Storage

extension PolicyScreen {
    /// `version` in the query shows an older one.
    static func load(_ page: PageRequest) async throws -> PolicyScreen {
        _ = try page.caller(who: .read)
        let pattern = try page.segment("pattern")
        let number = try page.query("version").map { try VersionNumber(parsing: $0) }
        let (services, now) = (page.services, page.visit.now)
        return try await services.store.read { tx in
            guard let newest = try tx.policy(pattern), let shown = try number.map({ try tx.policy(pattern, $0) }) ?? newest else {
                throw GatehouseError(
                    .notFound, "There is no policy for '\(pattern.prefix(80))'\(number.map { " version \($0)" } ?? "").",
                    hint: "gatehouse policy list")
            }
            let permission = Permission.editPolicy(pattern: pattern)
            let holders = try tx.allGrants(at: now).filter { $0.grant.allows(permission) }.map(\.holder.text)
            return PolicyScreen(
                version: shown, policy: try shown.parsed(), isNewest: shown.number == newest.number,
                versions: try tx.policyVersions(of: pattern, limit: versionsMax),
                staleness: try services.policies.staleness(ofNewest: newest, at: now, tx),
                confirmation: try tx.policyConfirmation(of: pattern, newest.number),
                proposals: try tx.openProposals(of: pattern, at: now, limit: versionsMax),
                models: try tx.models(ruledBy: pattern, limit: modelsMax), editors: Array(Set(holders)).sorted())
        }
    }
}

extension PolicyVersion {
    /// Fails with `internalFailure` where what was stored cannot be read any more.
    func parsed() throws(GatehouseError) -> Policy {
        do {
            return try PolicyParser.parse(text, file: reference)
        } catch {
            throw GatehouseError(.internalFailure, "The stored policy \(reference) cannot be read.", details: error.lines)
        }
    }
}
