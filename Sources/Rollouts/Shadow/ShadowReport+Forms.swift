package import GatehouseCore
import Rendering
import Serving
import Statistics

extension ShadowReport {
    package var json: JSONValue {
        [
            "verdict": .string(verdict.rawValue), "reasons": .array(reasons.map { .string($0) }),
            "seconds": .integer(seconds), "silent_hours": .integer(Int64(silentHours)),
            "pairs": .integer(Int64(pairs)), "rows": .integer(Int64(rows)),
            "eligible": .integer(Int64(counts.eligible)), "mirrored": .integer(Int64(counts.mirrored)),
            "late": .integer(Int64(counts.late)), "compared": .integer(Int64(compared)), "failed": .integer(Int64(counts.failed)),
            "dropped": .object(counts.dropped.mapValues { .integer(Int64($0)) }),
            "failures": .object(failures.mapValues { .integer(Int64($0)) }),
            "coverage": .number(orNull: coverage),
            "disagreement": [
                "value": .number(orNull: disagreement), "lower": .number(orNull: disagreementInterval?.lower),
                "upper": .number(orNull: disagreementInterval?.upper),
            ],
            "mean_difference": .number(orNull: meanDifference),
            "distance": .object(
                Dictionary(uniqueKeysWithValues: zip(["p50", "p95", "p99", "largest"], distances.map { .number($0) }))),
            "worst_slices": .array(
                worstSlices.map {
                    [
                        "name": .string($0.name), "rows": .integer(Int64($0.rows)),
                        "disagreeing": .integer(Int64($0.disagreeing)), "p": .number($0.p),
                    ]
                }),
            "production_p95_us": productionP95Microseconds.map { .integer($0) } ?? .null,
            "shadow_p95_us": shadowP95Microseconds.map { .integer($0) } ?? .null,
            "labelled": labelled.map(\.json) ?? .null,
        ]
    }

    /// For a terminal, a line each.
    package var lines: [String] {
        func share(_ value: Double?) -> String { value.map { Wording.percent($0) } ?? "unknown" }
        var lines = ["verdict       \(verdict.rawValue)"] + reasons.map { "              \($0)" }
        lines.append(
            "requests      \(Wording.grouped(counts.eligible)) to copy, \(Wording.grouped(counts.mirrored)) answered, "
                + "\(Wording.grouped(counts.late)) late, \(Wording.grouped(counts.droppedTotal)) dropped")
        lines.append("coverage      \(share(coverage)); hours without a pair: \(silentHours)")
        lines.append(
            "disagreement  \(share(disagreement)) of \(Wording.count(rows, "row")), "
                + "\(share(disagreementInterval?.lower)) to \(share(disagreementInterval?.upper))")
        if distances.count == 4 {
            let named = zip(["p50", "p95", "p99", "largest"], distances).map { "\($0) \(Wording.fixed($1, 4))" }
            lines.append("distance      \(named.joined(separator: ", "))")
        }
        for slice in worstSlices where slice.p < 1 - Interval.level {
            lines.append(
                "worse in      \(slice.name): \(Wording.grouped(slice.disagreeing)) of \(Wording.count(slice.rows, "row"))")
        }
        if let ours = shadowP95Microseconds, let theirs = productionP95Microseconds {
            lines.append(
                "p95           \(Wording.compact(Double(ours) / 1000)) ms, production \(Wording.compact(Double(theirs) / 1000)) ms"
            )
        }
        if let labelled {
            lines.append(
                "labels        \(Wording.count(labelled.rows, "row")); right alone: shadow \(Wording.grouped(labelled.shadowAlone)), production "
                    + "\(Wording.grouped(labelled.productionAlone)) (\(Wording.pEquals(labelled.mcnemarP)))")
        }
        return lines
    }
}

extension ShadowReport.Labelled {
    fileprivate var json: JSONValue {
        [
            "rows": .integer(Int64(rows)), "production_alone": .integer(Int64(productionAlone)),
            "shadow_alone": .integer(Int64(shadowAlone)), "mcnemar_p": .number(mcnemarP),
            "squared_error": squaredError.json,
        ]
    }
}

extension OutcomeEstimate {
    /// A number that is not there stands as null beside its reason.
    var json: JSONValue {
        [
            "value": .number(orNull: value), "lower": .number(orNull: interval?.lower),
            "upper": .number(orNull: interval?.upper), "reason": reason.map { .string($0.rawValue) } ?? .null,
        ]
    }
}
