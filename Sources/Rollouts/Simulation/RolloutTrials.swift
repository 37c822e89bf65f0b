import Dispatch
package import GatehouseCore
import Rendering
import Synchronization

/// Many simulated rollouts of one plan, told in one table.
package struct RolloutTrials: Sendable {
    package static let seedsMax = 10_000

    package let plan: RolloutPlan
    package let scenario: RolloutScenario
    package let runs: [RolloutSimulator.Run]
    /// The same bad version caught while it had this share of the traffic; empty where the version stays good.
    package let byShare: [Share]

    package struct Share: Sendable, Equatable {
        package let percent: Int
        /// One per seed.
        package let runs: [RolloutSimulator.Run]

        /// Seconds from turning bad to the rollback below which a share `q` of the runs lies; nil: that many were never
        /// rolled back.
        package func detectionSeconds(_ q: Double) -> Int? { RolloutTrials.quantile(q, of: runs.map(\.detectionSeconds)) }
        package func harmed(_ q: Double) -> Int? { RolloutTrials.quantile(q, of: runs.map(\.harmed)) }
    }

    /// One run per seed, from `firstSeed` on. Fails with `invalidArgument` for a plan, scenario or number that cannot work.
    package init(plan: RolloutPlan, scenario: RolloutScenario, seeds: Int, firstSeed: UInt64 = 1) throws(GatehouseError) {
        guard (1...Self.seedsMax).contains(seeds), firstSeed <= UInt64(UInt32.max) else {
            throw GatehouseError(.invalidArgument, "A simulation takes 1 to \(Self.seedsMax) seeds of 32 bits.")
        }
        let simulator = try RolloutSimulator(plan: plan, scenario: scenario)
        self.plan = plan
        self.scenario = scenario
        runs = try Self.results(seeds) { simulator.attempt(seed: firstSeed + UInt64($0)) }
        guard scenario.decay != nil else {
            byShare = []
            return
        }
        var byShare: [Share] = []
        for share in [5, 25, 100] {
            let simulator = try RolloutSimulator(plan: Self.staying(plan, at: share, days: scenario.days), scenario: scenario)
            let caught = try Self.results(seeds) { simulator.attempt(seed: firstSeed + UInt64($0)) }
            byShare.append(Share(percent: share, runs: caught))
        }
        self.byShare = byShare
    }

    /// On all cores, in the order of the index: every run depends on its seed alone.
    private static func results(
        _ count: Int, _ attempt: @Sendable (Int) -> Result<RolloutSimulator.Run, GatehouseError>
    ) throws(GatehouseError) -> [RolloutSimulator.Run] {
        let found = Mutex<[Int: Result<RolloutSimulator.Run, GatehouseError>]>([:])
        DispatchQueue.concurrentPerform(iterations: count) { index in
            let result = attempt(index)
            found.withLock { $0[index] = result }
        }
        var runs: [RolloutSimulator.Run] = []
        for (_, result) in found.withLock({ $0 }).sorted(by: { $0.key < $1.key }) { runs.append(try result.get()) }
        return runs
    }

    /// The smallest value that at least a share `q` of all lies at or below; nil counts as later than every number.
    static func quantile(_ q: Double, of values: [Int?]) -> Int? {
        let rank = max(1, Int((q * Double(values.count)).rounded(.up)))
        let known = values.compactMap(\.self).sorted()
        return rank <= known.count ? known[rank - 1] : nil
    }

    /// The plan with a first step that lasts as long as the simulation.
    private static func staying(_ plan: RolloutPlan, at percent: Int, days: Double) -> RolloutPlan {
        var plan = plan
        plan.steps = percent < 100 ? [percent, 100] : [100]
        plan.stepMinSeconds = Int(days * 86_400) + 1
        plan.stepMaxSeconds = plan.stepMinSeconds + 86_400
        return plan
    }

    package var promoted: Int { runs.count { $0.phase == .promoted } }
    package var rolledBack: Int { runs.count { $0.phase == .rolledBack } }
    package var falseRollbacks: Int { runs.count { $0.isFalseRollback } }
    package var askedHuman: Int { runs.count { $0.phase == .needsHuman } }
}

extension RolloutSimulator {
    fileprivate func attempt(seed: UInt64) -> Result<Run, GatehouseError> {
        do { return .success(try run(seed: seed)) } catch { return .failure(error) }
    }
}

// MARK: - Forms

extension RolloutTrials {
    package var json: JSONValue {
        [
            "seeds": .integer(Int64(runs.count)), "promoted": .integer(Int64(promoted)),
            "rolled_back": .integer(Int64(rolledBack)), "false_rollbacks": .integer(Int64(falseRollbacks)),
            "false_rollback_rate_max": .number(plan.falseRollbackRate), "asked_human": .integer(Int64(askedHuman)),
            "first_run": runs[0].json,
            "by_share": .array(
                byShare.map { share in
                    [
                        "percent": .integer(Int64(share.percent)),
                        "detection_seconds": Self.spread(share.detectionSeconds), "harmed": Self.spread(share.harmed),
                    ]
                }),
        ]
    }

    /// For a terminal, a line each.
    package var lines: [String] {
        let first = runs[0]
        var lines = [
            "\(Wording.count(runs.count, "simulated rollout")): \(promoted) promoted, \(rolledBack) rolled back, \(askedHuman) asked a human",
            "rolled back though nothing was wrong: \(falseRollbacks) (at most \((plan.falseRollbackRate * 100).rounded(to: 3)) % are to be expected)",
            "the first: " + first.steps.map { "\($0.percent) % after \(Self.time($0.atSeconds))" }.joined(separator: ", ")
                + ", then \(first.phase.rawValue)\(first.endedAfterSeconds.map { " after \(Self.time($0))" } ?? "")",
            "           \(first.reason)",
        ]
        guard !byShare.isEmpty else { return lines }
        lines.append(Self.columns("caught at", "found after", "95 % within", "requests harmed"))
        for share in byShare {
            let found = [0.5, 0.95].map { q in
                share.detectionSeconds(q).map { $0 == 0 ? "at once" : Self.time($0) } ?? "not found"
            }
            lines.append(Self.columns("\(share.percent) %", found[0], found[1], share.harmed(0.5).map { "\($0)" } ?? "-"))
        }
        lines.append(Self.columns("doing nothing", "never", "never", "\(first.harmedByDoingNothing)"))
        return lines
    }

    /// Median and 95 % quantile over the seeds.
    private static func spread(_ value: (Double) -> Int?) -> JSONValue {
        func number(_ q: Double) -> JSONValue { value(q).map { .integer(Int64($0)) } ?? .null }
        return ["p50": number(0.5), "p95": number(0.95)]
    }

    private static func columns(_ words: String...) -> String {
        words.dropLast().map { $0 + String(repeating: " ", count: max(1, 16 - $0.count)) }.joined() + (words.last ?? "")
    }

    private static func time(_ seconds: Int) -> String {
        switch seconds {
        case ..<120: "\(seconds) s"
        case ..<7_200: "\((Double(seconds) / 60).rounded(to: 1)) min"
        case ..<172_800: "\((Double(seconds) / 3_600).rounded(to: 1)) h"
        default: "\((Double(seconds) / 86_400).rounded(to: 1)) d"
        }
    }
}

extension RolloutSimulator.Run {
    fileprivate var json: JSONValue {
        func number(_ value: Int?) -> JSONValue { value.map { .integer(Int64($0)) } ?? .null }
        return [
            "phase": .string(phase.rawValue), "reason": .string(reason), "requests": number(requests),
            "ended_after_seconds": number(endedAfterSeconds), "detection_seconds": number(detectionSeconds),
            "harmed": number(harmed), "harmed_by_doing_nothing": number(harmedByDoingNothing),
            "steps": .array(steps.map { ["percent": number($0.percent), "at_seconds": number($0.atSeconds)] }),
        ]
    }
}
