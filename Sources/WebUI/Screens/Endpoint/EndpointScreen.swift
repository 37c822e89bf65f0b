import AuditLog
import GatehouseCore
import Promotions
import Registry
import Rendering
import Serving

/// One endpoint: who answers, how that went since the last change, and the way back.
struct EndpointScreen: Screen {
    static let changesMax = 15
    /// Entries of the model among which those about its traffic are looked for.
    static let entriesReadMax = 120
    static let servedMax = 20
    static let segmentsMax = 6

    let now: EndpointNow
    let range: TrafficRange
    let course: TrafficCourse
    /// Whom each segment's slot would return to.
    let ways: [WayBack]
    let shadows: [ShadowRun]
    /// Newest first; empty for those who may not read the audit log.
    let changes: [AuditEntry]
    let seesLog: Bool
    /// What gateways hold for it.
    let served: [ServingInventory.Row]
    let tableNumber: Int64?

    /// What a rollback of one segment would do.
    struct WayBack: Sendable {
        let slot: Slot
        let present: VersionNumber?
        let target: VersionNumber?
        /// The rollout that would end.
        let rollout: Rollout?
    }

    var title: [String] { [now.name, "Endpoint"] }
    var place: Place { .traffic }
    var topics: [String] { [LiveFeed.Topic.topic(now.model), "traffic"] }
}

/// Which time is shown, in spans that all charts share.
struct TrafficRange: Sendable, Equatable {
    /// Each with the minutes of its spans.
    static let choices: [(minutes: Int, span: Int64, words: String)] = [
        (15, 1, "15 minutes"), (60, 1, "1 hour"), (360, 5, "6 hours"), (1440, 15, "24 hours"),
    ]
    static let usual = 60

    let minutes: Int
    let until: Timestamp
    /// Whether somebody named the end; else it is now.
    let isFixed: Bool

    private var choice: (minutes: Int, span: Int64, words: String) {
        Self.choices.first { $0.minutes == minutes } ?? Self.choices[0]
    }
    var spanMilliseconds: Int64 { choice.span * 60_000 }
    var spans: Int { Int(Int64(minutes) / choice.span) }
    /// Begins with a whole span, and ends with the one that holds `until`.
    var from: Timestamp {
        let end = until.milliseconds + spanMilliseconds - 1
        return Timestamp(milliseconds: end - end % spanMilliseconds - Int64(spans) * spanMilliseconds)
    }
    var end: Timestamp { Timestamp(milliseconds: from.milliseconds + Int64(spans) * spanMilliseconds) }

    var words: String { choice.words }
}
