import GatehouseCore
import Rollouts
import Serving
import Storage

/// What one batch of records says about the rollouts that go on. It is kept beside the records, in the transaction that takes
/// the batch, until the next look: so each batch counts once, and a rollout that cannot be decided keeps no gateway from
/// shipping.
struct RolloutBatch {
    /// Units that came so soon after a step began may have been divided by the table before it.
    static let settlingMilliseconds: Int64 = 2_000

    fileprivate struct Part {
        let rollout: Rollout
        let started: Int64
        /// Units with a place from here on are not kept on both arms, so whether they are new is not known.
        let places: Int64
        var champion = ArmSample()
        var challenger = ArmSample()
        var from: Int64?
        var until: Int64?
        var leftOut = 0
    }

    private var parts: [String: Part] = [:]

    init(_ windows: [ArmWindow], _ exposures: [Exposure], _ tx: SQLTransaction) throws {
        for id in Set(windows.compactMap(\.split) + exposures.compactMap(\.split)).sorted() {
            guard let rollout = try tx.rollout(id: id), rollout.endedAt == nil,
                let started = rollout.machine.phaseStartedAtMilliseconds
            else { continue }
            let places = try [ArmName.champion, .challenger].map {
                try tx.sample(.exposure, scope: "\(id)/\($0.rawValue)").places
            }
            parts[id] = Part(rollout: rollout, started: started, places: places.min() ?? 0)
        }
    }

    /// Counts the units that no exposure named before. Called before the batch's exposures are kept.
    mutating func count(_ exposures: [Exposure], _ tx: SQLTransaction) throws {
        guard !parts.isEmpty else { return }
        var seen: Set<String> = []
        for exposure in exposures where exposure.isOfTheComparison {
            guard let id = exposure.split, let part = parts[id], part.rollout.isConcurrent, let unit = exposure.unitHash,
                let place = SQLTransaction.place(ofUnit: unit), place < part.places, seen.insert("\(id)/\(unit)").inserted,
                exposure.atMilliseconds >= part.started + Self.settlingMilliseconds,
                try tx.isNew(unit, in: id)
            else { continue }
            switch exposure.arm {
            case .champion: parts[id]?.champion.newUnits += 1
            case .challenger: parts[id]?.challenger.newUnits += 1
            case .shadow: continue
            }
            parts[id]?.cover(exposure.atMilliseconds, exposure.atMilliseconds)
        }
    }

    mutating func add(_ windows: [ArmWindow]) {
        for window in windows {
            guard let id = window.split, var part = parts[id] else { continue }
            part.add(window)
            parts[id] = part
        }
    }

    func keep(from gateway: String, number: Int64, _ tx: SQLTransaction) throws {
        for part in parts.values.sorted(by: { $0.rollout.id < $1.rollout.id }) {
            guard let from = part.from, let until = part.until else { continue }
            var window = RolloutWindow(
                from: Timestamp(milliseconds: from), to: Timestamp(milliseconds: until), champion: part.champion,
                challenger: part.challenger)
            window.leftOut = part.leftOut
            try tx.keep(window, ofRollout: part.rollout.id, from: gateway, batch: number)
        }
    }
}

extension RolloutBatch.Part {
    fileprivate mutating func cover(_ from: Int64, _ until: Int64) {
        self.from = min(self.from ?? from, from)
        self.until = max(self.until ?? until, until)
    }

    /// Leaves out what was measured before the step, and of other artifacts than the rollout's two.
    fileprivate mutating func add(_ window: ArmWindow) {
        let limits = rollout.machine.plan.limits
        let isAdded =
            switch window.arm {
            case _ where window.fromMilliseconds < started: false
            case .champion where window.digest == rollout.championDigest: champion.add(window, limits: limits)
            case .challenger where window.digest == rollout.digest: challenger.add(window, limits: limits)
            case .champion, .challenger, .shadow: false
            }
        if isAdded { cover(window.fromMilliseconds, window.toMilliseconds) } else { leftOut += 1 }
    }
}

extension SQLTransaction {
    private static let measurementsPerLookMax = 1_000

    fileprivate func isNew(_ unit: String, in split: String) throws -> Bool {
        try first("SELECT 1 AS found FROM exposure WHERE split = \(split) AND unit_hash = \(unit) LIMIT 1") { _ in false } ?? true
    }

    fileprivate func keep(_ window: RolloutWindow, ofRollout id: String, from gateway: String, batch: Int64) throws {
        try execute(
            """
            INSERT INTO rollout_measurement (rollout, gateway, batch, from_ms, document)
            VALUES (\(id), \(gateway), \(batch), \(window.fromMilliseconds), \(try StoredJSON.text(window)))
            """)
    }

    func hasMeasurements(ofRollout id: String) throws -> Bool {
        try first("SELECT 1 AS found FROM rollout_measurement WHERE rollout = \(id) LIMIT 1") { _ in true } ?? false
    }

    /// What came since the last look, in the order of time. It is gone then: the machine has it.
    func takeMeasurements(ofRollout id: String) throws -> [RolloutWindow] {
        let found = try rows(
            """
            SELECT gateway, batch, document FROM rollout_measurement WHERE rollout = \(id)
            ORDER BY from_ms, gateway, batch LIMIT \(Self.measurementsPerLookMax)
            """
        ) { row -> (gateway: String, batch: Int64, window: RolloutWindow) in
            (try row.text("gateway"), try row.integer("batch"), try StoredJSON.value(row.text("document")))
        }
        for row in found {
            try execute(
                """
                DELETE FROM rollout_measurement
                WHERE rollout = \(id) AND gateway = \(row.gateway) AND batch = \(row.batch)
                """)
        }
        return found.map(\.window)
    }
}
