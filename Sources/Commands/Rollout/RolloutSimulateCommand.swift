import ArgumentParser
import GatehouseCore
import Gates
import Promotions
import Rollouts

struct RolloutSimulateCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "simulate",
        abstract: "Try a rollout plan on simulated traffic.",
        discussion: """
            gatehouse rollout simulate --policy policy.yaml --rate 1000
            gatehouse rollout simulate --policy policy.yaml --bad-after-days 2 --bad-share 0.1 --bad-error-rate 0.2
            gatehouse rollout simulate --seeds 1000 --days 2

            Without --bad-after-days both versions are alike: every rollback is a false one.
            """)

    @Option(help: ArgumentHelp("Policy whose rollout section is tried.", valueName: "file.yaml")) var policy: String?
    @Option(help: ArgumentHelp("Simulated days.", valueName: "days")) var days = 7.0
    @Option(help: ArgumentHelp("Requests per second, the mean of a day.", valueName: "n")) var rate = 1_000.0
    @Option(help: ArgumentHelp("Share of failing requests of a good version.", valueName: "share")) var errorRate = 0.002
    @Option(help: ArgumentHelp("The new version turns bad then.", valueName: "days")) var badAfterDays: Double?
    @Option(help: ArgumentHelp("Share of the requests it is bad for.", valueName: "share")) var badShare = 0.1
    @Option(help: ArgumentHelp("Share of those that fail.", valueName: "share")) var badErrorRate = 0.2
    @Option(help: ArgumentHelp("Rollouts to simulate, each with a seed of its own.", valueName: "n")) var seeds = 1
    @Option(help: ArgumentHelp("The first seed.", valueName: "n")) var seed: UInt64 = 1
    @Flag(help: "Print one JSON object.") var json = false

    func run() async throws {
        let trials = try RolloutTrials(plan: plan(), scenario: scenario(), seeds: seeds, firstSeed: seed)
        let power = RolloutPower.lines(
            trials.plan, requestsPerSecond: rate, base: errorRate, harm: trials.plan.limits.errorRate ?? 2 * errorRate)
        let terminal = Terminal.process()
        if json {
            var members = trials.json.objectValue ?? [:]
            members["power"] = .array(power.map { .string($0.sentence) })
            terminal.out(verbatim: JSONValue.object(members).canonicalText)
        } else {
            for line in power.map(\.sentence) + trials.lines { terminal.out(line) }
        }
    }

    private func plan() throws -> RolloutPlan {
        guard let policy else {
            var plan = RolloutPlan()
            plan.limits.errorRate = 0.01
            return plan
        }
        guard let rules = try PolicyFile.read(policy).rollout else {
            throw GatehouseError(
                .invalidArgument, "'\(policy)' has no rollout section.",
                hint: "Add one: rollout: {steps: [5, 25, 100], rollback_on: {error_rate: 0.01}}")
        }
        return RolloutPlan(rules)
    }

    private func scenario() throws(GatehouseError) -> RolloutScenario {
        try ToolNumber.positive(days, "--days")
        guard days <= RolloutScenario.daysMax else {
            throw GatehouseError(.invalidArgument, "--days must be at most \(Int(RolloutScenario.daysMax)).")
        }
        try ToolNumber.positive(rate, "--rate")
        for (share, option) in [(errorRate, "--error-rate"), (badShare, "--bad-share"), (badErrorRate, "--bad-error-rate")] {
            try ToolNumber.share(share, option)
        }
        var scenario = RolloutScenario()
        scenario.days = days
        scenario.requestsPerSecond = rate
        scenario.errorRate = errorRate
        if let badAfterDays {
            try ToolNumber.positive(badAfterDays, "--bad-after-days")
            guard badAfterDays < days else {
                throw GatehouseError(.invalidArgument, "--bad-after-days must lie before the end, --days.")
            }
            var decay = RolloutScenario.Decay()
            decay.fromSeconds = Int(badAfterDays * 86_400)
            decay.segmentShare = badShare
            decay.errorRate = badErrorRate
            scenario.decay = decay
        }
        return scenario
    }
}
