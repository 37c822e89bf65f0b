import GatehouseCore
import Gates
import Promotions
import Registry
import Rendering

/// Two versions of one model beside each other.
struct CompareScreen: Screen {
    static let rowsMax = 60

    /// One of the two.
    struct Side: Sendable {
        let version: ModelVersion
        let manifest: ArtifactManifest?
        let run: Run?
        let evaluation: Evaluation?

        var name: String { "v\(version.number)" }
        var checks: [CheckLine] { evaluation?.results.map { CheckLine($0) } ?? [] }
    }

    /// A number both have, on whatever rows each was measured.
    struct Number: Sendable {
        let metric: String
        let first: Measurement
        let second: Measurement
        /// Measured in one evaluation, on the same rows.
        let isPaired: Bool

        /// Nil where one of them has no interval.
        var overlaps: Bool? {
            guard let low = first.lower, let high = first.upper, let otherLow = second.lower, let otherHigh = second.upper else {
                return nil
            }
            return low <= otherHigh && otherLow <= high
        }
    }

    /// A param, a column or a file that the two may have in two forms; nil: not there.
    struct Difference: Sendable, Equatable {
        let name: String
        let first: String?
        let second: String?
    }

    let first: Side
    let second: Side
    let numbers: [Number]

    var model: ModelName { first.version.model }
    var title: [String] { ["\(first.name) and \(second.name)", model.text] }
    var place: Place { .models }
}

extension CompareScreen {
    /// What is not the same, by name.
    static func differences(_ first: [String: String], _ second: [String: String]) -> [Difference] {
        Set(first.keys).union(second.keys).sorted().filter { first[$0] != second[$0] }.map {
            Difference(name: $0, first: first[$0], second: second[$0])
        }
    }

    var params: [Difference] { Self.differences(Self.params(first.run), Self.params(second.run)) }
    var columns: [Difference] { Self.differences(Self.columns(first.version), Self.columns(second.version)) }
    var files: [Difference] { Self.differences(Self.files(first.manifest), Self.files(second.manifest)) }

    private static func params(_ run: Run?) -> [String: String] {
        Dictionary((run?.params ?? []).map { ($0.key, $0.value) }) { first, _ in first }
    }

    private static func columns(_ version: ModelVersion) -> [String: String] {
        func words(_ column: FieldSchema) -> String { column.type.rawValue + (column.isRequired ? "" : ", optional") }
        let inputs = (version.signature?.inputs ?? []).map { ("input \($0.name)", words($0)) }
        let outputs = (version.signature?.outputs ?? []).map { ("output \($0.name)", words($0)) }
        return Dictionary(inputs + outputs) { first, _ in first }
    }

    private static func files(_ manifest: ArtifactManifest?) -> [String: String] {
        Dictionary((manifest?.files ?? []).map { ($0.path, $0.digest.short) }) { first, _ in first }
    }

    /// Numbers of all rows. Where one evaluation measured both, its two numbers stand beside each other; else those of each
    /// version's own newest evaluation, which may have been of other rows.
    static func numbers(_ first: Side, _ second: Side) -> [Number] {
        let own = (measurements(first.evaluation), measurements(second.evaluation))
        var numbers: [Number] = []
        for measurement in own.1.filter({ $0.subject == nil }) where !numbers.contains(where: { $0.metric == measurement.metric })
        {
            let beside = "champion \(first.version.model) \(first.name)"
            if let paired = own.1.first(where: { $0.metric == measurement.metric && $0.subject == beside }) {
                numbers.append(Number(metric: measurement.metric, first: paired, second: measurement, isPaired: true))
            } else if let other = own.0.first(where: { $0.metric == measurement.metric && $0.subject == nil }) {
                let isSame = first.evaluation?.datasetReference == second.evaluation?.datasetReference
                numbers.append(
                    Number(
                        metric: measurement.metric, first: other, second: measurement,
                        isPaired: isSame && first.evaluation?.datasetReference != nil && !measurement.metric.hasSuffix("_ms")))
            }
        }
        return numbers
    }

    private static func measurements(_ evaluation: Evaluation?) -> [Measurement] {
        (evaluation?.results ?? []).flatMap(\.judgement.measurements).filter { $0.value != nil }
    }

    /// Two curves that can be laid over each other, or why there are none.
    enum Calibration: Sendable {
        case curves(CalibrationCurve, CalibrationCurve)
        case notKept([Side])
        /// Each kept one, of other rows.
        case ofOtherRows
    }

    /// From one evaluation that measured both, else from two of the same rows.
    var calibration: Calibration {
        let (ours, theirs) = (Calibrations(first.evaluation?.results ?? []), Calibrations(second.evaluation?.results ?? []))
        if let theirs, let beside = theirs.other(model, first.version.number) { return .curves(beside, theirs.own) }
        if let ours, let beside = ours.other(model, second.version.number) { return .curves(ours.own, beside) }
        guard let ours, let theirs else {
            return .notKept((ours == nil ? [first] : []) + (theirs == nil ? [second] : []))
        }
        return ours.dataset != nil && ours.dataset == theirs.dataset ? .curves(ours.own, theirs.own) : .ofOtherRows
    }

    /// The number with intervals that says most, in words, and how much else differs.
    var finding: String {
        var parts: [String] = []
        if let number = numbers.first(where: { $0.overlaps != nil }), let overlaps = number.overlaps {
            parts.append(
                "\(MetricWords.name(number.metric)) is \(number.first.valueText) for \(first.name) and \(number.second.valueText) for \(second.name); their 95 % intervals \(overlaps ? "overlap" : "do not overlap")."
            )
        } else {
            parts.append("No number with an interval was measured for both.")
        }
        if first.version.artifact != nil, first.version.artifact == second.version.artifact {
            parts.append("They are the same bytes.")
        }
        if first.run != nil, second.run != nil { parts.append("Params that differ: \(Wording.grouped(params.count)).") }
        if first.version.signature != nil, second.version.signature != nil {
            parts.append("Columns that differ: \(Wording.grouped(columns.count)).")
        }
        return parts.joined(separator: " ")
    }
}
