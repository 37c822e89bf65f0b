import GatehouseCore
import WireAPI

/// Version 3 on its way into production: people who are in a hurry, people who look, a night on call, and an auditor.
extension IncidentStory {
    func reviewThird() async throws {
        tell(.chapter("Version 3 asks for Production: two of the risk team have to answer for it"))
        let first = try await ask(3, reason: "as good as version 2, and it treats small businesses alike")
        guard let hasty = first.reviews.first, let careful = first.reviews.dropFirst().first else {
            throw departure("two reviewers were not asked: \(first.reason)")
        }
        try await approveInAHurry(hasty)
        try await reject(careful)

        tell(.chapter("The second request is looked at properly"))
        let second = try await ask(3, reason: "asked again, with time to look")
        for review in second.reviews { try await approveProperly(review, of: 3) }
        let answer: PromotionAnswer = try await cast.client(of: .engineer).get(["promotions", second.id])
        guard answer.state == .approved, answer.promotedTo == "Production" else {
            throw departure("version 3 did not reach Production: \(answer.reason)")
        }
        tell(.said(answer.reason))
    }

    func rollBack() async throws {
        tell(.chapter("At night a data feed breaks and version 3 with it: whoever is on call rolls back in one command"))
        let reason = "income feed delivers zeros since 02:10"
        tell(.ran(command: "gatehouse rollback \(Self.model) --reason \"\(reason)\""))
        let done: AfterReviewAnswer = try await cast.client(of: .onCall).post(
            ["models", Self.model, "rollback"],
            RollbackCall(to: nil, environment: nil, segment: nil, reason: reason, idempotencyKey: nil))
        guard done.modelVersion == 1, done.previousVersion == 3 else {
            throw departure("the rollback went to version \(done.modelVersion)")
        }
        tell(.said("Version 1 serves again instead of version 3; review \(done.id) stays open until somebody looks into it."))
    }

    func receipt() async throws {
        tell(.chapter("An auditor takes a receipt for version 3, and needs no server to check it"))
        tell(.ran(command: "gatehouse audit receipt get \(Self.model) 3 -o credit-risk-3.tlog-proof"))
        let client = cast.admin
        let query = [("model", Self.model), ("version", "3")]
        let key: LogKeyAnswer = try await client.get(["audit", "key"])
        let proof = try await client.bytes(["audit", "receipt"], query: query + [("wait", "5")])
        tell(.ran(command: "gatehouse audit receipt verify credit-risk-3.tlog-proof --key \(key.key)"))
        tell(.receipt(proof, key: key.key))
    }

    // MARK: Steps

    func ask(_ version: Int64, reason: String) async throws -> PromotionAnswer {
        tell(.ran(command: "gatehouse promote \(Self.model) \(version) --to production --reason \"\(reason)\""))
        let answer: PromotionAnswer = try await cast.client(of: .engineer).post(
            path(version) + ["promotions"], PromoteCall(to: "Production", reason: reason))
        guard answer.state == .awaitingReview else { throw departure("no review was opened: \(answer.reason)") }
        for review in answer.reviews { tell(.said("\(review.reviewer) is asked: review \(review.id)")) }
        return answer
    }

    private func approveInAHurry(_ review: ReviewSummary) async throws {
        let client = try cast.client(of: review.reviewer)
        tell(
            .ran(
                command:
                    "gatehouse review approve \(review.id) --token …      # \(review.reviewer), after answering \"ok\" five times"
            ))
        let opened: ReviewAnswer = try await client.post(["reviews", review.id, "open"], [String: String]())
        let decided = try await answerAndApprove(opened, client) { _ in "ok" }
        guard !decided.review.flags.isEmpty else { throw departure("a review of a second was not flagged") }
        let seconds = decided.secondsAfterOpening.map { "\(Int($0.rounded(.up))) s after opening it" } ?? "at once"
        tell(.said("approved within \(seconds), and flagged for the auditor: \(decided.review.flags.joined(separator: ", "))"))
    }

    private func reject(_ review: ReviewSummary) async throws {
        let reason = "nobody looked at the groups; ask again when there is time"
        tell(.ran(command: "gatehouse review reject \(review.id) --reason \"\(reason)\"      # \(review.reviewer)"))
        let client = try cast.client(of: review.reviewer)
        let rejected: ReviewAnswer = try await client.post(["reviews", review.id, "reject"], RejectCall(reason: reason))
        guard rejected.promotionState == "blocked" else { throw departure("a rejected promotion is \(rejected.promotionState)") }
        tell(.said(rejected.promotionReason))
    }

    func approveProperly(_ review: ReviewSummary, of version: Int64) async throws {
        let client = try cast.client(of: review.reviewer)
        tell(.ran(command: "gatehouse review open \(review.id)      # \(review.reviewer)"))
        let opened: ReviewAnswer = try await client.post(["reviews", review.id, "open"], [String: String]())
        for panel in opened.evidenceUnopened {
            let shown: ReviewEvidenceAnswer = try await client.post(
                ["reviews", review.id, "evidence", panel], [String: String]())
            tell(.said("\(shown.title): \(shown.lines.first ?? "nothing to see")"))
        }
        try await Task.sleep(for: Self.timeToRead)
        let decided = try await answerAndApprove(opened, client) { question in
            "\(review.reviewer) on \(question) of version \(version): looked at the panel and at the groups"
        }
        let flags = decided.review.flags
        tell(.said("approved" + (flags.isEmpty ? ", no flag" : "; flagged: \(flags.joined(separator: ", "))")))
    }

    private func answerAndApprove(
        _ opened: ReviewAnswer, _ client: GatehouseClient, _ text: (String) -> String
    ) async throws -> ReviewAnswer {
        let answers = Dictionary(uniqueKeysWithValues: opened.questions.map { ($0.key, text($0.key)) })
        let given: ReviewTokenAnswer = try await client.post(
            ["reviews", opened.review.id, "answers"],
            ReviewAnswersCall(answers: answers, limitations: opened.limitations))
        return try await client.post(["reviews", opened.review.id, "approve"], ApproveCall(token: given.token))
    }
}
