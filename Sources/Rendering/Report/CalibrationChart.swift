/// How often what was predicted happened: a point per bin of the scores with its interval, one or two models.
package struct CalibrationChart: Sendable, Equatable {
    package struct Bin: Sendable, Equatable {
        /// The scores that it holds.
        package let from: Double
        package let until: Double
        package let n: Int
        /// The mean score.
        package let predicted: Double
        package let observed: Double
        package let lower: Double
        package let upper: Double

        package init(
            from: Double, until: Double, n: Int, predicted: Double, observed: Double, lower: Double, upper: Double
        ) {
            self.from = from
            self.until = until
            self.n = n
            self.predicted = predicted
            self.observed = observed
            self.lower = lower
            self.upper = upper
        }
    }

    package struct Series: Sendable, Equatable {
        package let label: String
        package let bins: [Bin]
        /// The expected calibration error.
        package let error: Double

        package init(_ label: String, _ bins: [Bin], error: Double) {
            self.label = label
            self.bins = bins
            self.error = error
        }
    }

    package static let seriesMax = 2

    package let caption: String
    /// At most `seriesMax`: what counts first, and what it is laid beside.
    package let series: [Series]

    package init(_ caption: String, series: [Series]) {
        self.caption = caption
        self.series = Array(series.prefix(Self.seriesMax))
    }
}
