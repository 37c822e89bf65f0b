package import Serving
import Statistics

/// What a policy asks of a shadow run before it is evidence.
package struct ShadowRequirements: Codable, Sendable, Equatable {
    package var minSeconds = 48 * 3_600
    /// The run must be so many times a week, so that every day of it counts alike.
    package var wholeWeeks = false
    package var minRequests = 1_000
    /// Share of the requests to be copied whose answer could be compared.
    package var minCoverage = 0.95
    /// Share of rows that the two versions may decide differently.
    package var maxDisagreement = 0.02
    /// Predictions of this and more are a yes: two versions disagree where one says yes and the other no.
    package var decisionThreshold = 0.5

    package init() {}
}

/// Pairs of answers gathered one by one, in any order.
package struct ShadowTally: Sendable, Equatable {
    package static let rowsMax = 5_000_000

    let threshold: Double
    package private(set) var pairs = 0
    /// Pairs in which one side has no predictions, or both have other numbers of rows.
    package private(set) var incomparable = 0
    package private(set) var rows = 0
    package private(set) var disagreeing = 0
    /// Absolute distances of the predictions, row by row.
    private(set) var distances: [Double] = []
    private(set) var signed = Moments()
    private var segments: [String: Slice] = [:]
    /// By the tenth in which production's score lies.
    private var tenths = Array(repeating: Slice(), count: 10)
    private(set) var productionLatency = LatencyCounts()
    private(set) var shadowLatency = LatencyCounts()
    private(set) var failures: [String: Int] = [:]
    private(set) var labelled = Labelled()
    private(set) var firstMilliseconds: Int64?
    private(set) var lastMilliseconds: Int64?
    /// Hours since 1970 in which a pair came.
    private(set) var hours: Set<Int64> = []

    struct Slice: Sendable, Equatable {
        var rows = 0
        var disagreeing = 0

        fileprivate mutating func observe(_ differs: Bool) {
            rows += 1
            disagreeing += differs ? 1 : 0
        }
    }

    /// Rows whose truth is known.
    struct Labelled: Sendable, Equatable {
        var rows = 0
        var productionAlone = 0
        var shadowAlone = 0
        /// Shadow's squared error minus production's.
        var squaredErrors = Moments()
    }

    package init(decisionThreshold: Double = 0.5) { threshold = decisionThreshold }

    package mutating func observe(_ pair: ShadowPair, labels: [Double]? = nil) {
        var plane = DecisionPlane(threshold: threshold)
        observe(pair, labels: labels, on: &plane)
    }

    /// `labels`: the truth of each row, 0 or 1, as far as it is known. What can be compared is put on the plane too.
    package mutating func observe(_ pair: ShadowPair, labels: [Double]? = nil, on plane: inout DecisionPlane) {
        pairs += 1
        firstMilliseconds = min(firstMilliseconds ?? pair.atMilliseconds, pair.atMilliseconds)
        lastMilliseconds = max(lastMilliseconds ?? pair.atMilliseconds, pair.atMilliseconds)
        hours.insert(pair.atMilliseconds / 3_600_000)
        productionLatency.observe(microseconds: pair.production.latencyMicroseconds)
        if let failure = pair.shadow.failure {
            failures[failure, default: 0] += 1
        } else {
            shadowLatency.observe(microseconds: pair.shadow.latencyMicroseconds)
        }
        guard let theirs = pair.production.predictions, let ours = pair.shadow.predictions, theirs.count == ours.count,
            !ours.isEmpty, zip(theirs, ours).allSatisfy({ $0.isFinite && $1.isFinite })
        else {
            incomparable += 1
            return
        }
        var segment = segments[pair.segment] ?? Slice()
        for (row, (production, shadow)) in zip(theirs, ours).enumerated() {
            plane.observe(production: production, shadow: shadow)
            compare(production, shadow, &segment, label: labels.flatMap { row < $0.count ? $0[row] : nil })
        }
        segments[pair.segment] = segment
    }

    /// Rows by name, as far as there are any: of a segment, and of a tenth of production's scores.
    var slices: [String: Slice] {
        var slices: [String: Slice] = [:]
        for (name, slice) in segments { slices["segment \(name)"] = slice }
        for (tenth, slice) in tenths.enumerated() where slice.rows > 0 {
            slices["production's score \(Double(tenth) / 10) to \(Double(tenth + 1) / 10)"] = slice
        }
        return slices
    }

    /// Puts the distances in order, so that a report need not: whoever goes on observing and reports again sorts little anew.
    package mutating func settle() { distances.sort() }

    private mutating func compare(_ production: Double, _ shadow: Double, _ segment: inout Slice, label: Double?) {
        let differs = (production >= threshold) != (shadow >= threshold)
        rows += 1
        disagreeing += differs ? 1 : 0
        if distances.count < Self.rowsMax { distances.append(abs(shadow - production)) }
        signed.observe(shadow - production)
        segment.observe(differs)
        tenths[Int(max(0, min(9, (production * 10).rounded(.down))))].observe(differs)
        guard let label, label == 0 || label == 1 else { return }
        labelled.rows += 1
        if differs {
            if (shadow >= threshold) == (label == 1) { labelled.shadowAlone += 1 } else { labelled.productionAlone += 1 }
        }
        labelled.squaredErrors.observe(
            (shadow - label) * (shadow - label) - (production - label) * (production - label))
    }
}
