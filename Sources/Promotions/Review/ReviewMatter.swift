import Access
import GatehouseCore
import Gates
import Registry
import Storage

/// What the reviews of a promotion are judged against at this moment.
struct ReviewMatter {
    /// Nil when the version is gone.
    let quorum: Quorum?
    /// What is no longer as it was when the reviews were asked for, in words.
    let changes: [String]
    let rules: ReviewRules

    func facts(_ review: Review, at now: Timestamp, isReviewer: Bool = true) -> ReviewFacts {
        ReviewFacts(
            state: review.state, isReviewer: isReviewer, objection: quorum?.objection(to: review.reviewer), changes: changes,
            isOverdue: review.isOverdue(at: now))
    }

    func words(_ objection: Quorum.Objection) -> String { "the reviewer \(quorum?.words(objection) ?? "is not asked any more")" }
}

extension SQLTransaction {
    func matter(of promotion: Promotion, under policies: PolicyBook, at now: Timestamp) throws -> ReviewMatter {
        let inForce = try policies.policy(for: promotion.model, self)
        let found: ModelVersion
        do {
            found = try requiredVersion(promotion.version, of: promotion.model)
        } catch let error as GatehouseError where error.code == .notFound {
            return ReviewMatter(quorum: nil, changes: ["the version was deleted"], rules: inForce.policy.review)
        }
        var changes: [String] = []
        if let asked = promotion.binding {
            changes = asked.changes(to: try binding(of: found, for: promotion.slot, under: inForce, at: now)).map(\.words)
        }
        switch found.stage {
        case .staging, .production: break
        case .none, .archived: changes.append("the version is in \(found.stage)")
        }
        return ReviewMatter(
            quorum: try quorum(for: promotion, found, inForce, at: now), changes: changes, rules: inForce.policy.review)
    }

    /// Who may approve a promotion to Production, and how many must.
    func quorum(
        for promotion: Promotion, _ version: ModelVersion, _ inForce: PolicyInForce, at now: Timestamp
    ) throws -> Quorum {
        let permission = Permission.review(version.model)
        let names = inForce.policy.review.reviewers
        let named = Set(try names + names.flatMap { try members(ofTeam: $0) })
        let holders = try holders(of: permission, at: now).filter { named.isEmpty || $0.isNamed(in: named) }
        return Quorum(
            required: try reviewersRequired(for: version, in: promotion.slot, under: inForce),
            parties: try parties(to: version, requester: promotion.requestedBy, policyEditors: inForce.editors),
            eligible: holders,
            eligibility: permission.neededRole + (named.isEmpty ? "" : " whom the policy names"))
    }

    /// Approvals of a version for a slot that count now.
    func approvals(
        of version: ModelVersion, for slot: Slot, under inForce: PolicyInForce, at now: Timestamp
    ) throws -> ApprovalFacts {
        var best = ApprovalFacts()
        let waiting = try promotionsAwaitingReview(of: version.model, version.number, for: slot)
        guard !waiting.isEmpty else { return best }
        let binding = try binding(of: version, for: slot, under: inForce, at: now)
        for promotion in waiting {
            if best.promotion == nil { best.promotion = promotion.id }
            guard promotion.binding == binding else { continue }
            let given = try reviews(of: promotion.id).filter {
                $0.state == .approved && !$0.isOverdue(at: now) && $0.bindingDigest == binding.digest
            }
            let people = try quorum(for: promotion, version, inForce, at: now).counted(given.map(\.reviewer))
            guard people.count > best.reviews.count else { continue }
            best = ApprovalFacts(
                reviews: people.compactMap { person in given.first { $0.reviewer == person }?.id }, promotion: promotion.id)
        }
        return best
    }

    /// Those who were never asked first, then those whose last time is longest ago; by name among equals.
    func leastRecentlyAsked(_ people: [Principal]) throws -> [Principal] {
        let last = try lastAsked(people)
        func order(_ person: Principal) -> (Int64, String) { (last[person]?.milliseconds ?? .min, person.text) }
        return people.sorted { order($0) < order($1) }
    }
}

extension Principal {
    /// Whether a policy's list of user names has this user.
    fileprivate func isNamed(in names: Set<String>) -> Bool { isPerson && names.contains(name) }
}
