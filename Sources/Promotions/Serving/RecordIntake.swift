import GatehouseCore
import Registry
import Serving
import Storage

/// What became of a batch. Whatever is not counted here is durable in full.
package struct TakenBatch: Sendable, Equatable {
    /// The same batch was taken before; nothing happened.
    package let isRepeated: Bool
    package var windows = 0
    package var exposures = 0
    package var pairs = 0
    /// Exposures outside of a split: windows count them.
    package var unsplit = 0
    /// Exposures and pairs that were counted, and not kept by themselves.
    package var sampledOut = 0
    /// Windows whose buckets were others than those of their minute: their counts of features or predictions are lost.
    package var mismatched = 0

    init(isRepeated: Bool = false) { self.isRepeated = isRepeated }
}

/// Takes what gateways recorded: each batch once and in one transaction.
package struct RecordIntake: Sendable {
    /// A batch whose number is further back than this many is refused: whether it was taken is not known any more.
    package static let batchNumbersKept: Int64 = 100_000

    private let store: any SQLStore
    private let now: @Sendable () -> Timestamp

    init(_ transitions: TransitionService) {
        store = transitions.store
        now = transitions.now
    }

    /// Fails with `invalidArgument` for what is no batch, naming the line, and with `conflict` for a number that was used for
    /// other bytes or lies too far back.
    package func take(_ bytes: [UInt8], from gateway: String, number: Int64) async throws -> TakenBatch {
        let gateway = try ServingGateway.checked(id: gateway)
        guard number >= 1 else {
            throw GatehouseError(.invalidArgument, "A batch's number is a whole number from 1, not \(number).")
        }
        let records = try ServingRecord.read(lines: bytes)
        let digest = Digest.sha256(of: bytes)
        let now = now()
        return try await store.write { tx in
            guard try tx.begin(number, of: gateway, digest, records: records.count, at: now) else {
                return TakenBatch(isRepeated: true)
            }
            var taken = TakenBatch()
            var (exposures, pairs, windows): ([Exposure], [ShadowPair], [ArmWindow]) = ([], [], [])
            for record in records {
                switch record {
                case .exposure(let exposure): exposures.append(exposure)
                case .shadow(let pair): pairs.append(pair)
                case .window(let window): windows.append(window)
                }
            }
            var rollouts = try RolloutBatch(windows, exposures, tx)
            try rollouts.count(exposures, tx)
            rollouts.add(windows)
            try rollouts.keep(from: gateway, number: number, tx)
            try tx.add(windows, &taken)
            try tx.add(exposures, &taken)
            try tx.add(pairs, &taken)
            return taken
        }
    }
}

extension SQLTransaction {
    /// False: the batch was taken before.
    fileprivate func begin(
        _ number: Int64, of gateway: String, _ digest: Digest, records: Int, at now: Timestamp
    ) throws -> Bool {
        let known = try first("SELECT digest FROM serving_batch WHERE gateway = \(gateway) AND number = \(number)") {
            try $0.digest("digest")
        }
        if let known {
            guard known == digest else {
                throw GatehouseError(
                    .conflict, "The batch \(number) of '\(gateway)' had other bytes before.",
                    hint: "Two gateways under one id, or one that lost its spool: give it an id of its own.")
            }
            return false
        }
        let last = try first("SELECT max(number) AS last FROM serving_batch WHERE gateway = \(gateway)") {
            try $0.optional("last", $0.integer)
        }.flatMap { $0 }
        let oldest = last.map { $0 - RecordIntake.batchNumbersKept }
        if let oldest, number <= oldest {
            throw GatehouseError(
                .conflict, "The batch \(number) of '\(gateway)' is too far behind: numbers from \(oldest + 1) on are known.",
                hint: "A gateway that lost its spool begins anew under another id.")
        }
        try execute(
            """
            INSERT INTO serving_batch (gateway, number, digest, records, received_at)
            VALUES (\(gateway), \(number), \(digest), \(records), \(now))
            """)
        if number > RecordIntake.batchNumbersKept {
            try execute(
                "DELETE FROM serving_batch WHERE gateway = \(gateway) AND number <= \(number - RecordIntake.batchNumbersKept)")
        }
        return true
    }

    // MARK: - Exposures

    /// Every exposure of a split is counted by arm and reason; those with a unit are kept as far as the sample goes.
    fileprivate func add(_ exposures: [Exposure], _ taken: inout TakenBatch) throws {
        var samples: [String: RecordSample] = [:]
        var tallies: [Tally: Int64] = [:]
        for exposure in exposures {
            guard let split = exposure.split else {
                taken.unsplit += 1
                continue
            }
            tallies[Tally(split: split, arm: exposure.arm, reason: exposure.reason), default: 0] += 1
            guard let unit = exposure.unitHash, let place = Self.place(ofUnit: unit), exposure.isOfTheComparison else { continue }
            let scope = "\(split)/\(exposure.arm.rawValue)"
            var sample = try samples[scope] ?? self.sample(.exposure, scope: scope)
            sample.seen += 1
            if place < sample.places {
                let isNew = try insert(exposure, split: split, unit: unit, place: place)
                sample.kept += isNew ? 1 : 0
                taken.exposures += isNew ? 1 : 0
            } else {
                taken.sampledOut += 1
            }
            samples[scope] = sample
        }
        for (tally, requests) in tallies.sorted(by: { $0.key.order < $1.key.order }) { try add(requests, to: tally) }
        for scope in samples.keys.sorted() {
            guard var sample = samples[scope] else { continue }
            let parts = scope.split(separator: "/")
            while sample.isOverfull, let arm = parts.last {
                sample.places /= 2
                let split = scope.dropLast(arm.count + 1)
                sample.kept -= Int64(
                    try execute(
                        """
                        DELETE FROM exposure WHERE split = \(String(split)) AND arm = \(String(arm))
                            AND place >= \(sample.places)
                        """))
            }
            try keep(sample)
        }
    }

    private struct Tally: Hashable {
        let split: String
        let arm: ArmName
        let reason: Exposure.Reason

        var order: String { "\(split)/\(arm.rawValue)/\(reason.rawValue)" }
    }

    private func add(_ requests: Int64, to tally: Tally) throws {
        try execute(
            """
            INSERT INTO exposure_tally (split, arm, reason, requests)
            VALUES (\(tally.split), \(tally.arm.rawValue), \(tally.reason.rawValue), \(requests))
            ON CONFLICT (split, arm, reason) DO UPDATE SET requests = exposure_tally.requests + excluded.requests
            """)
    }

    /// The first 16 bits of a hash; nil for what is no hash.
    static func place(ofUnit hash: String) -> Int64? {
        guard (try? Digest(parsing: hash)) != nil else { return nil }
        return Int64(hash.prefix(4), radix: 16)
    }

    private func insert(_ exposure: Exposure, split: String, unit: String, place: Int64) throws -> Bool {
        let prediction = exposure.prediction.flatMap { $0.isFinite ? $0 : nil }
        return try execute(
            """
            INSERT INTO exposure (request_id, endpoint, segment, split, arm, reason, unit_hash, place, assigned_version,
                served_version, served_digest, features_hash, prediction, latency_us, status, at)
            VALUES (\(exposure.requestID), \(exposure.endpoint), \(exposure.segment), \(split), \(exposure.arm.rawValue),
                \(exposure.reason.rawValue), \(unit), \(place), \(exposure.assignedVersion), \(exposure.servedVersion),
                \(exposure.servedDigest), \(exposure.featuresHash), \(prediction), \(exposure.latencyMicroseconds),
                \(exposure.status), \(exposure.atMilliseconds))
            ON CONFLICT (request_id) DO NOTHING
            """) == 1
    }

    // MARK: - Pairs

    fileprivate func add(_ pairs: [ShadowPair], _ taken: inout TakenBatch) throws {
        var samples: [String: RecordSample] = [:]
        var places: [String: (endpoint: String, version: Int64)] = [:]
        for pair in pairs {
            let scope = "\(pair.endpoint)/\(pair.shadow.version)"
            places[scope] = (pair.endpoint, pair.shadow.version)
            var sample = try samples[scope] ?? self.sample(.shadow, scope: scope)
            sample.seen += 1
            let place = RecordSample.place(of: pair.requestID)
            if place < sample.places {
                let isNew = try insert(pair, place: place, turn: sample.seen)
                sample.kept += isNew ? 1 : 0
                taken.pairs += isNew ? 1 : 0
            } else {
                taken.sampledOut += 1
            }
            samples[scope] = sample
        }
        for scope in samples.keys.sorted() {
            guard var sample = samples[scope], let (endpoint, version) = places[scope] else { continue }
            while sample.isOverfull {
                sample.places /= 2
                sample.kept -= Int64(
                    try execute(
                        """
                        DELETE FROM shadow_pair WHERE endpoint = \(endpoint) AND shadow_version = \(version)
                            AND place >= \(sample.places)
                        """))
            }
            try keep(sample)
        }
    }

    private func insert(_ pair: ShadowPair, place: Int64, turn: Int64) throws -> Bool {
        try execute(
            """
            INSERT INTO shadow_pair (request_id, endpoint, segment, production_version, shadow_version, place, at, turn, document)
            VALUES (\(pair.requestID), \(pair.endpoint), \(pair.segment), \(pair.production.version), \(pair.shadow.version),
                \(place), \(pair.atMilliseconds), \(turn), \(try StoredJSON.text(pair)))
            ON CONFLICT (endpoint, shadow_version, request_id) DO NOTHING
            """) == 1
    }
}

extension Exposure {
    /// Testers and requests without an arm of their own are counted, and compared with nobody.
    var isOfTheComparison: Bool {
        switch reason {
        case .assigned, .fallback: true
        case .override, .noUnit, .holdout, .otherLayer: false
        }
    }
}
