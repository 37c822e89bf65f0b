package import Access
import AuditLog
import GatehouseCore
import Storage

extension ReviewService {
    /// Shows a row to the version under review and to the champion, and keeps what came of it with the review.
    ///
    /// Fails as looking at evidence does; with `conflict`, where the version cannot be run, and with `invalidArgument`, where
    /// the row does not fit its inputs, nothing was tried. Fails with `tooLarge` once the review has all the trials it can
    /// have, and with `tooManyRequests` while another row of the same person is tried.
    package func tryRow(_ id: String, _ input: TrialInput, by caller: Caller) async throws -> ReviewTrial {
        let promotion = try await act(.lookAtEvidence, on: id, by: caller) { tx, review, promotion, now in
            _ = try Self.nextNumber(of: review, tx)
            try tx.note(.trials, lookedAtBy: review, at: now)
            return promotion
        }
        let found = try await trials.door.pass(caller.principal) { try await trials.run(input, promotion) }
        let trialID = "rt_" + transitions.ids()
        return try await act(.lookAtEvidence, on: id, by: caller) { tx, review, _, now in
            let trial = ReviewTrial(
                id: trialID, number: try Self.nextNumber(of: review, tx), triedAt: now, row: found.row,
                candidate: found.candidate, champion: found.champion, threshold: found.threshold)
            try tx.insert(trial, of: id)
            try desk.record(
                .reviewTried, review, by: caller.principal, at: now,
                [
                    "trial": .string(trial.id), "number": .integer(trial.number), "candidate": trial.candidate.fact,
                    "champion": trial.champion?.fact ?? .null, "threshold": .number(orNull: trial.threshold),
                ], texts: ["row": JSONValue.object(found.row).canonicalText], tx)
            return trial
        }
    }

    /// Prepares what the panel of trials offers, unless it stands already.
    func prepareTrials(_ id: String, for person: Principal) async throws {
        let waiting = try await transitions.store.read { tx -> Promotion? in
            if case .form? = try tx.trialOffer(of: id) { return nil }
            return try tx.promotion(id: tx.requiredReview(id).promotion)
        }
        guard let promotion = waiting else { return }
        let offer = try await trials.door.pass(person) { try await trials.offer(promotion) }
        try await transitions.store.write { tx in try tx.setTrialOffer(offer, of: id) }
    }

    private static func nextNumber(of review: Review, _ tx: SQLTransaction) throws -> Int64 {
        let tried = try tx.trialCount(of: review.id)
        guard tried < ReviewTrial.perReviewMax else {
            throw GatehouseError(
                .tooLarge, "The review \(review.id) has \(ReviewTrial.perReviewMax) trials, and no more fit.",
                hint: "Answer it with what came of them.")
        }
        return tried + 1
    }
}

extension SQLTransaction {
    /// Remembers when the reviewer looked at a panel first.
    func note(_ panel: Review.Panel, lookedAtBy review: Review, at now: Timestamp) throws {
        guard review.evidenceOpened[panel] == nil else { return }
        var looked = review
        looked.evidenceOpened[panel] = now
        try update(looked, from: review.state)
    }
}
