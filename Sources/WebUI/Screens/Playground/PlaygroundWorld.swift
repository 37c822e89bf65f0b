import Foundation
import GatehouseCore
import Gates
import Rollouts
import Serving
import Statistics

/// Evidence made of random numbers, as the settings describe the world it comes from. The same settings give the same evidence.
///
/// Scores are binormal: the latent score of a bad applicant lies √2·Φ⁻¹(AUC) above that of a good one (Green and Swets, "Signal
/// detection theory", 1966).
struct PlaygroundWorld {
    static let badShare = 0.2
    static let decisionThreshold = 0.35
    /// How much of the two versions' noise is the same.
    private static let commonNoise = 0.8
    /// Puts about a quarter of the scores above the threshold.
    private static let offset = 1.6
    private static let trainingRows = 10_000
    private static let buckets = 10

    let settings: PlaygroundSettings

    /// A stream of its own for each part, so that a knob of one leaves the others as they were.
    private func random(_ stream: UInt64) -> SeededGenerator {
        SeededGenerator(seed: UInt64(settings.whole(.seed)) << 8 | stream)
    }

    private static func distance(_ auc: Double) -> Double { 2.0.squareRoot() * Normal.quantile(auc) }

    private static func score(_ latent: Double) -> Double { 1 / (1 + exp(-(latent - offset))) }

    var evidence: Evidence { Evidence(scores: .available(scores), drift: .available(drift)) }

    private var scores: ScoredEvidence {
        var random = random(1)
        let (all, group) = (Self.distance(settings[.auc]), Self.distance(settings[.groupAUC]))
        let old = Self.distance(settings[.championAUC])
        let own = (1 - Self.commonNoise * Self.commonNoise).squareRoot()
        var (labels, new, champion, codes): ([Double], [Double], [Double], [Int32]) = ([], [], [], [])
        for _ in 0..<settings.whole(.rows) {
            let isBad = random.uniform() < Self.badShare
            let isB = random.uniform() < settings[.groupShare]
            let noise = random.normal()
            let shift = isB ? settings[.groupShift] : 0
            new.append(Self.score(noise + (isBad ? (isB ? group : all) : 0) + shift))
            champion.append(Self.score(Self.commonNoise * noise + own * random.normal() + (isBad ? old : 0)))
            labels.append(isBad ? 1 : 0)
            codes.append(isB ? 1 : 0)
        }
        return ScoredEvidence(
            labels: labels, candidate: ScoreMatrix(values: new), champion: ScoreMatrix(values: champion), championName: "v1",
            groupings: [.init(name: "group", codes: codes, categories: ["A", "B"])], decisionThreshold: Self.decisionThreshold)
    }

    private var drift: DriftEvidence {
        var random = random(2)
        let inner = (1..<Self.buckets).map { Normal.quantile(Double($0) / Double(Self.buckets)) }
        func profile(_ rows: Int, _ shift: Double) -> FeatureProfile {
            var counts = Array(repeating: 0, count: Self.buckets)
            for _ in 0..<rows {
                let value = random.normal() + shift
                counts[inner.firstIndex { value < $0 } ?? Self.buckets - 1] += 1
            }
            return FeatureProfile(name: "turnover", buckets: .numeric(edges: [-4] + inner + [4], counts: counts), missing: 0)
        }
        let training = profile(Self.trainingRows, 0)
        return DriftEvidence(
            training: [training], current: [profile(settings.whole(.driftRows), settings[.shift])],
            currentSource: "simulated applicants")
    }

    /// Pairs of answers to the same requests.
    var shadow: (report: ShadowReport, plane: DecisionPlane) {
        var random = random(3)
        var requirements = ShadowRequirements()
        requirements.maxDisagreement = settings[.maxDisagreement]
        requirements.decisionThreshold = Self.decisionThreshold
        var tally = ShadowTally(decisionThreshold: Self.decisionThreshold)
        var plane = DecisionPlane(threshold: Self.decisionThreshold)
        var counts = ShadowCounts()
        let seconds = (settings[.hours] * 3600).rounded()
        let distance = Self.distance(settings[.auc])
        let pairs = settings.whole(.pairs)
        for index in 0..<pairs {
            let latent = random.normal() + (random.uniform() < Self.badShare ? distance : 0)
            let other = latent + settings[.spread] * random.normal()
            counts.eligible += 1
            if random.uniform() < settings[.lost] {
                counts.drop(.countFull)
                continue
            }
            counts.mirrored += 1
            let at = Timestamp(milliseconds: Int64(seconds * 1000 * (Double(index) / Double(pairs))))
            tally.observe(Self.pair(index, at, Self.score(latent), Self.score(other)), on: &plane)
        }
        plane.finish()
        let report = ShadowReport(
            tally, counts: counts, startedAt: Timestamp(milliseconds: 0), until: Timestamp(milliseconds: Int64(seconds * 1000)),
            requirements: requirements)
        return (report, plane)
    }

    private static func pair(_ index: Int, _ at: Timestamp, _ production: Double, _ shadow: Double) -> ShadowPair {
        ShadowPair(
            requestID: "\(index)", endpoint: "playground", segment: Slot.defaultSegment, at: at, featuresHash: nil,
            production: .init(version: 1, status: 200, latencyMicroseconds: 900, predictions: [production]),
            shadow: .init(version: 2, status: 200, latencyMicroseconds: 1_000, predictions: [shadow]))
    }
}

extension PlaygroundSettings {
    /// The gates that can be judged without a real model, as a policy would set them.
    var checks: [CheckConfiguration] {
        let judge = GateSetting.text(judgesIntervals ? "interval" : "point")
        func check(_ gate: any Gate.Type, _ values: [String: GateSetting]) -> CheckConfiguration {
            CheckConfiguration(
                name: gate.descriptor.name,
                kind: .builtIn(gate: gate.descriptor.name, GateSettings(defaultsOf: gate.descriptor, overriding: values)))
        }
        return [
            check(
                Accuracy.self,
                [
                    "min_absolute_auc": .number(self[.minAUC]), "min_delta": .number(self[.minDelta]),
                    "compare": .text(judgesIntervals ? "superior" : "point"),
                ]),
            check(
                Fairness.self,
                [
                    "max_demographic_disparity": .number(self[.maxGap]), "min_impact_ratio": .number(self[.minRatio]),
                    "min_group_size": .integer(whole(.minGroup)), "judge_by": judge,
                ]),
            check(DataDrift.self, ["max_psi_threshold": .number(self[.maxPSI]), "judge_by": judge]),
        ]
    }

    /// The canary as a policy would plan it.
    var plan: RolloutPlan {
        var plan = RolloutPlan()
        plan.steps = [whole(.firstStep), 50, 100].reduce(into: []) { steps, step in
            if step > steps.last ?? 0 { steps.append(step) }
        }
        plan.stepMinSeconds = whole(.stepMinutes) * 60
        plan.stepMaxSeconds = max(24 * 3_600, plan.stepMinSeconds)
        plan.stepMinRequests = 500
        plan.bakeSeconds = 4 * 3_600
        plan.limits.errorRate = self[.errorLimit]
        return plan
    }

    /// What happens to it: two days, looked at once a minute, which is what a page can afford.
    var scenario: RolloutScenario {
        var scenario = RolloutScenario()
        scenario.days = 2
        scenario.windowSeconds = 60
        scenario.requestsPerSecond = self[.requestsPerSecond]
        scenario.errorRate = self[.errors]
        if self[.newErrors] > self[.errors] {
            var decay = RolloutScenario.Decay()
            decay.fromSeconds = Int(exactly: (self[.badAfterHours] * 3600).rounded()) ?? 0
            decay.segmentShare = 1
            decay.errorRate = self[.newErrors]
            scenario.decay = decay
        }
        return scenario
    }
}
