package import GatehouseCore
import Gates
import Registry
import Storage

/// What an approval is about: the very bytes, results and rules that the reviewer saw. A change in any of them voids it.
package struct ReviewBinding: Sendable, Equatable {
    package enum Field: String, Sendable, CaseIterable {
        case artifact, signature, policy, dataset, slot
        case gateResults = "gate_results"
        case rolloutPlan = "rollout_plan"
        /// Only where the policy asks for it.
        case shadow

        var isOptional: Bool { self == .shadow }
    }

    private let values: [Field: JSONValue]

    init(_ values: [Field: JSONValue]) { self.values = values.filter { !$0.key.isOptional || $0.value != .null } }

    /// Reads `json`. Fails with `integrity` when a field is missing or unknown.
    package init(json: JSONValue) throws {
        let members = json.objectValue ?? [:]
        let known = Field.allCases.compactMap { field in members[field.rawValue].map { (field, $0) } }
        guard Field.allCases.allSatisfy({ $0.isOptional || members[$0.rawValue] != nil }), members.count == known.count else {
            throw GatehouseError(.integrity, "What a review is bound to is not in the form that this program writes.")
        }
        values = Dictionary(uniqueKeysWithValues: known)
    }

    package subscript(field: Field) -> JSONValue { values[field] ?? .null }

    /// The canonical form, with one named member per field.
    package var json: JSONValue {
        let there = Field.allCases.filter { !$0.isOptional || values[$0] != nil }
        return .object(Dictionary(uniqueKeysWithValues: there.map { ($0.rawValue, self[$0]) }))
    }
    package var digest: Digest { .sha256(of: json.canonicalBytes) }

    /// The fields that are not the same in `other`. Compared as they are written: a 5000.0 that was kept comes back as 5000.
    package func changes(to other: ReviewBinding) -> [Field] {
        Field.allCases.filter { self[$0].canonicalBytes != other[$0].canonicalBytes }
    }

    package static func == (one: ReviewBinding, other: ReviewBinding) -> Bool { one.changes(to: other).isEmpty }
}

extension ReviewBinding.Field {
    /// Behind "because": `the policy changed`.
    package var words: String {
        switch self {
        case .artifact: "the artifact changed"
        case .signature: "the signature changed"
        case .policy: "the policy changed"
        case .dataset: "it was evaluated on another dataset"
        case .slot: "the slot changed"
        case .gateResults: "it was evaluated again, with other results"
        case .rolloutPlan: "the rollout plan changed"
        case .shadow: "the shadow evidence does not hold any more"
        }
    }
}

extension SQLTransaction {
    /// What a review of this version for this slot would be bound to now.
    func binding(
        of version: ModelVersion, for slot: Slot, under inForce: PolicyInForce, at now: Timestamp
    ) throws -> ReviewBinding {
        let shadow = try shadowFinding(of: version, for: slot, under: inForce, at: now)
        let evaluation = try latestFinishedEvaluation(of: version.model, version: version.number)
        return ReviewBinding([
            .artifact: version.artifact.map { .string($0.description) } ?? .null,
            .signature: version.signature.map { .string(Digest.sha256(of: $0.json.canonicalBytes).description) } ?? .null,
            .gateResults: evaluation.map { .string($0.resultsDigest.description) } ?? .null,
            .policy: .string(inForce.digest.description),
            .dataset: try evaluation?.datasetReference.map { try datasetBinding($0) } ?? .null,
            .slot: .string(slot.description),
            .rolloutPlan: inForce.policy.json["rollout"] ?? .null,
            .shadow: shadow.map { .string($0.digest.description) } ?? .null,
        ])
    }

    private func datasetBinding(_ reference: String) throws -> JSONValue {
        let digest = try? dataset(NamedVersion(parsing: reference)).digest
        return .object(["reference": .string(reference), "digest": digest.map { .string($0.description) } ?? .null])
    }
}

extension Evaluation {
    /// What the audit entry of a finished evaluation calls `results_digest`.
    var resultsDigest: Digest { .sha256(of: JSONValue.array(results.map(\.json)).canonicalBytes) }
}
