package import Access
import AuditLog
package import GatehouseCore
import Registry
import Storage

/// Break-glass: one person asks, another one who may do the same carries it out. Each step is an audit entry, and so is each
/// refusal.
package struct BreakGlassService: Sendable {
    private let transitions: TransitionService

    package init(_ transitions: TransitionService) { self.transitions = transitions }

    /// Asks for it. Fails with `forbidden` without the role for Production in that slot, and with `blockedByPolicy` naming
    /// everything that is missing: a reason, an incident reference, a person, sealed bytes.
    package func request(
        _ number: VersionNumber, into slot: Slot, incident: String, reason: String, by caller: Caller
    ) async throws -> BreakGlass {
        try ModelRegistry.check(reason, bytesMax: ModelRegistry.reasonBytesMax, what: "The reason")
        try ModelRegistry.check(incident, bytesMax: BreakGlass.incidentBytesMax, what: "The incident reference")
        return try await transitions.store.decide { tx in
            let version = try tx.requiredVersion(number, of: slot.model)
            let now = transitions.now()
            var draft = AuditDraft(
                id: transitions.ids(), time: now, principal: caller.principal, action: .breakGlassRequested, model: slot.model,
                version: number, reason: reason, texts: ["incident": incident],
                facts: .object(["slot": .string(slot.description), "from": .string(version.stage.rawValue)]))
            if let refusal = try refuseRole(caller, version, slot, draft, tx) { return .failure(refusal) }
            let facts = BreakGlassFacts(
                model: slot.model, version: number, stage: version.stage, isPinned: version.isPinned, reason: reason,
                incident: incident, isPerson: Quorum(required: 1, parties: []).objection(to: caller.principal) == nil)
            guard facts.missing.isEmpty, let artifact = version.artifact else {
                let refusal = GatehouseError(
                    .blockedByPolicy, "Break-glass for \(slot.model) v\(number) is refused.",
                    hint: facts.missing.compactMap(\.command).first, details: facts.missing.map { "missing: \($0.line)" })
                return .failure(try refuse(refusal, missing: facts.missing.map(\.what), draft, tx))
            }
            let open = try tx.breakGlasses(of: slot.model).first {
                $0.slot == slot && $0.version == number && $0.state(at: now) == .requested
            }
            if let open {
                throw GatehouseError(
                    .alreadyExists, "\(open.id) asks for the same already.", hint: "gatehouse break-glass second \(open.id)")
            }
            let id = "bg_" + transitions.ids()
            draft.note(["break_glass": .string(id), "artifact": .string(artifact.description)])
            let entry = try tx.append(draft)
            let request = BreakGlass(
                id: id, slot: slot, version: number, artifact: artifact, requestedBy: caller.principal, requested: now,
                requestEntry: entry.sequence, expires: now.adding(.seconds(BreakGlass.openMinutesMax * 60)), secondedBy: nil,
                used: nil, usedEntry: nil)
            try tx.insert(request)
            return .success(request)
        }
    }

    /// Carries it out. Fails with `forbidden` for the one who asked, for whoever stands behind a token of theirs, for machines
    /// and without the role, all recorded; with `conflict` when it was used, is over, or the version changed since.
    package func second(_ id: String, by caller: Caller) async throws -> AfterTheFactReview {
        try await transitions.store.decide { tx in
            guard let request = try tx.breakGlass(id: id) else {
                throw GatehouseError(.notFound, "There is no break-glass '\(id.prefix(80))'.", hint: "gatehouse break-glass list")
            }
            let now = transitions.now()
            let version = try tx.requiredVersion(request.version, of: request.slot.model)
            let asked = try tx.auditEntry(sequence: request.requestEntry)
            let draft = AuditDraft(
                id: transitions.ids(), time: now, principal: request.requestedBy, action: .breakGlassUsed, outcome: .granted,
                model: request.slot.model, version: request.version, reason: asked?.reason ?? "",
                people: ["seconded_by": caller.principal], texts: asked?.texts.filter { $0.key == "incident" } ?? [:],
                facts: .object(["break_glass": .string(id), "request_entry": .integer(request.requestEntry)]))
            var refused = draft
            refused.principal = caller.principal
            refused.people = ["requested_by": request.requestedBy]
            // They are the words of the one who asked, and stand in that entry.
            refused.texts = [:]
            if let refusal = try refuseRole(caller, version, request.slot, refused, tx) { return .failure(refusal) }
            let parties = try tx.people(behind: request.requestedBy).map { Quorum.Party(.requester, $0) }
            let quorum = Quorum(required: 1, parties: parties)
            if let objection = quorum.objection(to: caller.principal) {
                let refusal = quorum.refusal(of: caller.principal, objection, to: "second \(id)")
                return .failure(try refuse(refusal, missing: [quorum.words(objection)], refused, tx))
            }
            guard request.state(at: now) == .requested else {
                throw GatehouseError(
                    .conflict, "\(id) is \(request.state(at: now).rawValue).",
                    hint: "Ask again: gatehouse break-glass request \(shellQuoted(request.slot.model.text)) \(request.version)")
            }
            guard version.artifact == request.artifact, [.none, .staging].contains(version.stage) else {
                throw GatehouseError(.conflict, "\(version.model) v\(version.number) is not what \(id) was asked for any more.")
            }
            let inForce = try transitions.policies.policy(for: request.slot.model, tx)
            let deed = Installation(
                kind: .breakGlass, version: version, slot: request.slot, draft: draft, secondedBy: caller.principal)
            let review = try transitions.install(deed, inForce, tx)
            try tx.useBreakGlass(id, by: caller.principal, at: now, entry: review.auditSequence)
            return .success(review)
        }
    }

    /// Both people hold the role that a regular promotion into the slot takes. Nil: this one does.
    private func refuseRole(
        _ caller: Caller, _ version: ModelVersion, _ slot: Slot, _ draft: AuditDraft, _ tx: SQLTransaction
    ) throws -> GatehouseError? {
        let move = StageTransition(from: version.stage, to: .production)
        let permission = Permission.transition(
            slot.model, move, environment: slot.environment, segment: slot.segment)
        do {
            try caller.require(permission)
            return nil
        } catch {
            return try refuse(error, missing: [permission.neededRole], draft, tx)
        }
    }

    /// Writes the refusal down. `missing` names nobody: names belong into the draft's people.
    private func refuse(
        _ error: GatehouseError, missing: [String], _ draft: AuditDraft, _ tx: SQLTransaction
    ) throws -> GatehouseError {
        var draft = draft
        draft.outcome = .refused
        draft.note(["missing": .array(missing.map { .string($0) })])
        try tx.append(draft)
        return error
    }
}
