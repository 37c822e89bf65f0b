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

/// A few rows with all slots side by side: what the trees walk over while it stays in the core's cache.
///
/// The first number of each row is -∞: the slot of every leaf, beside which no leaf's value is ever exceeded.
struct FeatureTile<Scalar: TreeScalar>: ~Copyable {
    /// Rows that walk down a tree together; a tile holds a multiple of it.
    static var lanes: Int { 8 }
    static var bytesMax: Int { 64 << 10 }
    static var rowsMax: Int { 256 }

    let width: Int
    let rowsMax: Int
    let values: UnsafeMutablePointer<Scalar>

    init(slotCount: Int) {
        width = slotCount + 1
        let fitting = Self.bytesMax / (width * MemoryLayout<Scalar>.stride)
        rowsMax = max(Self.lanes, min(Self.rowsMax, fitting) / Self.lanes * Self.lanes)
        values = .allocate(capacity: width * rowsMax)
        values.initialize(repeating: 0, count: width * rowsMax)
        for row in 0..<rowsMax { values[row * width] = -.infinity }
    }

    deinit { values.deallocate() }

    /// Reads `rows`, at most `rowsMax` of them. False when a number is infinite in the library's arithmetic; what the
    /// tile then holds is of no use.
    func fill(_ rows: Range<Int>, of columns: [FeatureColumn], slots: [FeatureSlot]) -> Bool {
        precondition(rows.count <= rowsMax, "a tile holds \(rowsMax) rows")
        for (index, slot) in slots.enumerated() {
            let isFinite =
                switch columns[slot.feature] {
                case .numbers(let numbers):
                    numbers[rows].withUnsafeBufferPointer { cells in
                        Self.fill(values + index + 1, width, cells.count, slot.reading) { Scalar(cells[$0]) }
                    }
                case .texts(let codes, let meanings):
                    codes[rows].withUnsafeBufferPointer { codes in
                        Self.fill(values + index + 1, width, codes.count, slot.reading) {
                            codes[$0] < 0 ? .nan : Scalar(meanings[Int(codes[$0])])
                        }
                    }
                }
            guard isFinite else { return false }
        }
        return true
    }

    /// Writes `count` numbers `width` apart. Specialised by name because a debug build compiles file by file.
    @inline(__always)
    private static func fill(
        _ target: UnsafeMutablePointer<Scalar>, _ width: Int, _ count: Int, _ reading: FeatureReading, cell: (Int) -> Scalar
    ) -> Bool {
        switch reading {
        case .missingLeft: write(target, width, count, cell) { $0.isNaN ? -.infinity : zeroed($0) }
        case .missingRight: write(target, width, count, cell) { $0.isNaN ? .infinity : zeroed($0) }
        case .missingIsZero: write(target, width, count, cell) { $0.isNaN ? 0 : zeroed($0) }
        case .zeroOrMissingLeft: write(target, width, count, cell) { isZeroOrMissing($0) ? -.infinity : $0 }
        case .zeroOrMissingRight: write(target, width, count, cell) { isZeroOrMissing($0) ? .infinity : $0 }
        case .plain: write(target, width, count, cell) { zeroed($0) }
        case .categoryMissingLeft: write(target, width, count, cell) { category($0, missing: -1) }
        case .categoryMissingRight: write(target, width, count, cell) { category($0, missing: -2) }
        case .categoryCutOff:
            write(target, width, count, cell) { $0 > -1 && $0 < 2_147_483_648 ? $0.rounded(.towardZero) : -1 }
        }
    }

    @inline(__always)
    private static func write(
        _ target: UnsafeMutablePointer<Scalar>, _ width: Int, _ count: Int, _ cell: (Int) -> Scalar,
        _ reading: (Scalar) -> Scalar
    ) -> Bool {
        var infinite = 0
        for row in 0..<count {
            let value = cell(row)
            infinite &+= value.magnitude == .infinity ? 1 : 0
            target[row &* width] = reading(value)
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
