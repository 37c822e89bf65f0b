/// The two axes of a line chart and its curves as places between them, each coordinate 0…1 and y upwards. What the page
/// and the terminal draw is the same.
struct LinePlane {
    typealias Place = (Double, Double)

    let x: Axis
    let y: Axis
    /// Per series its unbroken runs: a point without a place (infinite, or not positive on a logarithmic axis) is a gap.
    let runs: [[[Place]]]
    /// The line y = x in pieces that are straight between these axes.
    let diagonal: [(Place, Place)]

    var isEmpty: Bool { runs.allSatisfy(\.isEmpty) }

    init(_ chart: LineChart, xTicksMax: Int, yTicksMax: Int) {
        let points = chart.series.flatMap(\.points).filter { $0.x.isFinite && $0.y.isFinite }
        let x = Axis(points.map(\.x), scale: chart.xScale, ticksMax: xTicksMax)
        let y = Axis(points.map(\.y) + [chart.reference].compactMap { $0 }, scale: chart.yScale, ticksMax: yTicksMax)
        runs = chart.series.map { series in
            var runs: [[Place]] = []
            var run: [Place] = []
            for point in series.points {
                if let across = x.share(of: point.x), let up = y.share(of: point.y) {
                    run.append((across, up))
                } else if !run.isEmpty {
                    runs.append(run)
                    run = []
                }
            }
            return run.isEmpty ? runs : runs + [run]
        }
        self.x = x
        self.y = y
        diagonal = chart.hasDiagonal ? Self.diagonal(points, x, y) : []
    }

    /// From the least to the greatest value that both axes hold.
    private static func diagonal(_ points: [LineChart.Point], _ x: Axis, _ y: Axis) -> [(Place, Place)] {
        guard let xLow = points.map(\.x).min(), let xHigh = points.map(\.x).max() else { return [] }
        guard let yLow = points.map(\.y).min(), let yHigh = points.map(\.y).max() else { return [] }
        let low = max(xLow, yLow)
        let high = min(xHigh, yHigh)
        guard low < high else { return [] }
        let pieces = x.scale == y.scale ? 1 : 32
        let places = (0...pieces).compactMap { piece -> Place? in
            let value = low + (high - low) * Double(piece) / Double(pieces)
            guard let across = x.share(of: value), let up = y.share(of: value) else { return nil }
            return (across, up)
        }
        return zip(places, places.dropFirst()).map { ($0, $1) }
    }

    /// Ascending places of names, each at least `distance` behind the one before, and none behind `end` where they fit.
    static func apart(_ places: [Double], by distance: Double, end: Double) -> [Double] {
        var apart: [Double] = []
        for place in places { apart.append(max(place, (apart.last ?? -.infinity) + distance)) }
        var last = end
        for index in apart.indices.reversed() {
            apart[index] = min(apart[index], last)
            last = apart[index] - distance
        }
        return apart
    }
}
