package import Access
import AuditLog
package import GatehouseCore
import Gates
import Registry
package import Rollouts
import Serving
import Storage

package struct ExperimentStart: Sendable {
    package let model: ModelName
    package let challenger: VersionNumber
    package let endpoint: String
    package let label: String
    /// Nil: the default segment.
    package var segment: String?
    package var covariate: String?
    package var plan: ExperimentPlan

    package init(
        model: ModelName, challenger: VersionNumber, endpoint: String, label: String, plan: ExperimentPlan
    ) {
        self.model = model
        self.challenger = challenger
        self.endpoint = endpoint
        self.label = label
        self.plan = plan
    }
}

/// Starts and ends champion–challenger experiments. What they find promotes nobody: a promotion is an act of its own.
package struct SlotExperimentService: Sendable {
    private let transitions: TransitionService
    private let randomBytes: @Sendable (Int) -> [UInt8]

    init(_ transitions: TransitionService, randomBytes: @escaping @Sendable (Int) -> [UInt8]) {
        self.transitions = transitions
        self.randomBytes = randomBytes
    }

    /// Fails with `invalidArgument` for a plan that cannot work or another model's endpoint, and with `conflict` for an endpoint
    /// that cannot tell units apart, a slot without a champion, a challenger that did not pass its gates or is unpinned, and a
    /// slot that is divided already.
    package func start(_ request: ExperimentStart, by caller: Caller) async throws -> SlotExperiment {
        let buckets = try Self.checked(request)
        var plan = request.plan
        plan.percent = Double(buckets) / Double(Bucketing.total) * 100
        let salt = Digest(bytes: randomBytes(32)).hex
        return try await transitions.store.write { [plan] tx in
            let endpoint = try tx.requiredEndpoint(request.endpoint).endpoint
            try caller.require(.manageServing(endpoint.model, environment: endpoint.environment))
            let slot = try Slot.named(endpoint.model, environment: endpoint.environment, segment: request.segment)
            let (champion, artifact) = try check(request, endpoint, slot, tx)
            if let other = try tx.split(of: slot) {
                throw GatehouseError(
                    .conflict, "\(slot) is divided by the \(other.kind.rawValue) \(other.id) already.",
                    hint: "Let that one end first: \(other.endCommand)")
            }
            let id = "exp_" + transitions.ids()
            let entry = try tx.append(
                AuditDraft(
                    id: transitions.ids(), time: transitions.now(), principal: caller.principal, action: .experimentStarted,
                    outcome: .granted, model: request.model, version: request.challenger,
                    facts: .object([
                        "experiment": .string(id), "endpoint": .string(endpoint.name), "slot": .string(slot.description),
                        "champion": .integer(champion.value), "artifact": .string(artifact.description),
                        "buckets": .integer(Int64(buckets)), "label": .string(request.label),
                        "covariate": request.covariate.map { .string($0) } ?? .null,
                        "plan": try JSONParser.parse(StoredJSON.text(plan)),
                    ])))
            let experiment = SlotExperiment(
                id: id, slot: slot, endpoint: endpoint.name, champion: champion, challenger: request.challenger,
                artifact: artifact, buckets: buckets, label: request.label, covariate: request.covariate, plan: plan,
                started: entry.time, startEntry: entry.sequence, stopped: nil, stopEntry: nil, ended: nil)
            try tx.insert(experiment)
            try tx.set(
                SlotSplit(
                    slot: slot, id: id, kind: .experiment, version: request.challenger, buckets: buckets, salt: salt))
            _ = try tx.occupy(
                experiment.challengerSlot, with: request.challenger, at: entry.time, auditSequence: entry.sequence)
            return experiment
        }
    }

    /// Every unit is the champion's again. Does nothing more for one that is over. Whoever may roll back may end it too.
    package func stop(_ id: String, reason: String, by caller: Caller) async throws -> SlotExperiment {
        try ModelRegistry.check(reason, bytesMax: ModelRegistry.reasonBytesMax, what: "The reason")
        return try await transitions.store.write { tx in
            let experiment = try tx.requiredSlotExperiment(id)
            let slot = experiment.slot
            try caller.require(.rollBack(slot.model, environment: slot.environment, segment: slot.segment))
            guard experiment.stopped == nil else { return experiment }
            let entry = try tx.append(
                AuditDraft(
                    id: transitions.ids(), time: transitions.now(), principal: caller.principal, action: .experimentStopped,
                    outcome: .granted, model: slot.model, version: experiment.challenger, reason: reason,
                    facts: .object([
                        "experiment": .string(id), "endpoint": .string(experiment.endpoint),
                        "slot": .string(slot.description),
                        "seconds": .integer(transitions.now().since(experiment.started).milliseconds / 1000),
                    ])))
            try tx.end(experiment, as: .stopped, at: entry.time, entry: entry.sequence)
            return try tx.requiredSlotExperiment(id)
        }
    }

    // MARK: - What cannot work

    /// The buckets of the challenger.
    private static func checked(_ request: ExperimentStart) throws(GatehouseError) -> Int {
        try request.plan.check()
        for label in [request.label] + (request.covariate.map { [$0] } ?? []) {
            guard (1...Outcome.labelBytesMax).contains(label.utf8.count),
                label.unicodeScalars.allSatisfy({ $0.properties.generalCategory != .control })
            else {
                throw GatehouseError(.invalidArgument, "'\(label.prefix(80))' cannot be the name of an outcome.")
            }
        }
        guard request.covariate != request.label else {
            throw GatehouseError(
                .invalidArgument, "'\(request.label)' cannot be the outcome and its covariate.",
                hint: "A covariate is known before a unit is exposed, such as its balance of the month before.")
        }
        guard request.plan.maturitySeconds <= SlotExperiment.maturityDaysMax * 86_400 else {
            throw GatehouseError(
                .invalidArgument, "An outcome is waited for \(SlotExperiment.maturityDaysMax) days at most.",
                hint: "Exposures are kept for \(ServingCare.recordDays) days.")
        }
        let scaled = (request.plan.percent / 100 * Double(Bucketing.total)).rounded()
        guard request.plan.percent <= SlotExperiment.percentMax, let buckets = Int(exactly: scaled), buckets >= 1 else {
            throw GatehouseError(
                .invalidArgument, "A challenger gets 0.001 to \(Int(SlotExperiment.percentMax)) per cent of the units.",
                hint: "The larger part stays with what was approved for Production.")
        }
        return buckets
    }

    private func check(
        _ request: ExperimentStart, _ endpoint: ServingEndpoint, _ slot: Slot, _ tx: SQLTransaction
    ) throws -> (champion: VersionNumber, artifact: Digest) {
        guard endpoint.model == request.model else {
            throw GatehouseError(.invalidArgument, "The endpoint '\(endpoint.name)' serves \(endpoint.model).")
        }
        guard endpoint.rules.unit != nil else {
            throw GatehouseError(
                .conflict, "The endpoint '\(endpoint.name)' does not say who asks, so nobody could keep an arm.",
                hint: "Add where the customer is named, unit: {header: x-customer}, with gatehouse endpoint apply FILE")
        }
        let version = try tx.requiredVersion(request.challenger, of: request.model)
        let subject = "\(version.model) v\(version.number)"
        guard let champion = try tx.occupant(of: slot)?.version else {
            throw GatehouseError(.conflict, "No version holds \(slot), so there is nothing to compare \(subject) with.")
        }
        guard champion != version.number else {
            throw GatehouseError(.conflict, "\(subject) is the champion of \(slot) itself.")
        }
        // It answers real requests, and nobody has approved it: its gates are the least it must have passed.
        switch version.stage {
        case .staging, .production: break
        case .none, .archived:
            throw GatehouseError(
                .conflict,
                "\(subject) is in \(version.stage): a challenger answers real requests, so it must have passed its gates.",
                hint: "gatehouse promote \(shellQuoted(version.model.text)) \(version.number) --to staging --wait")
        }
        guard let artifact = version.artifact else {
            throw GatehouseError(.conflict, "\(subject) is unpinned: its bytes were never hashed and sealed.")
        }
        return (champion, artifact)
    }
}
