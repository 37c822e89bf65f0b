package import AuditLog
package import GatehouseCore
package import Gates
import Registry

/// What an evaluation leaves in the audit log: enough to say years later what was measured, on which rows, against which
/// limits, and how the champion did then.
///
/// The results stand in the entry where they fit, else by their digest alone: the bytes are then those of `document`, which
/// a bundle carries beside the entries. A sentence of a custom check is somebody else's words and lies with the entry's
/// texts.
package struct EvaluationRecord: Sendable, Equatable {
    /// An audit entry has 65,535 bytes; the rest of it, with a digest per signed statement, needs a few thousand.
    static let factsBytesMax = 52_000
    static let textBytesMax = 60_000
    /// The name of the text that holds the sentences of custom checks, as JSON by the check's name.
    static let customReasonsText = "custom_reasons"

    package struct Policy: Sendable, Equatable {
        /// `credit-risk@3`, or `default`.
        package let reference: String
        package let digest: Digest
        /// Nil for the server's default policy.
        package let applied: Timestamp?
        /// The entry that records when it was applied; nil where there is none.
        package let auditSequence: Int64?
        package let asksForShadow: Bool?
        package let reviewersRequired: Int?
    }

    package struct DataReference: Sendable, Equatable {
        /// `credit-holdout@3`.
        package let reference: String
        package let digest: Digest?
        package let rows: Int64?
    }

    package struct Champion: Sendable, Equatable {
        package let version: VersionNumber
        package let artifact: Digest?
        /// Measured beside the candidate on the same rows.
        package let metrics: [Measurement]
    }

    package let id: String
    package let state: Evaluation.State
    package let passed: Bool?
    package let started: Timestamp?
    package let policy: Policy
    package let artifact: Digest?
    package let dataset: DataReference?
    package let champion: Champion?
    /// By the check's name.
    package let verdicts: [String: Verdict]
    package let resultsDigest: Digest
    /// Nil where only the digest is at hand.
    package let results: [CheckResult]?
    /// Why it could not be carried out.
    package let failure: String?
}

// MARK: - Writing

extension EvaluationRecord {
    /// `records` is nil for an evaluation that failed before it knew what to measure.
    init(_ evaluation: Evaluation, on records: PlanResolver.Records?, policyEntry: Int64?) {
        id = evaluation.id
        state = evaluation.state
        passed = evaluation.passed
        started = evaluation.startedAt
        let inForce = records?.inForce.policy
        policy = Policy(
            reference: evaluation.policyReference, digest: evaluation.policyDigest, applied: records?.inForce.applied,
            auditSequence: policyEntry, asksForShadow: inForce.map { $0.shadow != nil },
            reviewersRequired: inForce?.reviewersRequired)
        artifact = evaluation.artifactDigest
        dataset = records?.dataset.value.map {
            DataReference(reference: $0.reference, digest: $0.digest, rows: $0.rowCount)
        }
        let results = evaluation.results.map(\.withoutForeignWords)
        champion = records?.champion.map { holder in
            // As the accuracy gate calls it.
            let name = "champion \(holder.version.model) v\(holder.version.number)"
            return Champion(
                version: holder.version.number, artifact: holder.version.artifact,
                metrics: results.flatMap(\.judgement.measurements).filter {
                    $0.subject == name && $0.limit == nil && $0.verdict == nil
                })
        }
        verdicts = Dictionary(evaluation.results.map { ($0.name, $0.verdict) }, uniquingKeysWith: { _, last in last })
        resultsDigest = .sha256(of: Self.document(results))
        self.results = results
        failure = evaluation.state == .failed ? evaluation.reason ?? "" : nil
    }

    /// The bytes that `resultsDigest` is of.
    package static func document(_ results: [CheckResult]) -> [UInt8] {
        JSONValue.array(results.map(\.withoutForeignWords.json)).canonicalBytes
    }

    /// What the entry holds. Results that make it too long are left to the digest.
    var facts: JSONValue {
        var facts: [String: JSONValue] = [
            "evaluation": .string(id), "state": .string(state.rawValue), "passed": passed.map { .bool($0) } ?? .null,
            "started_at": started.map { .integer($0.milliseconds) } ?? .null,
            "policy": .string(policy.reference), "policy_digest": .string(policy.digest.description),
            "policy_applied_at": policy.applied.map { .integer($0.milliseconds) } ?? .null,
            "policy_entry": policy.auditSequence.map { .integer($0) } ?? .null,
            "shadow_asked": policy.asksForShadow.map { .bool($0) } ?? .null,
            "reviewers_required": policy.reviewersRequired.map { .integer(Int64($0)) } ?? .null,
            "artifact": artifact.map { .string($0.description) } ?? .null,
            "dataset": dataset.map { .string($0.reference) } ?? .null,
            "dataset_digest": dataset?.digest.map { .string($0.description) } ?? .null,
            "dataset_rows": dataset?.rows.map { .integer($0) } ?? .null,
            "champion": champion.map { .integer($0.version.value) } ?? .null,
            "champion_artifact": champion?.artifact.map { .string($0.description) } ?? .null,
            "champion_metrics": champion.map { .array($0.metrics.map(\.json)) } ?? .null,
            "checks": .object(verdicts.mapValues { .string($0.rawValue) }),
            "results_digest": .string(resultsDigest.description), "results": .null,
        ]
        let short = JSONValue.object(facts)
        facts["results"] = results.map { .array($0.map(\.json.withoutNulls)) } ?? .null
        let full = JSONValue.object(facts)
        return full.canonicalBytes.count <= Self.factsBytesMax ? full : short
    }

    /// The sentences of custom checks, cut to what an entry's text may hold. Nil where there are none.
    static func customReasons(of evaluation: Evaluation) -> String? {
        let custom = evaluation.results.filter(\.isCustom)
        guard !custom.isEmpty else { return nil }
        // Escaping can make six bytes of a scalar.
        let scalarsMax = textBytesMax / 6 / custom.count
        let sentences = custom.map { check in
            let kept = check.judgement.reason.unicodeScalars.prefix(scalarsMax)
            return (check.name, JSONValue.string(String(String.UnicodeScalarView(kept))))
        }
        return JSONValue.object(Dictionary(sentences, uniquingKeysWith: { _, last in last })).canonicalText
    }
}

extension CheckResult {
    var isCustom: Bool { gate == CheckConfiguration.customGate }

    /// What other programs and people wrote about a custom check does not belong into a leaf that can never change.
    fileprivate var withoutForeignWords: CheckResult {
        guard isCustom else { return self }
        let measurements = judgement.measurements.map {
            Measurement(
                $0.metric, subject: $0.subject, value: $0.value, lower: $0.lower, upper: $0.upper, limit: $0.limit, n: $0.n,
                verdict: $0.verdict, reason: nil)
        }
        return saying(Judgement(judgement.verdict, "", measurements: measurements))
    }

    fileprivate func saying(_ judgement: Judgement) -> CheckResult {
        CheckResult(
            name: name, gate: gate, enforcement: enforcement, inconclusiveBlocks: inconclusiveBlocks, judgement: judgement,
            durationMilliseconds: durationMilliseconds, inputs: inputs)
    }
}

extension JSONValue {
    /// Half of a measurement is null; a reader takes what is absent for null.
    fileprivate var withoutNulls: JSONValue {
        switch self {
        case .object(let members): .object(members.filter { $0.value != .null }.mapValues(\.withoutNulls))
        case .array(let elements): .array(elements.map(\.withoutNulls))
        case .null, .bool, .integer, .number, .string: self
        }
    }
}

// MARK: - Reading

extension EvaluationRecord {
    /// Reads an `evaluation.finished` entry; nil for another one, or where it lacks what every evaluation has. `documents` are
    /// those found by digest, their bytes already compared with it.
    package init?(_ entry: AuditEntry, documents: [Digest: [UInt8]]) {
        let facts = entry.facts
        guard entry.action == .evaluationFinished, let id = facts["evaluation"]?.stringValue,
            let state = facts["state"]?.stringValue.flatMap(Evaluation.State.init(rawValue:)),
            let policy = facts["policy"]?.stringValue, let policyDigest = facts.digest("policy_digest"),
            let resultsDigest = facts.digest("results_digest")
        else { return nil }
        self.id = id
        self.state = state
        passed = facts["passed"]?.boolValue
        started = facts.time("started_at")
        self.policy = Policy(
            reference: policy, digest: policyDigest, applied: facts.time("policy_applied_at"),
            auditSequence: facts["policy_entry"]?.integerValue, asksForShadow: facts["shadow_asked"]?.boolValue,
            reviewersRequired: facts["reviewers_required"]?.integerValue.flatMap { Int(exactly: $0) })
        artifact = facts.digest("artifact")
        dataset = facts["dataset"]?.stringValue.map {
            DataReference(reference: $0, digest: facts.digest("dataset_digest"), rows: facts["dataset_rows"]?.integerValue)
        }
        champion = facts.version("champion").map { version in
            Champion(
                version: version, artifact: facts.digest("champion_artifact"),
                metrics: (facts["champion_metrics"]?.arrayValue ?? []).compactMap { try? Measurement(json: $0) })
        }
        verdicts = (facts["checks"]?.objectValue ?? [:]).compactMapValues { $0.stringValue.flatMap(Verdict.init(rawValue:)) }
        self.resultsDigest = resultsDigest
        let stored = facts["results"]?.arrayValue ?? documents[resultsDigest].flatMap { try? JSONParser.parse($0).arrayValue }
        results = stored.flatMap { list in try? list.map { try CheckResult(json: $0) } }?.adding(
            entry.texts[Self.customReasonsText].flatMap { try? JSONParser.parse($0) })
        failure = state == .failed ? entry.reason : nil
    }

    /// Whether the rules were there before anything was measured by them. Nil for the server's default policy, whose age no
    /// entry knows.
    package var thresholdsAreOlder: Bool? {
        guard let applied = policy.applied, let started else { return nil }
        return applied <= started
    }
}

extension [CheckResult] {
    /// The sentences that lay beside the entry, where they were not forgotten.
    fileprivate func adding(_ reasons: JSONValue?) -> [CheckResult] {
        map { result in
            guard let reason = reasons?[result.name]?.stringValue, result.judgement.reason.isEmpty else { return result }
            return result.saying(
                Judgement(
                    result.verdict, reason, measurements: result.judgement.measurements, warnings: result.judgement.warnings,
                    calibration: result.judgement.calibration)
            )
        }
    }
}
