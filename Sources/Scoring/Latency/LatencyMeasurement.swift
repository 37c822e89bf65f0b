import GatehouseCore
import Histogram

/// What a latency measurement saw. Also complete and honest when its deadline cut it short: see `isComplete`.
package struct LatencyMeasurement: Sendable {
    package let plan: LoadPlan
    /// One per answered request, in the order of the answers. In open loop they count from the intended start.
    package private(set) var milliseconds: [Double] = []
    /// The same requests counted from when they really left: what a measurement that waits politely would see.
    package private(set) var millisecondsFromSending: [Double] = []
    /// From the first intended start to the last answer, the warm-up left out.
    package private(set) var elapsed: Duration = .zero
    /// Warm-up requests really sent.
    package private(set) var warmUpCount = 0
    /// Requests that failed and requests never answered before the deadline.
    package private(set) var errorCount = 0
    package private(set) var firstError: String?
    /// False when the deadline came first.
    package private(set) var isComplete = true
    /// The number of the request that each of `milliseconds` answers.
    private var requestNumbers: [Int] = []
    private var histogram = Histogram<UInt64>(
        highestTrackableValue: Self.microsecondsMax, numberOfSignificantValueDigits: .three)

    /// Longer times (an hour) are recorded as this; the raw list keeps them as they are.
    private static let microsecondsMax: UInt64 = 3_600_000_000

    init(plan: LoadPlan) {
        self.plan = plan
        milliseconds.reserveCapacity(plan.requests)
    }

    /// Answers per second; nil when there was no time to count in.
    package var answersPerSecond: Double? {
        let (seconds, attoseconds) = elapsed.components
        let time = Double(seconds) + Double(attoseconds) / 1e18
        return time > 0 ? Double(milliseconds.count) / time : nil
    }

    /// The times by the number of their request; nil where no answer came.
    package var millisecondsByRequest: [Double?] {
        var times = [Double?](repeating: nil, count: plan.requests)
        for (request, time) in zip(requestNumbers, milliseconds) { times[request] = time }
        return times
    }

    /// Every request is in one of the two lists when the measurement is over.
    var finishedCount: Int { milliseconds.count + errorCount }

    /// The response time in milliseconds that `percent` of the answers did not exceed, to three significant digits;
    /// nil without answers.
    package func percentileMilliseconds(_ percent: Double) -> Double? {
        guard histogram.totalCount > 0, !percent.isNaN else { return nil }
        return Double(histogram.valueAtPercentile(min(max(percent, 0), 100))) / 1000
    }

    /// Response times in microseconds with how often each came, ascending. Counts of several measurements add up to the
    /// counts of them all, which percentiles do not.
    package var countsByMicroseconds: [(microseconds: UInt64, count: UInt64)] {
        histogram.recordedValues().map { ($0.value, $0.count) }
    }
}

// MARK: - Recording

extension LatencyMeasurement {
    mutating func warmedUp() { warmUpCount += 1 }

    /// `time` counts from the intended start, `fromSending` from when the request left.
    mutating func answered(request: Int, after time: Duration, fromSending: Duration) {
        let microseconds = Self.microseconds(time)
        milliseconds.append(microseconds / 1000)
        millisecondsFromSending.append(Self.microseconds(fromSending) / 1000)
        requestNumbers.append(request)
        histogram.record(min(UInt64(exactly: microseconds.rounded()) ?? Self.microsecondsMax, Self.microsecondsMax))
    }

    private static func microseconds(_ time: Duration) -> Double {
        let (seconds, attoseconds) = time.components
        return max(0, Double(seconds) * 1e6 + Double(attoseconds) / 1e12)
    }

    mutating func ended(after time: Duration) { elapsed = max(elapsed, time) }

    mutating func failed(_ error: any Error) {
        errorCount += 1
        if firstError == nil { firstError = String(describing: error) }
    }

    /// The requests nobody answered in time are errors: leaving them out would make a stalled server look quick.
    mutating func deadlinePassed() {
        let unanswered = plan.requests - finishedCount
        isComplete = false
        errorCount += unanswered
        if firstError == nil {
            firstError =
                "\(unanswered) of \(plan.requests) requests were not answered before the deadline of \(plan.deadline.shortText)."
        }
    }
}
