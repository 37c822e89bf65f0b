import GatehouseCore
import Rollouts
import Serving
import Storage
import Testing

@testable import Promotions

@Suite("Shadow runs as they are remembered", .timeLimit(.minutes(2)))
struct ShadowLedgerTests {
    /// What is remembered, which has to be what reading every pair anew says.
    private static func look(
        _ bench: ShadowBench, _ run: ShadowRun, sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> ShadowPicture {
        let now = bench.shop.clock.now
        let ledger = bench.serving.shadowLedger
        let (kept, anew) = try await bench.shop.store.read { tx in
            let run = try tx.shadowRun(id: run.id) ?? run
            return (
                try ledger.picture(of: run, under: bench.shop.policies, at: now, tx),
                try tx.shadowPicture(of: run, under: bench.shop.policies, at: now)
            )
        }
        #expect(kept == anew, sourceLocation: sourceLocation)
        return kept
    }

    @Test("a look that reads only what is new says what reading everything says, to the last digit")
    func goesOn() async throws {
        try await ShadowBench.run { bench in
            try await bench.serve()
            let run = try await bench.start()
            #expect(try await Self.look(bench, run).report.rows == 0)
            var (number, rows): (Int64, Int) = (0, 0)
            for disagreeing in [0, 3, 40, 0] {
                bench.shop.clock.advance(by: .seconds(1_800))
                number += 1
                rows += 190
                try await bench.ship(run, disagreeing: disagreeing, lost: 10, number: number)
                bench.shop.clock.advance(by: .seconds(1))
                let found = try await Self.look(bench, run)
                #expect((found.report.rows, found.plane.rows) == (rows, rows))
                #expect(found.report.counts.eligible == 200 * Int(number))
            }
            // Looked at again, it is the same, and older by a minute.
            bench.shop.clock.advance(by: .seconds(60))
            #expect(try await Self.look(bench, run).report.disagreement == 43.0 / 760)
        }
    }

    @Test("outcomes, pairs that go and the end of a run are seen at the next look")
    func beginsAnew() async throws {
        try await ShadowBench.run { bench in
            try await bench.serve()
            let run = try await bench.start()
            bench.shop.clock.advance(by: .seconds(60))
            try await bench.ship(run, disagreeing: 20)
            #expect(try await Self.look(bench, run).report.labelled == nil)
            let now = bench.shop.clock.now
            let outcomes = try (0..<50).map {
                try Outcome(subject: .request("\(run.id)-1-\($0)"), label: "defaulted", value: $0 < 15 ? 1 : 0, event: now)
            }
            _ = try await bench.serving.outcomes.post(outcomes, of: "credit", by: bench.shop.caller)
            let labelled = try #require(try await Self.look(bench, run).report.labelled)
            #expect((labelled.rows, labelled.shadowAlone, labelled.productionAlone) == (50, 15, 5))

            try await bench.shop.store.write { tx in
                var sample = try tx.sample(.shadow, scope: run.sampleScope)
                sample.places = RecordSample.placesMax / 2
                try tx.keep(sample)
                try tx.execute("DELETE FROM shadow_pair WHERE place >= \(sample.places)")
            }
            #expect((1..<200).contains(try await Self.look(bench, run).report.rows))

            _ = try await bench.serving.shadows.stop(run.id, reason: "seen enough", by: bench.shop.caller)
            bench.shop.clock.advance(by: .seconds(60))
            let ended = try await Self.look(bench, run)
            try await bench.ship(run, number: 2)
            #expect(try await Self.look(bench, run) == ended)
        }
    }
}
