import Statistics
import Testing

@testable import Rollouts

@Suite("Proof of harm")
struct RateHarmTests {
    private func counts(_ bad: Int, _ n: Int) throws -> ArmCounts { try #require(ArmCounts(successes: bad, trials: n)) }

    // scipy 1.17: binom.sf(4, 100, 0.01) = 0.0034323215877545207
    @Test("without a champion the exact binomial tail decides")
    func alone() throws {
        let five = try counts(5, 100)
        #expect(RateHarm.isProven(five, champion: nil, limit: 0.01, alpha: 0.003433))
        #expect(!RateHarm.isProven(five, champion: nil, limit: 0.01, alpha: 0.003432))
    }

    // scipy 1.17: binom.sf(6, 11, 0.05) = 2.1561391601562503e-07, 7 of 50 beside 4 of 950
    @Test("beside a champion its share of all failures must be refuted as well")
    func beside() throws {
        let (seven, four) = (try counts(7, 50), try counts(4, 950))
        #expect(RateHarm.isProven(seven, champion: four, limit: 0.001, alpha: 2.157e-7))
        #expect(!RateHarm.isProven(seven, champion: four, limit: 0.001, alpha: 2.156e-7))
    }

    @Test("a share within the limit is never harm, and with a limit of nothing one failure is")
    func limits() throws {
        #expect(!RateHarm.isProven(try counts(1, 100), champion: nil, limit: 0.01, alpha: 0.9))
        #expect(RateHarm.isProven(try counts(1, 100), champion: nil, limit: 0, alpha: 1e-12))
        #expect(!RateHarm.isProven(try counts(0, 0), champion: nil, limit: 0, alpha: 0.9))
        #expect(!RateHarm.isProvenAnytime(try counts(0, 0), champion: nil, limit: 0, alpha: 0.9))
    }

    // scipy 1.17: betaln(13, 989) - 12 log(0.005) - 988 log1p(-0.005)
    @Test("evidence against a rate is that of a uniform mixture of bets")
    func evidence() throws {
        #expect(abs(RateHarm.logEvidence(try counts(12, 1000), against: 0.005) + 1.2161494491301559) < 1e-9)
    }

    @Test("looking after every request refutes a rate that holds less often than alpha says")
    func anytime() throws {
        var random = SeededGenerator(seed: 11)
        let (runs, alpha) = (400, 0.1)
        var refuted = 0
        for _ in 0..<runs {
            var bad = 0
            for n in 1...500 {
                bad += random.uniform() < 0.05 ? 1 : 0
                if RateHarm.isProvenAnytime(try counts(bad, n), champion: nil, limit: 0.05, alpha: alpha) {
                    refuted += 1
                    break
                }
            }
        }
        #expect(Double(refuted) / Double(runs) <= alpha)
    }
}
