package import GatehouseCore
package import Rollouts
import Serving

/// A version on its way to the whole traffic of a slot.
package struct Rollout: Sendable, Equatable {
    package let id: String
    /// The champion's.
    package let slot: Slot
    package let version: VersionNumber
    /// Of the artifact that is served; measurements of another one do not count.
    package let digest: Digest
    package let champion: VersionNumber
    package let championDigest: Digest
    /// Which units come first; kept over all steps.
    package let salt: String
    /// What the steps could see with the traffic there was, said before the first one.
    package let power: [String]
    package let openedBy: Principal
    package let openedAt: Timestamp
    package let openEntry: Int64
    package var machine: RolloutMachine
    package var endedAt: Timestamp?

    package static let challengerRole = "challenger"

    /// Where the version stands while it is not the champion.
    package var challengerSlot: Slot {
        Slot(model: slot.model, environment: slot.environment, segment: slot.segment, role: Self.challengerRole)
    }

    /// Whether another version answers at the same time.
    package var isConcurrent: Bool { machine.percent < 100 }

    /// What gateways are told.
    var split: SlotSplit {
        SlotSplit(
            slot: slot, id: id, kind: .rollout, version: version, buckets: machine.percent * (Bucketing.total / 100), salt: salt)
    }

    /// Every limit of the plan as measured in the present step.
    package func checks(outcomes: RolloutOutcomes?) -> [RolloutCheck] {
        machine.counts.checks(machine.plan, outcomes: outcomes, isConcurrent: isConcurrent).naming(machine.harm)
    }
}

/// One decision of a rollout, with what it was made from.
package struct RolloutEvent: Sendable, Equatable {
    package let number: Int64
    package let at: Timestamp
    /// `started`, `advanced`, `held`, `resumed`, `baking`, `promoted`, `rolled_back`, `needs_human`, or `looked`.
    package let what: String
    package let percent: Int
    package let verdict: RolloutVerdict
    package let checks: JSONValue
    package let auditEntry: Int64?
}
