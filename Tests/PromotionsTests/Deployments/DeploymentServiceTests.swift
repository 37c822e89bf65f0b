import Access
import AuditLog
import GatehouseCore
import Registry
import Storage
import Testing

@testable import Promotions

@Suite("Deployments on record", .timeLimit(.minutes(2)))
struct DeploymentServiceTests {
    private func report(
        _ bench: ServingBench, _ version: Int64, _ outcome: Deployment.Outcome, job: String = "j1", target: String = "git x"
    ) throws -> DeploymentReport {
        DeploymentReport(
            version: try bench.number(version), slot: Slot(model: bench.model), target: target, job: job, outcome: outcome)
    }

    @Test("a beginning and an end are one deployment and two entries, whose facts hold neither target nor job")
    func beginsAndEnds() async throws {
        try await ServingBench.run { bench in
            try await bench.produce(1)
            let deployments = DeploymentService(bench.transitions)
            let begun = try await deployments.report(report(bench, 1, .running), by: bench.shop.caller)
            #expect(begun.isActive && begun.previous == nil && begun.finished == nil)
            #expect(try await deployments.report(report(bench, 1, .running), by: bench.shop.caller) == begun)
            var end = try report(bench, 1, .succeeded)
            (end.golden, end.goldenAsked, end.goldenPassed) = (.passed, 2, 2)
            end.jobURL = "https://gitlab.example.com/ada/-/jobs/1"
            bench.shop.clock.advance(by: .seconds(9))
            let ended = try await deployments.report(end, by: bench.shop.caller)
            #expect(ended.id == begun.id && ended.outcome == .succeeded)
            #expect(ended.finished?.since(ended.started) == .seconds(9))
            let entry = try await bench.shop.lastEntry(.deploymentReported)
            #expect(entry.sequence == ended.endEntry)
            #expect(entry.facts["golden"] == ["state": "passed", "asked": 2, "passed": 2])
            #expect(entry.facts["health"] == "none")
            #expect(entry.texts == ["target": "git x", "job": "j1", "job_url": "https://gitlab.example.com/ada/-/jobs/1"])
            #expect(!entry.facts.canonicalText.contains("git x"))
        }
    }

    @Test("a version that is not active is refused on record, unless that is said; after the fact it is written down")
    func refusesUnpromoted() async throws {
        try await ServingBench.run { bench in
            try await bench.produce(1)
            let deployments = DeploymentService(bench.transitions)
            await #expect(throws: GatehouseError.self) {
                try await deployments.report(report(bench, 2, .running), by: bench.shop.caller)
            }
            #expect(try await bench.shop.lastEntry(.deploymentReported).outcome == .refused)
            #expect(try await bench.store.read { tx in try tx.deployments(of: bench.model) }.isEmpty)
            var allowed = try report(bench, 2, .running)
            allowed.allowsUnpromoted = true
            #expect(try await !deployments.report(allowed, by: bench.shop.caller).isActive)
            #expect(try await !deployments.report(report(bench, 2, .succeeded, job: "j2"), by: bench.shop.caller).isActive)
        }
    }

    @Test("the version before is what the last successful job left at the same target")
    func knowsWhatWasBefore() async throws {
        try await ServingBench.run(versions: 3) { bench in
            let deployments = DeploymentService(bench.transitions)
            for (version, outcome) in [(Int64(1), Deployment.Outcome.succeeded), (2, .rolledBack), (3, .failed)] {
                bench.shop.clock.advance(by: .seconds(1))
                _ = try await deployments.report(report(bench, version, outcome, job: "j\(version)"), by: bench.shop.caller)
            }
            let next = try await deployments.report(report(bench, 3, .succeeded, job: "j4"), by: bench.shop.caller)
            #expect(next.previous?.value == 1)
            let elsewhere = try await deployments.report(
                report(bench, 3, .succeeded, job: "j4", target: "git y"), by: bench.shop.caller)
            #expect(elsewhere.previous == nil)
            let new = try ModelName("renamed")
            _ = try await bench.registry.renameModel(bench.model, to: new, by: bench.shop.ada)
            #expect(try await bench.store.read { tx in try tx.deployments(of: new) }.count == 5)
        }
    }
}
