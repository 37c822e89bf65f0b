import Synchronization

/// Work in the order of its arrival, and how many are at it. A class because whoever adds work and whoever does it share one.
final class WaitingLine<Work: Sendable>: Sendable {
    private struct State {
        var waiting: [Work] = []
        /// Where the line begins in `waiting`; what is before it has been taken.
        var head = 0
        var workers = 0
    }

    private let state = Mutex(State())
    private let workersMax: Int

    init(workersMax: Int) { self.workersMax = workersMax }

    /// True when the caller must start another worker, which then calls `take` until nothing is left.
    func add(_ work: Work) -> Bool {
        state.withLock { state in
            state.waiting.append(work)
            guard state.workers < workersMax else { return false }
            state.workers += 1
            return true
        }
    }

    /// The next piece of work for a worker in the middle of a batch, or nil.
    func next() -> Work? { state.withLock { Self.removeFirst(&$0) } }

    /// The first pieces of a batch, at most `max` of them. Empty: the line is, and this worker has left it.
    func take(max: Int) -> [Work] {
        state.withLock { state in
            var taken: [Work] = []
            while taken.count < max, let work = Self.removeFirst(&state) { taken.append(work) }
            if taken.isEmpty { state.workers -= 1 }
            return taken
        }
    }

    private static func removeFirst(_ state: inout State) -> Work? {
        guard state.head < state.waiting.count else { return nil }
        let work = state.waiting[state.head]
        state.head += 1
        // What was taken is forgotten when the line is empty, or when it is most of what is kept.
        if state.head == state.waiting.count || (state.head >= 64 && state.head * 2 > state.waiting.count) {
            state.waiting.removeFirst(state.head)
            state.head = 0
        }
        return work
    }
}
