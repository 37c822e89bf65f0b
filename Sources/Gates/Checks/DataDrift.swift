import GatehouseCore
import Rendering
import Statistics

/// Whether production still sees what the model was trained on, feature by feature.
///
/// Decided by the population stability index over the training buckets, a share of exactly zero counting as 1e-6. A
/// feature that one side lacks, or that has no value in any current row, is a violation. With fewer than `min_rows` rows on
/// either side a feature is inconclusive: without any drift the index is then often above its limits. The other
/// distances, and the index smoothed with what chance alone would give, are recorded beside it.
package struct DataDrift: Gate {
    package static let descriptor = GateDescriptor(
        name: "data_drift", summary: "Every feature's current distribution is near its training distribution.", needs: .drift,
        parameters: [
            GateParameter(
                "max_psi_threshold", .number(0...100), default: .number(0.20),
                "The most that a feature's population stability index may be."),
            GateParameter("moderate", .number(0...100), default: .number(0.10), "Above it a feature is warned about."),
            GateParameter(
                "current", .text, default: .text("live"),
                "Where the current values come from: live, 'dataset NAME' or a file of statistics."),
            GateParameter(
                "min_rows", .integer(1...1_000_000_000), default: .integer(200),
                "Below so many rows, in training or now, a feature is inconclusive."),
            JudgedBy.parameter(
                "point: the index decides; interval: a feature fails when its index is large and chance does not explain it."),
            GateParameter(
                "correction", .choice(Multiplicity.allCases.map(\.rawValue)), default: .text(Multiplicity.holm.rawValue),
                "How intervals count that many features are looked at: holm, bonferroni, bh, by or none."),
        ])

    private let limit: Double
    private let moderate: Double
    private let rowsMin: Int
    private let judgedBy: JudgedBy
    private let correction: Multiplicity

    package init(_ settings: GateSettings) {
        limit = settings.number("max_psi_threshold") ?? 0.2
        moderate = settings.number("moderate") ?? 0.1
        rowsMin = settings.integer("min_rows") ?? 200
        judgedBy = JudgedBy(settings)
        correction = settings.text("correction").flatMap(Multiplicity.init(rawValue:)) ?? .holm
    }

    package func judge(_ evidence: Evidence) -> Judgement {
        switch evidence.drift {
        case .missing(let verdict, let reason): Judgement(verdict, reason)
        case .available(let drift): judge(drift)
        }
    }

    /// What was found out about one feature.
    private struct Finding {
        var verdict: Verdict
        var sentence: String?
        var measurements: [Measurement]
        var warnings: [String] = []
    }

    private func judge(_ evidence: DriftEvidence) -> Judgement {
        guard !evidence.training.isEmpty else {
            return Judgement(.inconclusive, "The training statistics name no feature, so nothing can be compared.")
        }
        for (side, profiles) in [("training statistics", evidence.training), (evidence.currentSource, evidence.current)] {
            var seen: Set<String> = []
            if let twice = profiles.first(where: { !seen.insert($0.name).inserted }) {
                return Judgement(.error, "Feature '\(twice.name)' appears twice in \(side).")
            }
        }
        let current = Dictionary(evidence.current.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let known = Set(evidence.training.map(\.name))
        let measured = evidence.training.map { profile in current[profile.name].map { drift(of: profile, $0) } }
        let adjusted = adjustedP(measured)
        var findings = zip(evidence.training, zip(measured, adjusted)).map { profile, measured in
            switch measured {
            case (.success(let drift)?, let p): finding(drift, p)
            case (.failure(let defect)?, _): incomparable(profile.name, defect, missing: current[profile.name]?.missing ?? 0)
            case (nil, _): absent(profile.name, "\(profile.name) is missing from \(evidence.currentSource)")
            }
        }
        findings += evidence.current.filter { !known.contains($0.name) }.map { profile in
            absent(profile.name, "\(profile.name) is missing from the training statistics")
        }
        return judgement(findings, evidence)
    }

    private func judgement(_ findings: [Finding], _ evidence: DriftEvidence) -> Judgement {
        let verdicts = Set(findings.map(\.verdict))
        let verdict: Verdict =
            verdicts.contains(.error)
            ? .error
            : verdicts.contains(.fail) ? .fail : verdicts.contains(.inconclusive) ? .inconclusive : .pass
        let sentences = findings.filter { $0.verdict == verdict }.compactMap(\.sentence)
        let reason: String
        switch verdict {
        case .pass:
            let values = findings.compactMap { finding in
                finding.measurements.first.flatMap { first in first.value.map { (first.subject ?? "", $0) } }
            }
            let worst = values.max { $0.1 < $1.1 }.map { ", the largest is \($0.0) with \(Wording.fixed($0.1, 3))" } ?? ""
            let features = Wording.count(findings.count, "feature")
            reason = "PSI of \(features) is at most \(Wording.fixed(limit, 2)) against \(evidence.currentSource)\(worst)."
        case .fail, .inconclusive, .error:
            reason =
                "\(sentences.count) of \(Wording.count(findings.count, "feature")) against \(evidence.currentSource): "
                + Wording.list(sentences, separator: "; ") + "."
        }
        return Judgement(
            verdict, reason, measurements: findings.flatMap(\.measurements), warnings: findings.flatMap(\.warnings))
    }

    private func absent(_ feature: String, _ sentence: String) -> Finding {
        Finding(
            verdict: .fail, sentence: sentence,
            measurements: [Measurement("psi", subject: feature, value: nil, verdict: .fail, reason: "missing_feature")])
    }

    private func drift(of training: FeatureProfile, _ current: FeatureProfile) -> Result<FeatureDrift, FeatureDrift.Defect> {
        Result { () throws(FeatureDrift.Defect) in try FeatureDrift(reference: training, current: current) }
    }

    /// The p-value of "no drift" per feature, all features counted; nil where there is nothing to compare.
    private func adjustedP(_ measured: [Result<FeatureDrift, FeatureDrift.Defect>?]) -> [Double?] {
        let values = measured.map { try? $0?.get().buckets.smoothedPSIP }
        var adjusted = correction.adjusted(values.compactMap(\.self)).makeIterator()
        return values.map { $0 == nil ? nil : adjusted.next() }
    }

    private func finding(_ drift: FeatureDrift, _ p: Double?) -> Finding {
        let (name, psi) = (drift.name, drift.buckets.psi)
        let rows = min(drift.buckets.referenceCount, drift.buckets.currentCount)
        if rows < rowsMin {
            let side = drift.buckets.currentCount < rowsMin ? "current" : "training"
            return Finding(
                verdict: .inconclusive, sentence: "\(name) has \(Wording.count(rows, "\(side) row")), \(rowsMin) are needed",
                measurements: measurements(drift, .inconclusive, p, reason: "too_small (n < \(rowsMin))"))
        }
        let (shown, shownLimit) = Wording.apart(psi, limit, decimals: 2)
        let (verdict, addition) = verdict(drift.buckets, p)
        var finding = Finding(
            verdict: verdict,
            sentence: verdict == .pass ? nil : "\(name): PSI \(shown) \(psi > limit ? ">" : "≤") \(shownLimit)\(addition)",
            measurements: measurements(drift, verdict, p, reason: nil))
        finding.warnings = warnings(drift)
        return finding
    }

    /// By intervals a feature has drifted when its index is both large and beyond what chance explains, and has not when it is
    /// small and so many rows would have shown it otherwise.
    private func verdict(_ buckets: BucketDrift, _ p: Double?) -> (Verdict, addition: String) {
        switch judgedBy {
        case .point: return (buckets.psi <= limit ? .pass : .fail, "")
        case .interval:
            let isSure = p.map { $0 <= 1 - Interval.level } ?? false
            if buckets.psi > limit, isSure { return (.fail, "") }
            if buckets.psi <= limit, buckets.nullPSILimit <= limit { return (.pass, "") }
            let needed = buckets.currentRowsNeeded(limit: limit)
            let rows =
                needed.map { "\(max($0, buckets.currentCount + 1)) current rows would tell, there are \(buckets.currentCount)" }
                ?? "the training rows are too few for any number of current rows"
            return (.inconclusive, ", which chance alone reaches: \(rows)")
        }
    }

    private func incomparable(_ name: String, _ defect: FeatureDrift.Defect, missing: Int) -> Finding {
        let verdict: Verdict
        switch defect {
        case .kinds, .edges, .counts: verdict = .error
        case .noValues(let inReference):
            // Rows that all lack the value are a finding; no rows at all are no data.
            verdict = !inReference && missing >= rowsMin ? .fail : .inconclusive
        }
        return Finding(
            verdict: verdict, sentence: "\(name): \(defect)",
            measurements: [Measurement("psi", subject: name, value: nil, verdict: verdict, reason: defect.description)])
    }

    private func measurements(_ drift: FeatureDrift, _ verdict: Verdict, _ p: Double?, reason: String?) -> [Measurement] {
        let buckets = drift.buckets
        let n = buckets.currentCount
        func plain(_ metric: String, _ value: Double) -> Measurement {
            Measurement(metric, subject: drift.name, value: value, n: n)
        }
        var list = [
            Measurement(
                "psi", subject: drift.name, value: buckets.psi, limit: .atMost(limit), n: n, verdict: verdict, reason: reason),
            Measurement(
                "psi_smoothed", subject: drift.name, value: buckets.smoothedPSI, limit: .atMost(buckets.nullPSILimit), n: n,
                reason: "the limit is what chance alone stays below in 95 of 100 cases"),
            plain("kl_training_current", buckets.klReferenceCurrent), plain("kl_current_training", buckets.klCurrentReference),
            Measurement(
                "psi_p", subject: drift.name, value: p, n: n, reason: "of no drift, all features counted: \(correction.rawValue)"),
            plain("js_distance", buckets.jensenShannonDistance),
            plain("chi2", buckets.chiSquared), plain("chi2_p", buckets.chiSquaredP),
            plain("missing_share", drift.missingShareInCurrent), plain("missing_share_training", drift.missingShareInReference),
        ]
        if let numeric = drift.numeric {
            list += [
                plain("ks", numeric.kolmogorovSmirnov), plain("ks_p", numeric.kolmogorovSmirnovP),
                plain("wasserstein", numeric.wasserstein),
            ]
        }
        return list
    }

    /// A share of missing values that grew by more is warned about: the index looks only at rows with a value.
    private static let missingShareGrowthMax = 0.1

    private func warnings(_ drift: FeatureDrift) -> [String] {
        let buckets = drift.buckets
        let psi = Wording.fixed(buckets.psi, 2)
        var warnings: [String] = []
        if buckets.psi > moderate, buckets.psi <= limit {
            warnings.append(
                "\(drift.name) drifts moderately: PSI \(psi) > \(Wording.fixed(moderate, 2)).")
        }
        if judgedBy == .point, buckets.psi > limit, buckets.smoothedPSI <= buckets.nullPSILimit {
            warnings.append(
                "\(drift.name): PSI \(psi) is above the limit but no more than chance explains; more rows would tell."
            )
        } else if judgedBy == .point, buckets.psi <= limit, buckets.nullPSILimit > limit {
            warnings.append(
                """
                \(drift.name): PSI of so few rows reaches \(Wording.fixed(buckets.nullPSILimit, 2)) by chance, so staying below \
                the limit tells little.
                """
            )
        }
        if !drift.newCategories.isEmpty {
            warnings.append("\(drift.name) has categories that training never saw: \(Wording.list(drift.newCategories)).")
        }
        if !drift.goneCategories.isEmpty {
            warnings.append("\(drift.name) lacks categories of training: \(Wording.list(drift.goneCategories)).")
        }
        if drift.missingShareInCurrent > drift.missingShareInReference + Self.missingShareGrowthMax {
            let shares = (Wording.percent(drift.missingShareInReference), Wording.percent(drift.missingShareInCurrent))
            warnings.append("\(drift.name) is missing in \(shares.1) of the rows, in training in \(shares.0).")
        }
        return warnings
    }
}
