import Access
import GatehouseCore
import Gates
import HTTPAPI
import Promotions
import Registry
import Storage

extension PolicyDiffScreen {
    private static let modelsMax = 20
    private static let choicesMax = 100

    /// `to` is a version or a proposal, else the newest version; `from` a version, else the one before; `model` the one
    /// whose past it is replayed on.
    static func load(_ page: PageRequest, to: String? = nil, draft: String? = nil) async throws -> PolicyDiffScreen {
        _ = try page.caller(who: .read)
        let pattern = try page.segment("pattern")
        let from = try page.query("from").map { try VersionNumber(parsing: $0) }
        let to = to ?? page.query("to")
        let asked = try page.query("model").map { try ModelName($0) }
        let (services, now) = (page.services, page.visit.now)
        let (subject, old, models, versions) = try await services.store.read { tx in
            let subject = try draft.map(Subject.draft) ?? Self.subject(pattern, to, at: now, tx)
            return (
                subject, try Self.old(of: subject, pattern, from, tx), try tx.models(ruledBy: pattern, limit: modelsMax),
                try tx.policyVersions(of: pattern, limit: choicesMax).map(\.number)
            )
        }
        let new = try parsed(subject.text)
        guard new.model == pattern else {
            throw GatehouseError(
                .invalidArgument, "The draft is for '\(new.model.prefix(80))', and this page for '\(pattern.prefix(80))'.",
                hint: "Keep the line 'model: \(pattern.prefix(80))'.")
        }
        let fallback = services.policies.defaultPolicy(for: try ModelName(pattern.replacing("*", with: "x"))).policy
        let before = try old?.parsed() ?? fallback
        var (replay, unreplayed) = (Backtest?.none, String?.none)
        if let model = asked ?? models.first {
            do {
                replay = try await services.backtests.run(subject.text, model: model, limit: versionsMax)
            } catch let error as GatehouseError where error.code.httpStatus < 500 {
                unreplayed = error.message
            }
        } else {
            unreplayed = "No model lives under this policy yet, so there is no past to replay it on."
        }
        return PolicyDiffScreen(
            pattern: pattern, old: old, subject: subject, changes: PolicyDiff.changes(from: before, to: new),
            text: old.flatMap { TextDiff(from: $0.text, to: subject.text) }, replay: replay, unreplayed: unreplayed,
            models: models, versions: versions)
    }

    private static func subject(_ pattern: String, _ to: String?, at now: Timestamp, _ tx: SQLTransaction) throws -> Subject {
        if let to, to.hasPrefix("pp_") {
            guard let proposal = try tx.policyProposal(id: to), proposal.pattern == pattern else {
                throw GatehouseError(.notFound, "There is no proposal '\(to.prefix(80))'.", hint: "gatehouse policy proposals")
            }
            return .proposal(proposal, proposal.state(at: now, newest: try tx.policy(pattern)?.number))
        }
        guard let version = try tx.policy(pattern, try to.map { try VersionNumber(parsing: $0) }) else {
            throw GatehouseError(
                .notFound, "There is no policy '\(pattern.prefix(80))'\(to.map { " version \($0.prefix(20))" } ?? "").",
                hint: "gatehouse policy list")
        }
        return .version(version)
    }

    private static func old(
        of subject: Subject, _ pattern: String, _ from: VersionNumber?, _ tx: SQLTransaction
    ) throws -> PolicyVersion? {
        if let from {
            guard let version = try tx.policy(pattern, from) else {
                throw GatehouseError(.notFound, "The policy of '\(pattern.prefix(80))' has no version \(from).")
            }
            return version
        }
        switch subject {
        case .version(let version): return try tx.policyVersions(of: pattern, before: version.number, limit: 1).first
        case .proposal(let proposal, _): return try proposal.base.flatMap { try tx.policy(pattern, $0) }
        case .draft: return try tx.policy(pattern)
        }
    }

    private static func parsed(_ text: String) throws -> Policy {
        do {
            return try PolicyParser.parse(text, file: "policy")
        } catch {
            throw error.error
        }
    }
}
