import GatehouseCore
package import Gates
import Registry
import Rollouts
import Storage

/// One panel of what a reviewer should look at, in words and numbers.
package struct ReviewEvidence: Sendable, Equatable {
    package let panel: Review.Panel
    package let title: String
    /// One finding per line.
    package let lines: [String]
    /// The checks behind it; empty where it rests on none.
    package let checks: [CheckResult]
}

extension SQLTransaction {
    func evidence(
        _ panels: [Review.Panel], for review: Review, _ promotion: Promotion, under policies: PolicyBook, at now: Timestamp
    ) throws -> [ReviewEvidence] {
        let evaluation = try promotion.evaluationID.flatMap { try self.evaluation(id: $0) }
        let policy = try policies.policy(for: review.model, self).policy
        return try panels.map { try evidence($0, for: review, promotion, evaluation, policy, at: now) }
    }

    private func evidence(
        _ panel: Review.Panel, for review: Review, _ promotion: Promotion, _ evaluation: Evaluation?, _ policy: Policy,
        at now: Timestamp
    ) throws -> ReviewEvidence {
        let results = evaluation?.results ?? []
        switch panel {
        case .gates:
            let dataset = evaluation?.datasetReference.map { "Measured on \($0)." }
            return ReviewEvidence(
                panel: panel, title: "Gate results",
                lines: [results.conclusion, dataset ?? "No dataset was used."] + results.map(\.sentence), checks: results)
        case .groups:
            let grouped = results.filter { $0.gate == "fairness" }
            return ReviewEvidence(
                panel: panel, title: "Evaluation by group",
                lines: grouped.isEmpty ? ["Nothing was measured by group."] : grouped.map(\.sentence), checks: grouped)
        case .champion:
            let champion = evaluation?.championVersion
            let compared = results.filter { $0.inputs["champion"] != nil }
            let line =
                champion.map { "Measured beside \(review.model) v\($0) on the same rows." }
                ?? "No version was active when it was measured, so only absolute limits applied."
            return ReviewEvidence(
                panel: panel, title: "Beside the champion",
                lines: [line] + compared.map(\.sentence), checks: compared)
        case .shadow:
            let digest = promotion.binding?[.shadow].stringValue.flatMap { try? Digest(parsing: $0) }
            let finding = try digest.flatMap { try shadowFinding($0) }
            let lines = finding.map { Array($0.summary.lines.prefix(1)) + $0.lines }
            return ReviewEvidence(
                panel: panel, title: "Shadow traffic",
                lines: lines ?? [policy.shadow == nil ? "Not asked for by the policy." : "Not measured."], checks: [])
        case .limitations:
            return ReviewEvidence(
                panel: panel, title: "Known limitations",
                lines: review.limitations.isEmpty ? ["The model card names none, or there is no card."] : review.limitations,
                checks: [])
        case .rollout:
            let power = try policy.rollout.map { try self.power(of: RolloutPlan($0), in: promotion.slot, at: now) }
            return ReviewEvidence(
                panel: panel, title: "Rollout plan", lines: [Self.words(policy.rollout)] + (power ?? []), checks: [])
        case .trials:
            let trials = try self.trials(of: review.id)
            return ReviewEvidence(
                panel: panel, title: "Edge cases", lines: [ReviewTrial.summary(trials)] + trials.map(\.sentence), checks: [])
        }
    }

    private static func words(_ rollout: RolloutRules?) -> String {
        guard let rollout else { return "None: it takes the whole traffic of its slot at once." }
        let steps = rollout.steps.map { "\($0) %" }.joined(separator: ", ")
        return
            "\(steps) of the traffic, each step at least \(rollout.stepMinDuration.shortText) and \(rollout.stepMinRequests) requests."
    }
}

extension CheckResult {
    fileprivate var sentence: String { "\(name): \(verdict.rawValue): \(judgement.reason)" }
}
