import GatehouseCore
import WireAPI

/// Follows work on the server until it is done, showing how far it is.
struct Waiting {
    private static let pollMilliseconds: Int64 = 200

    let client: GatehouseClient
    let progress: ProgressLine

    func evaluation(_ id: String) async throws -> EvaluationAnswer {
        while true {
            let answer: EvaluationAnswer = try await client.get(["evaluations", id])
            for step in answer.progress { progress.show(step: step.step, fraction: step.fraction, isDone: step.isDone) }
            switch answer.state {
            case .finished, .failed:
                progress.end()
                return answer
            case .queued, .running: try await Task.sleep(for: .milliseconds(Self.pollMilliseconds))
            }
        }
    }

    func promotion(_ opened: PromotionAnswer) async throws -> PromotionAnswer {
        guard opened.state == .evaluating, let evaluation = opened.evaluationID else { return opened }
        _ = try await self.evaluation(evaluation)
        return try await client.get(["promotions", opened.id])
    }
}
