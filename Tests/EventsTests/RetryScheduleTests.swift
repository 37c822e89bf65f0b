import GatehouseCore
import Testing

@testable import Events

@Suite("What becomes of a delivery")
struct RetryScheduleTests {
    /// 1994-11-06T08:49:00Z.
    private let now = Timestamp(milliseconds: 784_111_740_000)

    private func outcome(
        _ status: Int, retryAfter: String? = nil, attempts: Int64 = 1, waited: Duration = .seconds(1)
    ) -> RetrySchedule.Outcome {
        outcome(.answered(.init(status: status, body: "", retryAfter: retryAfter)), attempts: attempts, waited: waited)
    }

    private func outcome(
        _ answer: ReceiverAnswer, attempts: Int64 = 1, waited: Duration = .seconds(1)
    ) -> RetrySchedule.Outcome {
        RetrySchedule.outcome(of: answer, attempts: attempts, queued: now.adding(.zero - waited), at: now)
    }

    @Test("only 2xx is delivered", arguments: [200, 201, 204, 299])
    func delivered(status: Int) { #expect(outcome(status) == .delivered) }

    @Test("a refusal and a redirect are not repeated", arguments: [100, 301, 302, 307, 400, 401, 404, 422, 499, 600])
    func refused(status: Int) { #expect(outcome(status) == .failed) }

    @Test("408, 425, 429, 5xx and no answer are tried again after 5 s", arguments: [408, 425, 429, 500, 502, 503, 504, 599])
    func again(status: Int) {
        #expect(outcome(status) == .retry(after: .seconds(5)))
        #expect(outcome(.failed(reason: "", isFinal: false)) == .retry(after: .seconds(5)))
    }

    @Test("410 disables the webhook, and what cannot work fails at once")
    func final() {
        #expect(outcome(410) == .gone)
        #expect(outcome(.failed(reason: "", isFinal: true)) == .failed)
    }

    @Test("pauses grow to twelve hours, ten attempts take a day, and the tenth failure is the last")
    func schedule() {
        let outcomes = (1...11).map { outcome(503, attempts: $0) }
        #expect(
            outcomes == [
                .retry(after: .seconds(5)), .retry(after: .seconds(30)), .retry(after: .seconds(120)),
                .retry(after: .seconds(600)), .retry(after: .seconds(1800)), .retry(after: .seconds(3600)),
                .retry(after: .seconds(10_800)), .retry(after: .seconds(25_200)), .retry(after: .seconds(43_200)), .failed,
                .failed,
            ])
        let hours = RetrySchedule.pauses.reduce(Duration.zero, +).components.seconds / 3600
        #expect(hours == 23)
        #expect(outcome(503, attempts: 0) == .failed && outcome(503, attempts: .max) == .failed)
    }

    @Test("what waited for three days behind others is tried once and not again")
    func waited() {
        let day: Duration = .seconds(86_400)
        #expect(outcome(503, waited: day * 3 - .seconds(1)) == .retry(after: .seconds(5)))
        #expect(outcome(503, waited: day * 3) == .failed)
        #expect(outcome(200, waited: day * 30) == .delivered)
    }

    @Test(
        "Retry-After lengthens a pause and never shortens it",
        arguments: [
            ("60", Duration.seconds(60)), (" 7 ", .seconds(7)), ("1", .seconds(5)), ("0", .seconds(5)), ("-3", .seconds(5)),
            ("999999999999", .seconds(86_400)), ("99999999999999999999999999", .seconds(86_400)), ("soon", .seconds(5)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", .seconds(37)), ("Sun, 06 Nov 1994 08:40:00 GMT", .seconds(5)),
            ("Sun, 06 Nov 1995 08:49:37 GMT", .seconds(86_400)), ("Sun, 06 Xxx 1994 08:49:37 GMT", .seconds(5)),
            ("Sun, 31 Feb 1994 08:49:37 GMT", .seconds(5)),
        ])
    func retryAfter(text: String, pause: Duration) {
        #expect(outcome(429, retryAfter: text) == .retry(after: pause))
        #expect(outcome(503, retryAfter: text) == .retry(after: pause))
    }

    @Test("an answer is kept as text that can be stored and shown")
    func text() {
        #expect(ReceiverAnswer.text(of: [0x61, 0x00, 0x1B, 0x0A, 0x62, 0xFF]) == "a  \nb\u{FFFD}")
    }
}
