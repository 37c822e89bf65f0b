import GatehouseCore
import Gates
import Rollouts
import Testing

@testable import WebUI

@Suite("Playground") struct PlaygroundTests {
    private func settings(_ query: [String: String]) throws -> PlaygroundSettings {
        try PlaygroundSettings { query[$0] }
    }

    @Test("what an address says is read back from the address that is made of it")
    func addresses() throws {
        var settings = try settings(["min_auc": "0.95", "rows": "500", "judge_by": "interval"])
        #expect(settings[.minAUC] == 0.95 && settings.whole(.rows) == 500 && settings.judgesIntervals)
        #expect(settings.address == "/playground?rows=500&min_auc=0.95&judge_by=interval")
        settings = PlaygroundSettings()
        #expect(settings.address == "/playground")
    }

    @Test(
        "a number that is none, or lies outside of its range, is refused",
        arguments: ["x", "nan", "inf", "1e999", "-1", "12.5", ""])
    func bounds(_ text: String) {
        #expect(throws: GatehouseError.self) { try settings(["rows": text]) }
    }

    @Test("every knob stands within its range at first, and whole ones are whole")
    func fallbacks() {
        for knob in Knob.allCases {
            let face = knob.face
            #expect(face.range.contains(face.fallback), "\(knob)")
            #expect(!face.isWhole || face.fallback == face.fallback.rounded(), "\(knob)")
        }
        #expect(Knob.Part.allCases.flatMap(\.knobs).count == Knob.allCases.count)
    }

    @Test("the same settings decide the same, another seed draws other rows")
    func deterministic() throws {
        let one = try PlaygroundScreen(PlaygroundSettings([.rows: 500, .pairs: 200]))
        let again = try PlaygroundScreen(PlaygroundSettings([.rows: 500, .pairs: 200]))
        let other = try PlaygroundScreen(PlaygroundSettings([.rows: 500, .pairs: 200, .seed: 8]))
        #expect(one.checks == again.checks && one.shadow == again.shadow && one.run == again.run)
        #expect(one.checks != other.checks)
    }

    @Test("the ends of every range can be computed", arguments: Knob.allCases)
    func extremes(_ knob: Knob) throws {
        for end in [knob.face.range.lowerBound, knob.face.range.upperBound] {
            var settings = PlaygroundSettings([.rows: 300, .pairs: 50, .driftRows: 60])
            settings[knob] = end
            #expect(try PlaygroundScreen(settings).checks.count == 3)
        }
    }

    @Test("a small group is never fine because it is small")
    func smallGroup() throws {
        let screen = try PlaygroundScreen(PlaygroundSettings([.rows: 300, .groupShare: 0.02, .minGroup: 100]))
        #expect(screen.checks.first { $0.name == "fairness" }?.verdict == .inconclusive)
    }

    @Test("no shadow request is no pass, and no harm of the canary is no rollback")
    func absence() throws {
        let screen = try PlaygroundScreen(PlaygroundSettings([.pairs: 0, .newErrors: 0.002]))
        #expect(screen.shadow.verdict == .inconclusive)
        #expect(screen.run.phase == .promoted)
    }
}
