import Attestations
import GatehouseCore
import Gates

extension Attestor {
    /// A review that was decided: what it was bound to, what was looked at, how long it took. Not who decided, and no trace of
    /// the answers' words: they are in the audit log, where they can be erased.
    func review(_ review: Review, of artifact: Digest?) throws -> [SignedStatement] {
        guard let artifact, let decided = review.decidedAt, let clocks = review.clocks else { return [] }
        func milliseconds(_ duration: Duration?) -> JSONValue { duration.map { .integer($0.milliseconds) } ?? .null }
        let isApproved = review.state == .approved
        let predicate = JSONValue.object([
            "review": .string(review.id), "promotion": .string(review.promotion),
            "decision": .string(review.state.rawValue), "bindingDigest": .object(["sha256": .string(review.bindingDigest.hex)]),
            "questionnaire": .string(review.questionnaire),
            "knownLimitations": .integer(Int64(review.limitations.count)),
            "limitationsAcknowledged": isApproved ? .integer(Int64(review.limitations.count)) : .null,
            "evidenceOpened": .array(
                Review.Panel.allCases.filter { review.evidenceOpened[$0] != nil }.map { .string($0.rawValue) }),
            "flags": .array(review.flags.map { .string($0.rawValue) }),
            "afterOpeningMs": milliseconds(clocks.afterOpening), "afterRequestMs": milliseconds(clocks.afterRequest),
            "decidedAt": .string(decided.description),
        ])
        return [
            try sign(
                predicate, PredicateType.review, name: "review", about: review.id, artifact: artifact, model: review.model,
                version: review.version, at: decided)
        ]
    }
}
