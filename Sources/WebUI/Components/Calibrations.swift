import GatehouseCore
import Gates
import Rendering

/// The calibration that an evaluation kept.
struct Calibrations: Sendable {
    let own: CalibrationCurve
    /// Other versions' on the same rows.
    let others: [CalibrationCurve]
    /// The rows they were measured on.
    let dataset: Digest?

    /// Nil where none was kept: of scores that are no probabilities of two classes, and of evaluations of before.
    init?(_ results: [CheckResult]) {
        let found = results.lazy.compactMap { result -> (CalibrationCurve, CheckResult)? in
            result.judgement.calibration.first { $0.subject == nil }.map { ($0, result) }
        }.first
        guard let (own, result) = found else { return nil }
        self.own = own
        others = result.judgement.calibration.filter { $0.subject != nil }
        dataset = result.inputs["dataset"]
    }

    static let whyNotKept =
        "Evaluations keep it since they know how, and of scores that are probabilities of one of two classes."

    /// As the accuracy gate calls a champion.
    func other(_ model: ModelName, _ version: VersionNumber) -> CalibrationCurve? {
        others.first { $0.subject == "champion \(model) v\(version)" }
    }

    static func chart(_ caption: String, _ curves: [(label: String, curve: CalibrationCurve)]) -> Report.Block {
        let width = 10.0
        return .calibration(
            CalibrationChart(
                caption,
                series: curves.map { label, curve in
                    CalibrationChart.Series(
                        label,
                        curve.bins.map { bin in
                            CalibrationChart.Bin(
                                from: Double(bin.number) / width, until: Double(bin.number + 1) / width, n: bin.n,
                                predicted: bin.predicted, observed: bin.observed, lower: bin.lower, upper: bin.upper)
                        }, error: curve.error)
                }))
    }
}
