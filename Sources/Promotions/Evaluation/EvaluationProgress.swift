import Synchronization

/// How far one part of a running evaluation is.
package struct StepProgress: Sendable, Equatable {
    package let step: String
    /// 0 to 1.
    package let fraction: Double
    package let isDone: Bool

    package init(step: String, fraction: Double, isDone: Bool) {
        self.step = step
        self.fraction = fraction
        self.isDone = isDone
    }
}

/// Where an evaluation tells how far it is: the terminal, or the board a server's clients look at.
package typealias ProgressSink = @Sendable (StepProgress) -> Void

/// The progress of the evaluations that run in this process. A class because the worker writes while requests read.
package final class ProgressBoard: Sendable {
    private let evaluations = Mutex<[String: [StepProgress]]>([:])

    package init() {}

    package func sink(for evaluation: String) -> ProgressSink {
        { [self] progress in
            evaluations.withLock { board in
                var steps = board[evaluation] ?? []
                if let index = steps.firstIndex(where: { $0.step == progress.step }) {
                    steps[index] = progress
                } else {
                    steps.append(progress)
                }
                board[evaluation] = steps
            }
        }
    }

    package func steps(of evaluation: String) -> [StepProgress] { evaluations.withLock { $0[evaluation] ?? [] } }
    package func forget(_ evaluation: String) { evaluations.withLock { $0[evaluation] = nil } }
}
