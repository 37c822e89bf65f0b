package import GatehouseCore
import Statistics

/// How often what a model predicted happened, in the ten bins of equal width that the expected calibration error is of.
package struct CalibrationCurve: Sendable, Equatable {
    package struct Bin: Sendable, Equatable {
        /// From 0: the scores from a tenth of it to a tenth of the next.
        package let number: Int
        package let n: Int
        /// The mean score.
        package let predicted: Double
        /// The share of positives, with its 95 % interval.
        package let observed: Double
        package let lower: Double
        package let upper: Double

        package init(number: Int, n: Int, predicted: Double, observed: Double, lower: Double, upper: Double) {
            self.number = number
            self.n = n
            self.predicted = predicted
            self.observed = observed
            self.lower = lower
            self.upper = upper
        }
    }

    /// Whose scores, where it is not the version that is checked: `champion credit-risk v6`.
    package let subject: String?
    /// Those that hold rows, from the lowest scores to the highest.
    package let bins: [Bin]
    /// The expected calibration error.
    package let error: Double

    package init(subject: String? = nil, bins: [Bin], error: Double) {
        self.subject = subject
        self.bins = bins
        self.error = error
    }

    /// Nil where the scores are no probabilities of one of two classes.
    init?(of rows: ScoredRows, subject: String?) {
        guard let reliability = rows.reliability else { return nil }
        self.init(
            subject: subject,
            bins: reliability.bins.compactMap { bin in
                guard let observed = bin.observed.value, let interval = bin.observed.interval else { return nil }
                return Bin(
                    number: Int((bin.lower * Double(BinaryScores.calibrationBins)).rounded()), n: bin.rows,
                    predicted: bin.meanScore, observed: observed, lower: interval.lower, upper: interval.upper)
            }, error: reliability.expectedError)
    }
}

extension CalibrationCurve {
    package var json: JSONValue {
        .object([
            "subject": subject.map { .string($0) } ?? .null, "error": .number(orNull: error),
            "bins": .array(
                bins.map { bin in
                    .object([
                        "bin": .integer(Int64(bin.number)), "n": .integer(Int64(bin.n)),
                        "predicted": .number(orNull: bin.predicted),
                        "observed": .number(orNull: bin.observed), "lower": .number(orNull: bin.lower),
                        "upper": .number(orNull: bin.upper),
                    ])
                }),
        ])
    }

    /// Fails with `invalidArgument` naming the member that is missing or of the wrong type.
    package init(json: JSONValue) throws(GatehouseError) {
        let members = try JSONMembers(json, what: "a calibration")
        var bins: [Bin] = []
        for entry in try members.list("bins") {
            let members = try JSONMembers(entry, what: "a bin of a calibration")
            bins.append(
                Bin(
                    number: try members.count("bin"), n: try members.count("n"), predicted: try members.number("predicted"),
                    observed: try members.number("observed"), lower: try members.number("lower"),
                    upper: try members.number("upper")))
        }
        self.init(subject: try members.optionalText("subject"), bins: bins, error: try members.number("error"))
    }
}
