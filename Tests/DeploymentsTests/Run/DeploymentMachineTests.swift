import GatehouseCore
import Testing
import WireAPI

@testable import Deployments

@Suite("What a deployment does next")
struct DeploymentMachineTests {
    private func acts(isThere: Bool = false, _ events: DeploymentMachine.Event...) -> DeploymentMachine {
        var machine = DeploymentMachine(isThere: isThere)
        for event in events { machine.tell(event) }
        return machine
    }

    @Test("pins, looks, asks, and is done")
    func succeeds() {
        #expect(acts().act == .apply)
        #expect(acts(.applied).act == .awaitHealth)
        #expect(acts(.applied, .healthy).act == .askGolden)
        #expect(acts(.applied, .healthy, .answered).act == .end(.succeeded))
        #expect(acts(.applied, .healthy, .answered).reason == nil)
    }

    @Test("what is there already is looked at, and never taken away")
    func leavesWhatWasThere() {
        #expect(acts(isThere: true).act == .awaitHealth)
        #expect(acts(isThere: true, .healthy, .answered).act == .end(.unchanged))
        #expect(acts(isThere: true, .unhealthy("x")).act == .end(.failed))
        #expect(acts(isThere: true, .healthy, .answeredWrongly("x")).act == .end(.failed))
    }

    @Test("every failure takes back what was done, and says whether there was anything", arguments: [true, false])
    func takesBack(wasChanged: Bool) {
        for machine in [acts(.notApplied("x")), acts(.applied, .unhealthy("x")), acts(.applied, .healthy, .answeredWrongly("x"))]
        {
            #expect(machine.act == .restore)
            var after = machine
            after.tell(.restored(wasChanged: wasChanged))
            #expect(after.act == .end(wasChanged ? .rolledBack : .failed))
            #expect(after.reason == "x")
            var stuck = machine
            stuck.tell(.notRestored("y"))
            #expect(stuck.act == .end(.rollbackFailed))
            #expect(stuck.reason == "x; not taken back: y")
        }
    }

    @Test("a job that is asked to end takes back what it did, leaves what was there, and finishes a taking back")
    func interrupted() {
        for machine in [acts(.interrupted("x")), acts(.applied, .interrupted("x")), acts(.applied, .healthy, .interrupted("x"))] {
            #expect(machine.act == .restore && machine.reason == "x" && !machine.mayBeInterrupted)
        }
        #expect(acts(isThere: true, .interrupted("x")).act == .end(.failed))
        #expect(acts(.applied).mayBeInterrupted && !acts(.applied, .healthy, .answered).mayBeInterrupted)
    }

    @Test("a step that only waits ends when the job is asked to end, and otherwise says what it came to")
    func cutShort() async {
        let interruption = Interruption()
        #expect(await interruption.unlessRaised { 1 } == 1)
        async let waited: Int? = interruption.unlessRaised {
            while !Task.isCancelled { await Task.yield() }
            return 2
        }
        interruption.raise("first")
        interruption.raise("second")
        #expect(await waited == nil && interruption.reason == "first")
    }

    @Test("exit codes: done, taken back, failed")
    func exitCodes() {
        let codes = DeploymentMachine.Outcome.allCases.map { ($0, $0.exitCode) }
        for (outcome, code) in codes {
            switch outcome {
            case .succeeded, .unchanged: #expect(code == .done)
            case .rolledBack: #expect(code == .answerIsNo)
            case .failed, .rollbackFailed: #expect(code == .failed)
            }
        }
    }

    @Test("somebody else's change is no one's to overwrite")
    func keepsOthersChanges() throws {
        let change = PinChange(path: try ManifestPath(parsing: "a"), before: "1", after: "2")
        #expect(try change.isNeeded(where: "1", in: "f"))
        #expect(try !change.isNeeded(where: "2", in: "f"))
        #expect(throws: GatehouseError.self) { try change.isNeeded(where: "3", in: "f") }
        #expect(throws: GatehouseError.self) { try change.isNeeded(where: nil, in: "f") }
    }
}

@Suite("Gateways as a target")
struct GatewayTargetTests {
    private func missing(_ rows: [InventoryAnswer.Row], states: [String: String] = ["g1": "current", "g2": "current"]) throws
        -> String?
    {
        let gateways = states.sorted { $0.key < $1.key }.map {
            InventoryAnswer.Gateway(id: $0.key, state: $0.value, tableNumber: 1, program: "p", startedAt: "", lastSeenAt: "")
        }
        let inventory = InventoryAnswer(tableNumber: 1, publishedAt: nil, gateways: gateways, served: rows)
        return GatewayTarget.missing(inventory, "credit", "default", try PinTests.version())
    }

    private func row(
        _ gateway: String, version: Int64 = 3, digit: Character = "a", state: String = "ready", role: String = "champion"
    )
        -> InventoryAnswer.Row
    {
        InventoryAnswer.Row(
            gateway: gateway, endpoint: "credit", segment: "default", role: role, version: version,
            digest: "sha256:" + String(repeating: digit, count: 64), state: state, expectedVersion: 3, expectedDigest: nil,
            difference: nil)
    }

    @Test("every gateway that reports has to serve these bytes, ready; silent ones are no evidence")
    func asksAll() throws {
        #expect(try missing([row("g1"), row("g2")]) == nil)
        #expect(try missing([row("g1"), row("g2", version: 2)]) == "g2 has v2 (ready)")
        #expect(try missing([row("g1"), row("g2", digit: "b")]) != nil)
        #expect(try missing([row("g1"), row("g2", state: "starting")]) != nil)
        #expect(try missing([row("g1"), row("g2", version: 2)], states: ["g1": "current", "g2": "stale"]) == nil)
        #expect(try missing([row("g1")], states: ["g1": "stale"]) == "every gateway that served it is silent")
        #expect(try missing([row("g1", role: "challenger")]) == "no gateway has reported it")
        #expect(try missing([]) == "no gateway has reported it")
    }
}
