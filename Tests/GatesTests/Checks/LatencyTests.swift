import GatehouseCore
import Testing

@testable import Gates

@Suite struct LatencyTests {
    private func judge(
        _ milliseconds: [Double], errors: Int = 0, settings: [String: GateSetting] = ["requests": .integer(1)]
    ) -> Judgement {
        let evidence = LatencyEvidence(
            mode: .openLoop, milliseconds: milliseconds, warmUpCount: 10, errorCount: errors, ratePerSecond: 50,
            runner: "native lightgbm")
        return Latency(GateSettings(defaultsOf: Latency.descriptor, overriding: settings))
            .judge(Evidence(latency: .available(evidence)))
    }

    private let reference = [
        12.1, 11.8, 13.0, 12.4, 55.2, 12.2, 11.9, 12.7, 14.1, 12.0, 12.3, 12.5, 11.7, 90.4, 12.6, 12.9, 13.3, 12.8, 12.35,
        12.45, 13.9, 12.15,
    ]

    @Test("percentiles are those of Python's statistics.quantiles, bit for bit")
    func percentiles() throws {
        // Python 3.11, statistics.quantiles(n=100, method="exclusive") of 22 values.
        let judgement = judge(reference)
        #expect(judgement.measurements.prefix(3).map(\.value) == [12.475, 85.12, 117.50400000000002])
        #expect(judgement.measurements[2].reason == "extrapolated")
        #expect(judgement.verdict == .fail)
        #expect(
            judgement.reason
                == "p95 85.1 ms is above the budget of 50.0 ms (22 answered requests, open loop at 50/s, native lightgbm).")
    }

    @Test("p95 exactly at the budget passes, with the circumstances in the sentence")
    func atBudget() {
        let judgement = judge([Double](repeating: 50, count: 500))
        #expect(judgement.verdict == .pass)
        #expect(judgement.warnings.isEmpty)
        #expect(judge([Double](repeating: 50.0.nextUp, count: 500)).verdict == .fail)
    }

    @Test("below 59 requests a pass carries a warning: no bound exists")
    func noBound() {
        let few = judge([Double](repeating: 7, count: 58))
        #expect(few.verdict == .pass)
        #expect(few.warnings == ["58 requests cannot bound p95 from above at 95 %: at least 59 are needed."])
        #expect(judge([Double](repeating: 7, count: 59)).warnings.isEmpty)
    }

    @Test("a pass whose bound lies above the budget carries a warning")
    func boundAboveBudget() {
        let times = (1...100).map { $0 <= 96 ? 10.0 : 80 }
        let judgement = judge(times)
        #expect(judgement.verdict == .pass)
        #expect(judgement.warnings.contains { $0.contains("p95 may be as high as 80.0 ms") })
    }

    @Test("fewer than 19 answers decide nothing, whichever side they are on", arguments: [0, 1, 18])
    func tooFew(_ count: Int) {
        #expect(judge([Double](repeating: 7, count: count)).verdict == .inconclusive)
        let slow = judge([Double](repeating: 700, count: count))
        #expect(slow.verdict == .inconclusive)
        #expect(slow.measurements[1].verdict == .inconclusive)
    }

    @Test("a failed request fails the check unless max_errors allows it")
    func errors() {
        let fast = [Double](repeating: 7, count: 97)
        let failing = judge(fast, errors: 3)
        #expect(failing.verdict == .fail)
        #expect(failing.reason.hasPrefix("3 of 100 requests failed, 0 may"))
        let allowed = judge(fast, errors: 3, settings: ["max_errors": .integer(3), "requests": .integer(100)])
        #expect(allowed.verdict == .pass)
        #expect(allowed.warnings == ["3 requests failed; a failed request has no response time."])
    }

    @Test("when every request failed, that is the verdict")
    func allFailed() {
        let judgement = judge([], errors: 500)
        #expect(judgement.verdict == .fail)
        #expect(judgement.reason.hasPrefix("500 of 500 requests failed"))
    }

    @Test("fewer requests than planned are told")
    func cutShort() {
        let judgement = judge([Double](repeating: 7, count: 120), settings: ["requests": .integer(500)])
        #expect(judgement.warnings == ["Only 120 of the 500 planned requests were made."])
    }

    @Test("a time that is no time is an error", arguments: [Double.nan, -1, .infinity])
    func notATime(_ time: Double) {
        let judgement = judge([7, time, 7])
        #expect(judgement.verdict == .error)
        #expect(judgement.reason.hasPrefix("Response time 2 of 3"))
    }

    @Test("missing evidence keeps its verdict and reason")
    func missing() {
        let gate = Latency(GateSettings(defaultsOf: Latency.descriptor))
        let judgement = gate.judge(Evidence(latency: .missing(.error, reason: "the server did not start")))
        #expect(judgement == Judgement(.error, "the server did not start"))
    }
}
