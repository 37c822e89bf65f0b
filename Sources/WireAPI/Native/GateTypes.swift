// Gates for tools that move traffic themselves: Flagger's webhooks and Argo Rollouts' web metric. docs/gates-for-others.md has
// the contracts.

package import GatehouseCore

/// What Flagger sends to a webhook. Members that newer releases add are passed over.
package struct FlaggerCall: Codable, Sendable {
    /// Of the `Canary`.
    package let name: String?
    package let namespace: String?
    /// `Progressing`, `WaitingPromotion`, …
    package let phase: String?
    /// As the manifest has it; says which version is asked about.
    package let metadata: [String: String]?

    package init(name: String?, namespace: String?, phase: String?, metadata: [String: String]?) {
        self.name = name
        self.namespace = namespace
        self.phase = phase
        self.metadata = metadata
    }
}

/// Whether a version may serve, with what that was read from.
package struct GateAnswer: Codable, Sendable {
    /// Only where `verdict` is `pass`.
    package let ok: Bool
    /// `pass`, `fail` or `inconclusive`.
    package let verdict: String
    package let reason: String
    package let modelName: String
    /// Null where nothing is in the slot that was asked about.
    package let modelVersion: Int64?
    package let stage: String?
    package let slot: String
    package let artifactDigest: String?
    /// The rollout that brings the version into the slot.
    package let rollout: String?
    package let evaluation: String?
    /// What was measured, by name: of the rollout, or of the evaluation.
    package let measurements: [String: JSONValue]

    package init(
        verdict: String, reason: String, modelName: String, modelVersion: Int64?, stage: String?, slot: String,
        artifactDigest: String?, rollout: String?, evaluation: String?, measurements: [String: JSONValue]
    ) {
        ok = verdict == "pass"
        self.verdict = verdict
        self.reason = reason
        self.modelName = modelName
        self.modelVersion = modelVersion
        self.stage = stage
        self.slot = slot
        self.artifactDigest = artifactDigest
        self.rollout = rollout
        self.evaluation = evaluation
        self.measurements = measurements
    }

    enum CodingKeys: String, CodingKey {
        case ok, verdict, reason, stage, slot, rollout, evaluation, measurements
        case modelName = "model_name"
        case modelVersion = "model_version"
        case artifactDigest = "artifact_digest"
    }
}

/// The same where a JSONPath looks for it.
package struct ArgoAnswer: Codable, Sendable {
    package let data: GateAnswer

    package init(data: GateAnswer) { self.data = data }
}
