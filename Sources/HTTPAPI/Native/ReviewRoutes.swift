import Access
import GatehouseCore
import Gates
import Hummingbird
import Promotions
import Storage
import WireAPI

/// What reviewers are asked, see and decide. The acts check the caller themselves: who was asked, and that it is a person.
struct ReviewRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.get("reviews") { request, context in
            let caller = try context.caller(who: .read)
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let filter = try filter(request, caller)
            let found = try await services.store.read { tx in try tx.reviews(filter, limit: limit) }
            return try Response.json(PageAnswer(items: found.map { ReviewSummary($0) }))
        }
        group.get("reviews/:review") { _, context in
            _ = try context.caller(who: .read)
            return try await Response.json(answer(context.segment("review")))
        }
        group.post("reviews/:review/open") { _, context in
            let caller = try context.caller(who: .read)
            let review = try await services.reviews.open(context.segment("review"), by: caller)
            return try await Response.json(answer(review.id))
        }
        group.post("reviews/:review/evidence/:panel") { _, context in
            let caller = try context.caller(who: .read)
            let evidence = try await services.reviews.recordEvidence(
                context.segment("review"), Review.Panel.named(context.segment("panel")), by: caller)
            return try Response.json(
                ReviewEvidenceAnswer(
                    panel: evidence.panel.rawValue, title: evidence.title, lines: evidence.lines,
                    checks: CheckAnswers.byName(evidence.checks)))
        }
        group.post("reviews/:review/answers") { request, context in
            let caller = try context.caller(who: .read)
            let call: ReviewAnswersCall = try await request.decode()
            let (review, token) = try await services.reviews.answer(
                context.segment("review"), QuestionnaireAnswers(texts: call.answers, acknowledged: call.limitations),
                by: caller)
            return try Response.json(ReviewTokenAnswer(review: ReviewSummary(review), token: token.text))
        }
        group.post("reviews/:review/approve") { request, context in
            let caller = try context.caller(who: .read)
            let call: ApproveCall = try await request.decode()
            let review = try await services.reviews.approve(
                context.segment("review"), token: call.token, by: caller)
            return try await Response.json(answer(review.id))
        }
        group.post("reviews/:review/reject") { request, context in
            let caller = try context.caller(who: .read)
            let call: RejectCall = try await request.decode()
            let review = try await services.reviews.reject(
                context.segment("review"), reason: call.reason, by: caller)
            return try await Response.json(answer(review.id))
        }
        group.post("reviews/:review/comments") { request, context in
            let caller = try context.caller(who: .read)
            let call: CommentCall = try await request.decode()
            let id = try context.segment("review")
            _ = try await services.reviews.comment(id, call.text, by: caller)
            return try await Response.json(answer(id), status: .created)
        }
    }

    /// `mine=true` and `state=open|over` beside the names of columns.
    private func filter(_ request: Request, _ caller: Caller) throws -> ReviewFilter {
        var filter = ReviewFilter(promotion: request.text("promotion"))
        filter.model = try request.text("model").map { try ModelName($0) }
        filter.reviewer = request.text("reviewer").map { .user($0) }
        if request.text("mine") == "true" { filter.reviewer = caller.principal }
        switch request.text("state") {
        case nil: break
        case "open"?: filter.isOpen = true
        case "over"?: filter.isOpen = false
        case .some(let other):
            throw GatehouseError(.invalidArgument, "'state' is open or over, not '\(other.prefix(80))'.")
        }
        return filter
    }

    private func answer(_ id: String) async throws -> ReviewAnswer {
        try await services.store.read { tx in
            let review = try tx.requiredReview(id)
            guard let promotion = try tx.promotion(id: review.promotion) else {
                throw GatehouseError(.internalFailure, "The review \(id) belongs to no promotion.")
            }
            return ReviewAnswer(
                review, promotion, answers: try tx.answers(to: id), edgeCasesTried: Int(try tx.trialCount(of: id)),
                comments: try tx.comments(on: id))
        }
    }
}

extension Review.Panel {
    /// Fails with `invalidArgument` naming the panels.
    fileprivate static func named(_ text: String) throws(GatehouseError) -> Review.Panel {
        guard let panel = Review.Panel(rawValue: text) else {
            throw GatehouseError(
                .invalidArgument, "There is no panel '\(text.prefix(80))'.",
                hint: "Panels are: \(allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        return panel
    }
}

extension ReviewSummary {
    init(_ review: Review) {
        self.init(
            id: review.id, promotionID: review.promotion, modelName: review.model.text, modelVersion: review.version.value,
            reviewer: review.reviewer.text, state: review.state.rawValue, requestedAt: review.requestedAt.description,
            expiresAt: review.expiresAt.description, decidedAt: review.decidedAt?.description,
            flags: review.flags.map(\.rawValue), reason: review.voidBecause ?? review.reason)
    }
}

extension ReviewAnswer {
    init(_ review: Review, _ promotion: Promotion, answers: [String: String], edgeCasesTried: Int, comments: [ReviewComment]) {
        let opened = Review.Panel.allCases.filter { review.evidenceOpened[$0] != nil }
        let clocks = review.clocks
        self.init(
            review: ReviewSummary(review), requestedBy: promotion.requestedBy.text, requestReason: promotion.requestReason,
            slot: promotion.slot.description, binding: promotion.binding?.json ?? .null,
            bindingDigest: review.bindingDigest.description, questionnaire: review.questionnaire,
            questions: (Questionnaire.named(review.questionnaire)?.questions ?? []).map {
                Question(key: $0.key, text: $0.text, answer: answers[$0.key])
            },
            limitations: review.limitations, openedAt: review.openedAt?.description, answeredAt: review.answeredAt?.description,
            secondsAfterOpening: clocks?.afterOpening?.inSeconds, secondsAfterRequest: clocks?.afterRequest?.inSeconds,
            evidenceOpened: opened.map(\.rawValue),
            evidenceUnopened: Review.Panel.allCases.filter { !opened.contains($0) }.map(\.rawValue),
            edgeCasesTried: edgeCasesTried,
            comments: comments.map { Comment(author: $0.author.text, text: $0.text, at: $0.writtenAt.description) },
            promotionState: promotion.state.rawValue, promotionReason: promotion.reason)
    }
}

extension Duration {
    fileprivate var inSeconds: Double { Double(milliseconds) / 1000 }
}
