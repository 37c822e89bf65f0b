import GatehouseCore
import Gates
import Promotions

/// One check of one promotion: why its verdict is what it is.
struct CheckScreen: Screen {
    /// How many earlier versions the history looks at.
    static let versionsMax = 5
    static let measurementsMax = 40

    /// What the same check said of another version.
    struct Earlier: Sendable {
        let version: VersionNumber
        let evaluation: String
        let policy: String
        let line: CheckLine
        /// The same number as the one that decided here.
        let measurement: Measurement?
    }

    let promotion: Promotion
    let evaluation: Evaluation
    let line: CheckLine
    /// The check's entry in the policy that judged; nil where that version of the policy is gone.
    let settings: JSONValue?
    let history: [Earlier]
    let waivers: [WaiverRecord]

    var result: CheckResult { line.result }
    var subject: String { "\(promotion.model) v\(promotion.version)" }

    var title: [String] { ["\(result.name): \(result.verdict.rawValue)", "\(subject) to \(promotion.to)"] }
    var place: Place { .models }
    var topics: [String] { [LiveFeed.Topic.topic(promotion.model)] }

    var open: WaiverRecord? { waivers.first { $0.state == .requested || $0.state == .active } }
}
