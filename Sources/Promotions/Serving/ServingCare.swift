package import GatehouseCore
package import Logging
package import Registry
import Scoring
import ServiceLifecycle
import Serving
package import Storage

/// Looks after what serving needs and leaves behind: reads the training buckets of what came into service, puts old windows
/// together, and deletes what is over its time.
package struct ServingCare: Service {
    static let recordDays: Int64 = 90
    static let windowDays: Int64 = 400
    /// Rows that one transaction changes: everybody else waits for it.
    static let rowsPerTransactionMax = 2_000
    private static let statisticsBytesMax: Int64 = 16 << 20

    private let store: any SQLStore
    private let artifacts: any ArtifactStore
    private let board: RouteBoard
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let interval: Duration

    package init(
        store: any SQLStore, artifacts: any ArtifactStore, board: RouteBoard, now: @escaping @Sendable () -> Timestamp,
        logger: Logger, interval: Duration = .seconds(600)
    ) {
        self.store = store
        self.artifacts = artifacts
        self.board = board
        self.now = now
        self.logger = logger
        self.interval = interval
    }

    package func run() async throws {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            do {
                let place = try board.enter()
                defer { board.leave(place) }
                try await look()
                // A new table may name a version whose buckets were never read.
                await cancelWhenGracefulShutdown { await place.wait(interval) }
            } catch {
                logger.error("serving not looked after", metadata: ["error": "\(error)"])
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: interval) }
            }
        }
    }

    /// One round of everything.
    package func look() async throws {
        try await readBuckets()
        let now = now()
        while try await store.write({ tx in try tx.compactWindows(at: now, limit: Self.rowsPerTransactionMax) })
            == Self.rowsPerTransactionMax
        {}
        while try await store.write({ tx in try tx.deleteOldRecords(at: now, limit: Self.rowsPerTransactionMax) })
            >= Self.rowsPerTransactionMax
        {}
    }

    // MARK: - Buckets

    private func readBuckets() async throws {
        let wanted = try await store.read { tx in
            try (tx.newestRouteTable()?.endpoints ?? []).flatMap { endpoint -> [Digest] in
                guard endpoint.rules.liveStatistics != nil else { return [] }
                return try endpoint.segments.map(\.champion.digest).filter { try tx.featureBuckets(of: $0) == nil }
            }
        }
        for digest in Set(wanted) {
            let buckets: [FeatureBuckets]
            do {
                buckets = try await trainingBuckets(of: digest)
            } catch let error as GatehouseError where error.code == .invalidArgument {
                // It says the same tomorrow: no features are counted for this version.
                logger.warning("no feature is counted", metadata: ["artifact": "\(digest)", "error": "\(error)"])
                buckets = []
            }
            let now = now()
            let number = try await store.write { tx in
                try tx.keep(buckets, of: digest)
                return try tx.publishRoutes(at: now)
            }
            if let number { board.announce(number) }
        }
    }

    /// Empty where the version carries no training statistics.
    private func trainingBuckets(of digest: Digest) async throws -> [FeatureBuckets] {
        let manifest = try await store.read { tx in try tx.manifest(of: digest) }
        guard let file = manifest.files.first(where: { $0.path == FeatureStatistics.fileName }) else { return [] }
        guard file.bytes <= Self.statisticsBytesMax else {
            throw GatehouseError(
                .invalidArgument, "\(file.path) has \(file.bytes) bytes; at most \(Self.statisticsBytesMax) are read.")
        }
        let blob = try await artifacts.open(file.digest)
        let bytes = try await blob.read(at: 0, count: Int(file.bytes))
        guard Digest.sha256(of: bytes) == file.digest else {
            throw GatehouseError(.integrity, "\(file.path) of \(digest) was changed on disk.")
        }
        let statistics = try FeatureStatistics(json: JSONParser.parse(String(decoding: bytes, as: UTF8.self)))
        return statistics.features.map { FeatureBuckets($0) }
    }
}

extension SQLTransaction {
    /// Deletes rows that are over their time, about `limit` of each kind at most. Returns how many were.
    fileprivate func deleteOldRecords(at now: Timestamp, limit: Int) throws -> Int {
        let records = now.adding(.seconds(-ServingCare.recordDays * 86_400))
        let windows = now.adding(.seconds(-ServingCare.windowDays * 86_400))
        var deleted = try execute(
            """
            DELETE FROM exposure WHERE request_id IN (
                SELECT request_id FROM exposure WHERE at < \(records) ORDER BY at LIMIT \(limit))
            """)
        deleted += try execute(
            """
            DELETE FROM shadow_pair WHERE at < \(records) AND request_id IN (
                SELECT request_id FROM shadow_pair WHERE at < \(records) ORDER BY at LIMIT \(limit))
            """)
        deleted += try execute(
            "DELETE FROM arm_window WHERE span_ms = \(WindowSpan.hour) AND from_ms < \(windows.milliseconds)")
        deleted += try execute(
            """
            DELETE FROM outcome WHERE arrived_at < \(windows) AND subject IN (
                SELECT subject FROM outcome WHERE arrived_at < \(windows) ORDER BY arrived_at LIMIT \(limit))
            """)
        if deleted > 0 { try countChange(of: .deletions) }
        return deleted
    }
}
