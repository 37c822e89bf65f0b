import AuditLog
import GatehouseCore
import Promotions
import Rendering
import Rollouts

/// One rollout: which step, what comes next, when, and what would stop it.
struct RolloutScreen: Screen {
    static let eventsMax = 30

    /// A limit as measured in the present step, or in the last one of a rollout that is over.
    struct Check: Sendable {
        let name: RolloutCheck.Name
        let verdict: RolloutCheck.Verdict
        let value: Double?
        let champion: Double?
        let limit: Double?
        let rows: Int
        let rowsNeeded: Int
        let reason: String
    }

    struct Event: Sendable {
        let event: RolloutEvent
        /// Who did it and why, for those who may read the audit log.
        let entry: AuditEntry?
    }

    let rollout: Rollout
    let checks: [Check]
    /// Newest first.
    let events: [Event]
    let course: RolloutCourse

    var machine: RolloutMachine { rollout.machine }
    var plan: RolloutPlan { machine.plan }
    var name: String { "\(rollout.slot.model) v\(rollout.version)" }

    var title: [String] { [RolloutWords.phase(machine.phase), "Rollout of \(name)", rollout.id] }
    var place: Place { .traffic }
    var topics: [String] { [LiveFeed.Topic.topic(rollout.slot.model), "traffic"] }
}

/// How the two versions failed while both answered, added up since the rollout began.
struct RolloutCourse: Sendable, Equatable {
    /// By requests of the new version: its share of failures.
    var failures: [BandChart.Point] = []
    /// The same less the champion's share at the same time.
    var differences: [BandChart.Point] = []
}

/// The newest rollouts, of all models or of one.
struct RolloutsScreen: Screen {
    static let rolloutsMax = 50

    let model: ModelName?
    let onlyOpen: Bool
    let rollouts: [Rollout]

    var title: [String] { model.map { ["Rollouts of \($0)"] } ?? ["Rollouts"] }
    var place: Place { .traffic }
    var topics: [String] { ["log"] }
}
