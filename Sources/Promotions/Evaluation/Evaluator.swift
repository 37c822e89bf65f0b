package import AsyncHTTPClient
package import GatehouseCore
package import Gates
import Scoring
package import Secrets
import Statistics

/// Runs all checks of a policy against one model, even when one fails. Evidence is gathered once per kind and only where
/// a check needs it; the gates judge it without reading anything further.
package struct Evaluator: Sendable {
    let http: HTTPClient
    let commands: CommandPermission
    /// Signs the requests of URL checks; without it none are sent.
    let checkSecret: WebhookSecret?
    let clock: ContinuousClock
    let now: @Sendable () -> Timestamp
    let ids: @Sendable () -> String

    /// Where the programs of custom checks may come from.
    package enum CommandPermission: Sendable {
        case denied
        /// They run in this folder, with what `CommandCheck` lets through of this environment.
        case inside(directory: String, environment: [String: String])
    }

    /// `http` is made with `HTTPClient.Configuration.scoring`.
    package init(
        http: HTTPClient, commands: CommandPermission, checkSecret: WebhookSecret?, clock: ContinuousClock = .continuous,
        now: @escaping @Sendable () -> Timestamp, ids: @escaping @Sendable () -> String
    ) {
        self.http = http
        self.commands = commands
        self.checkSecret = checkSecret
        self.clock = clock
        self.now = now
        self.ids = ids
    }

    /// One result per check, in the policy's order. Never fails: what goes wrong while gathering is an `error` verdict of
    /// the checks that needed it.
    package func run(_ plan: EvaluationPlan, progress: @escaping ProgressSink) async -> [CheckResult] {
        let needs = Set(plan.policy.checks.compactMap(\.needs))
        var gathering = Gathering(plan: plan, evaluator: self, progress: progress)
        await gathering.openModels()
        if !needs.isDisjoint(with: [.scores, .latency, .custom]) { await gathering.readDataset() }
        if needs.contains(.scores) { await gathering.gatherScores() }
        if needs.contains(.drift) { await gathering.gatherDrift() }
        if needs.contains(.schema) { await gathering.gatherSchema() }
        if needs.contains(.custom) { await gathering.gatherCustom() }
        // Last and alone, so that nothing else this evaluation does is in the response times.
        if needs.contains(.latency) { await gathering.gatherLatency() }
        return plan.policy.checks.map { check in judge(check, gathering) }
    }

    private func judge(_ check: CheckConfiguration, _ gathering: Gathering) -> CheckResult {
        let start = clock.now
        let judgement = check.judge(gathering.evidence)
        let judging = clock.now - start
        return CheckResult(
            name: check.name, gate: check.gate, enforcement: check.enforcement, inconclusiveBlocks: check.inconclusiveBlocks,
            judgement: judgement, durationMilliseconds: (gathering.duration(of: check) + judging).milliseconds,
            inputs: gathering.inputs(of: check))
    }
}
