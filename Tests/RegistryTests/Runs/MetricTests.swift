import GatehouseCore
import Registry
import Storage
import Testing

@Suite("Metrics")
struct MetricTests {
    private static func history(_ fixture: RegistryFixture, _ run: String, _ key: String = "m") async throws -> [Metric] {
        try await fixture.store.read { tx in try tx.metricHistory(ofRun: run, key: key, limit: 100).metrics }
    }

    @Test("the latest value is that of the highest step, then time, then value, in whatever order points come")
    func latest() async throws {
        try await RegistryFixture.run { fixture in
            let points: [(value: Double, time: Int64, step: Int64)] = [
                (9, 9, 0), (1, 1, 2), (3, 5, 2), (2, 5, 2), (8, 9, 1), (-1, 4, 2),
            ]
            let (forth, back, together) = (try await fixture.run(), try await fixture.run(), try await fixture.run())
            for point in points { try await fixture.log(forth, "m", point.value, time: point.time, step: point.step) }
            for point in points.reversed() { try await fixture.log(back, "m", point.value, time: point.time, step: point.step) }
            let batch = try RunBatch(metrics: points.map { Metric(key: "m", value: $0.value, time: $0.time, step: $0.step) })
            try await fixture.tracking.log(batch, ofRun: together)
            for run in [forth, back, together] {
                #expect(try await fixture.read(run).metrics == [Metric(key: "m", value: 3, time: 5, step: 2)])
                #expect(try await Self.history(fixture, run).map(\.value) == [1, -1, 2, 3, 9, 8])
            }
        }
    }

    @Test("a point that is there already is dropped; NaN too, and beside it the value 0")
    func duplicates() async throws {
        try await RegistryFixture.run { fixture in
            let run = try await fixture.run()
            for _ in 0..<2 {
                try await fixture.log(run, "m", 1)
                try await fixture.log(run, "m", .nan, step: 1)
                try await fixture.log(run, "m", 0, step: 1)
            }
            let points = try await Self.history(fixture, run)
            #expect(points.count == 3)
            #expect(points.filter(\.value.isNaN).count == 1)
        }
    }

    @Test("NaN comes back as NaN, the infinities as the largest numbers, small and large ones to the last bit")
    func values() async throws {
        try await RegistryFixture.run { fixture in
            let run = try await fixture.run()
            let largest = Double.greatestFiniteMagnitude
            for (value, kept) in [
                (.infinity, largest), (-.infinity, -largest), (Double.leastNonzeroMagnitude, Double.leastNonzeroMagnitude),
                (0.1, 0.1), (1.0 / 3, 1.0 / 3), (-0.0, 0),
            ] as [(Double, Double)] {
                try await fixture.log(run, "v", value, time: 7)
                let points = try await Self.history(fixture, run, "v")
                #expect(points.contains { $0.value == kept })
            }
            try await fixture.log(run, "n", .nan)
            #expect(try await fixture.read(run).metrics.first { $0.key == "n" }?.value.isNaN == true)
            try await fixture.log(run, "t", 1, time: .max, step: .min)
            #expect(try await fixture.read(run).metrics.first { $0.key == "t" }?.step == .min)
        }
    }

    @Test("a negative time and a key out of bounds are refused, naming the entry")
    func refused() async throws {
        try await RegistryFixture.run { fixture in
            let run = try await fixture.run()
            let error = await refusal { try await fixture.log(run, "m", 1, time: -1) }
            #expect(
                error?.message
                    == "Invalid value -1 for parameter 'timestamp' supplied: metric 'm' (value=1.0). Timestamp must be a nonnegative long (64-bit integer) "
            )
            let long = await refusal { try await fixture.log(run, String(repeating: "k", count: 251), 1) }
            #expect(long?.message == "'Metric name' exceeds the maximum length of 250 characters")
            let third = #expect(throws: GatehouseError.self) {
                try RunBatch(metrics: [.init(key: "a", value: 1, time: 1), .init(key: "a@", value: 1, time: 1)])
            }
            #expect(third?.message.contains("'metrics[1].name'") == true)
            #expect(await refusal { try await fixture.log("nope", "m", 1) }?.message == "Run with id=nope not found")
        }
    }

    @Test("pages of a history hold every point once, whatever the page size; equal times and NaN included")
    func pages() async throws {
        try await RegistryFixture.run { fixture in
            let run = try await fixture.run()
            var metrics: [Metric] = []
            for number in 0..<60 {
                metrics.append(
                    Metric(
                        key: "m", value: number % 7 == 0 ? .nan : Double(number % 5), time: Int64(number / 10),
                        step: Int64(number % 3)))
            }
            try await fixture.tracking.log(RunBatch(metrics: metrics), ofRun: run)
            let all = try await Self.history(fixture, run).map { "\($0)" }
            for size in [1, 2, 7, 59, 1000] {
                var (seen, position): ([String], MetricPosition?) = ([], nil)
                repeat {
                    let page = try await fixture.store.read { [position] tx in
                        try tx.metricHistory(ofRun: run, key: "m", from: position, limit: size)
                    }
                    seen += page.metrics.map { "\($0)" }
                    position = page.next
                } while position != nil && seen.count <= all.count
                #expect(seen == all)
            }
            let skipped = try await fixture.store.read { tx in
                try tx.metricHistory(ofRun: run, key: "m", from: .offset(3), limit: 2).metrics
            }
            #expect(skipped.map { "\($0)" } == Array(all[3..<5]))
        }
    }

    @Test("a sample keeps the first point of each bucket and the last point of all")
    func sampled() async throws {
        try await RegistryFixture.run { fixture in
            let (run, other) = (try await fixture.run(), try await fixture.run())
            for number in 0..<10 { try await fixture.log(run, "h", Double(number), time: Int64(number), step: Int64(number / 2)) }
            func sample(_ perRun: Int, _ steps: ClosedRange<Int64>? = nil) async throws -> [Double] {
                try await fixture.store.read { tx in
                    try tx.sampledMetric(ofRuns: [run, other], key: "h", steps: steps, perRun: perRun).map(\.metric.value)
                }
            }
            // What `mlflow server` 3.17.2 answered for the same points.
            #expect(try await sample(4) == [0, 3, 6, 9])
            #expect(try await sample(1) == [9])
            #expect(try await sample(2, 1...3) == [2, 7])
            #expect(try await sample(2500) == (0..<10).map(Double.init))
            #expect(try await sample(3, 8...9) == [])
        }
    }

    @Test("the history of several runs is by run, and bounded over all of them")
    func bulk() async throws {
        try await RegistryFixture.run { fixture in
            let runs = [try await fixture.run(), try await fixture.run()]
            for run in runs { for step in 0..<3 { try await fixture.log(run, "m", Double(step), step: Int64(step)) } }
            let found = try await fixture.store.read { tx in try tx.metricHistory(ofRuns: runs, key: "m", limit: 4) }
            #expect(found.map(\.run) == Array(repeating: runs.min(), count: 3) + [runs.max()])
        }
    }
}
