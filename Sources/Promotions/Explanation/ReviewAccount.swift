package import AuditLog
package import GatehouseCore

/// What one review of a version came to: every entry about it under one id.
package struct ReviewAccount: Sendable, Equatable {
    package struct Step: Sendable, Equatable {
        package let sequence: Int64
        package let time: Timestamp
        /// `review.approved`, …
        package let action: String
        package let outcome: AuditOutcome
        package let by: Principal
        package let people: [String: Principal]
        /// Answers, comments, reasons: what is still there.
        package let texts: [String: String]
        package let erasedTexts: [String]
        package let facts: JSONValue
        /// Why an auditor should look twice: `faster_than_after_opening`, …
        package let flags: [String]
    }

    package let id: String
    package let steps: [Step]

    package var approvals: [Step] { steps.filter { $0.action == "review.approved" && $0.outcome != .refused } }
    package var rejections: [Step] { steps.filter { $0.action == "review.rejected" } }
    package var isVoid: Bool { steps.contains { $0.action == "review.voided" } }
    package var promotion: String? { steps.lazy.compactMap { $0.facts["promotion"]?.stringValue }.first }
    package var flags: [String] { Array(Set(steps.flatMap(\.flags))).sorted() }
}

extension ReviewAccount {
    static let actionPrefix = "review."

    /// The reviews that entries tell of, in the order in which they began.
    static func accounts(of entries: [AuditEntry]) -> [ReviewAccount] {
        var order: [String] = []
        var steps: [String: [Step]] = [:]
        for entry in entries where entry.action.rawValue.hasPrefix(actionPrefix) {
            let id = entry.facts["review"]?.stringValue ?? ""
            if steps[id] == nil { order.append(id) }
            steps[id, default: []].append(Step(entry))
        }
        return order.map { ReviewAccount(id: $0, steps: steps[$0] ?? []) }
    }
}

extension ReviewAccount.Step {
    fileprivate init(_ entry: AuditEntry) {
        sequence = entry.sequence
        time = entry.time
        action = entry.action.rawValue
        outcome = entry.outcome
        // A review that ends by itself is still somebody's.
        by = entry.principal.text.hasPrefix("system:") ? entry.people["reviewer"] ?? entry.principal : entry.principal
        people = entry.people
        texts = entry.texts
        erasedTexts = entry.erasedTexts
        facts = entry.facts
        flags = entry.facts.texts("flags")
    }
}
