import GatehouseCore
import Gates

extension Clearance {
    /// Whether the newest evaluation that was carried out is one to rely on, and what it says. Silence is no pass: an evaluation
    /// that is missing, too old, of other bytes, under another policy or without a check says nothing.
    static func byEvaluation(
        _ evaluation: Evaluation?, of version: (subject: String, artifact: Digest?), under inForce: PolicyInForce,
        waived: Set<String>, at now: Timestamp, remedy: String
    ) -> Clearance {
        func unknown(_ reason: String) -> Clearance { Clearance(.inconclusive, reason, remedy: remedy) }
        guard let evaluation, let finished = evaluation.finishedAt else {
            return unknown("\(version.subject) has no finished evaluation.")
        }
        let name = "The evaluation \(evaluation.id) of \(version.subject)"
        guard evaluation.artifactDigest == version.artifact else { return unknown("\(name) was of other bytes.") }
        guard evaluation.policyDigest == inForce.digest else {
            return unknown("\(name) was under \(evaluation.policyReference), and \(inForce.reference) is in force.")
        }
        let maxAge = inForce.policy.evaluation.maxAge
        guard now.since(finished) <= maxAge else {
            return unknown("\(name) is older than the policy's max_age of \(maxAge.shortText).")
        }
        guard !evaluation.results.isEmpty else { return unknown(evaluation.results.conclusion) }
        let blocking = evaluation.results.filter { $0.blocks && !waived.contains($0.name) }
        guard let first = blocking.first(where: { $0.verdict == .fail }) ?? blocking.first else {
            let note = waived.isEmpty ? "" : ", \(waived.sorted().joined(separator: ", ")) by a waiver"
            return Clearance(.pass, "\(name): every blocking check passed\(note).")
        }
        let names = blocking.map(\.name).joined(separator: ", ")
        return Clearance(
            first.verdict == .fail ? .fail : .inconclusive, "\(name): \(names). \(first.name): \(first.judgement.reason)",
            remedy: remedy)
    }
}
