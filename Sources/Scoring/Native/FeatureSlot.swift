/// How a cell becomes the number that a split compares. What is missing turns into the extreme that falls on its side,
/// so that walking down a tree asks one question per node and never whether there is a value.
enum FeatureReading: Int, Sendable, CaseIterable {
    case missingLeft, missingRight
    case missingIsZero
    case zeroOrMissingLeft, zeroOrMissingRight
    /// As it is, NaN included: for linear leaves.
    case plain
    /// A category's code; -1 is in no set, -2 goes right.
    case categoryMissingLeft, categoryMissingRight, categoryCutOff
}

/// One number per row beside which a node's threshold is laid: a feature, read in one way.
struct FeatureSlot: Sendable {
    let feature: Int
    let reading: FeatureReading
}

/// The columns a model reads, in its order. Text stays codes: no column is copied to be scored.
enum FeatureColumn: Sendable {
    /// Missing is NaN.
    case numbers([Double])
    /// `meanings[code]` is what a text means to the model, NaN when nothing; the code -1 is missing.
    case texts(codes: [Int32], meanings: [Double])
}

/// A few rows, one slot behind the other: what the trees walk over while it stays in the core's cache.
///
/// Slot 0 is -∞ for all rows: the slot of every leaf, whose value it never exceeds.
struct FeatureTile<Scalar: TreeScalar>: ~Copyable {
    /// Rows that walk down a tree together.
    static var lanes: Int { 4 }
    /// Enough to make up for fetching a tree, few enough for the level-1 cache beside it with 50 features.
    static var rowsMax: Int { 64 }

    let values: UnsafeMutablePointer<Scalar>

    init(slotCount: Int) {
        let count = (slotCount + 1) * Self.rowsMax
        values = .allocate(capacity: count)
        values.initialize(repeating: -.infinity, count: count)
    }

    deinit { values.deallocate() }

    /// Reads `rows`, at most `rowsMax` of them. False when a number is infinite in the library's arithmetic; what the
    /// tile then holds is of no use.
    func fill(_ rows: Range<Int>, of columns: [FeatureColumn], slots: [FeatureSlot]) -> Bool {
        precondition(rows.count <= Self.rowsMax, "a tile holds \(Self.rowsMax) rows")
        for (index, slot) in slots.enumerated() {
            let target = values + (index + 1) * Self.rowsMax
            let isFinite =
                switch columns[slot.feature] {
                case .numbers(let numbers):
                    numbers[rows].withUnsafeBufferPointer { cells in
                        Self.fill(target, cells.count, slot.reading) { Scalar(cells[$0]) }
                    }
                case .texts(let codes, let meanings):
                    codes[rows].withUnsafeBufferPointer { codes in
                        Self.fill(target, codes.count, slot.reading) {
                            codes[$0] < 0 ? .nan : Scalar(meanings[Int(codes[$0])])
                        }
                    }
                }
            guard isFinite else { return false }
        }
        return true
    }

    /// The same for rows of numbers that lie one behind the other, `stride` of them per row, in the model's order.
    func fill(_ numbers: UnsafePointer<Double>, rowCount: Int, stride: Int, slots: [FeatureSlot]) -> Bool {
        precondition(rowCount <= Self.rowsMax, "a tile holds \(Self.rowsMax) rows")
        for (index, slot) in slots.enumerated() {
            let first = numbers + slot.feature
            let isFinite = Self.fill(values + (index + 1) * Self.rowsMax, rowCount, slot.reading) { Scalar(first[$0 &* stride]) }
            guard isFinite else { return false }
        }
        return true
    }

    @inline(__always)
    private static func fill(
        _ target: UnsafeMutablePointer<Scalar>, _ count: Int, _ reading: FeatureReading, cell: (Int) -> Scalar
    ) -> Bool {
        switch reading {
        case .missingLeft: write(target, count, cell) { $0.isNaN ? -.infinity : zeroed($0) }
        case .missingRight: write(target, count, cell) { $0.isNaN ? .infinity : zeroed($0) }
        case .missingIsZero: write(target, count, cell) { $0.isNaN ? 0 : zeroed($0) }
        case .zeroOrMissingLeft: write(target, count, cell) { isZeroOrMissing($0) ? -.infinity : $0 }
        case .zeroOrMissingRight: write(target, count, cell) { isZeroOrMissing($0) ? .infinity : $0 }
        case .plain: write(target, count, cell) { zeroed($0) }
        case .categoryMissingLeft: write(target, count, cell) { category($0, missing: -1) }
        case .categoryMissingRight: write(target, count, cell) { category($0, missing: -2) }
        case .categoryCutOff:
            write(target, count, cell) { $0 > -1 && $0 < 2_147_483_648 ? $0.rounded(.towardZero) : -1 }
        }
    }

    @inline(__always)
    private static func write(
        _ target: UnsafeMutablePointer<Scalar>, _ count: Int, _ cell: (Int) -> Scalar,
        _ reading: (Scalar) -> Scalar
    ) -> Bool {
        var infinite = 0
        for row in 0..<count {
            let value = cell(row)
            infinite &+= value.magnitude == .infinity ? 1 : 0
            target[row] = reading(value)
        }
        return infinite == 0
    }

    @inline(__always)
    private static func zeroed(_ value: Scalar) -> Scalar { value.magnitude <= Scalar.zeroReach ? 0 : value }

    @inline(__always)
    private static func isZeroOrMissing(_ value: Scalar) -> Bool { !(value.magnitude > Scalar.zeroReach) }

    @inline(__always)
    private static func category(_ value: Scalar, missing: Scalar) -> Scalar {
        value.isNaN ? missing : value >= 0 && value < 16_777_216 ? value.rounded(.towardZero) : -1
    }
}
