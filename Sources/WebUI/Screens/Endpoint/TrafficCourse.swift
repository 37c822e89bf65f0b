import GatehouseCore
import Promotions
import Rendering
import Serving
import Storage

/// What each arm of an endpoint counted over a time, in spans.
struct TrafficCourse: Sendable {
    /// An arm under its version: after a change another version is the champion.
    struct Line: Sendable, Equatable {
        let arm: ArmName
        let version: Int64
        /// By span; nil where nothing was counted.
        var spans: [TrafficFigures?]
        var total = TrafficFigures()

        var label: String {
            switch arm {
            case .champion: "v\(version)"
            case .challenger: "v\(version) challenger"
            case .shadow: "v\(version) shadow"
            }
        }
    }

    static let linesMax = 4

    private(set) var lines: [Line] = []
    /// Arms beyond `linesMax`, which are not drawn.
    private(set) var leftOut = 0
    /// Whether older windows than these were left out.
    let isCut: Bool
    let range: TrafficRange

    init(_ figures: [ArmFigures], _ range: TrafficRange) {
        self.range = range
        isCut = figures.count >= SQLTransaction.figuresReadMax
        var found: [Line] = []
        for one in figures {
            // An hour that was put together of minutes stands at its beginning.
            let offset = one.from.milliseconds - range.from.milliseconds
            guard offset >= 0, let span = Int(exactly: offset / range.spanMilliseconds), span < range.spans else { continue }
            let index: Int
            if let known = found.firstIndex(where: { $0.arm == one.arm && $0.version == one.version }) {
                index = known
            } else {
                found.append(Line(arm: one.arm, version: one.version, spans: Array(repeating: nil, count: range.spans)))
                index = found.count - 1
            }
            found[index].spans[span] = (found[index].spans[span] ?? TrafficFigures()).adding(one)
            found[index].total += one
        }
        // Those that answered most are drawn.
        let ranked = found.sorted { ($1.total.requests, $0.label) < ($0.total.requests, $1.label) }
        lines = Array(ranked.prefix(Self.linesMax))
        leftOut = ranked.count - lines.count
    }

    /// Of everybody who was answered; what shadows said reached nobody.
    var answered: TrafficFigures {
        var sum = TrafficFigures()
        for line in lines where line.arm != .shadow { sum.add(line.total) }
        return sum
    }

    func chart(
        _ caption: String, _ yTitle: String, markers: [TimeChart.Marker], limit: BandChart.Line? = nil, decimals: Int,
        _ value: (TrafficFigures) -> Double?
    ) -> TimeChart {
        TimeChart(
            caption, yTitle: yTitle, from: range.from.milliseconds, span: range.spanMilliseconds,
            series: lines.map { line in .init(line.label, line.spans.map { $0.flatMap(value) }) }, markers: markers,
            limit: limit, decimals: decimals)
    }

    /// Shares of requests answered within a time, on an axis that shows the tail.
    var latencies: LineChart {
        LineChart(
            "Latency by version", xTitle: "milliseconds", yTitle: "share of requests answered within",
            series: lines.filter { $0.total.latency.total > 0 }.map { line in
                let total = Double(line.total.latency.total)
                var seen = 0
                let points = line.total.latency.counts.enumerated().compactMap { bucket, count -> LineChart.Point? in
                    seen += count
                    guard count > 0 else { return nil }
                    return LineChart.Point(Double(LatencyCounts.upperEnd(bucket)) / 1000, Double(seen) / total)
                }
                return LineChart.Series(line.label, points)
            }, xScale: .logarithmic, yScale: .tail)
    }
}

extension TrafficFigures {
    func adding(_ figures: ArmFigures) -> TrafficFigures {
        var sum = self
        sum += figures
        return sum
    }

    mutating func add(_ other: TrafficFigures) {
        requests += other.requests
        errors += other.errors
        rejected += other.rejected
        latency.add(other.latency)
    }
}
