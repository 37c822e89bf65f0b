import GatehouseCore
import Promotions
import Serving
import Statistics

/// What arms counted, added up: over minutes, over gateways, over segments.
struct TrafficFigures: Sendable, Equatable {
    var requests = 0
    var errors = 0
    var rejected = 0
    var latency = LatencyCounts()

    static func += (left: inout TrafficFigures, right: ArmFigures) {
        left.requests += right.requests
        left.errors += right.errors
        left.rejected += right.rejected
        left.latency.add(right.latency)
    }

    init() {}

    init(_ figures: some Sequence<ArmFigures>) { for one in figures { self += one } }

    var errorShare: Double? { requests > 0 ? Double(errors) / Double(requests) : nil }
    /// Wilson, 95 %: of one look.
    var errorInterval: Interval? { Proportion.wilson(errors, of: requests) }

    /// The upper end of the quantile's bucket: at most an eighth too high.
    func milliseconds(_ quantile: Double) -> Double? { latency.quantile(quantile).map { Double($0) / 1000 } }
}

/// What the policy of a model lets its traffic be.
struct TrafficLimits: Sendable, Equatable {
    var errorShare: Double?
    var p95Milliseconds: Double?
}

/// How an endpoint's traffic stands to its limits.
enum TrafficHealth: Sendable, Equatable {
    /// Nothing was counted.
    case unmeasured
    /// The policy says nothing of it.
    case unlimited
    case within
    /// Above a limit, which chance may explain.
    case suspect(String)
    case over(String)

    init(_ figures: TrafficFigures, _ limits: TrafficLimits) {
        guard figures.requests > 0 else {
            self = .unmeasured
            return
        }
        guard limits != TrafficLimits() else {
            self = .unlimited
            return
        }
        if let limit = limits.errorShare, let share = figures.errorShare, share > limit {
            self = (figures.errorInterval?.lower ?? 0) > limit ? .over("failures") : .suspect("failures")
        } else if let limit = limits.p95Milliseconds, let surelyAbove = Self.surelySlow(figures, limit) {
            self = surelyAbove ? .over("latency") : .suspect("latency")
        } else {
            self = .within
        }
    }

    /// Whether more than one in twenty requests was surely slower than the limit; nil: p95 is within it. A count lies in a
    /// bucket, so what may be just below counts as below.
    private static func surelySlow(_ figures: TrafficFigures, _ limit: Double) -> Bool? {
        guard let microseconds = Int64(exactly: (limit * 1000).rounded()) else { return nil }
        let slow = figures.latency.count(above: microseconds)
        guard let interval = Proportion.wilson(slow, of: figures.latency.total), figures.latency.total > 0,
            Double(slow) > WatchedShare.slow * Double(figures.latency.total)
        else { return nil }
        return interval.lower > WatchedShare.slow
    }
}

enum WatchedShare {
    /// What may be slower than a limit on the 95th percentile.
    static let slow = 0.05
}
