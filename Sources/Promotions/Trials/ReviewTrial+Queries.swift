import GatehouseCore
package import Storage

extension SQLTransaction {
    /// In the order in which they were tried.
    package func trials(of review: String) throws -> [ReviewTrial] {
        try rows(
            "SELECT * FROM review_trial WHERE review_id = \(review) ORDER BY number LIMIT \(ReviewTrial.perReviewMax)",
            ReviewTrial.init(row:))
    }

    package func trialCount(of review: String) throws -> Int64 {
        try first("SELECT COUNT(*) AS n FROM review_trial WHERE review_id = \(review)") { try $0.integer("n") } ?? 0
    }

    func insert(_ trial: ReviewTrial, of review: String) throws {
        try execute(
            """
            INSERT INTO review_trial (id, review_id, number, tried_at, input_row, candidate, champion, threshold)
            VALUES (\(trial.id), \(review), \(trial.number), \(trial.triedAt), \(trial.row.map { JSONValue.object($0) }),
                \(trial.candidate.json), \(trial.champion?.json), \(trial.threshold))
            """)
    }

    /// What the panel of trials offers; nil until the reviewer has opened it.
    package func trialOffer(of review: String) throws -> TrialOffer? {
        try first("SELECT offer FROM review_trial_offer WHERE review_id = \(review)") { try TrialOffer(json: $0.json("offer")) }
    }

    func setTrialOffer(_ offer: TrialOffer, of review: String) throws {
        try execute(
            """
            INSERT INTO review_trial_offer (review_id, offer) VALUES (\(review), \(offer.json))
            ON CONFLICT (review_id) DO UPDATE SET offer = excluded.offer
            """)
    }

    /// Takes out the rows that a reviewer typed, and the sentences that may repeat them; how many. The numbers stay.
    func eraseTrialRows(of person: Principal) throws -> Int {
        let typed = try rows(
            """
            SELECT * FROM review_trial
            WHERE input_row IS NOT NULL AND review_id IN (SELECT id FROM review WHERE reviewer = \(person))
            """, ReviewTrial.init(row:))
        for trial in typed {
            try execute(
                """
                UPDATE review_trial SET input_row = NULL, candidate = \(trial.candidate.erased.json),
                    champion = \(trial.champion?.erased.json)
                WHERE id = \(trial.id)
                """)
        }
        return typed.count
    }
}

extension ReviewTrial.Answer {
    /// A refusal names the value that was refused.
    fileprivate var erased: ReviewTrial.Answer {
        refusal == nil ? self : ReviewTrial.Answer(version: version, runner: runner, refusal: "the reason was erased")
    }
}

extension ReviewTrial {
    fileprivate init(row: SQLRow) throws {
        self.init(
            id: try row.text("id"), number: try row.integer("number"), triedAt: try row.timestamp("tried_at"),
            row: try row.optional("input_row", row.json)?.objectValue, candidate: try Answer(json: row.json("candidate")),
            champion: try row.optional("champion", row.json).map { try Answer(json: $0) },
            threshold: try row.optional("threshold", row.double))
    }
}
