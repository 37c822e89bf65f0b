package import GatehouseCore
import Statistics

/// What an experiment is about, fixed before it starts.
package struct ExperimentPlan: Codable, Sendable, Equatable {
    /// Per cent of the units that the challenger gets.
    package var percent = 10.0
    /// After so long a unit without an outcome has none; before, it is only not known yet.
    package var maturitySeconds = 30 * 86_400
    package var higherIsBetter = true
    /// How much worse the challenger may be; nil: it must be better.
    package var margin: Double?
    /// The difference worth finding: the test is sharpest there.
    package var minimalDifference = 0.01
    package var alpha = 0.05

    package init() {}

    package func check() throws(GatehouseError) {
        guard percent > 0, percent < 100, maturitySeconds >= 0, minimalDifference > 0, minimalDifference.isFinite,
            alpha > 0, alpha < 0.5, (margin ?? 0) >= 0
        else {
            throw GatehouseError(
                .invalidArgument, "The plan of the experiment cannot work.",
                hint:
                    "Use 0 < percent < 100, a difference and a margin that are not negative, and 0 < alpha < 0.5.")
        }
    }
}

/// One unit as an experiment sees it: what it was assigned, whatever it was served (intention to treat).
package struct ExperimentUnit: Sendable, Equatable {
    package let isChallenger: Bool
    package let segment: String
    /// Of its first exposure.
    package let exposedAt: Timestamp
    /// Nil: not known (yet).
    package let outcome: Double?
    /// Known before the experiment began.
    package let covariate: Double?

    package init(
        isChallenger: Bool, segment: String, exposedAt: Timestamp, outcome: Double?, covariate: Double? = nil
    ) {
        self.isChallenger = isChallenger
        self.segment = segment
        self.exposedAt = exposedAt
        self.outcome = outcome
        self.covariate = covariate
    }
}

/// Units gathered one by one, in any order.
package struct ExperimentTally: Sendable, Equatable {
    package static let segmentsMax = 100
    /// Takes in the units of all segments beyond `segmentsMax`.
    package static let otherSegments = "others"

    struct Arm: Sendable, Equatable {
        var exposed = 0
        var matured = 0
        var labelled = 0
        var outcomes = Moments()
        var joint = JointMoments()
    }

    struct Pair: Sendable, Equatable {
        var champion = Arm()
        var challenger = Arm()
    }

    let maturitySeconds: Int
    let now: Timestamp
    private(set) var all = Pair()
    private(set) var segments: [String: Pair] = [:]
    private(set) var unreadable = 0

    package init(plan: ExperimentPlan, now: Timestamp) {
        maturitySeconds = plan.maturitySeconds
        self.now = now
    }

    /// An outcome of a unit that is not mature counts nothing yet: outcomes that come early are not like those that come late.
    package mutating func observe(_ unit: ExperimentUnit) {
        Self.add(unit, to: &all, isMature: isMature(unit))
        let known = segments[unit.segment] != nil || segments.count < Self.segmentsMax
        Self.add(unit, to: &segments[known ? unit.segment : Self.otherSegments, default: Pair()], isMature: isMature(unit))
        if let outcome = unit.outcome, !outcome.isFinite { unreadable += 1 }
    }

    private func isMature(_ unit: ExperimentUnit) -> Bool {
        unit.exposedAt.adding(.seconds(maturitySeconds)) <= now
    }

    private static func add(_ unit: ExperimentUnit, to pair: inout Pair, isMature: Bool) {
        if unit.isChallenger {
            add(unit, to: &pair.challenger, isMature: isMature)
        } else {
            add(unit, to: &pair.champion, isMature: isMature)
        }
    }

    private static func add(_ unit: ExperimentUnit, to arm: inout Arm, isMature: Bool) {
        arm.exposed += 1
        guard isMature else { return }
        arm.matured += 1
        guard let outcome = unit.outcome, outcome.isFinite else { return }
        arm.labelled += 1
        arm.outcomes.observe(outcome)
        if let covariate = unit.covariate, covariate.isFinite { arm.joint.observe(x: covariate, y: outcome) }
    }
}
