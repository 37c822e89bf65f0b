package import Storage

/// The schema steps of this module, oldest first. Released steps never change.
package enum PromotionMigrations {
    package static let all: [Migration] = [
        .evaluations, .transitionKeys, .reviews, .signedStatements, .exceptions, .serving, .servingRecords, .answersSalt,
        .rollouts, .shadowFindings, .slotExperiments, .deployments, .lists, .reviewTrials, .recordTurns, .withdrawals,
    ]
}
