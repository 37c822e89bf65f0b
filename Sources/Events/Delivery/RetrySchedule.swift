package import GatehouseCore

/// What becomes of a delivery after an attempt. Decides, and does nothing.
package enum RetrySchedule {
    /// How long after the first, second, … failed attempt the next one is made: ten attempts within a day. After the last the
    /// delivery has failed.
    package static let pauses: [Duration] = [
        .seconds(5), .seconds(30), .seconds(120), .seconds(600), .seconds(1800), .seconds(3600), .seconds(3 * 3600),
        .seconds(7 * 3600), .seconds(12 * 3600),
    ]
    /// A receiver may ask for more patience than ours, up to this.
    package static let retryAfterMax: Duration = .seconds(86_400)
    /// What has waited for so long, mostly behind others of its model, is tried once more and not again: behind a receiver that
    /// is down for good each would take a day, and the queue would never end.
    package static let waitMax: Duration = .seconds(3 * 86_400)

    /// Failures in a row, whatever their models, after which a webhook rests: no other of its lanes is tried meanwhile. Each
    /// would find out by itself what is known already, at the cost of whoever works beside.
    static let failuresBeforeRest: Int64 = 3
    /// The first rest. It doubles with every failure after that, up to `restMax`.
    static let restMin: Duration = .seconds(5)
    package static let restMax: Duration = .seconds(60)

    package enum Outcome: Sendable, Hashable {
        case delivered
        case retry(after: Duration)
        case failed
        /// The receiver says that it is no more (410): the webhook is disabled.
        case gone
    }

    /// `attempts` counts this one, since `queued`. Retried are 408, 425, 429, 5xx and what never was an answer; any other refusal
    /// would be repeated.
    package static func outcome(
        of answer: ReceiverAnswer, attempts: Int64, queued: Timestamp, at now: Timestamp
    ) -> Outcome {
        func again() -> Outcome {
            guard attempts >= 1, attempts <= pauses.count, now.since(queued) < waitMax else { return .failed }
            return .retry(after: max(pauses[Int(attempts) - 1], patience(of: answer, at: now)))
        }
        switch answer {
        case .answered(let answered):
            switch answered.status {
            case 200..<300: return .delivered
            case 410: return .gone
            case _ where isRetried(answered.status): return again()
            default: return .failed
            }
        case .taken: return .delivered
        case .failed(_, let isFinal): return isFinal ? .failed : again()
        }
    }

    private static func isRetried(_ status: Int) -> Bool { [408, 425, 429].contains(status) || (500..<600).contains(status) }

    /// How long a receiver asks to be left alone with an answer that is not its last word. Zero: it does not.
    static func patience(of answer: ReceiverAnswer, at now: Timestamp) -> Duration {
        guard case .answered(let answered) = answer, isRetried(answered.status) else { return .zero }
        return min(answered.retryAfter.flatMap { pause($0, from: now) } ?? .zero, retryAfterMax)
    }

    /// How long a webhook rests after so many failures in a row. Below the pause that the same number of attempts of one delivery
    /// has, so that a single lane keeps its schedule.
    static func rest(afterFailures failures: Int64) -> Duration {
        guard failures >= failuresBeforeRest else { return .zero }
        // The doubling ends long before a shift could be too wide.
        return min(restMax, restMin * (1 << Int(min(failures - failuresBeforeRest, 8))))
    }

    /// `Retry-After` of RFC 9110: seconds, or a date such as `Sun, 06 Nov 1994 08:49:37 GMT`. Nil for anything else.
    static func pause(_ text: String, from now: Timestamp) -> Duration? {
        let trimmed = text.split(whereSeparator: \.isWhitespace)
        if trimmed.count == 1, trimmed[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return Int64(trimmed[0]).map { .seconds(min($0, retryAfterMax.components.seconds)) } ?? retryAfterMax
        }
        guard trimmed.count == 6, trimmed[5] == "GMT", trimmed[1].utf8.count == 2,
            let month = months.firstIndex(of: String(trimmed[2]))
        else { return nil }
        let number = month + 1
        let date = "\(trimmed[3])-\(number < 10 ? "0" : "")\(number)-\(trimmed[1])T\(trimmed[4])Z"
        guard let time = try? Timestamp(parsing: date) else { return nil }
        return max(.zero, time.since(now))
    }

    private static let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ]
}
