package import GatehouseCore
package import Gates
package import Scoring

/// Everything an evaluation needs, resolved: files on disk with the digests they must have, and the policy that judges.
/// Made from the registry by a server, from files by the command line; judged by the same `Evaluator`.
package struct EvaluationPlan: Sendable {
    /// `credit-risk v2`, for sentences.
    package let subject: String
    package let policy: Policy
    package let policyDigest: Digest
    package let candidate: ModelUnderTest
    /// Nil when no version is active yet.
    package let champion: ModelUnderTest?
    package let dataset: Available<DataFile>
    /// What the pipeline in production delivers.
    package let pipeline: Available<(name: String, schema: [FieldSchema])>
    /// Where current feature values come from; nil when no drift check asks for them.
    package let current: Available<DataFile>
    /// The same from gateways; nil unless the policy asks for live traffic.
    package var live: Result<LiveTraffic, Absence>?
    /// Which inputs gateways saw; nil unless the policy asks for it.
    package var observed: Result<ObservedInputs, Absence>?
    /// Posted evidence and attestations, by check name.
    package let posted: [String: CustomEvidence]

    package init(
        subject: String, policy: Policy, policyDigest: Digest, candidate: ModelUnderTest, champion: ModelUnderTest?,
        dataset: Available<DataFile>, pipeline: Available<(name: String, schema: [FieldSchema])>, current: Available<DataFile>,
        posted: [String: CustomEvidence]
    ) {
        self.subject = subject
        self.policy = policy
        self.policyDigest = policyDigest
        self.candidate = candidate
        self.champion = champion
        self.dataset = dataset
        self.pipeline = pipeline
        self.current = current
        self.posted = posted
    }
}

/// A model as files on disk.
package struct ModelUnderTest: Sendable {
    /// `credit-risk v1`.
    package let name: String
    /// What a model server calls it; nil for a file that was never registered.
    package let registeredName: String?
    /// A directory or a single file; nil when the bytes cannot be read here (an unpinned version).
    package let path: String?
    package let digest: Digest?
    /// Given at registration; else what the artifact's `MLmodel` says.
    package let signature: ModelSignature?
    /// Text of `feature_stats.json`; else the artifact's.
    package let featureStats: String?
    /// How the champion is run; nil: natively. The candidate's way is the policy's to say.
    package let runner: RunnerChoice?

    package init(
        name: String, registeredName: String? = nil, path: String?, digest: Digest?, signature: ModelSignature? = nil,
        featureStats: String? = nil, runner: RunnerChoice? = nil
    ) {
        self.name = name
        self.registeredName = registeredName
        self.path = path
        self.digest = digest
        self.signature = signature
        self.featureStats = featureStats
        self.runner = runner
    }
}

/// A data file with the digest it had when it was registered.
package struct DataFile: Sendable {
    /// `credit-holdout@3`.
    package let name: String
    package let path: String
    package let format: DatasetFormat
    /// Nil for a file that was never registered: whatever it holds now is what is measured.
    package let digest: Digest?
    /// Columns that were registered as text.
    package let textColumns: Set<String>

    package init(name: String, path: String, format: DatasetFormat, digest: Digest?, textColumns: Set<String> = []) {
        self.name = name
        self.path = path
        self.format = format
        self.digest = digest
        self.textColumns = textColumns
    }
}
