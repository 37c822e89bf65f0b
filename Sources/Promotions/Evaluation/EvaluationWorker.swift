import GatehouseCore
package import Logging
import ServiceLifecycle
import Storage

/// Carries out queued evaluations, one at a time: a latency measured beside another evaluation would not be the model's.
/// What was queued or running when a process was killed is carried out again at the next start.
package struct EvaluationWorker: Service {
    private let evaluations: EvaluationService
    private let logger: Logger
    /// How long after a failure of disk or database the queue is tried again.
    private let retryAfter: Duration
    private let wakeUps: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    package init(_ evaluations: EvaluationService, logger: Logger, retryAfter: Duration = .seconds(15)) {
        self.evaluations = evaluations
        self.logger = logger
        self.retryAfter = retryAfter
        // The queue is the table; a wake-up only says that it is worth looking.
        (wakeUps, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func wake() { waker.yield() }

    package func run() async throws {
        try await evaluations.store.write { tx in try tx.requeueInterruptedEvaluations() }
        wake()
        for await _ in wakeUps.cancelOnGracefulShutdown() {
            do {
                while !Task.isShuttingDownGracefully, let next = try await nextQueued() {
                    try await cancelWhenGracefulShutdown { try await evaluations.perform(next) }
                }
            } catch is CancellationError {
                // The server is going down. The row stays `running` and is queued again at the next start.
                return
            } catch {
                // The disk or the database is out. The server must outlive that, and the queue is kept.
                logger.error("evaluations postponed", metadata: ["error": "\(error)", "retry_after": "\(retryAfter.shortText)"])
                try? await cancelWhenGracefulShutdown { try await Task.sleep(for: retryAfter) }
                try? await evaluations.store.write { tx in try tx.requeueInterruptedEvaluations() }
                wake()
            }
        }
    }

    private func nextQueued() async throws -> String? {
        try await evaluations.store.read { tx in try tx.nextQueuedEvaluation() }
    }
}
