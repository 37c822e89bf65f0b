package import GatehouseCore
package import Storage

extension SQLTransaction {
    /// What is active in this very slot.
    package func occupant(of slot: Slot) throws -> SlotOccupancy? {
        try first(
            "SELECT * FROM slot_occupancy AS c WHERE \(slot.condition)", SlotOccupancy.init(current:))
    }

    /// What answers for a segment: its own occupant, or that of the nearest parent, or of the default segment.
    package func occupantWithFallback(of slot: Slot) throws -> SlotOccupancy? {
        let chain = slot.segmentFallback
        let found = try rows(
            """
            SELECT * FROM slot_occupancy WHERE model = \(slot.model) AND environment = \(slot.environment)
                AND role = \(slot.role) AND segment IN (\(SQLStatement.list(chain)))
            """, SlotOccupancy.init(current:))
        return chain.lazy.compactMap { segment in found.first { $0.slot.segment == segment } }.first
    }

    /// Everything that is active now for a model, or for one version of it.
    package func occupancies(of model: ModelName, version: VersionNumber? = nil) throws -> [SlotOccupancy] {
        let one: SQLStatement = version.map { "AND version = \($0)" } ?? ""
        return try rows(
            """
            SELECT * FROM slot_occupancy WHERE model = \(model) \(one)
            ORDER BY environment, segment, role LIMIT \(Page.entriesMax)
            """, SlotOccupancy.init(current:))
    }

    /// Which version was active in the slot at a time, and the audit entry that put it there. Nil: none was.
    package func occupant(of slot: Slot, at time: Timestamp) throws -> SlotOccupancy? {
        let change = try rows(
            """
            \(Self.slotChanges) WHERE \(slot.condition) AND c.changed_at <= \(time)
            ORDER BY c.number DESC LIMIT 1
            """, SlotOccupancy.init(change:))
        return change.first.flatMap { $0 }
    }

    /// Who was active in the slot when, newest first. `before` is the start of the last one seen.
    package func history(of slot: Slot, before: SlotOccupancy? = nil, limit: Int = 100) throws -> [SlotOccupancy] {
        try rows(
            """
            \(Self.slotChanges) WHERE \(slot.condition) AND c.version IS NOT NULL
                AND c.audit_sequence < \(before?.auditSequence ?? .max)
            ORDER BY c.number DESC LIMIT \(Page.bounded(limit))
            """, SlotOccupancy.init(change:)
        ).compactMap { $0 }
    }

    /// Whether the version is or has been active in this slot: what a rollback may return to.
    package func hasBeenActive(_ version: VersionNumber, in slot: Slot) throws -> Bool {
        try first(
            "SELECT 1 AS found FROM slot_change c WHERE \(slot.condition) AND c.version = \(version) LIMIT 1"
        ) { _ in true } ?? false
    }

    /// The audit entries because of which a version left a slot, newest first.
    package func departures(of version: VersionNumber, model: ModelName, limit: Int = 100) throws -> [Int64] {
        try rows(
            """
            SELECT n.audit_sequence FROM slot_change c JOIN slot_change n ON n.model = c.model AND n.environment = c.environment
                AND n.segment = c.segment AND n.role = c.role AND n.number = c.number + 1
            WHERE c.model = \(model) AND c.version = \(version) ORDER BY c.changed_at DESC LIMIT \(Page.bounded(limit))
            """
        ) { try $0.integer("audit_sequence") }
    }

    /// The slots in which any version of the model was ever active, by name.
    package func slotsEverOccupied(of model: ModelName, limit: Int) throws -> [Slot] {
        try rows(
            """
            SELECT DISTINCT model, environment, segment, role FROM slot_change WHERE model = \(model)
            ORDER BY environment, segment, role LIMIT \(Page.bounded(limit))
            """, Slot.init)
    }

    /// Whether any version of the model was ever active anywhere.
    package func hasSlotHistory(_ model: ModelName) throws -> Bool {
        try first("SELECT 1 AS found FROM slot_change WHERE model = \(model) LIMIT 1") { _ in true } ?? false
    }

    /// The version that was active before the present one, which `rollback` returns to. Nil: there was none.
    package func previousOccupant(of slot: Slot) throws -> SlotOccupancy? {
        let current = try occupant(of: slot)?.version
        let other: SQLStatement = current.map { "AND c.version <> \($0)" } ?? ""
        return try rows(
            """
            \(Self.slotChanges) WHERE \(slot.condition) AND c.version IS NOT NULL \(other)
            ORDER BY c.number DESC LIMIT 1
            """, SlotOccupancy.init(change:)
        ).first.flatMap { $0 }
    }

    /// Makes a version the active one of a slot and returns the one that it displaced. Does nothing, and returns nil, when it
    /// is active already. Stages, aliases and the audit entry `auditSequence` are the caller's, in the same transaction.
    @discardableResult
    package func occupy(
        _ slot: Slot, with version: VersionNumber, at now: Timestamp, auditSequence: Int64, isAdopted: Bool = false
    ) throws -> SlotOccupancy? {
        let previous = try occupant(of: slot)
        guard previous?.version != version else { return nil }
        let time = try recordChange(of: slot, to: version, at: now, auditSequence: auditSequence, isAdopted: isAdopted)
        try execute(
            """
            INSERT INTO slot_occupancy (model, environment, segment, role, version, since, audit_sequence, adopted)
            VALUES (\(slot.model), \(slot.environment), \(slot.segment), \(slot.role), \(version), \(time), \(auditSequence),
                \(isAdopted))
            ON CONFLICT (model, environment, segment, role) DO UPDATE SET version = excluded.version, since = excluded.since,
                audit_sequence = excluded.audit_sequence, adopted = excluded.adopted
            """)
        return previous
    }

    /// Empties a slot and returns what was active in it; nil when nothing was.
    @discardableResult
    package func vacate(_ slot: Slot, at now: Timestamp, auditSequence: Int64) throws -> SlotOccupancy? {
        guard let previous = try occupant(of: slot) else { return nil }
        try recordChange(of: slot, to: nil, at: now, auditSequence: auditSequence, isAdopted: false)
        try execute("DELETE FROM slot_occupancy AS c WHERE \(slot.condition)")
        return previous
    }

    /// Empties every slot of a model, or those that one version is active in, and returns what was active.
    func vacateAll(
        of model: ModelName, version: VersionNumber? = nil, at now: Timestamp, auditSequence: Int64
    ) throws -> [SlotOccupancy] {
        let active = try occupancies(of: model, version: version)
        for occupancy in active { try vacate(occupancy.slot, at: now, auditSequence: auditSequence) }
        return active
    }

    /// Appends to the slot's history. The time never runs backwards in it, even if the machine's clock did: else two versions
    /// would have been active at once.
    @discardableResult
    private func recordChange(
        of slot: Slot, to version: VersionNumber?, at now: Timestamp, auditSequence: Int64, isAdopted: Bool
    ) throws -> Timestamp {
        let last = try first(
            "SELECT number, changed_at FROM slot_change c WHERE \(slot.condition) ORDER BY number DESC LIMIT 1"
        ) { (number: try $0.integer("number"), time: try $0.timestamp("changed_at")) }
        let time = max(now, last?.time ?? now)
        try execute(
            """
            INSERT INTO slot_change (model, environment, segment, role, number, version, changed_at, audit_sequence, adopted)
            VALUES (\(slot.model), \(slot.environment), \(slot.segment), \(slot.role), \((last?.number ?? 0) + 1), \(version),
                \(time), \(auditSequence), \(isAdopted))
            """)
        return time
    }

    /// Each change with the time of the next one, which is when it ended.
    private static let slotChanges: SQLStatement = """
        SELECT c.model, c.environment, c.segment, c.role, c.version, c.changed_at, c.audit_sequence, c.adopted,
            n.changed_at AS until_at
        FROM slot_change c LEFT JOIN slot_change n ON n.model = c.model AND n.environment = c.environment
            AND n.segment = c.segment AND n.role = c.role AND n.number = c.number + 1
        """
}

extension Slot {
    /// Over a table under the name `c`.
    fileprivate var condition: SQLStatement {
        "c.model = \(model) AND c.environment = \(environment) AND c.segment = \(segment) AND c.role = \(role)"
    }
}

extension SlotOccupancy {
    fileprivate init(current row: SQLRow) throws {
        self.init(
            slot: try Slot(row), version: try VersionNumber(row.integer("version")), from: try row.timestamp("since"),
            until: nil, auditSequence: try row.integer("audit_sequence"), isAdopted: try row.bool("adopted"))
    }

    /// Nil for a change that emptied the slot.
    fileprivate init?(change row: SQLRow) throws {
        guard let version = try row.optional("version", { try VersionNumber(row.integer($0)) }) else { return nil }
        self.init(
            slot: try Slot(row), version: version, from: try row.timestamp("changed_at"),
            until: try row.optional("until_at", row.timestamp), auditSequence: try row.integer("audit_sequence"),
            isAdopted: try row.bool("adopted"))
    }
}

extension Slot {
    fileprivate init(_ row: SQLRow) throws {
        self.init(
            model: try ModelName(row.text("model")), environment: try row.text("environment"),
            segment: try row.text("segment"), role: try row.text("role"))
    }
}
