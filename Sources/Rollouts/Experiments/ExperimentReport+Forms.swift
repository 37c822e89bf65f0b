package import GatehouseCore
import Statistics

extension ExperimentReport {
    package var json: JSONValue {
        [
            "verdict": .string(verdict.rawValue), "reason": reason.map { .string($0.rawValue) } ?? .null,
            "champion": champion.json, "challenger": challenger.json,
            "sample_ratio": ["p": .number(orNull: sampleRatioP), "mismatch": .bool(isMismatched)],
            "difference": .number(orNull: difference), "lower": .number(orNull: interval?.lower),
            "upper": .number(orNull: interval?.upper), "p": .number(orNull: p),
            "needed": needed.map {
                ["champion": .integer(Int64($0.control)), "challenger": .integer(Int64($0.treatment))]
            } ?? .null,
            "adjusted": adjusted.map {
                [
                    "theta": .number(orNull: $0.theta), "variance_reduction": .number(orNull: $0.varianceReduction),
                    "difference": $0.difference.json, "p": .number(orNull: $0.p),
                ]
            } ?? .null,
            "coverage_biased": .bool(isCoverageBiased),
            "segments": .array(
                segments.map {
                    [
                        "name": .string($0.name), "rows": .integer(Int64($0.rows)),
                        "difference": .number(orNull: $0.difference), "lower": .number(orNull: $0.interval?.lower),
                        "upper": .number(orNull: $0.interval?.upper), "p": .number(orNull: $0.p),
                    ]
                }),
        ]
    }

    /// For a terminal, a line each.
    package var lines: [String] {
        func text(_ value: Double?) -> String { value.map { "\($0.rounded(to: 5))" } ?? "unknown" }
        var lines = ["verdict       \(verdict.rawValue)\(reason.map { ", \($0.rawValue)" } ?? "")"]
        if isMismatched { lines.append("              the arms did not get their shares of units: believe nothing below") }
        for (name, arm) in [("champion  ", champion), ("challenger", challenger)] {
            lines.append(
                "\(name)    \(arm.exposed) units, \(arm.matured) mature, \(arm.labelled) with an outcome, mean \(text(arm.mean))")
        }
        if isCoverageBiased { lines.append("              outcomes are missing more often in one arm: the comparison is biased") }
        lines.append("difference    \(text(difference)), \(text(interval?.lower)) to \(text(interval?.upper)), p \(text(p))")
        if let needed {
            lines.append(
                "needed        \(needed.control) and \(needed.treatment) outcomes; seen \(champion.labelled) and \(challenger.labelled)"
            )
        }
        if let adjusted {
            lines.append(
                "adjusted      \(text(adjusted.difference.value)), variance less by \(text(adjusted.varianceReduction))")
        }
        for segment in segments {
            lines.append("segment       \(segment.name): \(text(segment.difference)) of \(segment.rows), p \(text(segment.p))")
        }
        return lines
    }
}

extension ExperimentReport.Arm {
    fileprivate var json: JSONValue {
        [
            "exposed": .integer(Int64(exposed)), "matured": .integer(Int64(matured)), "labelled": .integer(Int64(labelled)),
            "coverage": .number(orNull: coverage), "mean": .number(orNull: mean),
        ]
    }
}
