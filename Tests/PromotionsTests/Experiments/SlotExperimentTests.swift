import Access
import AuditLog
import GatehouseCore
import Gates
import Registry
import Rollouts
import Serving
import Statistics
import Storage
import Synchronization
import Testing

@testable import Promotions

/// v1 answers at an endpoint that knows its customers; v2 is in Staging.
private struct ExperimentBench {
    let bench: ServingBench

    static func run(_ body: (ExperimentBench) async throws -> Void) async throws {
        try await ServingBench.run(versions: 3) { bench in
            try await bench.apply(bench.endpoint { $0.unit = .header("x-customer") })
            try await bench.produce(1)
            let found = ExperimentBench(bench: bench)
            try await found.move(2, .staging)
            try await body(found)
        }
    }

    static func plan(_ percent: Double = 50) -> ExperimentPlan {
        var plan = ExperimentPlan()
        plan.percent = percent
        plan.maturitySeconds = 3_600
        plan.higherIsBetter = false
        plan.minimalDifference = 0.1
        return plan
    }

    func move(_ version: Int64, _ stage: Stage) async throws {
        _ = try await bench.transitions.transition(
            TransitionRequest(
                model: bench.model, version: bench.number(version), to: stage, by: bench.shop.caller, reason: "test"))
    }

    func start(
        _ version: Int64 = 2, _ plan: ExperimentPlan = plan(), label: String = "defaulted", covariate: String? = nil,
        by caller: Caller? = nil
    ) async throws -> SlotExperiment {
        var start = ExperimentStart(
            model: bench.model, challenger: try bench.number(version), endpoint: "credit", label: label, plan: plan)
        start.covariate = covariate
        return try await bench.serving.experiments.start(start, by: caller ?? bench.shop.caller)
    }

    func unit(_ index: Int) -> String { ServingBench.recordKey.hash(unit: "customer-\(index)".utf8) }

    /// Exposes customers `range`, the odd ones to the challenger.
    func expose(_ experiment: SlotExperiment, _ range: Range<Int>, number: Int64 = 1) async throws {
        let at = bench.shop.clock.now
        var lines: [UInt8] = []
        for index in range {
            let isOdd = index % 2 == 1
            let version = isOdd ? experiment.challenger : experiment.champion
            let exposure = Exposure(
                requestID: "r\(index)", endpoint: "credit", segment: "default", split: experiment.id,
                arm: isOdd ? .challenger : .champion, reason: .assigned, unitHash: unit(index), assignedVersion: version.value,
                served: ServedVersion(version: version, digest: experiment.artifact, upstream: .native), at: at,
                latencyMicroseconds: 900, status: 200)
            lines += ServingRecord.exposure(exposure).line
        }
        _ = try await bench.serving.intake.take(lines, from: "gw", number: number)
    }

    func post(_ label: String, _ range: Range<Int>, at time: Timestamp, _ value: (Int) -> Double?) async throws {
        let outcomes = try range.compactMap { index in
            try value(index).map {
                try Outcome(subject: .unit(hash: unit(index), window: ""), label: label, value: $0, event: time)
            }
        }
        _ = try await bench.serving.outcomes.post(outcomes, of: "credit", by: bench.shop.caller)
    }

    /// What is remembered, which has to be what reading every unit anew says.
    func finding(
        _ experiment: SlotExperiment, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ExperimentFinding {
        let now = bench.shop.clock.now
        let ledger = bench.serving.experimentLedger
        let (kept, anew) = try await bench.store.read { tx in
            let experiment = try tx.requiredSlotExperiment(experiment.id)
            return (try ledger.finding(of: experiment, at: now, tx), try tx.finding(of: experiment, at: now))
        }
        #expect(kept == anew, sourceLocation: sourceLocation)
        return kept
    }

    func found(_ experiment: SlotExperiment) async throws -> SlotExperiment {
        try await bench.store.read { tx in try tx.requiredSlotExperiment(experiment.id) }
    }

    func challenger() async throws -> VersionNumber? {
        try await bench.store.read { tx in
            try tx.occupant(of: Slot(model: bench.model, role: SlotExperiment.challengerRole))?.version
        }
    }
}

@Suite("Experiments on slots", .timeLimit(.minutes(2)))
struct SlotExperimentTests {
    @Test("starting one divides the slot for gateways, puts the challenger into its slot and says so in the log")
    func starts() async throws {
        try await ExperimentBench.run { bench in
            let experiment = try await bench.start(2, ExperimentBench.plan(12.5))
            let split = try #require(try await bench.bench.route()?.split)
            #expect((split.id, split.buckets, split.kind) == (experiment.id, 12_500, .experiment))
            #expect(split.challenger.version == 2)
            #expect(split.salt.count == 64)
            #expect(try await bench.challenger()?.value == 2)
            let entry = try await bench.bench.shop.lastEntry(.experimentStarted)
            #expect(entry.facts["experiment"] == .string(experiment.id))
            #expect(entry.facts["champion"] == 1)
            let listed = try await bench.bench.store.read { tx in try tx.slotExperiments(of: bench.bench.model, isOpen: true) }
            #expect(listed == [experiment])

            let stopped = try await bench.bench.serving.experiments.stop(
                experiment.id, reason: "seen enough", by: bench.bench.shop.caller)
            #expect(stopped.ended == .stopped)
            #expect(try await bench.bench.route()?.split == nil)
            #expect(try await bench.challenger() == nil)
            #expect(try await bench.bench.shop.lastEntry(.experimentStopped).reason == "seen enough")
            let again = try await bench.bench.serving.experiments.stop(
                experiment.id, reason: "again", by: bench.bench.shop.caller)
            #expect(again == stopped)
        }
    }

    @Test("what could not work is refused before anybody is exposed")
    func refuses() async throws {
        try await ExperimentBench.run { bench in
            try await expectFailure(.conflict) { try await bench.start(1) }
            let none = try await expectFailure(.conflict) { try await bench.start(3) }
            #expect(says(none.message, "must have passed its gates"))
            try await expectFailure(.notFound) { try await bench.start(9) }
            for percent in [0, -1, 50.1, 100, .nan, .infinity, 0.000001] {
                try await expectFailure(.invalidArgument) { try await bench.start(2, ExperimentBench.plan(percent)) }
            }
            var plan = ExperimentBench.plan()
            plan.maturitySeconds = .max
            try await expectFailure(.invalidArgument) { try await bench.start(2, plan) }
            plan = ExperimentBench.plan()
            plan.minimalDifference = .infinity
            try await expectFailure(.invalidArgument) { try await bench.start(2, plan) }
            try await expectFailure(.invalidArgument) { try await bench.start(label: "") }
            try await expectFailure(.invalidArgument) { try await bench.start(covariate: "defaulted") }
            try await expectFailure(.forbidden) { try await bench.start(by: bench.bench.shop.caller(.stagingManager)) }
            _ = try await bench.start()
            let second = try await expectFailure(.conflict) { try await bench.start() }
            #expect(says(second.message, "is divided by the experiment"))
            try await bench.bench.apply(bench.bench.endpoint("other") { $0.unit = nil })
        }
    }

    @Test("an endpoint that does not know its customers has nobody to divide")
    func noUnit() async throws {
        try await ServingBench.run { bench in
            try await bench.apply(bench.endpoint())
            try await bench.produce(1)
            let start = ExperimentStart(
                model: bench.model, challenger: try bench.number(2), endpoint: "credit", label: "x", plan: ExperimentPlan())
            let error = try await expectFailure(.conflict) {
                try await bench.serving.experiments.start(start, by: bench.shop.caller)
            }
            #expect(says(error.hint, "unit: {header: x-customer}"))
        }
    }

    @Test("a slot that changes hands ends its experiment, and so does a challenger that is taken back")
    func ends() async throws {
        try await ExperimentBench.run { bench in
            let first = try await bench.start()
            try await bench.bench.produce(2)
            #expect(try await bench.found(first).ended == .slotChanged)
            #expect(try await bench.bench.route()?.split == nil)
            #expect(try await bench.challenger() == nil)

            try await bench.move(3, .staging)
            let second = try await bench.start(3)
            try await bench.move(3, .none)
            #expect(try await bench.found(second).ended == .challengerLeft)
            #expect(try await bench.bench.route()?.split == nil)

            try await bench.move(3, .staging)
            let third = try await bench.start(3)
            try await bench.bench.rollBack()
            #expect(try await bench.found(third).ended == .slotChanged)
        }
    }

    @Test("units are compared by their arms, outcomes and what was known of them before; late labels count after the end")
    func reports() async throws {
        try await ExperimentBench.run { bench in
            let before = bench.bench.shop.clock.now
            let experiment = try await bench.start(covariate: "balance")
            bench.bench.shop.clock.advance(by: .seconds(60))
            try await bench.expose(experiment, 0..<1_000)
            let exposed = bench.bench.shop.clock.now
            try await bench.post("balance", 0..<1_000, at: before) { Double($0 % 10) }
            // After the exposure it might be an effect of the arm: not a covariate.
            try await bench.post("balance", 1_000..<1_001, at: exposed) { _ in 1_000 }
            bench.bench.shop.clock.advance(by: .seconds(1_800))
            let young = try await bench.finding(experiment)
            #expect((young.report.champion.exposed, young.report.champion.matured) == (500, 0))
            #expect(young.report.verdict == .notDecided)
            _ = try await bench.bench.serving.experiments.stop(experiment.id, reason: "done", by: bench.bench.shop.caller)
            bench.bench.shop.clock.advance(by: .seconds(7_200))
            try await bench.post("defaulted", 0..<1_000, at: bench.bench.shop.clock.now) {
                $0 % 2 == 1 ? 0 : $0 % 4 == 0 ? 1 : 0
            }
            let late = try await bench.finding(experiment)
            #expect(late.report.champion.labelled == 500)
            #expect(abs(try #require(late.report.champion.mean) - 0.5) < 1e-12)
            #expect(late.report.challenger.mean == 0)
            #expect(abs(try #require(late.report.difference) + 0.5) < 1e-12)
            // Lower is better.
            #expect(late.report.verdict == .better)
            #expect(late.report.adjusted != nil)
            #expect(late.keptShare == 1)
            #expect(late.requests.map(\.requests) == [500, 500])
        }
    }

    @Test("what is remembered follows exposures, outcomes, corrections and the time that makes units mature")
    func remembers() async throws {
        try await ExperimentBench.run { bench in
            let experiment = try await bench.start()
            bench.bench.shop.clock.advance(by: .seconds(60))
            try await bench.expose(experiment, 0..<400)
            try await bench.post("defaulted", 0..<400, at: bench.bench.shop.clock.now) { $0 % 4 == 0 ? 1 : 0 }
            #expect(try await bench.finding(experiment).report.champion.matured == 0)
            bench.bench.shop.clock.advance(by: .seconds(1_800))
            try await bench.expose(experiment, 400..<600, number: 2)
            #expect(try await bench.finding(experiment).report.champion.exposed == 300)
            // Nothing came, and yet the first 400 are mature now; a second earlier they were not.
            bench.bench.shop.clock.advance(by: .seconds(1_799))
            #expect(try await bench.finding(experiment).report.champion.matured == 0)
            bench.bench.shop.clock.advance(by: .seconds(1))
            let mature = try await bench.finding(experiment)
            #expect(mature.report.champion.matured == 200)
            #expect(abs(try #require(mature.report.champion.mean) - 0.5) < 1e-12)
            try await bench.post("defaulted", 0..<4, at: bench.bench.shop.clock.now) { $0 == 0 ? 0 : nil }
            #expect(abs(try #require(try await bench.finding(experiment).report.champion.mean) - 0.495) < 1e-12)
            // Under another name nothing is known of this comparison.
            try await bench.post("paid", 0..<4, at: bench.bench.shop.clock.now) { _ in 1 }
            #expect(try await bench.finding(experiment).report == bench.finding(experiment).report)
        }
    }

    @Test("outcomes are looked up by what they are about: the time for a comparison grows with its units, not with their square")
    func plan() async throws {
        try await ExperimentBench.run { bench in
            let plan = try await bench.bench.store.read { tx in
                let asked = Explained(tx)
                _ = try SQLTransaction(asked).exposedUnits(of: "exp", label: "defaulted", until: nil)
                return asked.plan.withLock { $0 }
            }
            let outcomes = plan.filter { $0.contains("SEARCH o ") }
            #expect(outcomes.count == 2, "\(plan)")
            #expect(outcomes.allSatisfy { $0.contains("subject") } && !plan.contains { $0.contains("SCAN o") }, "\(plan)")
        }
    }

    @Test("arms are compared on the same share of the units, though the samples were cut down one by one")
    func shares() async throws {
        try await ExperimentBench.run { bench in
            let experiment = try await bench.start()
            bench.bench.shop.clock.advance(by: .seconds(60))
            try await bench.expose(experiment, 0..<2_000)
            bench.bench.shop.clock.advance(by: .seconds(7_200))
            try await bench.bench.store.write { tx in
                var sample = try tx.sample(.exposure, scope: "\(experiment.id)/champion")
                sample.places = RecordSample.placesMax / 4
                try tx.keep(sample)
                try tx.execute("DELETE FROM exposure WHERE arm = 'champion' AND place >= \(sample.places)")
            }
            let found = try await bench.finding(experiment)
            #expect(found.keptShare == 0.25)
            #expect(abs(found.report.challenger.exposed - 250) < 60)
            #expect(!found.report.isMismatched)
        }
    }
}

/// Asks how queries would be answered instead of asking them. A class because the transaction is a value that is copied.
private final class Explained: SQLConnection {
    private let transaction: SQLTransaction
    let plan = Mutex<[String]>([])

    init(_ transaction: SQLTransaction) { self.transaction = transaction }
    var dialect: any SQLDialect { transaction.dialect }

    func execute(_ statement: SQLStatement) throws -> Int { 0 }

    func rows(_ statement: SQLStatement) throws -> [SQLRow] {
        let lines = try transaction.plan(of: statement).split(separator: "\n").map { String($0) }
        plan.withLock { $0 += lines }
        return []
    }
}
