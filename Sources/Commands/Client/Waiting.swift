import GatehouseCore
import WireAPI

/// Follows work on the server until it is done, showing how far it is.
struct Waiting {
    let client: GatehouseClient
    let progress: ProgressLine
    var patience = Patience()

    func evaluation(_ id: String) async throws -> EvaluationAnswer {
        defer { progress.end() }
        return try await patience.wait(hint: "It goes on: gatehouse evaluation show \(id) --wait") {
            let answer: EvaluationAnswer = try await client.get(["evaluations", id])
            for step in answer.progress { progress.show(step: step.step, fraction: step.fraction, isDone: step.isDone) }
            switch answer.state {
            case .finished, .failed: return answer
            case .queued, .running: return nil
            }
        }
    }

    func promotion(_ opened: PromotionAnswer) async throws -> PromotionAnswer {
        guard opened.state == .evaluating, let evaluation = opened.evaluationID else { return opened }
        _ = try await self.evaluation(evaluation)
        return try await patience.wait(hint: "Look at it: gatehouse evaluation show \(evaluation)") {
            try await client.get(["promotions", opened.id], as: PromotionAnswer.self)
        }
    }
}
