import GatehouseCore
import Registry
import Storage
import Testing

extension RegistryFixture {
    var tracking: Tracking { Tracking(registry) }

    func run(in experiment: ExperimentID = .default, startTime: Int64 = 0, tags: [String: String] = [:]) async throws -> String {
        try await tracking.createRun(
            RunRequest(
                experiment: experiment, startTime: startTime, tags: tags.map { LoggedEntry(key: $0.key, value: $0.value) })
        ).info.id
    }

    func read(_ run: String) async throws -> Run { try await store.read { tx in try tx.run(run) } }

    func log(_ run: String, _ key: String, _ value: Double, time: Int64 = 1, step: Int64 = 0) async throws {
        try await tracking.log(Metric(key: key, value: value, time: time, step: step), ofRun: run)
    }
}

/// Runs `body`, which must be refused, and returns the refusal.
func refusal(_ body: () async throws -> Void, sourceLocation: SourceLocation = #_sourceLocation) async -> GatehouseError? {
    do {
        try await body()
        Issue.record("nothing was refused", sourceLocation: sourceLocation)
        return nil
    } catch {
        let refusal = error as? GatehouseError
        if refusal == nil { Issue.record("not a refusal: \(error)", sourceLocation: sourceLocation) }
        return refusal
    }
}
