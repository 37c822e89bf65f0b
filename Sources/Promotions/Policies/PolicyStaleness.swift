package import Access
import AuditLog
package import GatehouseCore
import Gates
import Registry
package import Storage

/// Why a policy has to be looked at again: its date has come, or models became so much better that its thresholds no longer
/// say much.
package struct PolicyStaleness: Sendable, Equatable {
    package let policy: String
    package let reasons: [String]
    /// Whether promotions are refused until somebody confirms the policy.
    package let blocks: Bool
    package let command: String

    package var note: String { "the policy \(policy) is stale: \(reasons.joined(separator: "; "))" }
}

/// That somebody looked at a policy version and it still holds.
package struct PolicyConfirmation: Sendable, Equatable {
    package static let daysMax = 365

    package let pattern: String
    package let number: VersionNumber
    package let confirmedBy: Principal
    package let confirmed: Timestamp
    package let until: Timestamp
}

extension PolicyBook {
    private static let promotedMax = 100

    /// Nil: it is not stale.
    package func staleness(
        of inForce: PolicyInForce, for model: ModelName, at now: Timestamp, _ tx: SQLTransaction
    ) throws -> PolicyStaleness? {
        guard let applied = inForce.version else { return nil }
        let confirmation = try tx.policyConfirmation(of: applied.pattern, applied.number)
        var reasons: [String] = []
        if let date = inForce.policy.reviewBy, now >= confirmation?.until ?? date {
            let due = confirmation.map { "its confirmation held until \($0.until)" } ?? "review_by \(date) has passed"
            reasons.append(due)
        }
        if let limit = inForce.policy.reviewAfterImprovement {
            reasons +=
                try improvement(above: limit, of: model, since: confirmation?.confirmed ?? applied.applied, tx).map { [$0] } ?? []
        }
        guard !reasons.isEmpty else { return nil }
        return PolicyStaleness(
            policy: inForce.reference, reasons: reasons, blocks: inForce.policy.stale == .block,
            command: "gatehouse policy confirm \(shellQuoted(applied.pattern)) --reason \"…\"")
    }

    /// The newest version that came into Production since and improved the metric by more, in words.
    private func improvement(
        above limit: Double, of model: ModelName, since: Timestamp, _ tx: SQLTransaction
    ) throws -> String? {
        let promoted = try tx.rows(
            """
            SELECT version FROM slot_change WHERE model = \(model) AND version IS NOT NULL AND changed_at > \(since)
            ORDER BY changed_at DESC LIMIT \(Self.promotedMax)
            """
        ) { try VersionNumber($0.integer("version")) }
        for version in promoted {
            guard let evaluation = try tx.latestFinishedEvaluation(of: model, version: version),
                let found = evaluation.results.lazy.compactMap(\.improvement).first, found.value > limit
            else { continue }
            return "v\(version) improved \(found.metric) by \(JSONValue.number(found.value).canonicalText), more than "
                + JSONValue.number(limit).canonicalText
        }
        return nil
    }
}

extension CheckResult {
    private static let improvementSuffix = "_improvement"

    /// What an accuracy check measured against the champion.
    var improvement: (metric: String, value: Double)? {
        guard gate == Accuracy.descriptor.name else { return nil }
        return judgement.measurements.lazy.compactMap { measurement in
            guard measurement.metric.hasSuffix(Self.improvementSuffix), let value = measurement.value else { return nil }
            return (String(measurement.metric.dropLast(Self.improvementSuffix.count)), value)
        }.first
    }
}

extension SQLTransaction {
    /// The policy version behind a reference such as `credit-risk@3`; nil for the server's default.
    func policy(reference: String) throws -> PolicyVersion? {
        guard let at = reference.lastIndex(of: "@"),
            let number = try? VersionNumber(parsing: String(reference[at...].dropFirst()))
        else { return nil }
        return try policy(String(reference[..<at]), number)
    }

    /// The newest confirmation of a policy version.
    package func policyConfirmation(of pattern: String, _ number: VersionNumber) throws -> PolicyConfirmation? {
        try first(
            """
            SELECT * FROM policy_confirmation WHERE pattern = \(pattern) AND number = \(number)
            ORDER BY audit_entry DESC LIMIT 1
            """
        ) { row in
            PolicyConfirmation(
                pattern: try row.text("pattern"), number: try VersionNumber(row.integer("number")),
                confirmedBy: Principal(stored: try row.text("confirmed_by")), confirmed: try row.timestamp("confirmed_at"),
                until: try row.timestamp("until_at"))
        }
    }
}

extension PolicyEditService {
    /// Records that the policy in force for a model or pattern still holds: until `until`, else until its `review_by` or for
    /// `PolicyConfirmation.daysMax` days, whichever is later. Fails with `notFound` where nobody applied one.
    package func confirm(
        _ pattern: String, until: Timestamp?, reason: String, by caller: Caller
    ) async throws -> PolicyConfirmation {
        try Reason.check(reason, for: "A confirmation")
        return try await store.write { tx in
            let governing = pattern.contains("*") ? nil : try tx.governingPolicy(of: ModelName(pattern))
            guard let version = try tx.policy(pattern) ?? governing else {
                throw GatehouseError(
                    .notFound, "Nobody applied a policy for '\(pattern.prefix(80))'.", hint: "gatehouse policy list")
            }
            try caller.require(.editPolicy(pattern: version.pattern))
            let now = now()
            let longest = now.adding(.seconds(Int64(PolicyConfirmation.daysMax) * 86_400))
            let reviewBy = try Self.parse(version.text).reviewBy
            let end = until ?? max(reviewBy ?? longest, longest)
            guard end > now, until == nil || end <= longest else {
                throw GatehouseError(
                    .invalidArgument, "A confirmation holds for at most \(PolicyConfirmation.daysMax) days from now.",
                    hint: "Give a date up to \(longest).")
            }
            let entry = try tx.append(
                AuditDraft(
                    id: ids(), time: now, principal: caller.principal, action: .policyConfirmed,
                    model: try? ModelName(version.pattern), reason: reason,
                    facts: .object([
                        "policy": .string(version.reference), "digest": .string(version.digest.description),
                        "until": .string(end.description),
                    ])))
            try tx.execute(
                """
                INSERT INTO policy_confirmation (pattern, number, confirmed_by, confirmed_at, until_at, audit_entry)
                VALUES (\(version.pattern), \(version.number), \(caller.principal), \(now), \(end), \(entry.sequence))
                """)
            return PolicyConfirmation(
                pattern: version.pattern, number: version.number, confirmedBy: caller.principal, confirmed: now, until: end)
        }
    }
}
