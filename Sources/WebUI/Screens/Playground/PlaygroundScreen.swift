import Access
import GatehouseCore
import Gates
import Rollouts

/// Thresholds, groups, drift and traffic to turn, and what Gatehouse would decide: the real gates, the real shadow report and
/// the real rollout machine on simulated evidence.
struct PlaygroundScreen: Screen {
    let settings: PlaygroundSettings
    let checks: [CheckResult]
    let shadow: ShadowReport
    let plane: DecisionPlane
    let plan: RolloutPlan
    let scenario: RolloutScenario
    let run: RolloutSimulator.Run
    /// What the steps can see with this traffic.
    let power: [RolloutPower]

    var title: [String] { ["Playground"] }
    var place: Place { .playground }

    /// The ways that teach most.
    static let examples: [(name: String, settings: PlaygroundSettings)] = [
        ("A version that is fine", PlaygroundSettings([.newErrors: 0.002])),
        ("A group ranked worse", PlaygroundSettings([.groupAUC: 0.7, .newErrors: 0.002])),
        ("A group that is declined more often", PlaygroundSettings([.groupShift: 0.7, .newErrors: 0.002])),
        ("Too few rows to tell", PlaygroundSettings([.rows: 300, .groupShare: 0.05, .driftRows: 100, .pairs: 200])),
        ("Other applicants than in training", PlaygroundSettings([.shift: 0.8])),
        ("A canary that fails on the second step", PlaygroundSettings([.badAfterHours: 1.5, .newErrors: 0.05])),
    ]
}

extension PlaygroundScreen {
    static func load(_ page: PageRequest) async throws -> PlaygroundScreen {
        _ = try page.caller(who: .read)
        return try PlaygroundScreen(PlaygroundSettings { page.query($0) })
    }

    init(_ settings: PlaygroundSettings) throws(GatehouseError) {
        let world = PlaygroundWorld(settings: settings)
        let evidence = world.evidence
        self.settings = settings
        checks = settings.checks.map { check in
            CheckResult(
                name: check.name, gate: check.gate, enforcement: check.enforcement, inconclusiveBlocks: check.inconclusiveBlocks,
                judgement: check.judge(evidence), durationMilliseconds: 0, inputs: [:])
        }
        (shadow, plane) = world.shadow
        plan = settings.plan
        scenario = settings.scenario
        run = try RolloutSimulator(plan: plan, scenario: scenario).run(seed: UInt64(settings.whole(.seed)))
        power = RolloutPower.lines(
            plan, requestsPerSecond: settings[.requestsPerSecond], base: settings[.errors],
            harm: max(settings[.newErrors], settings[.errorLimit]))
    }
}
