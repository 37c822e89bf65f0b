import AuditLog
import GatehouseCore
import Gates
import Registry
import Storage

/// Keeps the reviews of a promotion true to what is there, inside the caller's transaction: who is asked, what has lapsed,
/// and whether the version moves.
struct ReviewDesk: Sendable {
    /// In whose name what nobody did is recorded.
    static let principal = Principal.system("reviews")

    let transitions: TransitionService

    private var now: Timestamp { transitions.now() }

    /// Asks as many reviewers as the policy wants. Returns what is missing when there are not enough.
    func ask(
        _ promotion: Promotion, _ version: ModelVersion, _ inForce: PolicyInForce, limitations: [String],
        hasRecordedGrant: Bool, _ tx: SQLTransaction
    ) throws -> MissingRequirement? {
        let now = now
        let quorum = try tx.quorum(for: promotion, version, inForce, at: now)
        let candidates = quorum.candidates
        guard candidates.count >= quorum.required else { return Self.tooFew(quorum, version.model) }
        guard let questionnaire = Questionnaire.named(inForce.policy.review.questionnaire) else {
            return MissingRequirement(
                "a questionnaire: this version of Gatehouse has none that is called '\(inForce.policy.review.questionnaire)'",
                command: "gatehouse policy show \(shellQuoted(version.model.text))")
        }
        let binding = try tx.binding(of: version, for: promotion.slot, under: inForce, at: now)
        try tx.awaitReview(
            promotion.id, binding, hasRecordedGrant: hasRecordedGrant, reason: Self.waiting(quorum.required, of: quorum.required))
        let expires = now.adding(inForce.policy.review.expires)
        for reviewer in try tx.leastRecentlyAsked(candidates).prefix(quorum.required) {
            try request(
                promotion, reviewer, questionnaire.reference, binding.digest, limitations: limitations, until: expires, at: now,
                tx)
        }
        return nil
    }

    private func request(
        _ promotion: Promotion, _ reviewer: Principal, _ questionnaire: String, _ binding: Digest, limitations: [String],
        until expires: Timestamp, at now: Timestamp, _ tx: SQLTransaction
    ) throws {
        let review = Review(
            id: "rv_" + transitions.ids(), promotion: promotion.id, model: promotion.model, version: promotion.version,
            reviewer: reviewer, state: .requested, bindingDigest: binding, questionnaire: questionnaire,
            limitations: limitations, requestedAt: now, expiresAt: expires, evidenceOpened: [:], wrongTokens: 0, flags: [])
        try tx.insert(review)
        try record(
            .reviewRequested, review, by: promotion.requestedBy, at: now,
            [
                "slot": .string(promotion.slot.description), "expires": .string(expires.description),
                "limitations": .integer(Int64(limitations.count)),
            ], tx)
    }

    /// Names nobody: what is missing is written into the log as it stands.
    private static func tooFew(_ quorum: Quorum, _ model: ModelName) -> MissingRequirement {
        let eligible = quorum.eligible ?? []
        var parts: [String] = []
        for part in Quorum.Part.allCases {
            let count = eligible.count { person in
                if case .involved(let all)? = quorum.objection(to: person) { all.contains(part) } else { false }
            }
            if count > 0 { parts.append("\(count) \(part.words)") }
        }
        let who = quorum.required == 1 ? "1 reviewer is" : "\(quorum.required) different reviewers are"
        let why = parts.isEmpty ? "" : ", because \(parts.joined(separator: ", "))"
        return MissingRequirement(
            "\(who) needed; of \(eligible.count) users with \(quorum.eligibility), \(quorum.candidates.count) may be asked\(why)",
            command: "gatehouse user grant NAME \(shellQuoted("reviewer:\(model)"))")
    }

    static func waiting(_ missing: Int, of required: Int) -> String {
        "Awaiting review: \(missing) of \(required) approval\(required == 1 ? "" : "s") missing."
    }
}

// MARK: - What happens to reviews from outside

extension ReviewDesk {
    /// Brings the reviews of a promotion up to date: void, expired, somebody else asked. Returns the promotion as it is then.
    @discardableResult
    func settle(_ promotion: Promotion, _ tx: SQLTransaction) throws -> Promotion {
        guard promotion.state == .awaitingReview else { return promotion }
        let now = now
        let matter = try tx.matter(of: promotion, under: transitions.policies, at: now)
        var ends: [String] = []
        for review in try tx.reviews(of: promotion.id) {
            switch ReviewMachine.decide(.tick, matter.facts(review, at: now)) {
            case .stay, .refuse: break
            case .void(let because):
                try end(review, .voided, .reviewVoided, because: because, at: now, tx)
                ends.append(because)
            case .become:
                try end(review, .expired, .reviewExpired, because: "it was not finished in time", at: now, tx)
                ends.append("a review expired on \(review.expiresAt)")
            case .withdraw(let objection):
                try end(review, .withdrawn, .reviewWithdrawn, because: matter.words(objection), at: now, tx)
            }
        }
        if let first = ends.first ?? (matter.changes.isEmpty ? nil : matter.changes.joined(separator: "; ")) {
            try close(promotion, because: first, at: now, tx)
        } else if let quorum = matter.quorum {
            try fill(promotion, quorum, at: now, tx)
        }
        return try tx.promotion(id: promotion.id) ?? promotion
    }

    /// Ends a promotion for want of valid approvals, and what is left of its reviews.
    private func close(_ promotion: Promotion, because: String, at now: Timestamp, _ tx: SQLTransaction) throws {
        try voidRest(of: promotion, because: because, at: now, tx)
        let reason = "Promotion blocked. Its approvals do not count: \(because)"
        try tx.append(
            AuditDraft(
                id: transitions.ids(), time: now, principal: Self.principal, action: .transitionRefused, outcome: .refused,
                model: promotion.model, version: promotion.version,
                facts: .object([
                    "promotion": .string(promotion.id), "to": .string(promotion.to.rawValue),
                    "slot": .string(promotion.slot.description),
                    "missing": .array([.string("valid approvals: \(because)")]),
                ])))
        try tx.decide(promotion.id, state: .blocked, reason: reason, warnings: [], at: now)
    }

    func voidRest(of promotion: Promotion, because: String, at now: Timestamp, _ tx: SQLTransaction) throws {
        for review in try tx.reviews(of: promotion.id) where review.state.isOpen {
            try end(review, .voided, .reviewVoided, because: because, at: now, tx)
        }
    }

    /// Asks somebody else where reviewers may not answer any more. The time that the first ones were given goes on.
    private func fill(_ promotion: Promotion, _ quorum: Quorum, at now: Timestamp, _ tx: SQLTransaction) throws {
        let reviews = try tx.reviews(of: promotion.id)
        let standing = reviews.filter { $0.state.isOpen || $0.state == .approved }
        let vacant = quorum.required - standing.count
        guard vacant > 0, let first = reviews.first else { return }
        let others = try tx.leastRecentlyAsked(quorum.candidates(without: standing)).prefix(vacant)
        for reviewer in others {
            try request(
                promotion, reviewer, first.questionnaire, first.bindingDigest, limitations: first.limitations,
                until: first.expiresAt, at: now, tx)
        }
        let missing = quorum.required - standing.count { $0.state == .approved }
        var reason = Self.waiting(missing, of: quorum.required)
        if others.count < vacant {
            reason += " Nobody is left to ask for \(vacant - others.count) of them: another user needs \(quorum.eligibility)."
        }
        if reason != promotion.reason { try tx.note(reason, onPromotion: promotion.id) }
    }

    private func end(
        _ review: Review, _ state: Review.State, _ action: AuditAction, because: String, at now: Timestamp, _ tx: SQLTransaction
    ) throws {
        var ended = review
        ended.state = state
        ended.voidBecause = because
        ended.tokenDigest = nil
        try tx.update(ended, from: review.state)
        try record(
            action, ended, by: Self.principal, at: now, ["was": .string(review.state.rawValue), "because": .string(because)], tx)
    }
}

extension Quorum {
    /// Those who may be asked and are not among the reviewers already.
    func candidates(without reviews: [Review]) -> [Principal] {
        let asked = Set(reviews.map(\.reviewer.personKey))
        return candidates.filter { !asked.contains($0.personKey) }
    }
}

// MARK: - The record

extension ReviewDesk {
    /// Appends an entry about a review. Names and what people wrote go in by reference.
    func record(
        _ action: AuditAction, _ review: Review, by principal: Principal, at now: Timestamp, _ more: [String: JSONValue],
        outcome: AuditOutcome = .recorded, reason: String = "", texts: [String: String] = [:], _ tx: SQLTransaction
    ) throws {
        let facts: [String: JSONValue] = [
            "review": .string(review.id), "promotion": .string(review.promotion),
            "binding": .string(review.bindingDigest.description), "questionnaire": .string(review.questionnaire),
        ]
        try tx.append(
            AuditDraft(
                id: transitions.ids(), time: now, principal: principal, action: action, outcome: outcome, model: review.model,
                version: review.version, reason: reason, people: ["reviewer": review.reviewer], texts: texts,
                facts: .object(facts.merging(more) { $1 })))
    }
}
