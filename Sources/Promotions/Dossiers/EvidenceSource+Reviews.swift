import GatehouseCore

extension EvidenceSource {
    private static let noReview = "no review of this version is recorded"
    private var steps: [ReviewAccount.Step] { explanation.reviews.flatMap(\.steps) }

    var reviews: EvidenceContent {
        .table(
            .init(
                ["time", "step", "by", "flags", "entry"],
                steps.map {
                    [
                        .time($0.time), .string($0.action), .string($0.by.text), .string($0.flags.joined(separator: ", ")),
                        .integer($0.sequence),
                    ]
                }), orNotRecorded: Self.noReview)
    }

    /// What reviewers wrote, in steps of one kind or of all.
    func reviewTexts(_ action: String?, _ reason: String) -> EvidenceContent {
        let rows: [[JSONValue]] = steps.filter { action == nil || $0.action == action }.flatMap { step in
            step.texts.sorted { $0.key < $1.key }.map { name, text in
                [.time(step.time), .string(step.by.text), .string(name), .string(text)]
            }
                + step.erasedTexts.map { name in
                    [.time(step.time), .string(step.by.text), .string(name), "erased on request"]
                }
        }
        return .table(.init(["time", "by", "what", "text"], rows), orNotRecorded: reason)
    }

    /// A questionnaire is taken only with every known limitation of the model card ticked.
    var limitations: EvidenceContent {
        let rows: [[JSONValue]] = steps.filter { $0.action == "review.answered" }.compactMap { step in
            step.facts["limitations"]?.integerValue.map { [.time(step.time), .string(step.by.text), .integer($0)] }
        }
        return .table(
            .init(["time", "by", "known limitations ticked one by one"], rows),
            orNotRecorded: "no reviewer's acknowledgement is recorded")
    }

    /// The signs of a decision made too quickly, which the Act calls automation bias.
    var overReliance: EvidenceContent {
        guard !explanation.reviews.isEmpty else { return .notRecorded(Self.noReview) }
        let flags = Set(explanation.reviews.flatMap(\.flags)).sorted()
        return .statements([
            flags.isEmpty
                ? "No flag was raised about how the reviews were done." : "Flags were raised: \(flags.joined(separator: ", "))."
        ])
    }

    var approversRequired: EvidenceContent {
        guard let required = explanation.evaluation?.record.policy.reviewersRequired else {
            return .notRecorded(Self.noEvaluation)
        }
        return .facts([
            .init("approvals the policy asked for", .integer(Int64(required))),
            .init("people who approved", .integer(Int64(Set(explanation.approvals.map(\.by)).count))),
        ])
    }

    var independence: EvidenceContent {
        guard !explanation.approvals.isEmpty else { return .notRecorded("nobody's approval is recorded") }
        let author = explanation.registered?.by
        return .table(
            .init(
                ["reviewer", "approved at", "registered this version"],
                explanation.approvals.map { [.string($0.by.text), .time($0.time), .bool($0.by == author)] }),
            orNotRecorded: Self.noReview)
    }
}
