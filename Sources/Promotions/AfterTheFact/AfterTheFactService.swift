package import Access
import AuditLog
import GatehouseCore
import Gates
import Registry
import Storage

/// Closes reviews after the fact.
package struct AfterTheFactService: Sendable {
    private let transitions: TransitionService

    package init(_ transitions: TransitionService) { self.transitions = transitions }

    /// Fails with `forbidden` for whoever acted or seconded and for machines, which is recorded as a refusal; with
    /// `invalidArgument` without a finding; with `conflict` when it is closed already.
    package func close(_ id: String, finding: String, by caller: Caller) async throws -> AfterTheFactReview {
        try Reason.check(finding, for: "A review after the fact")
        return try await transitions.store.decide { tx in
            guard let review = try tx.afterTheFactReview(id: id) else {
                throw GatehouseError(
                    .notFound, "There is no review '\(id.prefix(80))'.", hint: "gatehouse after-review list --open")
            }
            try caller.require(.review(review.slot.model))
            let now = transitions.now()
            let actors = [review.actedBy, review.secondedBy].compactMap { $0 }
            let parties = try actors.flatMap { try tx.people(behind: $0) }.map { Quorum.Party(.author, $0) }
            let quorum = Quorum(required: 1, parties: parties)
            var draft = AuditDraft(
                id: transitions.ids(), time: now, principal: caller.principal, action: .afterTheFactReviewed,
                model: review.slot.model, version: review.version, reason: finding, people: ["acted_by": review.actedBy],
                facts: .object([
                    "review": .string(id), "of": .string(review.kind.rawValue), "entry": .integer(review.auditSequence),
                    "slot": .string(review.slot.description),
                ]))
            if let objection = quorum.objection(to: caller.principal) {
                draft.outcome = .refused
                draft.note(["missing": [.string(quorum.words(objection))]])
                try tx.append(draft)
                return .failure(quorum.refusal(of: caller.principal, objection, to: "close the review \(id)"))
            }
            let entry = try tx.append(draft)
            try tx.closeAfterTheFactReview(id, by: caller.principal, at: now, entry: entry.sequence)
            guard let closed = try tx.afterTheFactReview(id: id) else {
                throw GatehouseError(.internalFailure, "The review \(id) was not written.")
            }
            return .success(closed)
        }
    }
}

/// A deed past the gates, written in one transaction: what it did, and the review that it opened.
struct Installation {
    let kind: AfterTheFactReview.Kind
    let version: ModelVersion
    let slot: Slot
    /// The entry of the deed; the rest of its facts are added here.
    var draft: AuditDraft
    var secondedBy: Principal?
    var idempotencyKey: String?
}

extension TransitionService {
    /// A rollback through any other door opens the same review as the command does. Called before the slot changes.
    func openReview(ofRollback entry: AuditEntry, _ slot: Slot, _ tx: SQLTransaction) throws {
        guard let version = entry.version else { return }
        try tx.insert(
            AfterTheFactReview(
                id: "afr_" + ids(), kind: .rollback, slot: slot, version: version, previous: try tx.occupant(of: slot)?.version,
                auditSequence: entry.sequence, actedBy: entry.principal, secondedBy: nil, opened: entry.time,
                idempotencyKey: nil, closedBy: nil, closed: nil, closeEntry: nil))
    }

    /// Puts a version into a slot: stage, slot, alias, what it displaces, audit entry, and the review after the fact.
    func install(_ deed: Installation, _ inForce: PolicyInForce, _ tx: SQLTransaction) throws -> AfterTheFactReview {
        var draft = deed.draft
        let (slot, now) = (deed.slot, draft.time)
        if let open = try tx.openRollout(in: slot), open.version == deed.version.number {
            throw GatehouseError(
                .conflict, "The rollout \(open.id) brings \(slot.model) v\(open.version) into \(slot) already.",
                hint: "Let it go on without the numbers: gatehouse rollout advance \(open.id) --reason \"…\"")
        }
        try endRollout(in: slot, because: "another version was put into the slot", by: draft.principal, tx)
        let current = try tx.occupant(of: slot)?.version
        // A version that another slot holds too stays in Production.
        let displaced = try current.flatMap { try tx.occupancies(of: slot.model, version: $0).count == 1 ? $0 : nil }
        let review = "afr_" + ids()
        draft.note([
            "from": .string(deed.version.stage.rawValue), "to": .string(Stage.production.rawValue),
            "slot": .string(slot.description), "previous": current.map { .integer($0.value) } ?? .null,
            "displaced": .array(displaced.map { [.integer($0.value)] } ?? []), "gates": "not asked",
            "artifact": deed.version.artifact.map { .string($0.description) } ?? .null,
            "policy": .string(inForce.reference), "policy_digest": .string(inForce.digest.description),
            "enforcement": .string(inForce.policy.enforcement.rawValue), "review": .string(review),
        ])
        draft.note(try aliasFacts(of: slot, inForce, tx))
        let entry = try tx.append(draft)
        if deed.version.stage != .production {
            try tx.changeStage(of: deed.version.number, model: slot.model, from: deed.version.stage, to: .production, at: now)
        }
        try occupy(slot, deed.version.number, inForce, at: now, audit: entry.sequence, isAdopted: false, tx)
        if let displaced {
            try tx.changeStage(of: displaced, model: slot.model, from: .production, to: .archived, at: now)
        }
        let opened = AfterTheFactReview(
            id: review, kind: deed.kind, slot: slot, version: deed.version.number, previous: current,
            auditSequence: entry.sequence, actedBy: draft.principal, secondedBy: deed.secondedBy, opened: now,
            idempotencyKey: deed.idempotencyKey, closedBy: nil, closed: nil, closeEntry: nil)
        try tx.insert(opened)
        return opened
    }
}
