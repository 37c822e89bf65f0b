import Synchronization

/// The measurements while they go on, one per server. A class because all workers write into one.
final class LatencyLog: Sendable {
    private struct State {
        var measurements: [LatencyMeasurement]
        var nextSlot = 0
    }

    private let state: Mutex<State>
    private let slots: Int

    init(plan: LoadPlan, servers: Int) {
        let measurement = LatencyMeasurement(plan: plan)
        state = Mutex(State(measurements: [LatencyMeasurement](repeating: measurement, count: servers)))
        slots = plan.requests * servers
    }

    var measurements: [LatencyMeasurement] { state.withLock(\.measurements) }

    /// The next place in the timetable, from 0; nil after the last.
    func takeSlot() -> Int? {
        state.withLock { state in
            guard state.nextSlot < slots else { return nil }
            defer { state.nextSlot += 1 }
            return state.nextSlot
        }
    }

    /// Writes into a server's measurement and says how many requests to all of them are answered or failed.
    @discardableResult
    func record(server: Int, _ write: (inout LatencyMeasurement) -> Void) -> Int {
        state.withLock { state in
            write(&state.measurements[server])
            return state.measurements.reduce(0) { $0 + $1.finishedCount }
        }
    }

    func recordAll(_ write: (inout LatencyMeasurement) -> Void) {
        state.withLock { state in
            for server in state.measurements.indices { write(&state.measurements[server]) }
        }
    }
}
