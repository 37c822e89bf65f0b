package import AuditLog
package import GatehouseCore
package import Gates

/// Why a version is, or is not, where it is. Put together from audit entries and the documents they name, and from nothing
/// else, so that a server and a person with an exported file come to the same answer.
package struct Explanation: Sendable, Equatable {
    /// Somebody did something at a time, and this entry says so.
    package struct Event: Sendable, Equatable {
        package let sequence: Int64
        package let time: Timestamp
        package let by: Principal

        init(_ entry: AuditEntry) {
            sequence = entry.sequence
            time = entry.time
            by = entry.principal
        }
    }

    package struct EvaluationAccount: Sendable, Equatable {
        package let event: Event
        package let record: EvaluationRecord
    }

    /// What entries say of a thing that has no account of its own here: a waiver, an attestation, posted evidence.
    package struct Remark: Sendable, Equatable {
        package let event: Event
        package let action: String
        package let outcome: AuditOutcome
        package let people: [String: Principal]
        package let texts: [String: String]
        package let facts: JSONValue
    }

    package struct ShadowAccount: Sendable, Equatable {
        package let event: Event
        package let summary: ShadowSummary
        /// Of the whole finding.
        package let digest: String?
    }

    package let model: ModelName
    package let version: VersionNumber
    /// What happened later was left out.
    package let asOf: Timestamp?
    package let registered: Event?
    /// Nil: it was registered here.
    package let copiedFrom: CopyAccount?
    package let artifact: Digest?
    /// The one that the last arrival in Production rests on, else the last decision, else the newest.
    package let evaluation: EvaluationAccount?
    package let evaluationCount: Int
    /// What shadow traffic had shown when it arrived in Production, else when it was last asked for.
    package let shadow: ShadowAccount?
    package let reviews: [ReviewAccount]
    /// Oldest first.
    package let decisions: [Decision]
    package let requests: [Remark]
    package let remarks: [Remark]
    /// The entries it rests on, in their order.
    package let entries: [Int64]
    /// Names of texts that were forgotten on request, by entry.
    package let erased: [Int64: [String]]

    /// Where the version stands after the last decision.
    package var stage: Stage { decisions.last(where: \.isChange)?.to ?? .none }

    /// What it measured on all rows, first check first.
    package var metrics: [Measurement] {
        (evaluation?.record.results ?? []).flatMap(\.judgement.measurements).filter { $0.subject == nil }
    }

    /// Those that it was let into Production by; before it was, those that stand of the promotion that was asked for last. What
    /// was approved in a promotion that came to nothing is told in `reviews` alone.
    package var approvals: [ReviewAccount.Step] {
        if let grant { return reviews.filter { grant.reviews.contains($0.id) }.flatMap(\.approvals) }
        let asked = requests.last { $0.action == "promotion.requested" }?.facts["promotion"]?.stringValue
        return reviews.filter { $0.promotion == asked && !$0.isVoid }.flatMap(\.approvals)
    }
    /// The move that let it into Production last. The end of a rollout and a rollback rest on one that was made before.
    private var grant: Decision? {
        let grants = decisions.filter { $0.isArrival && $0.kind != .rolledBack }
        guard let last = grants.last, let rollout = last.rollout else { return grants.last }
        return grants.first { $0.rollout == rollout }
    }
    package var refusals: [Decision] { decisions.filter { $0.kind == .refused } }
    package var arrival: Decision? { decisions.last(where: \.isArrival) }
}

extension Explanation {
    private static let requestActions: Set<String> = ["promotion.requested", "evaluation.started"]
    private static let registrationActions: Set<String> = ["version.registered", "version.imported", "version.copied"]

    /// `entries` in their order, of this version and of others of its model; what says nothing about this version is left
    /// out. `documents` are those found by digest.
    package init(
        _ model: ModelName, _ version: VersionNumber, entries: [AuditEntry], documents: [Digest: [UInt8]] = [:],
        at asOf: Timestamp? = nil
    ) {
        self.model = model
        self.version = version
        self.asOf = asOf
        let known = entries.filter { entry in asOf.map { entry.time <= $0 } ?? true }
        let direct = known.filter { $0.model == model && $0.version == version }
        let registration = direct.first { Self.registrationActions.contains($0.action.rawValue) }
        // Evidence is filed under the bytes, which versions can share.
        let bytes = registration?.facts["artifact"]?.stringValue
        let own = known.filter { entry in
            entry.model == model && entry.version == version
                || entry.model == nil && bytes != nil && entry.facts["artifact"]?.stringValue == bytes
        }
        registered = registration.map(Event.init)
        copiedFrom = registration.flatMap(CopyAccount.init)
        decisions = known.filter { $0.model == model }.compactMap { Decision($0, about: version) }
        let evaluations = own.compactMap { entry in
            EvaluationRecord(entry, documents: documents).map { EvaluationAccount(event: Event(entry), record: $0) }
        }
        evaluation = Self.deciding(evaluations, decisions)
        evaluationCount = evaluations.count
        let arrival = decisions.last(where: \.isArrival)?.sequence
        let shadows = direct.compactMap(ShadowAccount.init)
        shadow = shadows.last { $0.event.sequence == arrival } ?? shadows.last
        artifact = registration?.facts.digest("artifact") ?? evaluation?.record.artifact
        reviews = ReviewAccount.accounts(of: own)
        requests = own.filter { Self.requestActions.contains($0.action.rawValue) }.map(Remark.init)
        let told = Set(decisions.map(\.sequence) + evaluations.map(\.event.sequence))
        remarks = own.filter { entry in
            let action = entry.action.rawValue
            return !told.contains(entry.sequence) && !action.hasPrefix(ReviewAccount.actionPrefix)
                && !Self.requestActions.contains(action) && !Self.registrationActions.contains(action)
        }.map(Remark.init)
        let used = own + known.filter { $0.model == model && $0.version != version && told.contains($0.sequence) }
        self.entries = used.map(\.sequence).sorted()
        erased = Dictionary(
            used.filter { !$0.erasedTexts.isEmpty }.map { ($0.sequence, $0.erasedTexts) }, uniquingKeysWith: { first, _ in first }
        )
    }

    private static func deciding(_ evaluations: [EvaluationAccount], _ decisions: [Decision]) -> EvaluationAccount? {
        let arrival = decisions.last(where: \.isArrival)
        for decision in [arrival].compactMap(\.self) + decisions.reversed() {
            if let id = decision.evaluation, let found = evaluations.last(where: { $0.record.id == id }) { return found }
        }
        return evaluations.last
    }
}

extension Explanation.ShadowAccount {
    fileprivate init?(_ entry: AuditEntry) {
        guard let facts = entry.facts["shadow"], let summary = ShadowSummary(json: facts) else { return nil }
        event = Explanation.Event(entry)
        self.summary = summary
        digest = facts["digest"]?.stringValue
    }
}

extension Explanation.Remark {
    init(_ entry: AuditEntry) {
        event = Explanation.Event(entry)
        action = entry.action.rawValue
        outcome = entry.outcome
        people = entry.people
        texts = entry.texts
        facts = entry.facts
    }
}
