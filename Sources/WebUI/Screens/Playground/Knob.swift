/// One number that can be changed in the playground.
enum Knob: String, Sendable, CaseIterable {
    case rows, auc
    case championAUC = "champion_auc"
    case groupShare = "group_share"
    case groupAUC = "group_auc"
    case groupShift = "group_shift"
    case minAUC = "min_auc"
    case minDelta = "min_delta"
    case maxGap = "max_gap"
    case minRatio = "min_ratio"
    case minGroup = "min_group"
    case driftRows = "drift_rows"
    case shift
    case maxPSI = "max_psi"
    case pairs
    case spread
    case lost
    case hours
    case maxDisagreement = "max_disagreement"
    case firstStep = "first_step"
    case requestsPerSecond = "rate"
    case errors
    case newErrors = "new_errors"
    case badAfterHours = "bad_after"
    case errorLimit = "error_limit"
    case stepMinutes = "step_minutes"
    case seed

    /// Which part of the page it belongs to.
    enum Part: String, Sendable, CaseIterable {
        case versions = "The two versions"
        case policy = "What the policy allows"
        case drift = "Applicants now"
        case shadow = "Shadow"
        case canary = "Canary"

        var knobs: [Knob] { Knob.allCases.filter { $0.face.part == self } }
    }

    struct Face: Sendable {
        let part: Part
        let label: String
        let range: ClosedRange<Double>
        let fallback: Double
        var isWhole = false
    }

    var face: Face {
        switch self {
        case .rows: Face(part: .versions, label: "Rows in the hold-out", range: 200...20_000, fallback: 4_000, isWhole: true)
        case .auc: Face(part: .versions, label: "True AUC of the new version", range: 0.5...0.99, fallback: 0.87)
        case .championAUC: Face(part: .versions, label: "True AUC of the champion", range: 0.5...0.99, fallback: 0.85)
        case .groupShare: Face(part: .versions, label: "Share of group B", range: 0.005...0.5, fallback: 0.2)
        case .groupAUC: Face(part: .versions, label: "True AUC of the new version in group B", range: 0.5...0.99, fallback: 0.86)
        case .groupShift: Face(part: .versions, label: "Scores of group B higher by (SD)", range: -2...2, fallback: 0)
        case .seed: Face(part: .versions, label: "Seed of the draws", range: 1...999_999, fallback: 7, isWhole: true)
        case .minAUC: Face(part: .policy, label: "Least AUC", range: 0...1, fallback: 0.82)
        case .minDelta: Face(part: .policy, label: "Least improvement of the AUC", range: -0.2...0.2, fallback: 0.005)
        case .maxGap: Face(part: .policy, label: "Largest AUC gap of a group", range: 0...0.5, fallback: 0.05)
        case .minRatio: Face(part: .policy, label: "Least impact ratio", range: 0...1, fallback: 0.8)
        case .minGroup: Face(part: .policy, label: "Least rows of a group", range: 1...10_000, fallback: 30, isWhole: true)
        case .maxPSI: Face(part: .policy, label: "Largest PSI of a feature", range: 0.01...5, fallback: 0.2)
        case .driftRows: Face(part: .drift, label: "Rows seen now", range: 50...20_000, fallback: 2_000, isWhole: true)
        case .shift: Face(part: .drift, label: "The feature has moved by (SD)", range: 0...3, fallback: 0.2)
        case .pairs: Face(part: .shadow, label: "Requests to be copied", range: 0...10_000, fallback: 3_000, isWhole: true)
        case .spread: Face(part: .shadow, label: "Predictions differ by (SD of the log odds)", range: 0...3, fallback: 0.05)
        case .lost: Face(part: .shadow, label: "Share of copies lost", range: 0...1, fallback: 0.01)
        case .hours: Face(part: .shadow, label: "Hours in shadow", range: 0...720, fallback: 72)
        case .maxDisagreement: Face(part: .shadow, label: "Largest share decided otherwise", range: 0...1, fallback: 0.03)
        case .firstStep: Face(part: .canary, label: "First step, %", range: 1...99, fallback: 5, isWhole: true)
        case .requestsPerSecond: Face(part: .canary, label: "Requests per second", range: 0.1...1_000, fallback: 20)
        case .errors: Face(part: .canary, label: "Share of requests that fail anyway", range: 0...0.5, fallback: 0.002)
        case .newErrors: Face(part: .canary, label: "Share that fails with the new version", range: 0...1, fallback: 0.03)
        case .badAfterHours: Face(part: .canary, label: "It turns bad after, hours", range: 0...47, fallback: 1)
        case .errorLimit: Face(part: .canary, label: "Limit on failures", range: 0...0.99, fallback: 0.01)
        case .stepMinutes:
            Face(part: .canary, label: "A step lasts at least, minutes", range: 1...1_440, fallback: 60, isWhole: true)
        }
    }
}
