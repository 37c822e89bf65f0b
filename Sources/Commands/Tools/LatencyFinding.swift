import GatehouseCore
import Rendering
import Scoring
import Statistics

/// The response times of one server, or of a file.
struct LatencyTimes {
    /// How they came about; a file of times does not say.
    struct Load {
        let plan: LoadPlan
        let warmUp: Int
        let errors: Int
        let firstError: String?
        let isComplete: Bool
        let answersPerSecond: Double?
        /// The p95 counted from when requests really left.
        let p95FromSending: Double?
    }

    let name: String
    let milliseconds: [Double]
    let load: Load?

    init(_ milliseconds: [Double], name: String) {
        self.name = name
        self.milliseconds = milliseconds
        load = nil
    }

    init(_ measurement: LatencyMeasurement, name: String) {
        self.name = name
        milliseconds = measurement.milliseconds
        load = Load(
            plan: measurement.plan, warmUp: measurement.warmUpCount, errors: measurement.errorCount,
            firstError: measurement.firstError, isComplete: measurement.isComplete,
            answersPerSecond: measurement.answersPerSecond,
            p95FromSending: SampleQuantiles(measurement.millisecondsFromSending)?.exclusive(95, of: 100))
    }

    var errors: Int { load?.errors ?? 0 }

    var mode: String {
        switch load?.plan.mode {
        case .openLoop: "open_loop"
        case .sequential: "sequential"
        case nil: "samples"
        }
    }
}

/// The times of the requests that both servers answered, in the order of the requests.
struct LatencyPairs {
    let first: [Double]
    let second: [Double]

    init(_ first: LatencyMeasurement, _ second: LatencyMeasurement) {
        let pairs = zip(first.millisecondsByRequest, second.millisecondsByRequest).compactMap { first, second in
            first.flatMap { first in second.map { (first, $0) } }
        }
        self.first = pairs.map(\.0)
        self.second = pairs.map(\.1)
    }
}

/// What response times say: quantiles with intervals, whether they keep a budget, how they differ from another server's.
struct LatencyFinding {
    /// The quantiles that are reported, as cut points.
    static let cuts: [(part: Int, parts: Int, name: String)] = [
        (50, 100, "p50"), (90, 100, "p90"), (95, 100, "p95"), (99, 100, "p99"), (999, 1000, "p99.9"),
    ]

    struct Budget {
        let milliseconds: Double
        let verdict: Verdict
        /// A sentence without its full stop.
        let reason: String
    }

    struct Difference {
        let name: String
        let value: QuantileDifference?
    }

    let times: LatencyTimes
    let quantiles: [QuantileEstimate]
    let sample: SampleQuantiles
    let baseline: Baseline?
    let budget: Budget?

    struct Baseline {
        let times: LatencyTimes
        let quantiles: [QuantileEstimate]
        let sample: SampleQuantiles
        let differences: [Difference]
        /// How many requests stand behind a paired comparison; nil when the times were measured apart.
        let pairs: Int?
    }

    /// Fails with `unreachable` when no request at all was answered, with `invalidArgument` when a file has no times.
    init(
        _ times: LatencyTimes, baseline: LatencyTimes? = nil, pairs: LatencyPairs? = nil, budget: Double? = nil
    ) throws(GatehouseError) {
        let sample = try Self.sample(times)
        self.times = times
        self.sample = sample
        quantiles = Self.cuts.map { sample.estimate($0.part, of: $0.parts) }
        self.budget = budget.map { Self.judge(times, sample, budget: $0) }
        guard let baseline else {
            self.baseline = nil
            return
        }
        let other = try Self.sample(baseline)
        let differences = Self.cuts.prefix(4).map { cut in
            let value =
                if let pairs {
                    QuantileDifference.paired(pairs.first, pairs.second, cut.part, of: cut.parts)
                } else {
                    QuantileDifference.independent(times.milliseconds, baseline.milliseconds, cut.part, of: cut.parts)
                }
            return Difference(name: cut.name, value: value)
        }
        self.baseline = Baseline(
            times: baseline, quantiles: Self.cuts.map { other.estimate($0.part, of: $0.parts) }, sample: other,
            differences: differences, pairs: pairs?.first.count)
    }

    var p95: QuantileEstimate { quantiles[2] }

    private static func sample(_ times: LatencyTimes) throws(GatehouseError) -> SampleQuantiles {
        guard let sample = SampleQuantiles(times.milliseconds) else {
            throw GatehouseError(.invalidArgument, "\(times.name): a response time is not a number.")
        }
        guard sample.count > 0 else {
            guard let load = times.load else {
                throw GatehouseError(.invalidArgument, "\(times.name) holds no response times.")
            }
            throw GatehouseError(
                .unreachable, "None of \(load.plan.requests) requests to the \(times.name) was answered.",
                hint: "Look whether the server runs and answers one row.", details: load.firstError.map { [$0] } ?? [])
        }
        return sample
    }

    /// A failed request has no time, but it did not keep the budget either: it counts as one that came too late.
    private static func judge(_ times: LatencyTimes, _ sample: SampleQuantiles, budget: Double) -> Budget {
        let p95 = sample.estimate(95, of: 100)
        let all = times.milliseconds.count + times.errors
        let inTime = times.milliseconds.count { $0 <= budget }
        guard all >= p95.countNeeded, let value = p95.value else {
            return Budget(
                milliseconds: budget, verdict: .inconclusive,
                reason: "\(Wording.count(all, "request")) cannot bound a p95: \(p95.countNeeded) are needed at least")
        }
        let (shown, limit) = LatencyWords.apart(value, budget)
        if value > budget {
            return Budget(
                milliseconds: budget, verdict: .fail, reason: "p95 is \(shown) ms, above the budget of \(limit) ms")
        }
        if times.errors > 0, Double(inTime) < 0.95 * Double(all) {
            return Budget(
                milliseconds: budget, verdict: .fail,
                reason: "only \(inTime) of \(all) requests were answered within \(limit) ms; \(times.errors) failed")
        }
        guard times.milliseconds.count >= p95.countNeeded else {
            return Budget(
                milliseconds: budget, verdict: .inconclusive,
                reason: "\(Wording.count(sample.count, "answer")) cannot bound a p95: \(p95.countNeeded) are needed at least")
        }
        return Budget(milliseconds: budget, verdict: .pass, reason: "p95 is \(shown) ms, within the budget of \(limit) ms")
    }
}
