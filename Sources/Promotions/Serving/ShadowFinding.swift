package import GatehouseCore
import Gates
import Registry
import Storage

/// What shadow traffic had shown of a version for a slot when a promotion came to rest on it. Written once.
package struct ShadowFinding: Sendable, Equatable {
    package let summary: ShadowSummary
    let version: VersionNumber
    let slot: Slot
    let artifact: Digest
    let policy: Digest
    /// The entry that put into the slot what it ran beside.
    let championEntry: Int64
    /// The whole report, and its lines for people.
    package let report: JSONValue
    package let lines: [String]

    fileprivate var document: JSONValue {
        .object([
            "summary": summary.json, "version": .integer(version.value), "slot": .string(slot.description),
            "artifact": .string(artifact.description), "policy": .string(policy.description),
            "champion_entry": .integer(championEntry), "report": report, "lines": .array(lines.map { .string($0) }),
        ])
    }

    /// Of everything in it: what an approval is bound to.
    package var digest: Digest { .sha256(of: document.canonicalBytes) }

    /// As audit entries tell it.
    package var facts: JSONValue {
        .object((summary.json.objectValue ?? [:]).merging(["digest": .string(digest.description)]) { $1 })
    }
}

/// How a version stands with what its policy asks of shadow traffic.
package enum ShadowStanding: Sendable, Equatable {
    case notAsked
    /// There is nothing that could be judged.
    case absent(MissingRequirement)
    /// What was found, and what gets the rest where it is no pass.
    case found(ShadowFinding, remedy: String)

    package var finding: ShadowFinding? {
        switch self {
        case .notAsked, .absent: nil
        case .found(let finding, _): finding
        }
    }

    var gaps: [MissingRequirement] {
        switch self {
        case .notAsked: return []
        case .absent(let missing): return [missing]
        case .found(let finding, let remedy):
            guard finding.summary.verdict != .pass else { return [] }
            let run = finding.summary.run
            return finding.summary.reasons.map { MissingRequirement("shadow evidence of \(run): \($0)", command: remedy) }
        }
    }
}

extension SQLTransaction {
    /// What a promotion rests on already, as long as it still holds: the same bytes, rules and champion, and no older than
    /// the policy lets an evaluation become.
    func shadowFinding(
        of version: ModelVersion, for slot: Slot, under inForce: PolicyInForce, at now: Timestamp
    ) throws -> ShadowFinding? {
        guard inForce.policy.shadow != nil, let artifact = version.artifact, let champion = try occupantWithFallback(of: slot)
        else { return nil }
        return try first(
            """
            SELECT * FROM shadow_finding WHERE model = \(slot.model) AND version = \(version.number)
                AND environment = \(slot.environment) AND segment = \(slot.segment) AND artifact_digest = \(artifact)
                AND policy_digest = \(inForce.digest) AND champion = \(champion.version)
                AND champion_entry = \(champion.auditSequence)
                AND until_at >= \(now.adding(.zero - inForce.policy.evaluation.maxAge))
            ORDER BY until_at DESC, id LIMIT 1
            """, ShadowFinding.init(row:))
    }

    func shadowFinding(_ digest: Digest) throws -> ShadowFinding? {
        try first("SELECT * FROM shadow_finding WHERE id = \(digest.hex)", ShadowFinding.init(row:))
    }

    /// Nothing happens for one that is written already.
    func keep(_ finding: ShadowFinding) throws {
        try execute(
            """
            INSERT INTO shadow_finding (id, run, model, version, environment, segment, artifact_digest, policy_digest, champion,
                champion_entry, until_at, document)
            VALUES (\(finding.digest.hex), \(finding.summary.run), \(finding.slot.model), \(finding.version),
                \(finding.slot.environment), \(finding.slot.segment), \(finding.artifact), \(finding.policy),
                \(finding.summary.champion), \(finding.championEntry), \(finding.summary.until),
                \(finding.document))
            ON CONFLICT (id) DO NOTHING
            """)
    }

    /// Findings follow their model to another name.
    func renameModelOfShadows(from old: ModelName, to new: ModelName) throws {
        try execute("UPDATE shadow_run SET model = \(new) WHERE model = \(old)")
        try execute("UPDATE shadow_finding SET model = \(new) WHERE model = \(old)")
    }
}

extension ShadowFinding {
    fileprivate init(row: SQLRow) throws {
        let document = try row.json("document")
        guard let summary = document["summary"].flatMap({ ShadowSummary(json: $0) }) else {
            throw GatehouseError(.integrity, "What a shadow showed is not in the form that this program writes.")
        }
        self.init(
            summary: summary, version: try VersionNumber(row.integer("version")),
            slot: Slot(
                model: try ModelName(row.text("model")), environment: try row.text("environment"),
                segment: try row.text("segment")),
            artifact: try row.digest("artifact_digest"), policy: try row.digest("policy_digest"),
            championEntry: try row.integer("champion_entry"), report: document["report"] ?? .null,
            lines: document.texts("lines"))
    }
}
