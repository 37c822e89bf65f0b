import GatehouseCore
import Synchronization
import WireAPI

/// Version 3 beside version 1 once more, on equal terms: what becomes of the loans decides, and not who was there first.
extension IncidentStory {
    private static let outcome = "defaulted"
    private static let minimumEffect = 0.02
    /// Of each version; a comparison begins to speak at a hundred.
    private static let unitsPerArmMin = 150
    /// A score at or above it declines the application: the policy's decision threshold.
    private static let declinedFrom = 0.35

    func compareThird() async throws {
        tell(
            .chapter(
                "In the morning the feed is whole. Version 3 is not just put back: it gets half of the brokers, and loans decide")
        )
        let decision = try await promote(3)
        guard decision.state == .approved, decision.promotedTo == "Staging" else {
            throw departure("version 3 did not come back to Staging: \(decision.reason)")
        }
        tell(
            .ran(
                command: """
                    gatehouse experiment start \(Self.model) 3 --endpoint \(Self.endpoint) --percent 50 \
                    --outcome \(Self.outcome) --better lower --minimum-effect \(Self.minimumEffect) --maturity 0s
                    """))
        let engineer = cast.client(of: .engineer)
        let call = StartExperimentCall(
            model: Self.model, version: 3, endpoint: Self.endpoint, segment: nil, percent: 50, outcome: Self.outcome,
            better: "lower", minimumEffect: Self.minimumEffect, margin: nil, covariate: nil, maturitySeconds: 0, alpha: nil)
        let experiment: ExperimentAnswer = try await engineer.post(["experiments"], call)
        try await lend(until: "\(Self.unitsPerArmMin) brokers of each version had an outcome") {
            let found: ExperimentReportAnswer = try await cast.admin.get(["experiments", experiment.id, "report"])
            return ["champion", "challenger"].allSatisfy {
                found.report[$0]?["labelled"]?.integerValue ?? 0 >= Self.unitsPerArmMin
            }
        }
        let _: ExperimentAnswer = try await engineer.post(
            ["experiments", experiment.id, "stop"], ReasonCall(reason: "brokers enough on either side"))
        try await until("the gateway left version 3") {
            let found: InventoryAnswer = try await cast.admin.get(["serving", "inventory"])
            return !found.served.contains { $0.difference == "unasked" }
        }
        let last: ExperimentReportAnswer = try await cast.admin.get(["experiments", experiment.id, "report"])
        tell(.ran(command: "gatehouse experiment report \(experiment.id)"))
        tell(.said(Self.words(last.report)))
        tell(.said("What it found promotes nobody: version 1 answers everybody, and version 3 waits in Staging."))
    }

    private static func words(_ report: JSONValue) -> String {
        func number(_ name: String) -> String {
            report[name]?.doubleValue.map { "\(($0 * 1000).rounded() / 1000)" } ?? "unknown"
        }
        let verdict = report["verdict"]?.stringValue ?? "nothing"
        return "\(verdict): the share of version 3's loans that default, less version 1's, is \(number("difference")), "
            + "surely between \(number("lower")) and \(number("upper"))"
    }

    /// Sends applications, and says at once what became of the loans that were granted: nobody waits two years for a demo.
    private func lend(until what: String, _ happened: @escaping @Sendable () async throws -> Bool) async throws {
        let ending = Ending()
        try await withThrowingTaskGroup { group in
            for sender in 0..<Self.senders { group.addTask { try await lend(from: sender, until: ending) } }
            try await until(what, happened)
            // Not called off: what is being sent is sent to its end.
            ending.come()
            try await group.waitForAll()
        }
    }

    private func lend(from sender: Int, until ending: Ending) async throws {
        var applicants = ApplicantBatch(seed: ApplicantKind.storySeed + UInt64(100 + sender), name: "lender-\(sender)")
        while !ending.isHere, !Task.isCancelled {
            let batch = applicants.next()
            // A request that fails is the gateway's to count.
            if let scored = try? await gateway.score(Self.endpoint, batch.unit, batch.body) {
                let granted = zip(scored.predictions, batch.defaulted).filter { $0.0 < Self.declinedFrom }
                if !granted.isEmpty {
                    let share = Double(granted.count { $0.1 }) / Double(granted.count)
                    let outcome = OutcomesCall.Outcome(
                        requestID: scored.requestID, unit: nil, window: nil, label: Self.outcome, value: share,
                        eventAt: scored.at.description)
                    let _: OutcomesAnswer = try await cast.admin.post(
                        ["serving", "endpoints", Self.endpoint, "outcomes"], OutcomesCall(outcomes: [outcome]))
                }
            }
            try? await Task.sleep(for: Self.pause)
        }
    }
}

/// That it is time to stop. A class because those who go on and the one who ends it share it.
private final class Ending: Sendable {
    private let flag = Mutex(false)

    var isHere: Bool { flag.withLock { $0 } }
    func come() { flag.withLock { $0 = true } }
}
