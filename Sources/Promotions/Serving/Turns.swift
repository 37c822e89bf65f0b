/// Lets one after the other in, by name: those who would all do the same work wait where they hold nothing.
actor Turns {
    private var waiting: [String: [CheckedContinuation<Void, Never>]] = [:]

    func take<Value: Sendable>(_ name: String, _ work: @Sendable () async throws -> Value) async rethrows -> Value {
        if waiting[name] == nil {
            waiting[name] = []
        } else {
            await withCheckedContinuation { waiting[name]?.append($0) }
        }
        defer { pass(name) }
        return try await work()
    }

    private func pass(_ name: String) {
        guard var others = waiting[name], !others.isEmpty else {
            waiting[name] = nil
            return
        }
        let next = others.removeFirst()
        waiting[name] = others
        next.resume()
    }
}
