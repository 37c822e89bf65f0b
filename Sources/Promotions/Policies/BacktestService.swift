package import GatehouseCore
import Gates
import Registry
package import Storage

/// What one evaluation of the past says about a draft.
package struct BacktestRow: Sendable {
    /// What the draft would have made of it.
    package enum Outcome: String, Sendable, CaseIterable {
        case pass, fail
        /// A check that decides cannot be judged from what was kept, or the draft has no check.
        case undecided
    }

    package struct Check: Sendable {
        package let name: String
        /// What it said then; nil where it was not run.
        package let was: Verdict?
        /// What it would say; nil with the reason why nobody can tell without measuring.
        package let would: Verdict?
        package let reason: String?
        package let blocks: Bool
    }

    package let version: VersionNumber
    package let evaluation: String
    package let policy: String
    package let finished: Timestamp
    package let passed: Bool
    package let outcome: Outcome
    package let checks: [Check]
}

package struct Backtest: Sendable {
    package let model: ModelName
    /// Of the draft.
    package let digest: Digest
    package let rows: [BacktestRow]
}

/// Which versions of the past would have passed or failed under a draft, from what their newest evaluations kept. Nothing is
/// measured, and what would have to be is named.
package struct BacktestService: Sendable {
    package static let versionsMax = 200

    private let store: any SQLStore
    private let policies: PolicyBook

    package init(store: any SQLStore, policies: PolicyBook) {
        self.store = store
        self.policies = policies
    }

    /// Newest versions first. `model` is for a draft whose `model` is a pattern. Fails with `invalidArgument` listing every
    /// problem of the draft, or when it does not rule the model.
    package func run(_ yaml: String, model: ModelName?, limit: Int) async throws -> Backtest {
        let draft = try PolicyEditService.parse(yaml)
        let pattern = try ModelPattern(draft.model)
        guard let name = try model ?? (pattern.isExact ? ModelName(draft.model) : nil) else {
            throw GatehouseError(
                .invalidArgument, "The draft is for the pattern '\(draft.model)': name the model whose past it is tried on.",
                hint: "Add --model NAME.")
        }
        guard pattern.matches(name) else {
            throw GatehouseError(.invalidArgument, "The draft is for '\(draft.model)', which is not \(name).")
        }
        let rows = try await store.read { tx in
            _ = try tx.requiredModel(name)
            var known: [String: Policy?] = [:]
            return try tx.versions(of: name, limit: min(max(limit, 1), Self.versionsMax)).compactMap { version -> BacktestRow? in
                guard let evaluation = try tx.latestFinishedEvaluation(of: name, version: version.number) else { return nil }
                if known[evaluation.policyReference] == nil {
                    known[evaluation.policyReference] = .some(try judging(evaluation, tx))
                }
                return Self.row(draft, evaluation, judgedBy: known[evaluation.policyReference] ?? nil)
            }
        }
        return Backtest(model: name, digest: .sha256(of: draft.canonicalBytes), rows: rows)
    }

    /// The policy an evaluation was made under; nil when it is not on record any more, as after another default.
    private func judging(_ evaluation: Evaluation, _ tx: SQLTransaction) throws -> Policy? {
        guard let stored = try tx.policy(reference: evaluation.policyReference) else {
            let fallback = policies.defaultPolicy(for: evaluation.model)
            return fallback.digest == evaluation.policyDigest ? fallback.policy : nil
        }
        guard stored.digest == evaluation.policyDigest else { return nil }
        return try PolicyParser.parse(stored.text, file: stored.reference)
    }

    static func row(_ draft: Policy, _ evaluation: Evaluation, judgedBy old: Policy?) -> BacktestRow {
        let isSameData = old?.evaluation.measuredOn == draft.evaluation.measuredOn
        let checks = draft.checks.map { check in
            let result = evaluation.results.first { $0.name == check.name }
            let found = Rejudgement.of(
                check, judged: old?.checks.first { $0.name == check.name }, result: result, isSameData: isSameData)
            switch found {
            case .verdict(let verdict):
                return BacktestRow.Check(
                    name: check.name, was: result?.verdict, would: verdict, reason: nil, blocks: check.blocks(verdict))
            case .notMeasured(let reason):
                return BacktestRow.Check(name: check.name, was: result?.verdict, would: nil, reason: reason, blocks: false)
            }
        }
        let isOpen = draft.checks.isEmpty || zip(draft.checks, checks).contains { $0.enforcement == .block && $1.would == nil }
        return BacktestRow(
            version: evaluation.version, evaluation: evaluation.id, policy: evaluation.policyReference,
            finished: evaluation.finishedAt ?? evaluation.startedAt, passed: evaluation.passed ?? false,
            outcome: checks.contains(where: \.blocks) ? .fail : isOpen ? .undecided : .pass, checks: checks)
    }
}

extension CheckConfiguration {
    fileprivate func blocks(_ verdict: Verdict) -> Bool {
        guard enforcement == .block else { return false }
        switch verdict {
        case .pass: return false
        case .fail, .error: return true
        case .inconclusive: return inconclusiveBlocks
        }
    }
}
