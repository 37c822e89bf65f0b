import Crypto
import GatehouseCore
import NIOCore
import NIOPosix
import Serving
import Synchronization
import Testing

@testable import Gateway

/// A loop, a desk and a route table, without a socket: what `finished` is given comes out as records.
@Suite struct LoopRecorderTests {
    private static let digest = Digest(bytes: [UInt8](repeating: 7, count: 32))
    private static let unitKey = [UInt8](0..<32)
    private static let body = #"{"dataframe_split": {"columns": ["age"], "data": [[35]]}}"#

    private struct Fixture {
        var split = true
        var shadow: ShadowRoute?
        var every = 1
        var logEvery = 1

        func routes() throws -> ActiveRoutes {
            func served(_ version: Int64) throws -> ServedVersion {
                ServedVersion(version: try VersionNumber(version), digest: digest, upstream: .url("http://127.0.0.1:9\(version)"))
            }
            var segment = SegmentRoute(segment: "default", champion: try served(1))
            if split {
                segment.split = TrafficSplit(id: "rol_1", kind: .rollout, challenger: try served(2), buckets: 5_000, salt: "s")
            }
            segment.shadow = shadow
            var rules = EndpointRules()
            var live = LiveStatisticsRules()
            live.every = every
            live.features = [FeatureBuckets(name: "age", edges: [30, 60])]
            rules.liveStatistics = live
            rules.accessLogEvery = logEvery
            let endpoint = EndpointRoute(
                name: "credit", model: try ModelName("credit-risk"), environment: "prod", rules: rules, segments: [segment])
            return try ActiveRoutes(
                RouteTable(number: 1, createdAt: Timestamp(milliseconds: 0), endpoints: [endpoint]), local: Scripted.versions)
        }
    }

    private static func exchange(
        _ routes: ActiveRoutes, _ number: UInt64, challenger: Bool = false, status: Int = 200, unit: String? = "user-1",
        body: String? = Self.body, reason: Exposure.Reason = .assigned, milliseconds: Int64 = 1_700_000_000_000
    ) throws -> Exchange {
        let endpoint = routes.endpoints[0]
        let segment = endpoint.segments[0]
        let assigned = challenger ? try #require(segment.challenger) : segment.champion
        return Exchange(
            routes: routes, endpoint: endpoint, segment: segment, assigned: assigned,
            served: reason == .fallback ? segment.champion : assigned, reason: reason,
            requestID: .made(prefix: 1, number: number), unit: unit.map { ByteBuffer(string: $0) },
            target: ByteBuffer(string: "/invocations"), contentType: ByteBuffer(string: "application/json"),
            requestBody: body.map { ByteBuffer(string: $0) }, requestBodyBytes: body?.utf8.count ?? 5_000_000, status: status,
            failure: nil, answerBody: ByteBuffer(string: #"{"predictions": [0.25]}"#), answerBodyBytes: 23,
            startedAt: .uptimeNanoseconds(1_000_000), finishedAt: .uptimeNanoseconds(1_900_000), atMilliseconds: milliseconds)
    }

    /// Runs `work` on a loop of its own with a recorder, and returns everything that was shipped and logged.
    private func records(
        _ fixture: Fixture, _ work: @escaping @Sendable (LoopRecorder, ActiveRoutes) throws -> Void
    ) async throws -> (records: [ServingRecord], log: String, metrics: String) {
        let directory = ScratchDirectory()
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 2)
        let loop = group.next()
        let log = Mutex<[UInt8]>([])
        var settings = RecordDesk.Settings(spoolDirectory: directory.path, unitKey: Self.unitKey)
        settings.windowMilliseconds = 3_600_000
        settings.accessLog = { lines in log.withLock { $0 += lines } }
        let desk = try await RecordDesk.open(settings, on: group.next(), now: { 1_700_000_000_500 })
        let routes = try fixture.routes()
        let bound = try await loop.submit {
            let recorder = LoopRecorder(for: desk, on: loop, loops: 1)
            recorder.routesChanged(to: routes)
            try work(recorder, routes)
            return NIOLoopBound(recorder, eventLoop: loop)
        }.get()
        try await loop.submit { bound.value.tick(at: .now() + .hours(1)) }.get()
        try await desk.close()
        var records: [ServingRecord] = []
        while let batch = try await desk.oldest() {
            records += try ServingRecord.read(lines: batch.lines)
            try await desk.acknowledge(batch.number)
        }
        let metrics = desk.metrics
        try await group.shutdownGracefully()
        return (records, log.withLock { String(decoding: $0, as: UTF8.self) }, metrics)
    }

    @Test("Every request of a split becomes one exposure, with its unit hashed and its prediction read")
    func exposures() async throws {
        let (records, _, metrics) = try await records(Fixture(every: 10)) { recorder, routes in
            for number in 0..<5_000 {
                recorder.finished(try Self.exchange(routes, UInt64(number), challenger: number % 20 == 0))
            }
        }
        let exposures = records.compactMap { if case .exposure(let exposure) = $0 { exposure } else { nil } }
        #expect(exposures.count == 5_000)
        #expect(Set(exposures.map(\.requestID)).count == 5_000)
        #expect(exposures.count { $0.arm == .challenger && $0.servedVersion == 2 } == 250)
        #expect(exposures.allSatisfy { $0.prediction == 0.25 && $0.split == "rol_1" && $0.latencyMicroseconds == 900 })
        // Python: hmac.new(bytes(range(32)), b"user-1", "sha256").hexdigest()
        #expect(exposures.allSatisfy { $0.unitHash == "c49dc017978a22e182445ec29fd48df801134c55420b0ff5bf21932f3eff5583" })
        let windows = records.compactMap { if case .window(let window) = $0 { window } else { nil } }
        #expect(windows.map(\.arm) == [.challenger, .champion])
        #expect(windows.map(\.requests) == [250, 4_750])
        #expect(windows.map(\.latency.total) == [250, 4_750])
        #expect(windows.map(\.predictions.total).reduce(0, +) == 5_000)
        #expect(windows.reduce(0) { $0 + $1.inspected } == 500)
        #expect(windows.reduce(0) { $0 + ($1.features.first?.counts[1] ?? 0) } == 500)
        #expect(
            metrics.contains(
                #"gatehouse_gateway_requests_total{endpoint="credit",segment="default",arm="champion",version="1"} 4750"#))
        #expect(metrics.contains("gatehouse_gateway_exposures_total 5000"))
        #expect(metrics.contains("gatehouse_gateway_records_lost_total 0"))
    }

    @Test("Without a split no exposures are kept, and the access log names no unit and holds no body")
    func unsplit() async throws {
        let (records, log, _) = try await records(Fixture(split: false, every: 0, logEvery: 2)) { recorder, routes in
            for number in 0..<10 { recorder.finished(try Self.exchange(routes, UInt64(number), status: number == 9 ? 503 : 200)) }
        }
        guard records.count == 1, case .window(let window) = records[0] else {
            Issue.record("\(records)")
            return
        }
        #expect(window.requests == 10)
        #expect(window.errors == 1)
        #expect(log.split(separator: "\n").count == 5)
        #expect(log.contains(#""status":503"#))
        #expect(log.contains("user-1") == false)
        #expect(log.contains("age") == false)
    }

    @Test("A fall-back is an error of the arm it was assigned to, testers count for nobody, callers' mistakes are no errors")
    func fallback() async throws {
        let (records, _, _) = try await records(Fixture()) { recorder, routes in
            recorder.finished(try Self.exchange(routes, 1, challenger: true, reason: .fallback))
            recorder.finished(try Self.exchange(routes, 2, challenger: true, reason: .override))
            recorder.finished(try Self.exchange(routes, 3, status: 422))
            recorder.finished(try Self.exchange(routes, 4, challenger: true, status: 500))
        }
        let windows = records.compactMap { if case .window(let window) = $0 { window } else { nil } }
        #expect(windows.map(\.arm) == [.challenger, .champion])
        #expect(windows.map(\.requests) == [2, 2])
        #expect(windows.map(\.errors) == [2, 0])
        #expect(windows.map(\.rejected) == [0, 1])
        let exposures = records.compactMap { if case .exposure(let exposure) = $0 { exposure } else { nil } }
        #expect(exposures.map(\.reason) == [.fallback, .override, .assigned, .assigned])
        #expect(exposures[0].assignedVersion == 2)
        #expect(exposures[0].servedVersion == 1)
    }

    @Test("Copies go to the shadow, pairs come back with both predictions, and what is not copied is counted by its reason")
    func shadow() async throws {
        var route = ShadowRoute(
            version: ServedVersion(version: try VersionNumber(3), digest: Self.digest, upstream: .native),
            buckets: Bucketing.total, salt: "shadow")
        route.limits.pauseAboveP95Ratio = 0
        route.limits.bodyBytesMax = 60_000
        let (records, _, metrics) = try await records(Fixture(split: false, shadow: route, every: 0)) { recorder, routes in
            for number in 0..<100 { recorder.finished(try Self.exchange(routes, UInt64(number))) }
            recorder.finished(try Self.exchange(routes, 100, body: nil))
            recorder.finished(try Self.exchange(routes, 101, reason: .override))
        }
        let pairs = records.compactMap { if case .shadow(let pair) = $0 { pair } else { nil } }
        #expect(pairs.count == 100)
        #expect(
            pairs.allSatisfy { $0.production.predictions == [0.25] && $0.shadow.predictions == [0.75] && $0.shadow.version == 3 })
        #expect(Set(pairs.map(\.featuresHash)).count == 1)
        #expect(pairs[0].featuresHash?.utf8.count == 64)
        let shadow = try #require(records.compactMap { if case .window(let window) = $0 { window } else { nil } }.last)
        #expect(shadow.arm == .shadow)
        #expect(shadow.requests == 100)
        #expect(shadow.shadow.eligible == 101)
        #expect(shadow.shadow.mirrored == 100)
        #expect(shadow.shadow.dropped == ["body_too_large": 1])
        #expect(shadow.shadow.tooLarge == ["2^22": 1])
        #expect(metrics.contains(#"arm="shadow",version="3",outcome="mirrored"} 100"#))
    }

    @Test("A recorder without a desk does nothing")
    func silent() throws {
        let recorder = LoopRecorder()
        recorder.finished(try Self.exchange(try Fixture().routes(), 1))
        recorder.tick(at: .now())
    }

    @Test("A key for units that is too short is refused")
    func shortKey() async {
        let group = MultiThreadedEventLoopGroup.singleton
        await #expect(throws: GatehouseError.self) {
            _ = try await RecordDesk.open(.init(spoolDirectory: "/nowhere", unitKey: [1]), on: group.next(), now: { 0 })
        }
    }
}

/// A version in this process that always says the same.
private struct Scripted: LocalUpstream, LocalVersions {
    static let versions = Scripted()

    func upstream(for version: ServedVersion, of model: String) -> LocalPlace { .process(self) }

    func answer(_ request: LocalRequest, on eventLoop: any EventLoop, _ reply: @escaping @Sendable (LocalAnswer) -> Void) {
        reply(LocalAnswer(status: 200, body: ByteBuffer(string: #"{"predictions": [0.75]}"#)))
    }
}
