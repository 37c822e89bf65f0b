package import GatehouseCore
import Gates
package import Registry
import Rollouts
package import Storage

extension SQLTransaction {
    package static let rolloutsMax = 1_000
    package static let rolloutEventsMax = 1_000
    /// A verdict that goes to and fro is noted this often at most.
    private static let looksApartMilliseconds: Int64 = 10_000

    package func rollout(id: String) throws -> Rollout? {
        try first("SELECT * FROM rollout WHERE id = \(id)", Rollout.init(row:))
    }

    /// Fails with `notFound`.
    package func requiredRollout(_ id: String) throws -> Rollout {
        if let rollout = try rollout(id: id) { return rollout }
        throw GatehouseError(.notFound, "There is no rollout '\(id.prefix(80))'.", hint: "See them: gatehouse rollout list")
    }

    /// The rollout as nobody else can change it until this transaction ends, in whichever process.
    func lockedRollout(_ id: String) throws -> Rollout? {
        try execute("UPDATE rollout SET phase = phase WHERE id = \(id)")
        return try rollout(id: id)
    }

    /// The one that goes on in a slot; there is at most one.
    package func openRollout(in slot: Slot) throws -> Rollout? {
        try first(
            """
            SELECT * FROM rollout WHERE model = \(slot.model) AND environment = \(slot.environment)
                AND segment = \(slot.segment) AND ended_at IS NULL
            """, Rollout.init(row:))
    }

    /// Newest first.
    package func rollouts(of model: ModelName? = nil, onlyOpen: Bool = false, limit: Int = rolloutsMax) throws -> [Rollout] {
        var condition: SQLStatement = onlyOpen ? "ended_at IS NULL" : "1 = 1"
        if let model { condition = "\(condition) AND model = \(model)" }
        return try rows(
            """
            SELECT * FROM rollout WHERE \(condition)
            ORDER BY opened_at DESC, id DESC LIMIT \(min(max(limit, 1), Self.rolloutsMax))
            """, Rollout.init(row:))
    }

    /// The newest ones, oldest of them first.
    package func events(ofRollout id: String, limit: Int = rolloutEventsMax) throws -> [RolloutEvent] {
        try rows(
            """
            SELECT * FROM rollout_event WHERE rollout = \(id)
            ORDER BY number DESC LIMIT \(min(max(limit, 1), Self.rolloutEventsMax))
            """, RolloutEvent.init(row:)
        ).reversed()
    }

    func insert(_ rollout: Rollout) throws {
        let slot = rollout.slot
        try execute(
            """
            INSERT INTO rollout (id, model, environment, segment, version, digest, champion_version, champion_digest, salt, power,
                machine, phase, opened_by, opened_at, open_entry)
            VALUES (\(rollout.id), \(slot.model), \(slot.environment), \(slot.segment), \(rollout.version), \(rollout.digest),
                \(rollout.champion), \(rollout.championDigest), \(rollout.salt), \(try StoredJSON.text(rollout.power)),
                \(try StoredJSON.text(rollout.machine)), \(rollout.machine.phase.rawValue), \(rollout.openedBy),
                \(rollout.openedAt), \(rollout.openEntry))
            """)
    }

    /// Writes the machine as it is now.
    func update(_ rollout: Rollout) throws {
        try execute(
            """
            UPDATE rollout SET machine = \(try StoredJSON.text(rollout.machine)), phase = \(rollout.machine.phase.rawValue),
                ended_at = \(rollout.endedAt) WHERE id = \(rollout.id)
            """)
        if rollout.endedAt != nil { try execute("DELETE FROM rollout_measurement WHERE rollout = \(rollout.id)") }
    }

    func note(_ what: String, of rollout: Rollout, checks: JSONValue, at now: Timestamp, auditEntry: Int64?) throws {
        let last = try first(
            "SELECT number, at FROM rollout_event WHERE rollout = \(rollout.id) ORDER BY number DESC LIMIT 1"
        ) { (number: try $0.integer("number"), at: try $0.timestamp("at")) }
        let isSoon = last.map { now.milliseconds - $0.at.milliseconds < Self.looksApartMilliseconds } ?? false
        if auditEntry == nil, isSoon { return }
        let verdict = rollout.machine.verdict
        try execute(
            """
            INSERT INTO rollout_event (rollout, number, at, what, percent, verdict, reason, checks, audit_entry)
            VALUES (\(rollout.id), \((last?.number ?? 0) + 1), \(now), \(what), \(rollout.machine.percent),
                \(verdict.kind.rawValue), \(verdict.reason), \(checks), \(auditEntry))
            """)
    }

    /// How many people must approve that the version comes into the slot: as many as the policy says, and one at least where
    /// these very bytes were rolled back, whatever it says.
    package func reviewersRequired(for version: ModelVersion, in slot: Slot, under inForce: PolicyInForce) throws -> Int {
        let asked = inForce.policy.reviewersRequired
        return asked > 0 ? asked : try rolledBack(version, in: slot) == nil ? 0 : 1
    }

    /// When the version's artifact was last rolled back in this slot; nil: never.
    func rolledBack(_ version: ModelVersion, in slot: Slot) throws -> Timestamp? {
        guard let digest = version.artifact else { return nil }
        return try first(
            """
            SELECT MAX(ended_at) AS ended_at FROM rollout WHERE model = \(slot.model) AND digest = \(digest)
                AND environment = \(slot.environment) AND segment = \(slot.segment)
                AND phase = \(RolloutMachine.Phase.rolledBack.rawValue)
            """
        ) { row in try row.optional("ended_at", row.timestamp) }.flatMap { $0 }
    }
}

extension Rollout {
    fileprivate init(row: SQLRow) throws {
        let model = try ModelName(row.text("model"))
        self.init(
            id: try row.text("id"),
            slot: Slot(model: model, environment: try row.text("environment"), segment: try row.text("segment")),
            version: try VersionNumber(row.integer("version")), digest: try row.digest("digest"),
            champion: try VersionNumber(row.integer("champion_version")), championDigest: try row.digest("champion_digest"),
            salt: try row.text("salt"), power: try StoredJSON.value(row.text("power")),
            openedBy: Principal(stored: try row.text("opened_by")), openedAt: try row.timestamp("opened_at"),
            openEntry: try row.integer("open_entry"), machine: try StoredJSON.value(row.text("machine")),
            endedAt: try row.optional("ended_at", row.timestamp))
    }
}

extension RolloutEvent {
    fileprivate init(row: SQLRow) throws {
        let kind = try row.text("verdict")
        guard let verdict = RolloutVerdict.Kind(rawValue: kind) else {
            throw GatehouseError(.internalFailure, "A rollout has the unknown verdict '\(kind)'.")
        }
        self.init(
            number: try row.integer("number"), at: try row.timestamp("at"), what: try row.text("what"),
            percent: Int(try row.integer("percent")), verdict: RolloutVerdict(verdict, try row.text("reason")),
            checks: try row.json("checks"), auditEntry: try row.optional("audit_entry", row.integer))
    }
}
