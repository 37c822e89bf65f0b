import Access
import GatehouseCore
import Gates
import Hummingbird
import Promotions
import Registry
import Storage
import WireAPI

/// Policy edits that take a second person, confirmations, and what the past says about a draft.
struct PolicyProposalRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.get("policies/proposals") { request, context in
            _ = try context.caller(who: .read)
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let model = request.text("model")
            let items = try await services.store.read { tx in
                try tx.policyProposals(of: model, limit: limit).map { try answer($0, tx) }
            }
            return try Response.json(PageAnswer(items: items))
        }
        group.get("policies/proposals/:id") { _, context in
            _ = try context.caller(who: .read)
            let id = try context.segment("id")
            let shown = try await services.store.read { tx in
                guard let proposal = try tx.policyProposal(id: id) else {
                    throw GatehouseError(.notFound, "There is no proposal '\(id)'.", hint: "gatehouse policy proposals")
                }
                return try answer(proposal, tx)
            }
            return try Response.json(shown)
        }
        group.post("policies/proposals/:id/approve") { request, context in
            let caller = try context.caller(who: .read)
            let call: ApprovePolicyCall = try await request.decode()
            let applied = try await services.policyEdits.approve(
                context.segment("id"), digest: Digest(parsing: call.digest), by: caller)
            return try Response.json(PolicyAnswer(applied))
        }
        group.post("policies/proposals/:id/withdraw") { _, context in
            let caller = try context.caller(who: .read)
            let withdrawn = try await services.policyEdits.withdraw(context.segment("id"), by: caller)
            return try await Response.json(services.store.read { tx in try answer(withdrawn, tx) })
        }
        group.post("policies/confirm") { request, context in
            let caller = try context.caller(who: .read)
            let call: ConfirmPolicyCall = try await request.decode()
            let confirmed = try await services.policyEdits.confirm(
                call.model, until: call.until.map { try Timestamp(parsing: $0) }, reason: call.reason,
                by: caller)
            return try Response.json(
                PolicyConfirmationAnswer(
                    policy: "\(confirmed.pattern)@\(confirmed.number)", confirmedBy: confirmed.confirmedBy.text,
                    confirmedAt: confirmed.confirmed.description, until: confirmed.until.description))
        }
        group.post("policies/backtest") { request, context in
            _ = try context.caller(who: .read)
            let call: BacktestCall = try await request.decode()
            let found = try await services.backtests.run(
                call.yaml, model: call.model.map { try ModelName($0) }, limit: Int(clamping: call.limit ?? 50))
            return try Response.json(
                BacktestAnswer(
                    model: found.model.text, digest: found.digest.description,
                    versions: found.rows.map(BacktestVersionAnswer.init)))
        }
    }

    private func answer(_ proposal: PolicyProposal, _ tx: SQLTransaction) throws -> PolicyProposalAnswer {
        let newest = try tx.policy(proposal.pattern)
        let changes = try services.policyEdits.changes(of: proposal, tx)
        return PolicyProposalAnswer(
            id: proposal.id, state: proposal.state(at: services.now(), newest: newest?.number).rawValue,
            model: proposal.pattern, baseVersion: proposal.base?.value, digest: proposal.digest.description,
            yaml: proposal.text, proposedBy: proposal.proposedBy.text, proposedAt: proposal.proposed.description,
            expiresAt: proposal.expires.description, decidedBy: proposal.decidedBy?.text,
            decidedAt: proposal.decided?.description, appliedVersion: proposal.applied?.value,
            changes: changes.map {
                PolicyChangeAnswer(path: $0.path, old: $0.old, new: $0.new, effect: $0.effect.rawValue)
            })
    }
}

extension PolicyAnswer {
    /// Rules that are not in force.
    init(_ proposal: PolicyProposal) {
        self.init(
            model: proposal.pattern, version: nil, digest: proposal.digest.description, yaml: proposal.text, rules: [:],
            appliedAt: nil, appliedBy: nil, proposal: proposal.id)
    }
}

extension BacktestVersionAnswer {
    init(_ row: BacktestRow) {
        self.init(
            version: row.version.value, evaluationID: row.evaluation, policy: row.policy, finishedAt: row.finished.description,
            passed: row.passed, outcome: row.outcome.rawValue,
            checks: row.checks.map {
                BacktestCheckAnswer(name: $0.name, was: $0.was?.rawValue, would: $0.would?.rawValue, reason: $0.reason)
            })
    }
}
