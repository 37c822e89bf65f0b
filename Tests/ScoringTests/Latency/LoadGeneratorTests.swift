import GatehouseCore
import NIOCore
import NIOHTTP1
import Scoring
import Synchronization
import Testing

@Suite("Measuring latency", .serialized)
struct LoadGeneratorTests {
    private let rows = Table.numbers(["x": [1, 2, 3]])
    private static let answer = #"{"predictions": [0.5]}"#

    private func exact(_ measurement: LatencyMeasurement, percent: Int) -> Double {
        let sorted = measurement.milliseconds.sorted()
        return sorted[min(sorted.count - 1, sorted.count * percent / 100)]
    }

    @Test("sequential: warm-up is sent but not measured, rows go round, progress counts to the end")
    func sequential() async throws {
        let progress = Mutex<[Int]>([])
        try await ScriptedServer.run { _ in
            .json(Self.answer)
        } body: { server, url, client in
            let measurement = try await LoadGenerator().measure(
                try EndpointRunner(url: url, client: client), rows: rows,
                plan: LoadPlan(mode: .sequential, requests: 5, warmUp: 2)
            ) { done in progress.withLock { $0.append(done) } }
            #expect(measurement.milliseconds.count == 5)
            #expect(measurement.milliseconds.allSatisfy { $0 > 0 && $0 < 10_000 })
            #expect(measurement.warmUpCount == 2)
            #expect(measurement.errorCount == 0)
            #expect(measurement.isComplete)
            #expect(measurement.plan.requestsPerSecond == nil)
            let sent = server.requests.map { $0.json?["dataframe_split"]?["data"]?.arrayValue?.first?.arrayValue?.first }
            #expect(sent == [1, 2, 1, 2, 3, 1, 2])
            #expect(progress.withLock { $0 } == [1, 2, 3, 4, 5])
        }
    }

    @Test("a stall of the server shows in the open-loop p95 and hides from the sequential one (coordinated omission)")
    func coordinatedOmission() async throws {
        let stall = Duration.milliseconds(400)
        // From the 21st request on, the server answers nobody until 400 ms have passed, then is quick again.
        func stallingOnce() -> ScriptedServer.Script {
            let shared = StallEnd()
            return { request in
                let now = ContinuousClock.now
                let end = shared.end(startingAt: request.number >= 20 ? now.advanced(by: stall) : nil)
                let wait = end.map { max(.zero, now.duration(to: $0)) } ?? .zero
                return .send(body: Self.answer, after: .milliseconds(wait.milliseconds))
            }
        }
        try await ScriptedServer.run(stallingOnce()) { _, url, client in
            let measurement = try await LoadGenerator().measure(
                try EndpointRunner(url: url, client: client), rows: rows,
                plan: LoadPlan(mode: .sequential, requests: 200, warmUp: 0))
            #expect(measurement.errorCount == 0)
            #expect(exact(measurement, percent: 95) < 150)
            #expect(exact(measurement, percent: 100) >= 390)
        }
        try await ScriptedServer.run(stallingOnce()) { _, url, client in
            let measurement = try await LoadGenerator().measure(
                try EndpointRunner(url: url, client: client), rows: rows,
                plan: LoadPlan(mode: .openLoop(requestsPerSecond: 500), requests: 300, warmUp: 0))
            #expect(measurement.errorCount == 0)
            // 200 of the 300 requests were to start during the stall: a twentieth of all waited longer than 370 ms.
            #expect(exact(measurement, percent: 95) > 300)
            #expect((measurement.percentileMilliseconds(95) ?? 0) > 300)
            // Only 64 of the 200 were in flight. The others left when the stall was over and were answered at once; that
            // a quarter of all waited longer than 250 ms is seen only from the intended start.
            #expect(exact(measurement, percent: 75) > 200)
            #expect(measurement.plan.requestsPerSecond == 500)
        }
    }

    @Test("open loop keeps to its timetable: 40 requests at 100 per second take 390 ms, not less")
    func timetable() async throws {
        try await ScriptedServer.run { _ in
            .json(Self.answer)
        } body: { server, url, client in
            let clock = ContinuousClock()
            let elapsed = try await clock.measure {
                _ = try await LoadGenerator(clock: clock).measure(
                    try EndpointRunner(url: url, client: client), rows: rows,
                    plan: LoadPlan(mode: .openLoop(requestsPerSecond: 100), requests: 40, warmUp: 0))
            }
            #expect(elapsed >= .milliseconds(390))
            #expect(server.requests.count == 40)
        }
    }

    @Test("two servers take turns in the order A B B A, with the same rows, and their times belong together")
    func turns() async throws {
        let order = Mutex("")
        try await ScriptedServer.run { request in
            order.withLock { $0 += "a" }
            return request.number == 1 ? .send(status: .serviceUnavailable, body: "busy") : .json(Self.answer)
        } body: { first, firstURL, client in
            try await ScriptedServer.run { _ in
                order.withLock { $0 += "b" }
                return .json(Self.answer)
            } body: { second, secondURL, otherClient in
                let both = try await LoadGenerator().compare(
                    try EndpointRunner(url: firstURL, client: client),
                    with: try EndpointRunner(url: secondURL, client: otherClient),
                    rows: rows, plan: LoadPlan(mode: .sequential, requests: 4, warmUp: 0))
                #expect(order.withLock { $0 } == "abbaabba")
                #expect(first.requests.map(\.json) == second.requests.map(\.json))
                #expect(both.first.millisecondsByRequest.map { $0 == nil } == [false, true, false, false])
                #expect(both.second.milliseconds.count == 4 && both.first.errorCount == 1)
                #expect((both.first.answersPerSecond ?? 0) > 0)
            }
        }
    }

    @Test("failures are counted beside the answers, and the first is kept")
    func failures() async throws {
        try await ScriptedServer.run { request in
            request.number % 4 == 3 ? .send(status: .serviceUnavailable, body: "busy") : .json(Self.answer)
        } body: { _, url, client in
            let measurement = try await LoadGenerator().measure(
                try EndpointRunner(url: url, client: client), rows: rows,
                plan: LoadPlan(mode: .sequential, requests: 12, warmUp: 0))
            #expect(measurement.milliseconds.count == 9)
            #expect(measurement.errorCount == 3)
            #expect(measurement.firstError?.contains("answered 503: 'busy'") == true)
            #expect(measurement.isComplete)
        }
    }

    @Test(
        "a server that stops answering cannot outlast the deadline, and its silence counts as errors",
        arguments: [LoadPlan.Mode.sequential, .openLoop(requestsPerSecond: 1000)])
    func hangingServer(mode: LoadPlan.Mode) async throws {
        try await ScriptedServer.run {
            $0.number < 5 ? .json(Self.answer) : .hang
        } body: { _, url, client in
            let clock = ContinuousClock()
            let started = clock.now
            let measurement = try await LoadGenerator().measure(
                try EndpointRunner(url: url, client: client), rows: rows,
                plan: LoadPlan(mode: mode, requests: 100, warmUp: 0, deadline: .seconds(2)))
            #expect(started.duration(to: clock.now) < .seconds(30))
            #expect(measurement.milliseconds.count == 5)
            #expect(measurement.errorCount == 95)
            #expect(!measurement.isComplete)
            #expect(
                measurement.firstError == "95 of 100 requests were not answered before the deadline of 2s.")
        }
    }

    @Test("a cancelled measurement ends with CancellationError")
    func cancelled() async throws {
        try await ScriptedServer.run { _ in
            .hang
        } body: { _, url, client in
            let runner = try EndpointRunner(url: url, client: client)
            let plan = try LoadPlan(mode: .sequential)
            await #expect(throws: CancellationError.self) {
                try await withThrowingTaskGroup(of: Void.self) { group in
                    group.addTask { _ = try await LoadGenerator().measure(runner, rows: rows, plan: plan) }
                    group.cancelAll()
                    try await group.next()
                }
            }
        }
    }

    @Test("the histogram agrees with the exact quantiles to three digits, and its counts add up")
    func histogram() async throws {
        try await ScriptedServer.run { request in
            .send(body: Self.answer, after: .milliseconds(Int64(request.number % 10)))
        } body: { _, url, client in
            let measurement = try await LoadGenerator().measure(
                try EndpointRunner(url: url, client: client), rows: rows,
                plan: LoadPlan(mode: .sequential, requests: 50, warmUp: 0))
            let exact = measurement.milliseconds.sorted()
            // The nearest-rank p50 of 50 values is the 25th, which is how HdrHistogram counts, too.
            let median = try #require(measurement.percentileMilliseconds(50))
            #expect(abs(median - exact[24]) <= exact[24] * 0.001 + 0.001)
            #expect(measurement.countsByMicroseconds.reduce(0) { $0 + $1.count } == 50)
            let values = measurement.countsByMicroseconds.map(\.microseconds)
            #expect(values == values.sorted())
        }
    }

    @Test("without an answer there is no percentile")
    func noAnswers() async throws {
        let measurement = try await LoadGenerator().measure(
            PredictionsRunner(column: "absent"), rows: rows, plan: LoadPlan(mode: .sequential, requests: 3, warmUp: 1))
        #expect(measurement.percentileMilliseconds(95) == nil)
        #expect(measurement.errorCount == 3)
        #expect(measurement.firstError?.contains("no column 'absent'") == true)
    }

    @Test("no rows, no measurement")
    func noRows() async throws {
        await #expect(throws: GatehouseError.self) {
            try await LoadGenerator().measure(
                PredictionsRunner(column: "x"), rows: .numbers(["x": []]), plan: LoadPlan(mode: .sequential))
        }
    }

    @Test("a plan out of range is refused with the number that is")
    func badPlans() {
        func message(_ plan: @autoclosure () throws -> LoadPlan) -> String? {
            #expect(throws: GatehouseError.self) { try plan() }?.message
        }
        #expect(message(try LoadPlan(mode: .sequential, requests: 0))?.contains("requests 0") == true)
        #expect(message(try LoadPlan(mode: .sequential, requests: 100_001))?.contains("requests 100001") == true)
        #expect(message(try LoadPlan(mode: .sequential, warmUp: -1))?.contains("warm_up -1") == true)
        #expect(message(try LoadPlan(mode: .openLoop(requestsPerSecond: 0)))?.contains("rate") == true)
        #expect(message(try LoadPlan(mode: .openLoop(requestsPerSecond: .nan)))?.contains("rate") == true)
        #expect(message(try LoadPlan(mode: .sequential, deadline: .zero))?.contains("deadline") == true)
    }
}

/// When a stalling server wakes up again; set once. A class because the server's requests share it.
private final class StallEnd: Sendable {
    private let state = Mutex<ContinuousClock.Instant?>(nil)

    func end(startingAt proposed: ContinuousClock.Instant?) -> ContinuousClock.Instant? {
        state.withLock { state in
            state = state ?? proposed
            return state
        }
    }
}
