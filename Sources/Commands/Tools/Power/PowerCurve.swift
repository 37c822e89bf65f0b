import Rendering
import Statistics

/// How the chance to see a difference grows with the rows.
extension PowerQuestion {
    private static let points = 80

    /// Nil where the rows of the answer are none, or nothing grows with them.
    func curve(_ answer: PowerAnswer) -> LineChart? {
        switch subject {
        case .rates(let control, let treatment):
            guard let size = answer.sizes ?? answer.present,
                let rate = treatment ?? (margin == nil ? answer.detectable?.above ?? answer.detectable?.below : control)
            else { return nil }
            return powerCurve(size) { rows in
                if let margin {
                    design.power(
                        controlRate: control, treatmentRate: rate, margin: margin, higherIsBetter: higherIsBetter,
                        controlRows: rows)
                } else {
                    design.power(controlRate: control, treatmentRate: rate, controlRows: rows)
                }
            }
        case .means(let difference, let deviation):
            guard let size = answer.sizes ?? answer.present,
                let difference = difference ?? (margin == nil ? answer.detectable?.above : 0)
            else { return nil }
            let gain = difference * (higherIsBetter ? 1 : -1)
            return powerCurve(size) { rows in
                if let margin {
                    design.power(aboveMargin: (gain + margin) / deviation, controlRows: rows)
                } else {
                    design.power(effect: difference / deviation, controlRows: rows)
                }
            }
        case .auc(let value, _, let positiveRate):
            guard let positives = answer.positives, let negatives = answer.negatives else { return nil }
            return precisionCurve(value, positiveRate, chosen: positives + negatives)
        case .pairedAUC(let error, let pilot, let difference):
            guard let total = answer.total else { return nil }
            return chart(
                "Power by rows", ("rows", "power"), chosen: Double(total), named: Wording.count(total, "row"),
                reference: design.power
            ) { rows in
                AUCPrecision.pairedPower(
                    pilotStandardError: error, pilotRows: pilot, margin: margin ?? 0, difference: difference, design: design,
                    rows: rows)
            }
        }
    }

    private func powerCurve(_ size: ArmSizes, power: (Double) -> Double) -> LineChart? {
        let isEven = size.control == size.treatment
        return chart(
            isEven ? "Power by rows per arm" : "Power by rows of the control; the treatment's grow with them",
            (isEven ? "rows per arm" : "rows of the control", "power"), chosen: Double(size.control),
            named: Wording.count(size.control, "row"), reference: design.power
        ) { rows in
            // A t test needs a degree of freedom, and a rate a row of each arm.
            rows >= 2 && rows * design.ratio >= 1 ? power(rows) : .nan
        }
    }

    private func precisionCurve(_ auc: Double, _ positiveRate: Double, chosen rows: Int) -> LineChart? {
        chart(
            "Half the width of the interval by rows", ("rows", "half width"), chosen: Double(rows),
            named: Wording.count(rows, "row"), reference: nil
        ) { rows in
            let (positives, negatives) = (rows * positiveRate, rows * (1 - positiveRate))
            guard positives >= 2, negatives >= 2 else { return .nan }
            return -Normal.quantile(design.alpha / 2)
                * AUCPrecision.standardError(auc: auc, positives: positives, negatives: negatives)
        }
    }

    /// Up to twice the chosen rows, which are marked. Nil where the chosen rows have no value.
    private func chart(
        _ caption: String, _ titles: (x: String, y: String), chosen: Double, named: String, reference: Double?,
        _ value: (Double) -> Double
    ) -> LineChart? {
        func point(_ rows: Double) -> LineChart.Point? {
            let value = value(rows)
            return value.isFinite ? LineChart.Point(rows, value) : nil
        }
        guard let marked = point(chosen) else { return nil }
        // The chosen rows are one of the steps, halfway.
        let steps = (1...Self.points).compactMap { point(chosen * Double(2 * $0) / Double(Self.points)) }
        return LineChart(
            caption, xTitle: titles.x, yTitle: titles.y,
            series: [.init(titles.y, steps), .init(named, [marked], tone: .good, isMarked: true)], reference: reference)
    }
}
