import GatehouseCore
import Gates
import Logging
import Registry
import Scoring
import Serving
import Statistics
import Storage
import Testing

@testable import Promotions

@Suite("Live traffic as evidence", .timeLimit(.minutes(2)))
struct LiveTrafficTests {
    private static let training = """
        {"format": "gatehouse.feature_stats/1", "rows": 100, "features": [
          {"name": "income", "type": "numeric", "edges": [0, 10, 20, 30], "counts": [40, 30, 20], "missing": 10},
          {"name": "band", "type": "categorical", "counts": {"a": 60, "b": 30, "(other)": 10}, "missing": 0}]}
        """

    private static func profiles() throws -> [FeatureProfile] {
        try FeatureStatistics(json: JSONParser.parse(training)).features
    }

    private func care(_ bench: ServingBench) -> ServingCare {
        ServingCare(
            store: bench.store, artifacts: bench.shop.artifacts, board: bench.board, now: bench.shop.transitions.now,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
    }

    /// v1 is in Production behind an endpoint that counts features, and carries the statistics above.
    private func withStatistics(_ body: (ServingBench, Digest) async throws -> Void) async throws {
        try await ServingBench.run(versions: 0) { bench in
            var files = LoanModel.good
            files["feature_stats.json"] = Self.training
            let version = try await bench.shop.version(of: bench.model, files)
            try await bench.apply(bench.endpoint { $0.liveStatistics = LiveStatisticsRules() })
            try await bench.produce(version.value)
            let digest = try #require(try await bench.shop.found(version, of: bench.model).artifact)
            try await body(bench, digest)
        }
    }

    private func ship(
        _ bench: ServingBench, _ digest: Digest, number: Int64 = 1, income: [Int] = [400, 300, 200], band: [Int] = [600, 300],
        unknown: Int = 100
    ) async throws {
        let buckets = try Self.profiles().map { FeatureBuckets($0) }
        var (first, second) = (FeatureCounts(buckets[0]), FeatureCounts(buckets[1]))
        (first.counts, first.missing) = (income, 100)
        (second.counts, second.unknown) = (band, unknown)
        var window = ArmWindow(
            endpoint: "credit", segment: "default", split: nil, arm: .champion, version: 1, digest: digest,
            from: bench.shop.clock.now)
        window.requests = 1_000
        window.inspected = 1_000
        window.features = [second, first]
        _ = try await bench.serving.intake.take(ServingRecord.window(window).line, from: "gw", number: number)
        bench.shop.clock.advance(by: .seconds(60))
    }

    private func found(_ bench: ServingBench) async throws -> Result<LiveTraffic, Absence> {
        let now = bench.shop.clock.now
        return try await bench.store.read { tx in try tx.liveTraffic(of: bench.model, at: now) }
    }

    @Test("gateways are told the inner edges of training's buckets and its categories, once they were read")
    func buckets() async throws {
        try await withStatistics { bench, _ in
            #expect(try await bench.table()?.endpoints.first?.rules.liveStatistics?.features == [])
            let number = try #require(try await bench.table()?.number)
            try await care(bench).look()
            let features = try await bench.table()?.endpoints.first?.rules.liveStatistics?.features
            #expect(
                features == [
                    FeatureBuckets(name: "income", edges: [10, 20]), FeatureBuckets(name: "band", categories: ["a", "b"]),
                ])
            #expect(try await bench.table()?.number == number + 1)
            try await care(bench).look()
            #expect(try await bench.table()?.number == number + 1)
        }
    }

    @Test("what gateways counted is compared over training's own edges")
    func compared() async throws {
        try await withStatistics { bench, digest in
            try await care(bench).look()
            try await ship(bench, digest)
            try await ship(bench, digest, number: 2)
            let current = try await found(bench).get().profiles(like: Self.profiles())
            #expect(current.map(\.name) == ["income", "band"])
            #expect(current[0].buckets == .numeric(edges: [0, 10, 20, 30], counts: [800, 600, 400]))
            #expect(current[0].missing == 200)
            #expect(current[1].buckets == .categorical(["a": 1_200, "b": 600, "(other)": 200]))
            let evidence = DriftEvidence(training: try Self.profiles(), current: current, currentSource: "live")
            #expect(DataDrift(GateSettings([:])).judge(Evidence(drift: .available(evidence))).verdict != .fail)
        }
    }

    @Test("another training set's buckets are no basis, and this is inconclusive rather than drift")
    func otherBuckets() async throws {
        try await withStatistics { bench, digest in
            try await care(bench).look()
            try await ship(bench, digest)
            let other = [
                FeatureProfile(name: "income", buckets: .numeric(edges: [0, 11, 20, 30], counts: [1, 1, 1]), missing: 0)
            ]
            let traffic = try await found(bench).get()
            let absence = #expect(throws: Absence.self) { try traffic.profiles(like: other) }
            #expect(absence?.verdict == .inconclusive)
            #expect(says(absence?.reason, "income"))
        }
    }

    @Test("no traffic is never a pass, and the reason says what is missing")
    func absent() async throws {
        func reason(_ bench: ServingBench) async throws -> String? {
            switch try await found(bench) {
            case .success: nil
            case .failure(let absence): absence.verdict == .inconclusive ? absence.reason : nil
            }
        }
        try await ServingBench.run { bench in
            #expect(says(try await reason(bench), "no version is in production"))
            try await bench.produce(1)
            #expect(says(try await reason(bench), "no endpoint serves"))
        }
        try await withStatistics { bench, digest in
            #expect(says(try await reason(bench), "counted features yet"))
            try await care(bench).look()
            #expect(says(try await reason(bench), "looked into a request"))
            try await ship(bench, digest)
            #expect(try await reason(bench) == nil)
            bench.shop.clock.advance(by: .seconds(8 * 86_400))
            #expect(says(try await reason(bench), "in the last 7 days"))
        }
    }
}
