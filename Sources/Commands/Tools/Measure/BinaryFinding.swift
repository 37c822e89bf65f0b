import GatehouseCore
import Statistics

/// What `measure` found of a binary model.
struct BinaryFinding {
    let request: MeasureRequest
    let rows: Int
    let positives: Int
    let weights: RowWeights?
    let measurement: BinaryMeasurement
    let groupings: [GroupedMeasurement]

    /// Fails with `invalidArgument` on scores or weights that cannot be measured, naming the first row.
    init(_ input: MeasureInput, _ request: MeasureRequest) throws(GatehouseError) {
        self.request = request
        func scores(_ values: [Double]) throws(GatehouseError) -> BinaryScores {
            try MeasureInput.checked(request.file) { () throws(ScoreDefect) in
                try BinaryScores(
                    labels: input.labels, scores: values, weights: input.weights, decisionThreshold: request.threshold)
            }
        }
        let candidate = try scores(input.answers.values)
        let baseline: BinaryScores? = if let values = input.baseline?.values { try scores(values) } else { nil }
        rows = candidate.count
        positives = candidate.positives
        weights = candidate.weights
        measurement = BinaryMeasurement(candidate, baseline: baseline)
        groupings = input.groupings.compactMap {
            GroupedMeasurement(candidate, baseline: baseline, $0, minimums: request.minimums)
        }
    }

    var json: JSONValue {
        var members = modelJSON(measurement.candidate)
        members["task"] = "binary"
        members["rows"] = MeasureJSON.integer(rows)
        members["positives"] = MeasureJSON.integer(positives)
        members["threshold"] = .number(request.threshold)
        members["weights"] = MeasureJSON.weights(weights)
        members["baseline"] = measurement.baseline.map { .object(modelJSON($0)) } ?? .null
        members["comparison"] = measurement.comparison.map(comparisonJSON) ?? .null
        members["groups"] = .array(groupings.flatMap { grouping in grouping.groups.map { groupJSON($0, grouping) } })
        members["fairness"] = .array(groupings.map(fairnessJSON))
        return .object(members)
    }

    private func modelJSON(_ model: BinaryMeasurement.Model) -> [String: JSONValue] {
        var metrics: [String: JSONValue] = [:]
        for (metric, measured) in model.scores { metrics[metric.rawValue] = MeasureJSON.measured(measured) }
        for (metric, measured) in model.decisions { metrics[metric.rawValue] = MeasureJSON.measured(measured) }
        var reliability: [String: JSONValue] = [:]
        for found in model.reliability { reliability[found.scheme.rawValue] = MeasureJSON.reliability(found) }
        return [
            "metrics": .object(metrics), "reliability": reliability.isEmpty ? .null : .object(reliability),
            "calibration": calibrationJSON(model.calibration),
            "confusion": .object([
                "tp": .number(model.table.truePositives.sum), "fp": .number(model.table.falsePositives.sum),
                "tn": .number(model.table.trueNegatives.sum), "fn": .number(model.table.falseNegatives.sum),
            ]),
        ]
    }

    private func calibrationJSON(_ line: Result<CalibrationLine, Undefined>) -> JSONValue {
        switch line {
        case .success(let line):
            .object([
                "slope": MeasureJSON.estimate(line.slope), "intercept": MeasureJSON.estimate(line.intercept), "reason": .null,
            ])
        case .failure(let reason): .object(["slope": .null, "intercept": .null, "reason": .string(reason.rawValue)])
        }
    }

    private func comparisonJSON(_ comparison: BinaryMeasurement.Comparison) -> JSONValue {
        var members: [String: JSONValue] = [:]
        for (metric, difference) in comparison.scores {
            members[metric.rawValue] = MeasureJSON.difference(difference, degreesOfFreedom: comparison.degreesOfFreedom)
        }
        for (metric, difference) in comparison.decisions where metric != .baseRate {
            members[metric.rawValue] = MeasureJSON.difference(difference, degreesOfFreedom: comparison.degreesOfFreedom)
        }
        members["mcnemar"] = MeasureJSON.mcnemar(comparison.paired.mcnemar)
        members["disagreement_rate"] = .number(orNull: comparison.paired.disagreement.value)
        members["disagreement"] = MeasureJSON.estimate(comparison.paired.disagreement.estimate)
        return .object(members)
    }
}
