import Access
import GatehouseCore
import Hummingbird
import Promotions
import Storage
import WireAPI

/// Rows that a reviewer tries on the version under review. The act checks the caller itself, as all acts of reviewers do.
struct ReviewTrialRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.get("reviews/:review/trials") { _, context in
            _ = try context.caller(who: .read)
            let id = try context.segment("review")
            return try await Response.json(
                services.store.read { tx in
                    let review = try tx.requiredReview(id)
                    return ReviewTrialsAnswer(
                        review, offer: try tx.trialOffer(of: id), trials: try tx.trials(of: id))
                })
        }
        group.post("reviews/:review/trials") { request, context in
            let caller = try context.caller(who: .read)
            let call: TryRowCall = try await request.decode(max: TrialForm.bodyBytesMax)
            let trial = try await services.reviews.tryRow(context.segment("review"), .values(call.row), by: caller)
            return try Response.json(ReviewTrialAnswer(trial), status: .created)
        }
    }
}

extension ReviewTrialsAnswer {
    fileprivate init(_ review: Review, offer: TrialOffer?, trials: [ReviewTrial]) {
        var form: TrialForm?
        var problem: String?
        switch offer {
        case .form(let offered)?: form = offered
        case .impossible(let because)?: problem = because
        case nil: break
        }
        self.init(
            review: review.id, opened: review.evidenceOpened[.trials] != nil,
            fields: (form?.fields ?? []).map {
                Field(
                    name: $0.name, type: $0.type.rawValue, required: $0.isRequired, championsOnly: $0.isChampionsOnly,
                    usual: $0.usual)
            }, usualFrom: form?.usualFrom, problem: problem, trialsLeft: Int(ReviewTrial.perReviewMax) - trials.count,
            trials: trials.map { ReviewTrialAnswer($0) })
    }
}

extension ReviewTrialAnswer {
    fileprivate init(_ trial: ReviewTrial) {
        func model(_ answer: ReviewTrial.Answer) -> Model {
            Model(
                version: answer.version.value, runner: answer.runner, outputs: answer.outputs, refusal: answer.refusal,
                decision: trial.decision(answer))
        }
        self.init(
            id: trial.id, number: trial.number, triedAt: trial.triedAt.description,
            row: trial.row.map { .object($0) } ?? .null, threshold: trial.threshold, candidate: model(trial.candidate),
            champion: trial.champion.map(model), difference: trial.difference, decisionsDiffer: trial.decisionsDiffer)
    }
}
