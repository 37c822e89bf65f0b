import Access
import AuditLog
import GatehouseCore
import HTTPAPI
import Promotions
import Registry
import Storage

extension SearchScreen {
    static func load(_ page: PageRequest) async throws -> SearchScreen {
        let caller = try page.caller(who: .read)
        let query = String((page.query("q") ?? "").prefix(queryCharactersMax))
        guard !query.isEmpty else { return SearchScreen(query: "", hits: placeHits("")) }
        let seesLog = caller.grants.allows(.readAudit)
        let hits = try await page.services.store.read { tx in
            try tx.hits(byID: query, seesLog: seesLog) + tx.hits(byName: query)
        }
        return SearchScreen(query: query, hits: Array((hits + placeHits(query)).prefix(hitsMax)))
    }

    private static func placeHits(_ query: String) -> [Hit] {
        Place.allCases.filter { query.isEmpty || $0.name.lowercased().contains(query.lowercased()) }
            .map { Hit(kind: "page", name: $0.name, about: "", address: $0.address) }
    }
}

extension SQLTransaction {
    private typealias Hit = SearchScreen.Hit
    private static let namesMax = 8

    /// What has exactly this id or number.
    fileprivate func hits(byID text: String, seesLog: Bool) throws -> [SearchScreen.Hit] {
        var hits: [Hit] = []
        if let promotion = try promotion(id: text) {
            hits.append(
                Hit(
                    kind: "promotion", name: text, about: "\(promotion.model) v\(promotion.version) to \(promotion.to)",
                    address: Address.promotion(text)))
        }
        if let review = try review(id: text) {
            hits.append(
                Hit(kind: "review", name: text, about: "\(review.model) v\(review.version)", address: Address.review(text)))
        }
        if let rollout = try rollout(id: text) {
            hits.append(
                Hit(
                    kind: "rollout", name: text, about: "\(rollout.slot.model) v\(rollout.version)",
                    address: Address.rollout(text)))
        }
        if let run = try runInfo(text) {
            hits.append(Hit(kind: "run", name: run.name, about: run.id, address: Address.run(text)))
        }
        if let endpoint = try servingEndpoint(named: text) {
            hits.append(Hit(kind: "endpoint", name: text, about: "", address: Address.endpoint(endpoint.endpoint.name)))
        }
        if let proposal = try policyProposal(id: text) {
            hits.append(
                Hit(kind: "policy proposal", name: text, about: proposal.pattern, address: Address.proposal(proposal)))
        }
        if seesLog, let entry = try logEntry(text) {
            hits.append(
                Hit(
                    kind: "audit entry", name: "Entry \(entry.sequence)", about: entry.action.words,
                    address: Address.audit(entry.sequence)))
        }
        return hits
    }

    /// By its number or its id. One that is not as it was written is found all the same.
    private func logEntry(_ text: String) throws -> AuditEntry? {
        do {
            if let sequence = Int64(text) { return sequence >= 1 ? try auditEntry(sequence: sequence) : nil }
            return try auditEntry(id: text)
        } catch let error as GatehouseError where error.code == .integrity {
            return nil
        }
    }

    /// Models by a part of their name, with `3`, `v3` or `@alias` behind it one of their versions; policies and experiments by
    /// their whole name.
    fileprivate func hits(byName text: String) throws -> [SearchScreen.Hit] {
        var words = text.split(whereSeparator: \.isWhitespace).map(String.init)
        var hits: [Hit] = []
        if words.count > 1, let last = words.last, let number = try? VersionNumber(parsing: last.trimmingVersionMark) {
            words.removeLast()
            for model in try models(whoseName: words) where try version(number, of: model.name) != nil {
                hits.append(
                    Hit(
                        kind: "version", name: "\(model.name) v\(number)", about: "",
                        address: Address.version(model.name, number)))
            }
        }
        for model in try models(whoseName: words) {
            let about = String(model.description.prefix(80))
            hits.append(Hit(kind: "model", name: model.name.text, about: about, address: Address.model(model.name)))
        }
        if let policy = try policy(text) {
            hits.append(Hit(kind: "policy", name: policy.reference, about: "", address: Address.policy(policy.pattern)))
        }
        if let experiment = try experiment(named: text) {
            hits.append(
                Hit(kind: "experiment", name: experiment.name, about: "", address: Address.experiment("\(experiment.id)")))
        }
        return hits
    }

    private func models(whoseName words: [String]) throws -> [RegisteredModel] {
        guard !words.isEmpty else { return [] }
        let conditions = words.prefix(Self.namesMax).map { word -> SQLStatement in
            let escaped = word.lowercased().map { "%_!".contains($0) ? "!\($0)" : String($0) }.joined()
            return "LOWER(m.name) LIKE \("%\(escaped)%") ESCAPE '!'"
        }
        return try models(where: .joined(conditions, by: " AND "), limit: Self.namesMax)
    }
}

extension String {
    /// `v3` as `3`.
    fileprivate var trimmingVersionMark: String { hasPrefix("v") || hasPrefix("@") ? String(dropFirst()) : self }
}
