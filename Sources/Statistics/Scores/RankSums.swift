/// What one pass over the ranking of unweighted rows yields: enough for the AUC with DeLong's variance, average precision and
/// Kolmogorov–Smirnov.
///
/// Sums over rows are whole numbers, so they are exact and do not depend on how the work was divided. A positive row's
/// *doubled wins* are twice the negatives below it plus those tied with it; a negative row's the same with the classes swapped.
struct RankSums: Sendable, Equatable {
    private(set) var positives: UInt64
    private(set) var negatives: UInt64
    /// Σ doubled wins of the positives. Those of the negatives are the rest of 2 × positives × negatives.
    private(set) var doubledWins: UInt64 = 0
    /// Σ (doubled wins)² of the positives, and of the negatives. At most 2³⁰ rows of squares below 2⁶².
    private var positiveSquares: UInt128 = 0
    private var negativeSquares: UInt128 = 0
    /// The greatest |positives below × negatives − negatives below × positives|.
    private var greatestCross: UInt64 = 0
    /// Σ over thresholds of positives at it × precision.
    private var precisions = 0.0

    /// Sorts the rows by class, so that no row numbers need be moved, and merges bucket by bucket.
    init(_ scores: [Double], labels: [UInt8], range: ScoreRange, positives: Int) {
        self.positives = UInt64(positives)
        negatives = UInt64(scores.count - positives)
        guard positives > 0, negatives > 0 else { return }
        let buckets = ScoreBuckets(scores, labels: labels, range: range, byClass: true)
        var keys = buckets.scattered(scores, labels: labels) { _, key in key }
        let starts = buckets.starts
        let belowBucket = Self.rowsBelow(starts)
        let none = RankSums(positives: self.positives, negatives: negatives)
        let partial = keys.withUnsafeMutableBufferPointer { keys in
            // Buckets are disjoint ranges of `keys`: no two threads touch the same place.
            let keys = keys
            return buckets.mapBuckets { bucket, sort in
                let (start, middle, end) = (starts[2 * bucket], starts[2 * bucket + 1], starts[2 * bucket + 2])
                let negatives = UnsafeMutableBufferPointer(rebasing: keys[start..<middle])
                let positives = UnsafeMutableBufferPointer(rebasing: keys[middle..<end])
                sort.sort(negatives)
                sort.sort(positives)
                var sums = none
                sums.merge(
                    positives, negatives, positivesBelow: belowBucket[bucket].positives,
                    negativesBelow: belowBucket[bucket].negatives)
                return sums
            }
        }
        for part in partial { add(part) }
    }

    private init(positives: UInt64, negatives: UInt64) {
        self.positives = positives
        self.negatives = negatives
    }

    /// Rows of each class below each bucket.
    private static func rowsBelow(_ starts: [Int]) -> [(positives: UInt64, negatives: UInt64)] {
        var below: (positives: UInt64, negatives: UInt64) = (0, 0)
        return stride(from: 0, to: starts.count - 1, by: 2).map { stream in
            defer {
                below.negatives += UInt64(starts[stream + 1] - starts[stream])
                below.positives += UInt64(starts[stream + 2] - starts[stream + 1])
            }
            return below
        }
    }

    private mutating func add(_ other: RankSums) {
        doubledWins += other.doubledWins
        positiveSquares += other.positiveSquares
        negativeSquares += other.negativeSquares
        greatestCross = max(greatestCross, other.greatestCross)
        precisions += other.precisions
    }

    /// Walks two ascending lists of keys from one distinct positive key to the next. Negatives between two of them have the same
    /// wins, and the distance of the distributions is greatest at one end of such a gap.
    private mutating func merge(
        _ positiveKeys: UnsafeMutableBufferPointer<UInt64>, _ negativeKeys: UnsafeMutableBufferPointer<UInt64>,
        positivesBelow: UInt64, negativesBelow: UInt64
    ) {
        var positivesBelow = positivesBelow
        var nextPositive = 0
        var nextNegative = 0
        while nextPositive < positiveKeys.count {
            let key = positiveKeys[nextPositive]
            let gapStart = nextNegative
            while nextNegative < negativeKeys.count, negativeKeys[nextNegative] < key { nextNegative &+= 1 }
            let tieStart = nextNegative
            while nextNegative < negativeKeys.count, negativeKeys[nextNegative] == key { nextNegative &+= 1 }
            let firstPositive = nextPositive
            repeat { nextPositive &+= 1 } while nextPositive < positiveKeys.count && positiveKeys[nextPositive] == key
            let tied = UInt64(nextNegative &- tieStart)
            let atKey = UInt64(nextPositive &- firstPositive)
            let negativesBelowKey = negativesBelow &+ UInt64(tieStart)
            addNegatives(UInt64(tieStart &- gapStart), doubledWins: 2 &* positivesBelow)
            measureDistance(positivesBelow, negativesBelowKey)
            if tied > 0 { addNegatives(tied, doubledWins: 2 &* positivesBelow &+ atKey) }
            let wins = 2 &* negativesBelowKey &+ tied
            doubledWins &+= atKey &* wins
            positiveSquares &+= UInt128(atKey) &* UInt128(wins &* wins)
            let selected = positives &- positivesBelow
            precisions += Double(atKey) * (Double(selected) / Double(selected &+ negatives &- negativesBelowKey))
            positivesBelow &+= atKey
            measureDistance(positivesBelow, negativesBelowKey &+ tied)
        }
        addNegatives(UInt64(negativeKeys.count &- nextNegative), doubledWins: 2 &* positivesBelow)
    }

    @inline(__always)
    private mutating func addNegatives(_ rows: UInt64, doubledWins wins: UInt64) {
        negativeSquares &+= UInt128(rows) &* UInt128(wins &* wins)
    }

    @inline(__always)
    private mutating func measureDistance(_ positivesBelow: UInt64, _ negativesBelow: UInt64) {
        let (one, other) = (positivesBelow &* negatives, negativesBelow &* positives)
        greatestCross = max(greatestCross, one > other ? one &- other : other &- one)
    }
}

extension RankSums {
    // Nil unless both classes are present.

    var auc: Double? { isDefined ? Double(doubledWins) / (2 * Double(positives) * Double(negatives)) : nil }
    var averagePrecision: Double? { isDefined ? precisions / Double(positives) : nil }
    var kolmogorovSmirnov: Double? { isDefined ? Double(greatestCross) / (Double(positives) * Double(negatives)) : nil }

    /// Σ (placement − AUC)² per class, its numerators still exact.
    var placementSquares: ClassSums {
        guard isDefined else { return ClassSums() }
        func centred(_ squares: UInt128, _ wins: UInt64, rows: UInt64, others: UInt64) -> Double {
            let numerator = UInt128(rows) * squares - UInt128(wins) * UInt128(wins)
            return Double(numerator) / Double(rows) / (4 * Double(others) * Double(others))
        }
        let negativeWins = 2 * positives * negatives - doubledWins
        return ClassSums(
            positive: centred(positiveSquares, doubledWins, rows: positives, others: negatives),
            negative: centred(negativeSquares, negativeWins, rows: negatives, others: positives))
    }

    private var isDefined: Bool { positives > 0 && negatives > 0 }
}
