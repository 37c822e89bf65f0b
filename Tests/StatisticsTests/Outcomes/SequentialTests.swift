import Glibc
import Testing

@testable import Statistics

@Suite struct MixtureTestTests {
    @Test("the mixture's likelihood ratio is the two-arm formula with n rows in each arm")
    func formula() throws {
        let mixture = try #require(NormalMixture(variance: 0.0004))
        let a = try #require(ArmCounts(successes: 120, trials: 1000))
        let b = try #require(ArmCounts(successes: 150, trials: 1000))
        let difference = try #require(ArmDifference(control: a, treatment: b))
        // √(V/(V+nτ²))·exp(n²τ²θ̂²/(2V(V+nτ²))) with n = 1000, V = .2331, τ² = .0004, θ̂ = .03.
        let (n, v, t) = (1000.0, 0.12 * 0.88 + 0.15 * 0.85, 0.0004)
        let expected = (v / (v + n * t)).squareRoot() * exp(n * n * t * 0.0009 / (2 * v * (v + n * t)))
        #expect(near(exp(mixture.logLikelihoodRatio(difference)), expected))
    }

    @Test("an interval ends where its own likelihood ratio reaches 1/alpha")
    func inversion() throws {
        let mixture = try #require(NormalMixture(variance: 0.01))
        let a = Moments([1, 4, 2, 8, 5])
        let b = Moments([7, 1, 9, 3])
        let difference = try #require(ArmDifference(control: a, treatment: b))
        let interval = try #require(mixture.interval(difference, alpha: 0.05))
        let shifted = try #require(ArmDifference(control: Moments([1, 4, 2, 8, 5].map { $0 + interval.lower }), treatment: b))
        #expect(near(mixture.logLikelihoodRatio(shifted), log(20), 1e-9))
    }

    @Test("without variance there is no evidence")
    func noVariance() throws {
        let mixture = try #require(NormalMixture(variance: 1))
        let difference = try #require(ArmDifference(control: Moments([1, 1]), treatment: Moments([2, 2])))
        #expect(mixture.logLikelihoodRatio(difference) == 0 && mixture.interval(difference, alpha: 0.05) == nil)
        for variance in [0, -1, .nan, .infinity] as [Double] { #expect(NormalMixture(variance: variance) == nil) }
    }

    @Test("equal arms are rarely told apart, however often one looks", arguments: [0.02, 0.1])
    func falseAlarms(rate: Double) throws {
        var generator = SeededGenerator(seed: 5)
        let mixture = try #require(NormalMixture(variance: 0.0004))
        var alarms = 0
        for _ in 0..<300 {
            var stream = try #require(ArmStream(test: MixtureTest(mixture: mixture), isBinary: true))
            for _ in 0..<1500 {
                for arm in ArmStream.Arm.allCases { stream.observe(arm, generator.uniform() < rate ? 1 : 0) }
            }
            let excludesNone = stream.running.interval.map { !$0.contains(0) } ?? true
            #expect(excludesNone == (stream.test.p < 0.05))
            alarms += stream.test.p < 0.05 ? 1 : 0
        }
        // 5 % of 300 are 15; 27 is beyond three standard deviations. Looking naively alarms in a third of the runs.
        #expect(alarms < 27)
    }

    @Test("equal means are rarely told apart after the burn-in, and a difference is found")
    func means() throws {
        var generator = SeededGenerator(seed: 6)
        let mixture = try #require(NormalMixture(variance: 0.04))
        var (alarms, found) = (0, 0)
        for _ in 0..<200 {
            let test = MixtureTest(mixture: mixture, rowsPerArmMin: 30)
            var same = try #require(ArmStream(test: test, isBinary: false))
            var other = same
            for _ in 0..<600 {
                for arm in ArmStream.Arm.allCases {
                    same.observe(arm, generator.normal())
                    other.observe(arm, generator.normal() + (arm == .treatment ? 0.3 : 0))
                }
            }
            alarms += same.test.p < 0.05 ? 1 : 0
            found += other.test.p < 0.05 ? 1 : 0
        }
        #expect(alarms < 20 && found > 190)
    }
}

@Suite struct ConfidenceSequenceTests {
    @Test("the sequence of a rate always holds 1 − alpha of the truths at once")
    func bernoulli() throws {
        var generator = SeededGenerator(seed: 9)
        var missed = 0
        for _ in 0..<300 {
            var successes = 0
            var isOut = false
            for n in 1...400 {
                successes += generator.uniform() < 0.03 ? 1 : 0
                guard n % 10 == 0 else { continue }
                let counts = try #require(ArmCounts(successes: successes, trials: n))
                if !BernoulliSequence.interval(counts, alpha: 0.05).contains(0.03) { isOut = true }
            }
            missed += isOut ? 1 : 0
        }
        #expect(missed < 27)
    }

    @Test("a rate without rows may be anything, one without successes may be 0")
    func bernoulliEnds() throws {
        #expect(
            BernoulliSequence.interval(try #require(ArmCounts(successes: 0, trials: 0)), alpha: 0.05)
                == Interval(lower: 0, upper: 1))
        let none = BernoulliSequence.interval(try #require(ArmCounts(successes: 0, trials: 100)), alpha: 0.05)
        // (1 − p)¹⁰⁰ ≥ B(1, 101)·.05 = .05/101.
        #expect(none.lower == 0 && near(none.upper, 1 - pow(0.05 / 101, 0.01), 1e-12))
        let all = BernoulliSequence.interval(try #require(ArmCounts(successes: 100, trials: 100)), alpha: 0.05)
        #expect(all.upper == 1 && near(all.lower, 1 - none.upper, 1e-12))
    }

    @Test("empirical Bernstein holds the mean of bounded outcomes at all times, and refuses others")
    func empiricalBernstein() throws {
        var generator = SeededGenerator(seed: 10)
        var missed = 0
        for _ in 0..<300 {
            var sequence = try #require(EmpiricalBernsteinSequence(range: Interval(lower: 0, upper: 10)))
            for _ in 0..<1000 where !sequence.observe(generator.uniform() < 0.3 ? 10 : 0) { Issue.record("refused") }
            missed += sequence.running.interval.map { $0.contains(3) ? 0 : 1 } ?? 1
        }
        #expect(missed < 27)
        var sequence = try #require(EmpiricalBernsteinSequence(range: Interval(lower: 0, upper: 1)))
        let taken = [sequence.observe(1.1), sequence.observe(.nan)]
        #expect(taken == [false, false] && sequence.count == 0)
        #expect(EmpiricalBernsteinSequence(range: Interval(lower: 1, upper: 1)) == nil)
    }

    @Test("empirical Bernstein follows its formula")
    func empiricalBernsteinReference() throws {
        var sequence = try #require(EmpiricalBernsteinSequence(range: Interval(lower: 0, upper: 1)))
        for index in 0..<200 where !sequence.observe(Double(index * 7 % 10) / 10) { Issue.record("refused") }
        // numpy: λₜ = min(.5, √(2 ln 40/(σ̂²ₜ₋₁ t ln(1+t)))), intervals intersected over t = 1…200.
        let interval = try #require(sequence.running.interval)
        #expect(near(interval.lower, 0.3782593484949899, 1e-10) && near(interval.upper, 0.5196878048774894, 1e-10))
    }

    @Test("intervals that exclude each other are a contradiction, not an interval")
    func contradiction() {
        var running = RunningInterval()
        #expect(running.interval == nil)
        running.intersect(Interval(lower: 0, upper: 1))
        running.intersect(Interval(lower: 2, upper: 3))
        #expect(running.isContradiction && running.interval == nil)
    }

    @Test("the e-process is the likelihood ratio, and a kept limit is rarely called broken")
    func rateLimit() throws {
        var process = try #require(RateLimitProcess(limit: 0.01, harm: 0.03))
        for index in 0..<100 { process.observe(isHarm: index % 25 == 0) }
        #expect(near(process.e, pow(3, 4) * pow(0.97 / 0.99, 96), 1e-10))
        #expect(process.p <= 1 / process.e)
        var generator = SeededGenerator(seed: 12)
        var alarms = 0
        for _ in 0..<400 {
            var process = try #require(RateLimitProcess(limit: 0.01, harm: 0.03))
            for _ in 0..<2000 { process.observe(isHarm: generator.uniform() < 0.01) }
            alarms += process.p <= 0.05 ? 1 : 0
        }
        #expect(alarms < 36)
        #expect(RateLimitProcess(limit: 0.02, harm: 0.02) == nil && RateLimitProcess(limit: 0, harm: 0.1) == nil)
        #expect(RateLimitProcess.combined([]) == nil && RateLimitProcess.combined([1, 3]) == 2)
    }
}
