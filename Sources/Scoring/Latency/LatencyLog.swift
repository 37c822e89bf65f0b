import Synchronization

/// The measurement while it goes on. A class because all workers of a measurement write into one.
final class LatencyLog: Sendable {
    private struct State {
        var measurement: LatencyMeasurement
        var nextRequest = 0
    }

    private let state: Mutex<State>
    private let requests: Int

    init(plan: LoadPlan) {
        state = Mutex(State(measurement: LatencyMeasurement(plan: plan)))
        requests = plan.requests
    }

    var measurement: LatencyMeasurement { state.withLock(\.measurement) }

    /// The number of the next request to send, from 0; nil after the last.
    func takeRequest() -> Int? {
        state.withLock { state in
            guard state.nextRequest < requests else { return nil }
            defer { state.nextRequest += 1 }
            return state.nextRequest
        }
    }

    /// Writes into the measurement and says how many of its requests are answered or failed.
    @discardableResult
    func record(_ write: (inout LatencyMeasurement) -> Void) -> Int {
        state.withLock { state in
            write(&state.measurement)
            return state.measurement.finishedCount
        }
    }
}
