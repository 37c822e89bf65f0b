package import GatehouseCore
import Registry
package import Rollouts
import Serving
package import Storage

/// A comparison of a slot's champion with a challenger on real requests: each unit keeps its arm until the end.
package struct SlotExperiment: Sendable, Equatable {
    /// How one ended.
    package enum End: String, Sendable, CaseIterable {
        case stopped
        /// Another version took the slot, or none holds it any more: the champion of the comparison is gone.
        case slotChanged = "slot_changed"
        /// The challenger left Staging or Production.
        case challengerLeft = "challenger_left"
    }

    package let id: String
    package let slot: Slot
    package let endpoint: String
    package let champion: VersionNumber
    package let challenger: VersionNumber
    /// The challenger's bytes.
    package let artifact: Digest
    /// Of `Bucketing.total`.
    package let buckets: Int
    /// The outcome that is compared: `defaulted`.
    package let label: String
    /// A value of each unit from before it was exposed, under which it is posted as an outcome; nil: none is used.
    package let covariate: String?
    package let plan: ExperimentPlan
    package let started: Timestamp
    package let startEntry: Int64
    /// Nil: it runs.
    package let stopped: Timestamp?
    package let stopEntry: Int64?
    package let ended: End?

    var challengerSlot: Slot {
        Slot(model: slot.model, environment: slot.environment, segment: slot.segment, role: Self.challengerRole)
    }

    static let challengerRole = "challenger"
    /// The larger part stays with what was approved for Production.
    package static let percentMax = 50.0
    /// Exposures are not kept for much longer.
    package static let maturityDaysMax = 80
}

extension SQLTransaction {
    package static let experimentsListMax = 1_000

    package func slotExperiment(id: String) throws -> SlotExperiment? {
        try first("SELECT * FROM slot_experiment WHERE id = \(id)", SlotExperiment.init(row:))
    }

    package func requiredSlotExperiment(_ id: String) throws -> SlotExperiment {
        if let found = try slotExperiment(id: id) { return found }
        throw GatehouseError(
            .notFound, "There is no experiment '\(id.prefix(80))' on a slot.", hint: "gatehouse experiment list")
    }

    /// Newest first. `isOpen` keeps those that run.
    package func slotExperiments(
        of model: ModelName? = nil, endpoint: String? = nil, isOpen: Bool = false, limit: Int = 100
    ) throws -> [SlotExperiment] {
        var condition: SQLStatement = "1 = 1"
        if let model { condition = "\(condition) AND model = \(model)" }
        if let endpoint { condition = "\(condition) AND endpoint = \(endpoint)" }
        if isOpen { condition = "\(condition) AND stopped_at IS NULL" }
        return try rows(
            """
            SELECT * FROM slot_experiment WHERE \(condition) ORDER BY started_at DESC, id DESC
            LIMIT \(min(max(limit, 1), Self.experimentsListMax))
            """, SlotExperiment.init(row:))
    }

    func insert(_ experiment: SlotExperiment) throws {
        try execute(
            """
            INSERT INTO slot_experiment (id, model, environment, segment, endpoint, champion, version, artifact_digest, buckets,
                label, covariate, plan, started_at, start_entry)
            VALUES (\(experiment.id), \(experiment.slot.model), \(experiment.slot.environment), \(experiment.slot.segment),
                \(experiment.endpoint), \(experiment.champion), \(experiment.challenger), \(experiment.artifact),
                \(experiment.buckets), \(experiment.label), \(experiment.covariate), \(try StoredJSON.text(experiment.plan)),
                \(experiment.started), \(experiment.startEntry))
            """)
    }

    /// Takes the split away, and the challenger out of its slot. Nothing happens for one that is over.
    func end(_ experiment: SlotExperiment, as end: SlotExperiment.End, at now: Timestamp, entry: Int64) throws {
        let changed = try execute(
            """
            UPDATE slot_experiment SET stopped_at = \(now), stop_entry = \(entry), ended = \(end.rawValue)
            WHERE id = \(experiment.id) AND stopped_at IS NULL
            """)
        guard changed == 1 else { return }
        try removeSplit(id: experiment.id)
        if try occupant(of: experiment.challengerSlot)?.version == experiment.challenger {
            _ = try vacate(experiment.challengerSlot, at: now, auditSequence: entry)
        }
    }

    /// A slot that changes hands has no champion to compare with any more.
    func endExperiment(in slot: Slot, at now: Timestamp, entry: Int64) throws {
        let found = try first(
            """
            SELECT * FROM slot_experiment WHERE model = \(slot.model) AND environment = \(slot.environment)
                AND segment = \(slot.segment) AND stopped_at IS NULL
            """, SlotExperiment.init(row:))
        if let found { try end(found, as: .slotChanged, at: now, entry: entry) }
    }

    /// A version that was taken back answers no requests.
    func endExperiments(ofChallenger version: VersionNumber, of model: ModelName, at now: Timestamp, entry: Int64) throws {
        for experiment in try slotExperiments(of: model, isOpen: true, limit: Self.experimentsListMax)
        where experiment.challenger == version {
            try end(experiment, as: .challengerLeft, at: now, entry: entry)
        }
    }

    /// Experiments follow their model to another name.
    func renameModelOfExperiments(from old: ModelName, to new: ModelName) throws {
        try execute("UPDATE slot_experiment SET model = \(new) WHERE model = \(old)")
    }
}

extension SlotExperiment {
    fileprivate init(row: SQLRow) throws {
        let ended = try row.optional("ended", row.text)
        if let ended, End(rawValue: ended) == nil {
            throw GatehouseError(.internalFailure, "An experiment ended in the unknown way '\(ended)'.")
        }
        self.init(
            id: try row.text("id"),
            slot: Slot(
                model: try ModelName(row.text("model")), environment: try row.text("environment"),
                segment: try row.text("segment")),
            endpoint: try row.text("endpoint"), champion: try VersionNumber(row.integer("champion")),
            challenger: try VersionNumber(row.integer("version")), artifact: try row.digest("artifact_digest"),
            buckets: Int(try row.integer("buckets")), label: try row.text("label"),
            covariate: try row.optional("covariate", row.text), plan: try StoredJSON.value(row.text("plan")),
            started: try row.timestamp("started_at"), startEntry: try row.integer("start_entry"),
            stopped: try row.optional("stopped_at", row.timestamp), stopEntry: try row.optional("stop_entry", row.integer),
            ended: ended.flatMap { End(rawValue: $0) })
    }
}
