import Gateway
import NIOCore
import Testing

@Suite("Circuit breaker")
struct CircuitBreakerTests {
    private let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    @Test("failures in a row open it, one probe is let through after the pause, and its success closes it")
    func cycle() {
        var breaker = CircuitBreaker()
        for _ in 0..<10 {
            let admitted1 = breaker.admits(at: start)
            #expect(admitted1)
            breaker.failed(at: start)
        }
        #expect(breaker.openings == 1)
        let admitted2 = breaker.admits(at: start + .milliseconds(999))
        #expect(admitted2 == false)
        let later = start + .milliseconds(1_000)
        let admitted3 = breaker.admits(at: later)
        #expect(admitted3)
        let admitted4 = breaker.admits(at: later)
        #expect(admitted4 == false, "only one probe")
        breaker.succeeded(at: later)
        #expect(breaker.state == .closed)
        let admitted5 = breaker.admits(at: later)
        #expect(admitted5)
    }

    @Test("each failed probe doubles the pause, up to the longest")
    func backsOff() {
        var breaker = CircuitBreaker()
        var now = start
        for _ in 0..<10 { breaker.failed(at: now) }
        var pauses: [Int64] = []
        for _ in 0..<8 {
            guard case .open(let until) = breaker.state else { return #expect(Bool(false)) }
            pauses.append((until - now).nanoseconds / 1_000_000)
            now = until
            let admitted6 = breaker.admits(at: now)
            #expect(admitted6)
            breaker.failed(at: now)
        }
        #expect(pauses == [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000])
        #expect(breaker.openings == 9)
    }

    @Test("a failing share opens it without a row of failures, and few requests do not")
    func share() {
        var breaker = CircuitBreaker()
        for index in 0..<19 { index % 3 == 0 ? breaker.succeeded(at: start) : breaker.failed(at: start) }
        #expect(breaker.state == .closed)
        breaker.failed(at: start)
        #expect(breaker.openings == 1)
    }

    @Test("an old answer does not close it, and a probe that never went out lets another go")
    func stale() {
        var breaker = CircuitBreaker()
        for _ in 0..<10 { breaker.failed(at: start) }
        breaker.succeeded(at: start)
        let admitted7 = breaker.admits(at: start)
        #expect(admitted7 == false)
        let later = start + .seconds(2)
        let admitted8 = breaker.admits(at: later)
        #expect(admitted8)
        breaker.withdrawn(at: later)
        let admitted9 = breaker.admits(at: later)
        #expect(admitted9)
    }
}
