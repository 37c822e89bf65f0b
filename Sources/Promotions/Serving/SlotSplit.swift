package import GatehouseCore
package import Serving
package import Storage

/// How the units of a slot are divided while a rollout or an experiment runs: at most one per slot.
package struct SlotSplit: Sendable, Equatable {
    package let slot: Slot
    /// The rollout's or experiment's id.
    package let id: String
    package let kind: TrafficSplit.Kind
    /// The challenger.
    package let version: VersionNumber
    /// Of `Bucketing.total`.
    package var buckets: Int
    package let algorithm: Bucketing
    package let salt: String
    package var layer: BucketRange?
    package var holdout: BucketRange?

    package init(
        slot: Slot, id: String, kind: TrafficSplit.Kind, version: VersionNumber, buckets: Int, salt: String,
        algorithm: Bucketing = .gh1, layer: BucketRange? = nil, holdout: BucketRange? = nil
    ) {
        self.slot = Slot(model: slot.model, environment: slot.environment, segment: slot.segment)
        self.id = id
        self.kind = kind
        self.version = version
        self.buckets = buckets
        self.salt = salt
        self.algorithm = algorithm
        self.layer = layer
        self.holdout = holdout
    }
}

extension SlotSplit {
    /// What ends it before its time.
    var endCommand: String {
        switch kind {
        case .experiment: "gatehouse experiment stop \(id) --reason \"…\""
        case .rollout: "gatehouse rollout rollback \(id) --reason \"…\""
        }
    }
}

private struct SplitDocument: Codable {
    let buckets: Int
    let algorithm: Bucketing
    let salt: String
    let layer: BucketRange?
    let holdout: BucketRange?
}

extension SQLTransaction {
    private static let splitsMax = 1_000

    /// What divides the slot now. The role of `slot` does not matter.
    package func split(of slot: Slot) throws -> SlotSplit? {
        try first(
            """
            SELECT * FROM slot_split WHERE model = \(slot.model) AND environment = \(slot.environment)
                AND segment = \(slot.segment)
            """, SlotSplit.init(row:))
    }

    /// Those of a model in one environment, by segment.
    package func splits(of model: ModelName, environment: String) throws -> [SlotSplit] {
        try rows(
            """
            SELECT * FROM slot_split WHERE model = \(model) AND environment = \(environment)
            ORDER BY segment LIMIT \(Self.splitsMax)
            """, SlotSplit.init(row:))
    }

    package func split(id: String) throws -> SlotSplit? {
        try first("SELECT * FROM slot_split WHERE split = \(id)", SlotSplit.init(row:))
    }

    /// Begins a split or changes its share; the routes follow with `publishRoutes`. Fails with `conflict` while another one
    /// divides the slot, and with `invalidArgument` for a share outside of 0 to `Bucketing.total`.
    package func set(_ split: SlotSplit) throws {
        guard (0...Bucketing.total).contains(split.buckets) else {
            throw GatehouseError(.invalidArgument, "A share has 0 to \(Bucketing.total) buckets, not \(split.buckets).")
        }
        if let other = try self.split(of: split.slot), other.id != split.id {
            throw GatehouseError(
                .conflict, "\(split.slot) is divided by the \(other.kind.rawValue) \(other.id) already.",
                hint: "Let that one end first: \(other.endCommand)")
        }
        let document = try StoredJSON.text(
            SplitDocument(
                buckets: split.buckets, algorithm: split.algorithm, salt: split.salt, layer: split.layer,
                holdout: split.holdout))
        try execute(
            """
            INSERT INTO slot_split (model, environment, segment, split, kind, version, document)
            VALUES (\(split.slot.model), \(split.slot.environment), \(split.slot.segment), \(split.id), \(split.kind.rawValue),
                \(split.version), \(document))
            ON CONFLICT (model, environment, segment) DO UPDATE SET version = excluded.version, document = excluded.document
            """)
    }

    /// Ends a split: all units go to the champion. Does nothing for one that is over.
    package func removeSplit(id: String) throws {
        try execute("DELETE FROM slot_split WHERE split = \(id)")
    }
}

extension SlotSplit {
    fileprivate init(row: SQLRow) throws {
        let document: SplitDocument = try StoredJSON.value(row.text("document"))
        guard let kind = TrafficSplit.Kind(rawValue: try row.text("kind")) else {
            throw GatehouseError(.internalFailure, "A split is of the unknown kind '\(try row.text("kind"))'.")
        }
        self.init(
            slot: Slot(
                model: try ModelName(row.text("model")), environment: try row.text("environment"),
                segment: try row.text("segment")),
            id: try row.text("split"), kind: kind, version: try VersionNumber(row.integer("version")),
            buckets: document.buckets, salt: document.salt, algorithm: document.algorithm, layer: document.layer,
            holdout: document.holdout)
    }
}
