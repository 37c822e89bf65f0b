import GatehouseCore
import Serving
import Testing

@testable import WebUI

@Suite("Traffic") struct TrafficTests {
    @Test("nothing counted is not the same as nothing wrong")
    func unmeasured() {
        #expect(TrafficHealth(TrafficFigures(), TrafficLimits(errorShare: 0.01)) == .unmeasured)
    }

    @Test(
        "failures above the limit are said to be so only when chance does not explain them",
        arguments: [(1, 50, TrafficHealth.suspect("failures")), (50, 500, .over("failures")), (1, 500, .within)])
    func failures(_ errors: Int, _ requests: Int, _ expected: TrafficHealth) {
        var figures = TrafficFigures()
        (figures.errors, figures.requests) = (errors, requests)
        #expect(TrafficHealth(figures, TrafficLimits(errorShare: 0.01)) == expected)
        #expect(TrafficHealth(figures, TrafficLimits()) == .unlimited)
    }

    @Test("latency is above its limit when more than one request in twenty surely is")
    func latency() {
        var figures = TrafficFigures()
        figures.requests = 1000
        for index in 0..<1000 { figures.latency.observe(microseconds: index < 900 ? 1_000 : 90_000) }
        #expect(TrafficHealth(figures, TrafficLimits(p95Milliseconds: 50)) == .over("latency"))
        #expect(TrafficHealth(figures, TrafficLimits(p95Milliseconds: 200)) == .within)
        #expect(figures.milliseconds(0.5).map { $0 >= 1 && $0 < 1.125 } == true)
    }

    @Test("a range begins with a whole span and holds its end", arguments: TrafficRange.choices.map(\.minutes))
    func ranges(_ minutes: Int) throws {
        let until = try Timestamp(parsing: "2026-01-15T09:07:30Z")
        let range = TrafficRange(minutes: minutes, until: until, isFixed: true)
        #expect(range.from.milliseconds.isMultiple(of: range.spanMilliseconds))
        #expect(range.end.since(range.from) == .seconds(minutes * 60))
        #expect(range.from < until && until <= range.end && range.end.since(until) < .milliseconds(range.spanMilliseconds))
    }

    @Test("times are rounded up, so that nothing is promised too early")
    func times() {
        #expect(RolloutWords.time(-5) == "0 s")
        #expect(RolloutWords.time(119) == "119 s")
        #expect(RolloutWords.time(121) == "3 min")
        #expect(RolloutWords.time(7_201) == "3 h")
        #expect(RolloutWords.time(172_801) == "3 days")
    }

    @Test("latencies have three digits")
    func digits() {
        #expect([0.175, 1.791, 12.5, 5000].map(latencyWords) == ["0.175 ms", "1.79 ms", "12.5 ms", "5,000 ms"])
    }
}
