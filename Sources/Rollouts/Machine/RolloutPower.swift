import Rendering
import Statistics

/// What a step will be able to see with the traffic there is: said before a rollout starts.
package struct RolloutPower: Sendable, Equatable {
    /// Chance of an alarm where nothing is wrong, one-sided, and chance to see harm that is there. Those of one fixed look:
    /// looking all the time, as a rollout does, costs up to about half as much again.
    package static let alpha = 0.01
    package static let power = 0.9

    package let percent: Int
    /// Requests of the new version until `harm` is seen; nil: beyond reason, or there is no champion beside it.
    package let requests: Int?
    package let hours: Double?
    /// The smallest share that can be told from `base` in the step's minimum time; nil: none can.
    package let detectable: Double?
    package let base: Double
    package let harm: Double

    /// One line per step that has a champion beside it. `requestsPerSecond` of the whole slot; `base` and `harm` are shares.
    package static func lines(
        _ plan: RolloutPlan, requestsPerSecond: Double, base: Double, harm: Double
    ) -> [RolloutPower] {
        plan.steps.filter { $0 < 100 }.map { percent in
            RolloutPower(plan, percent: percent, requestsPerSecond: requestsPerSecond, base: base, harm: harm)
        }
    }

    private init(_ plan: RolloutPlan, percent: Int, requestsPerSecond: Double, base: Double, harm: Double) {
        self.percent = percent
        self.base = base
        self.harm = harm
        let share = Double(percent) / 100
        let design = ComparisonDesign(alpha: 2 * Self.alpha, power: Self.power, shares: (1 - share, share))
        let needed = design?.sizes(controlRate: base, treatmentRate: harm)?.treatment
        let perHour = requestsPerSecond * share * 3_600
        requests = needed
        hours = needed.flatMap { perHour > 0 ? Double($0) / perHour : nil }
        let control = requestsPerSecond * (1 - share) * Double(plan.stepMinSeconds)
        detectable = design.flatMap { control >= 2 ? $0.detectable(controlRate: base, controlRows: control).above : nil }
    }

    /// What the sentences of a plan's steps rest on; `perSecond` of the whole slot.
    package static func traffic(requests: Int, perSecond: Double) -> String {
        "\(Wording.count(requests, "request")) in the last hour, \(Wording.grouped(Int(perSecond.rounded(.up)))) per second at most:"
    }

    package var sentence: String {
        func share(_ value: Double) -> String { Wording.fixed(value * 100, value < 0.01 ? 2 : 1) + " %" }
        let least = detectable.map { "; in its minimum time it can see \(share($0))" } ?? ""
        guard let hours else {
            return "the \(percent) % step cannot see \(share(base)) become \(share(harm)) with this traffic\(least)"
        }
        let time = hours < 1 ? "\(Int((hours * 60).rounded(.up))) min" : "\(hours.rounded(to: 1)) h"
        return "the \(percent) % step needs \(time) to see \(share(base)) become \(share(harm))\(least)"
    }
}
