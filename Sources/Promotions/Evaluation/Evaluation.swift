package import GatehouseCore
package import Gates

/// One run of all checks of a policy version against one model version.
package struct Evaluation: Sendable, Equatable {
    package enum State: String, Sendable, CaseIterable {
        case queued, running, finished
        /// It could not be carried out; `reason` says why. Not a verdict: nothing was judged.
        case failed
    }

    package let id: String
    package let model: ModelName
    package let version: VersionNumber
    package let state: State
    /// `credit-risk@3`, or `default`.
    package let policyReference: String
    package let policyDigest: Digest
    package let artifactDigest: Digest?
    package let datasetReference: String?
    package let championVersion: VersionNumber?
    package let results: [CheckResult]
    package let reason: String?
    package let requestedBy: Principal
    package let startedAt: Timestamp
    package let finishedAt: Timestamp?

    /// Nil until finished.
    package var passed: Bool? { state == .finished ? results.pass : nil }
    package var blockingChecks: [String] { results.filter(\.blocks).map(\.name) }

    package var facts: EvaluationFacts? {
        guard state == .finished, let finishedAt else { return nil }
        var facts = EvaluationFacts(
            id: id, policyDigest: policyDigest, artifactDigest: artifactDigest, blockingChecks: blockingChecks,
            isEmpty: results.isEmpty,
            finishedAt: finishedAt)
        facts.policyReference = policyReference
        facts.startedAt = startedAt
        return facts
    }
}

extension [CheckResult] {
    /// Every blocking check passed. No check at all is no pass: nothing was shown.
    package var pass: Bool { !isEmpty && !contains(where: \.blocks) }

    /// The outcome as a sentence.
    package var conclusion: String {
        guard !isEmpty else { return "The policy asks for no check, so nothing was shown." }
        let blocking = filter(\.blocks).map(\.name)
        return blocking.isEmpty ? "All blocking checks passed." : "Failed gates: \(blocking.joined(separator: ", "))"
    }
}
