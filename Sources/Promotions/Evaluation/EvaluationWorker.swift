import GatehouseCore
package import Logging
import ServiceLifecycle
import Storage

/// Carries out queued evaluations, one at a time: a latency measured beside another evaluation would not be the model's.
/// What was queued or running when a process was killed is carried out again at the next start.
package struct EvaluationWorker: Service {
    private let evaluations: EvaluationService
    private let logger: Logger
    private let wakeUps: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    package init(_ evaluations: EvaluationService, logger: Logger) {
        self.evaluations = evaluations
        self.logger = logger
        // The queue is the table; a wake-up only says that it is worth looking.
        (wakeUps, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func wake() { waker.yield() }

    package func run() async throws {
        try await evaluations.store.write { tx in try tx.requeueInterruptedEvaluations() }
        wake()
        for await _ in wakeUps.cancelOnGracefulShutdown() {
            while !Task.isShuttingDownGracefully, let next = try await nextQueued() {
                do {
                    try await evaluations.perform(next)
                } catch let error as GatehouseError where error.code == .unavailable {
                    // The disk or the database is out; the evaluation stays in the queue until the next wake-up.
                    logger.error("evaluation postponed", metadata: ["evaluation": "\(next)", "error": "\(error.message)"])
                    try? await evaluations.store.write { tx in try tx.requeueInterruptedEvaluations() }
                    break
                }
            }
        }
    }

    private func nextQueued() async throws -> String? {
        try await evaluations.store.read { tx in try tx.openEvaluations().first { $0.state == .queued }?.id }
    }
}
