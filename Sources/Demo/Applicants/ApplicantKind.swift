/// The three samples of the credit-risk story.
package enum ApplicantKind: String, CaseIterable, Sendable {
    /// What the models are trained on: an extract from the collections desk, where troubled small businesses end up and
    /// troubled large ones rarely do. That bias is the cause of the story's incident.
    case training
    /// A random sample of all applicants with outcomes after 24 months: what a candidate is judged on.
    case holdout
    /// This month's applicants: no outcomes yet, and slightly more stretched than those of the training period.
    case recent

    /// The seed of the samples that `Examples/credit-risk` was made from and that the demo plays with.
    package static let storySeed: UInt64 = 7

    /// How many rows the story's sample of this kind has. The holdout is large so that chance alone does not make the
    /// decline rates of its twelve cells of age band and size differ by more than a tenth.
    package var storyRows: Int {
        switch self {
        case .training: 30_000
        case .holdout: 60_000
        case .recent: 20_000
        }
    }

    /// Recent applicants have no outcome yet.
    var hasLabel: Bool {
        switch self {
        case .training, .holdout: true
        case .recent: false
        }
    }

    /// How many times the odds of default in this sample are those in the population, by size of the business.
    func oddsOfDefault(_ size: BusinessSize) -> Double {
        switch (self, size) {
        case (.training, .small): 3.6
        case (.training, .medium): 1
        case (.training, .large): 0.42
        case (.holdout, _), (.recent, _): 1
        }
    }

    /// Standard deviations by which the use of credit and the number of inquiries have risen since the training period.
    var stretch: Double {
        switch self {
        case .training, .holdout: 0
        case .recent: 0.12
        }
    }
}
