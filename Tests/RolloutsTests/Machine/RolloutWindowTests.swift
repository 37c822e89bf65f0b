import GatehouseCore
import Rollouts
import Serving
import Testing

@Suite("Rollout window")
struct RolloutWindowTests {
    @Test("what gateways counted adds up, and slow is only what was surely slower than the limit")
    func addsUp() throws {
        var window = ArmWindow(
            endpoint: "credit", segment: "default", split: "rol_1", arm: .challenger, version: 2,
            digest: try Digest(parsing: "sha256:" + String(repeating: "a", count: 64)), from: Timestamp(milliseconds: 0))
        (window.requests, window.errors, window.rejected) = (10, 2, 1)
        // 79 ms and 81 ms share a bucket (73,728 to 81,919 µs); 100 ms is surely above 80.
        for milliseconds: Int64 in [1, 79, 81, 100, 5_000] { window.latency.observe(microseconds: milliseconds * 1000) }
        for prediction in [0.05, 0.95, .nan] { window.predictions.observe(prediction) }
        var limits = RollbackLimits()
        limits.p95Milliseconds = 80
        var sample = ArmSample()
        for _ in 0..<2 {
            let isAdded = sample.add(window, limits: limits)
            #expect(isAdded)
        }
        #expect(sample.rates.requests == 20 && sample.rates.errors == 4 && sample.rates.rejected == 2)
        #expect(sample.rates.timed == 10 && sample.rates.slow == 4)
        #expect(sample.rates.answers == 6 && sample.rates.badOutputs == 2)
        #expect(sample.predictions == [2, 0, 0, 0, 0, 0, 0, 0, 0, 2])
        #expect(sample.smallest == 0.05 && sample.largest == 0.95)
    }
}
