import Access
import GatehouseCore
import Registry
import Rollouts
import Serving
import Storage
import Testing

@testable import Promotions

@Suite("Records of what was served", .timeLimit(.minutes(2)))
struct RecordIntakeTests {
    private static let digest = Digest(bytes: [UInt8](repeating: 1, count: 32))
    private static let start = Workshop.start

    private static func served(_ value: Int64) throws -> ServedVersion {
        ServedVersion(version: try VersionNumber(value), digest: digest, upstream: .native)
    }

    private static func exposure(
        _ request: String, unit: String?, split: String? = "exp", arm: ArmName = .champion,
        reason: Exposure.Reason = .assigned, after seconds: Int64 = 0
    ) throws -> ServingRecord {
        let exposure = Exposure(
            requestID: request, endpoint: "credit", segment: "default", split: split, arm: arm, reason: reason,
            unitHash: unit.map { ServingBench.recordKey.hash(unit: $0.utf8) }, assignedVersion: 1, served: try served(1),
            at: start.adding(.seconds(seconds)), latencyMicroseconds: 900, status: 200)
        return .exposure(exposure)
    }

    private static func window(
        _ seconds: Int64, requests: Int, arm: ArmName = .champion, _ change: (inout ArmWindow) -> Void = { _ in }
    ) -> ServingRecord {
        var window = ArmWindow(
            endpoint: "credit", segment: "default", split: nil, arm: arm, version: 1, digest: digest,
            from: start.adding(.seconds(seconds)))
        window.toMilliseconds += 1_000
        window.requests = requests
        window.latency.observe(microseconds: 700)
        change(&window)
        return .window(window)
    }

    private static func bytes(_ records: [ServingRecord]) -> [UInt8] { records.flatMap(\.line) }

    private func windows(_ bench: ServingBench, _ seconds: Range<Int64> = 0..<100_000_000) async throws -> [ArmWindow] {
        try await bench.store.read { tx in
            try tx.armWindows(
                endpoint: "credit", from: Self.start.adding(.seconds(seconds.lowerBound)),
                until: Self.start.adding(.seconds(seconds.upperBound)))
        }
    }

    @Test("a batch is taken once; another one under its number is refused")
    func once() async throws {
        try await ServingBench.run { bench in
            let intake = bench.serving.intake
            let batch = Self.bytes([Self.window(0, requests: 5), try Self.exposure("r1", unit: "ada")])
            let first = try await intake.take(batch, from: "gw", number: 1)
            #expect((first.windows, first.exposures, first.isRepeated) == (1, 1, false))
            #expect(try await intake.take(batch, from: "gw", number: 1).isRepeated)
            #expect(try await windows(bench).map(\.requests) == [5])
            try await expectFailure(.conflict) { try await intake.take([], from: "gw", number: 1) }
            #expect(try await intake.take(batch, from: "other", number: 1).windows == 1)
            #expect(try await windows(bench).map(\.requests) == [10])
        }
    }

    @Test("a batch that fails half-way leaves nothing, and is taken when it comes again", arguments: WatchedStore.Moment.allCases)
    func fault(_ moment: WatchedStore.Moment) async throws {
        try await ServingBench.run { bench in
            let batch = Self.bytes([Self.window(0, requests: 5), try Self.exposure("r1", unit: "ada")])
            bench.shop.store.arm(WatchedStore.Fault(write: 1, moment: moment, isLasting: false))
            await #expect(throws: (any Error).self) { try await bench.serving.intake.take(batch, from: "gw", number: 1) }
            bench.shop.store.arm(nil)
            _ = try await bench.serving.intake.take(batch, from: "gw", number: 1)
            #expect(try await windows(bench).map(\.requests) == [5])
            let tallies = try await bench.store.read { tx in try tx.exposureTallies(of: "exp") }
            #expect(tallies.map(\.requests) == [1])
        }
    }

    @Test("windows of one minute add up over batches and gateways, and minutes become hours after two days")
    func windows() async throws {
        try await ServingBench.run { bench in
            let intake = bench.serving.intake
            _ = try await intake.take(
                Self.bytes((0..<120).map { Self.window($0, requests: 10) }), from: "a", number: 1)
            _ = try await intake.take(
                Self.bytes((0..<120).map { Self.window($0, requests: 1) }), from: "b", number: 1)
            #expect(try await windows(bench).map(\.requests) == [660, 660])
            #expect(try await windows(bench).map(\.latency.total) == [120, 120])
            #expect(try await windows(bench, 60..<120).map(\.requests) == [660])
            let now = Self.start.adding(.seconds(3 * 86_400))
            #expect(try await bench.store.write { tx in try tx.compactWindows(at: now, limit: 10) } == 2)
            let hours = try await windows(bench)
            #expect(hours.map(\.requests) == [1320])
            #expect(hours.first?.toMilliseconds == Self.start.milliseconds + 120_000)
            #expect(try await bench.store.write { tx in try tx.compactWindows(at: now, limit: 10) } == 0)
        }
    }

    @Test("counts in other buckets are not added, and that is said")
    func mismatch() async throws {
        try await ServingBench.run { bench in
            let other = Self.window(1, requests: 1) { $0.predictions = PredictionCounts(edges: [0.5]) }
            let taken = try await bench.serving.intake.take(
                Self.bytes([Self.window(0, requests: 1), other]), from: "gw", number: 1)
            #expect(taken.mismatched == 1)
            #expect(try await windows(bench).map(\.requests) == [2])
        }
    }

    @Test("a request is one exposure; every reason is counted, and only those of the comparison are kept")
    func exposures() async throws {
        try await ServingBench.run { bench in
            var records = [try Self.exposure("r1", unit: "ada"), try Self.exposure("r1", unit: "ada")]
            for (index, reason) in Exposure.Reason.allCases.enumerated() {
                records.append(try Self.exposure("x\(index)", unit: "u\(index)", reason: reason))
            }
            records.append(try Self.exposure("free", unit: "u", split: nil))
            records.append(try Self.exposure("nobody", unit: nil))
            let taken = try await bench.serving.intake.take(Self.bytes(records), from: "gw", number: 1)
            #expect((taken.exposures, taken.unsplit) == (3, 1))
            let tallies = try await bench.store.read { tx in try tx.exposureTallies(of: "exp") }
            #expect(Set(tallies.map(\.reason)) == Set(Exposure.Reason.allCases))
            #expect(tallies.reduce(0) { $0 + $1.requests } == 9)
            let units = try await bench.store.read { tx in
                try tx.exposedUnits(of: "exp", label: "defaulted", until: Self.start.adding(.seconds(60)))
            }
            #expect(units.count == 3)
            #expect(units.reduce(0) { $0 + $1.fallbacks } == 1)
        }
    }

    @Test("what is sampled is a share of the units with all their exposures")
    func sampled() async throws {
        try await ServingBench.run { bench in
            var sample = RecordSample(.exposure, scope: "exp/champion")
            sample.places = RecordSample.placesMax / 4
            try await bench.store.write { [sample] tx in try tx.keep(sample) }
            var records: [ServingRecord] = []
            for unit in 0..<2_000 {
                for request in 0..<2 { records.append(try Self.exposure("\(unit)-\(request)", unit: "u\(unit)")) }
            }
            let taken = try await bench.serving.intake.take(Self.bytes(records), from: "gw", number: 1)
            #expect(taken.exposures + taken.sampledOut == 4_000)
            // A quarter of 2,000 units, five standard deviations wide.
            #expect((403...597).contains(taken.exposures / 2))
            let units = try await bench.store.read { tx in
                try tx.exposedUnits(of: "exp", label: "x", until: Self.start.adding(.seconds(60)))
            }
            #expect(units.allSatisfy { $0.requests == 2 })
            let share = try await bench.store.read { tx in try tx.keptExposures(of: "exp", arm: .champion) }
            #expect((share.share, share.seen, share.kept) == (0.25, 4_000, Int64(taken.exposures)))
        }
    }

    @Test("an overfull sample is halved, and what stays is what a sample of that share would have taken")
    func halved() async throws {
        try await ServingBench.run { bench in
            var sample = RecordSample(.exposure, scope: "exp/champion")
            // As if so many had come before; they are above the share that is kept in the end.
            sample.kept = RecordSample.Kind.exposure.rowsMax - 250
            try await bench.store.write { [sample] tx in try tx.keep(sample) }
            let records = try (0..<400).map { try Self.exposure("r\($0)", unit: "u\($0)") }
            _ = try await bench.serving.intake.take(Self.bytes(records), from: "gw", number: 1)
            let after = try await bench.store.read { tx in try tx.sample(.exposure, scope: "exp/champion") }
            #expect(after.places == RecordSample.placesMax / 2)
            let places = try await bench.store.read { tx in
                try tx.rows("SELECT place FROM exposure") { try $0.integer("place") }
            }
            let kept = (0..<400).count {
                Int64(ServingBench.recordKey.hash(unit: "u\($0)".utf8).prefix(4), radix: 16) ?? 0 < after.places
            }
            #expect(places.count == kept)
            #expect(places.allSatisfy { $0 < after.places })
        }
    }

    @Test("a unit has the mean of its outcomes: of its requests, and those posted for itself after its first exposure")
    func outcomes() async throws {
        try await ServingBench.run { bench in
            try await bench.apply(bench.endpoint())
            bench.shop.clock.advance(by: .seconds(1_000))
            let records = [
                try Self.exposure("r1", unit: "ada", after: 10), try Self.exposure("r2", unit: "ada", after: 20),
                try Self.exposure("r3", unit: "bob", arm: .challenger, after: 30),
                try Self.exposure("r4", unit: "eve", after: 40),
            ]
            _ = try await bench.serving.intake.take(Self.bytes(records), from: "gw", number: 1)
            func unit(_ name: String) -> Outcome.Subject {
                .unit(hash: ServingBench.recordKey.hash(unit: name.utf8), window: "")
            }
            func outcome(_ subject: Outcome.Subject, _ value: Double, _ seconds: Int64) throws -> Outcome {
                try Outcome(subject: subject, label: "defaulted", value: value, event: Self.start.adding(.seconds(seconds)))
            }
            let posted = [
                try outcome(.request("r1"), 1, 100), try outcome(.request("r2"), 0, 100), try outcome(unit("bob"), 1, 200),
                // Before he was exposed: what happened then is no effect of it.
                try outcome(unit("eve"), 1, 5),
            ]
            let taken = try await bench.serving.outcomes.post(posted, of: "credit", by: bench.shop.caller)
            #expect(taken.new == 4)
            let units = try await bench.store.read { tx in
                try tx.exposedUnits(of: "exp", label: "defaulted", until: Self.start.adding(.seconds(500)))
            }
            let byUnit = Dictionary(uniqueKeysWithValues: units.map { ($0.unitHash, $0) })
            #expect(byUnit[ServingBench.recordKey.hash(unit: "ada".utf8)]?.outcome == 0.5)
            #expect(byUnit[ServingBench.recordKey.hash(unit: "bob".utf8)]?.outcome == 1)
            #expect(byUnit[ServingBench.recordKey.hash(unit: "bob".utf8)]?.arm == .challenger)
            let eve = try #require(byUnit[ServingBench.recordKey.hash(unit: "eve".utf8)])
            #expect(eve.outcome == nil)
        }
    }

    @Test("a shadow report counts every copy and compares the pairs that are kept")
    func shadow() async throws {
        try await ServingBench.run { bench in
            try await bench.apply(bench.endpoint())
            try await bench.produce(1)
            let run = try await bench.serving.shadows.start(
                ShadowStart(model: bench.model, version: bench.number(2), endpoint: "credit"), by: bench.shop.caller)
            let start = run.started
            let window = Self.window(60, requests: 100) {
                $0.shadow.eligible = 100
                $0.shadow.mirrored = 100
            }
            let pairs = (0..<100).map { index in
                let production = ShadowPair.Answer(version: 1, status: 200, latencyMicroseconds: 900, predictions: [0.2])
                let shadow = ShadowPair.Answer(
                    version: 2, status: 200, latencyMicroseconds: 800, predictions: [index < 10 ? 0.9 : 0.2])
                return ServingRecord.shadow(
                    ShadowPair(
                        requestID: "p\(index)", endpoint: "credit", segment: "default", at: start.adding(.seconds(1)),
                        featuresHash: nil, production: production, shadow: shadow))
            }
            let batch = Self.bytes([window] + pairs)
            #expect(try await bench.serving.intake.take(batch, from: "gw", number: 1).pairs == 100)
            bench.shop.clock.advance(by: .seconds(3_600))
            let now = bench.shop.clock.now
            let report = try await bench.store.read { tx in
                try tx.shadowReport(of: run, under: bench.shop.policies, at: now)
            }
            #expect((report.pairs, report.counts.eligible, report.coverage) == (100, 100, 1))
            #expect(report.disagreement == 0.1)
            #expect(report.verdict != .pass)
        }
    }
}
