import Statistics
import Testing

@testable import Rollouts

@Suite("Prediction index")
struct PredictionIndexTests {
    @Test("index, chance limit and p are those of the drift tools")
    func agrees() throws {
        var random = SeededGenerator(seed: 4)
        for _ in 0..<50 {
            let champion = (0..<10).map { _ in random.below(300) + 1 }
            let challenger = (0..<10).map { _ in random.below(40) }
            let drift = try #require(BucketDrift(reference: champion, current: challenger))
            let index = try #require(PredictionIndex(champion: champion, challenger: challenger))
            #expect(abs(index.value - drift.smoothedPSI) < 1e-12)
            #expect(abs(index.chanceLimit - drift.nullPSILimit) < 1e-12)
            #expect(abs(index.p - drift.smoothedPSIP) < 1e-12)
        }
    }

    @Test("other buckets, one bucket and an empty side are no index")
    func degenerate() {
        #expect(PredictionIndex(champion: [1, 2], challenger: [1, 2, 3]) == nil)
        #expect(PredictionIndex(champion: [5], challenger: [5]) == nil)
        #expect(PredictionIndex(champion: [0, 0], challenger: [5, 1]) == nil)
    }
}
