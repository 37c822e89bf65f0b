import GatehouseCore
import Promotions
import Registry
import Rendering

/// One model: who holds which slot and who held it, its versions, its aliases, the policy it lives under.
struct ModelScreen: Screen {
    static let versionsMax = 50
    static let slotsMax = 8
    static let staysMax = 20

    struct Lane: Sendable {
        let slot: Slot
        /// Oldest first.
        let stays: [SlotOccupancy]
    }

    let model: RegisteredModel
    let versionCount: Int64
    let versions: [ModelVersion]
    /// Where the next page of versions begins.
    let next: VersionNumber?
    let active: [SlotOccupancy]
    let lanes: [Lane]
    let openPromotions: Int
    let openRollouts: [Rollout]
    let policy: String
    let enforcement: PolicyEnforcement
    let policyApplied: Timestamp?
    /// The slots that aliases stand for, whose versions they follow; other aliases are free.
    let protected: [Alias: Slot]
    let stale: PolicyStaleness?
    let now: Timestamp

    var title: [String] { [model.name.text] }
    var place: Place { .models }
    var topics: [String] { [LiveFeed.Topic.topic(model.name)] }

    var champion: SlotOccupancy? { active.first { $0.slot == Slot(model: model.name) } }
}

// MARK: - In words

extension ModelScreen {
    func finding(at now: Timestamp) -> String {
        var parts: [String] = []
        if let champion {
            parts.append(
                "v\(champion.version) is in production since \(dayAndMinute(champion.from)), \(distance(from: now, to: champion.from))."
            )
        } else {
            parts.append("Nothing of it is in production.")
        }
        if let newest = versions.first {
            parts.append("Of \(Wording.count(Int(versionCount), "version")) the newest is v\(newest.number) (\(newest.stage)).")
        }
        for rollout in openRollouts { parts.append("v\(rollout.version) is being rolled out.") }
        parts.append(
            openPromotions == 0 ? "No promotion is open." : "\(Wording.count(openPromotions, "promotion")) waits for a decision.")
        return parts.joined(separator: " ")
    }

    var timeline: Timeline {
        Timeline(
            "Which version held which slot",
            lanes: lanes.map { lane in
                let isChampions = lane.slot.role == Slot(model: model.name).role
                return Timeline.Lane(
                    Self.words(lane.slot),
                    lane.stays.map { stay in
                        Timeline.Span(
                            "v\(stay.version)", from: stay.from.milliseconds, until: stay.until?.milliseconds,
                            tone: stay.until == nil && isChampions ? .good : .neutral,
                            note: stay.isAdopted ? "adopted without gates" : "audit entry \(stay.auditSequence)")
                    },
                    // A challenger is tried again; only a champion is gone back to.
                    marksReturns: isChampions)
            }, now: now.milliseconds)
    }

    /// `production/default`, and the role where it is not the champion's.
    static func words(_ slot: Slot) -> String {
        "\(slot.environment)/\(slot.segment)" + (slot.role == "champion" ? "" : ", \(slot.role)")
    }
}
