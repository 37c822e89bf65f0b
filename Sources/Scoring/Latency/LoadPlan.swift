package import GatehouseCore

/// How a model's response time is to be measured.
package struct LoadPlan: Sendable, Equatable {
    package static let requestsMax = 100_000
    package static let warmUpMax = 10_000
    package static let requestsPerSecondMax = 10_000.0
    /// Requests on their way at the same time; also the connections kept to one model server.
    package static let inFlightMax = 64
    package static let deadlineSecondsMax: Int64 = 24 * 3600

    package enum Mode: Sendable, Equatable {
        /// The next request leaves when the answer to the one before has come.
        case sequential
        /// Requests leave on a timetable, whatever becomes of those before them.
        case openLoop(requestsPerSecond: Double)
    }

    package let mode: Mode
    package let requests: Int
    /// Requests before the measurement that are not measured.
    package let warmUp: Int
    /// For everything, the warm-up included; what is unanswered then is counted as an error.
    package let deadline: Duration

    /// Fails with `invalidArgument` naming the number that is out of range.
    package init(
        mode: Mode, requests: Int = 500, warmUp: Int = 10, deadline: Duration = .seconds(600)
    ) throws(GatehouseError) {
        try Self.check(requests, in: 1...Self.requestsMax, "requests")
        try Self.check(warmUp, in: 0...Self.warmUpMax, "warm_up")
        try Self.check(deadline, in: .milliseconds(1)...(.seconds(Self.deadlineSecondsMax)), "deadline")
        if case .openLoop(let rate) = mode { try Self.check(rate, in: 0.01...Self.requestsPerSecondMax, "rate per second") }
        self.mode = mode
        self.requests = requests
        self.warmUp = warmUp
        self.deadline = deadline
    }

    package var requestsPerSecond: Double? {
        switch mode {
        case .sequential: nil
        case .openLoop(let rate): rate
        }
    }

    private static func check<Value: Comparable>(
        _ value: Value, in range: ClosedRange<Value>, _ name: String
    ) throws(GatehouseError) {
        guard range.contains(value) else {
            throw GatehouseError(
                .invalidArgument,
                "A latency measurement cannot have \(name) \(value): it goes from \(range.lowerBound) to \(range.upperBound).")
        }
    }
}
