/// How a whole is divided, a row for each way of dividing it: what was asked for, and what was seen.
package struct ShareChart: Sendable, Equatable {
    package struct Part: Sendable, Equatable {
        package let label: String
        /// 0…1.
        package let share: Double

        package init(_ label: String, _ share: Double) {
            self.label = label
            self.share = share
        }
    }

    package struct Row: Sendable, Equatable {
        package let label: String
        /// In the same order in every row; none: nothing is known, and `note` says why.
        package let parts: [Part]
        package let note: String

        package init(_ label: String, _ parts: [Part], note: String = "") {
            self.label = label
            self.parts = parts
            self.note = note
        }
    }

    package let caption: String
    package let rows: [Row]

    package init(_ caption: String, rows: [Row]) {
        self.caption = caption
        self.rows = rows
    }
}

/// A value that becomes surer as data come in: a line inside the interval around it, and the lines that decide.
package struct BandChart: Sendable, Equatable {
    package struct Point: Sendable, Equatable {
        package let x: Double
        package let value: Double
        package let lower: Double
        package let upper: Double

        package init(_ x: Double, value: Double, lower: Double, upper: Double) {
            self.x = x
            self.value = value
            self.lower = lower
            self.upper = upper
        }
    }

    package struct Line: Sendable, Equatable {
        package let label: String
        package let value: Double

        package init(_ label: String, _ value: Double) {
            self.label = label
            self.value = value
        }
    }

    package let caption: String
    package let xTitle: String
    package let yTitle: String
    /// Ascending by `x`.
    package let points: [Point]
    package let lines: [Line]
    package let decimals: Int

    package init(
        _ caption: String, xTitle: String, yTitle: String, points: [Point], lines: [Line] = [], decimals: Int = 4
    ) {
        self.caption = caption
        self.xTitle = xTitle
        self.yTitle = yTitle
        self.points = points
        self.lines = lines
        self.decimals = decimals
    }
}

/// Amounts over time: each value holds until the next one, and nothing is drawn where nothing was measured.
package struct TimeChart: Sendable, Equatable {
    package struct Series: Sendable, Equatable {
        package let label: String
        /// One per span of the chart; nil: not measured.
        package let values: [Double?]

        package init(_ label: String, _ values: [Double?]) {
            self.label = label
            self.values = values
        }
    }

    /// What happened at a moment, such as another version's beginning.
    package struct Marker: Sendable, Equatable {
        package let atMilliseconds: Int64
        package let label: String

        package init(at milliseconds: Int64, _ label: String) {
            atMilliseconds = milliseconds
            self.label = label
        }
    }

    package let caption: String
    package let yTitle: String
    /// When the first span begins, since 1970.
    package let fromMilliseconds: Int64
    package let spanMilliseconds: Int64
    package let series: [Series]
    package let markers: [Marker]
    package let limit: BandChart.Line?
    package let decimals: Int

    package init(
        _ caption: String, yTitle: String, from milliseconds: Int64, span: Int64, series: [Series], markers: [Marker] = [],
        limit: BandChart.Line? = nil, decimals: Int = 2
    ) {
        self.caption = caption
        self.yTitle = yTitle
        fromMilliseconds = milliseconds
        spanMilliseconds = max(1, span)
        self.series = series
        self.markers = markers
        self.limit = limit
        self.decimals = decimals
    }

    package var spans: Int { series.map(\.values.count).max() ?? 0 }
    package var untilMilliseconds: Int64 { fromMilliseconds + spanMilliseconds * Int64(max(spans, 1)) }
}

/// Two numbers for the same cases against each other, with the limits from which each is a yes: as a scatter where they are
/// few, else as counts of squares.
package struct PlaneChart: Sendable, Equatable {
    package struct Quadrant: Sendable, Equatable {
        package let label: String
        package let rows: Int
        package let share: Double

        package init(_ label: String, rows: Int, share: Double) {
            self.label = label
            self.rows = rows
            self.share = share
        }
    }

    package let caption: String
    package let xTitle: String
    package let yTitle: String
    /// Of both axes.
    package let lower: Double
    package let upper: Double
    /// Squares per side.
    package let side: Int
    /// Row by row from the lower left, `side` × `side`.
    package let counts: [Int]
    /// All of them or none: those of a sample would look like all.
    package let points: [LineChart.Point]
    /// From here on a number is a yes; nil: nothing is decided.
    package let threshold: Double?
    /// Upper left, upper right, lower left, lower right.
    package let quadrants: [Quadrant]

    package init(
        _ caption: String, xTitle: String, yTitle: String, lower: Double, upper: Double, side: Int, counts: [Int],
        points: [LineChart.Point], threshold: Double?, quadrants: [Quadrant]
    ) {
        precondition(side > 0 && counts.count == side * side, "a plane has a count per square")
        self.caption = caption
        self.xTitle = xTitle
        self.yTitle = yTitle
        self.lower = lower
        self.upper = upper
        self.side = side
        self.counts = counts
        self.points = points
        self.threshold = threshold
        self.quadrants = quadrants
    }
}
