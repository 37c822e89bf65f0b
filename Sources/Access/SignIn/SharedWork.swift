/// Does work once for everybody who asks for the same at the same time: a password is hashed once for sixty-four
/// connections that open with it.
actor SharedWork<Value: Sendable> {
    private var waiting: [[UInt8]: [CheckedContinuation<Result<Value, any Error>, Never>]] = [:]

    func run(_ key: [UInt8], _ work: @Sendable () async throws -> Value) async throws -> Value {
        while true {
            guard waiting[key] != nil else { return try await lead(key, work) }
            let result = await withCheckedContinuation { waiting[key]?.append($0) }
            // Whoever did it was called off; that is nobody else's answer.
            if case .failure(let error) = result, error is CancellationError, !Task.isCancelled { continue }
            return try result.get()
        }
    }

    private func lead(_ key: [UInt8], _ work: @Sendable () async throws -> Value) async throws -> Value {
        waiting[key] = []
        let result: Result<Value, any Error>
        do { result = .success(try await work()) } catch { result = .failure(error) }
        for other in waiting.removeValue(forKey: key) ?? [] { other.resume(returning: result) }
        return try result.get()
    }
}
