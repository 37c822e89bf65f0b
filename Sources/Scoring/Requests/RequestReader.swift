import Glibc

/// Reads the scoring requests that come all the time straight from their bytes: named or ordered rows of numbers, `null`,
/// `true` and `false`. Whatever else stands in a request ends the reading with nil: `RequestFrame` then reads it as a tree, or
/// says what is wrong. So this reader refuses nothing and explains nothing, and that is all it needs to be right about.
///
/// Unchecked pointers are sound here because the last byte of what is read is a bracket: no run of digits, of white space or
/// of letters goes beyond it, and all other steps ask `peek`, which knows the end.
struct RequestReader {
    private let features: FeatureNames
    private var position: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    /// Rows in the model's order, one behind the other; the caller's, so that its memory is used again.
    private(set) var rowCount = 0

    /// Nil when the bytes do not end in a bracket, white space aside.
    init?(_ bytes: UnsafeRawBufferPointer, features: FeatureNames) {
        guard let first = bytes.assumingMemoryBound(to: UInt8.self).baseAddress else { return nil }
        var count = bytes.count
        while count > 0, Self.isSpace(first[count - 1]) { count -= 1 }
        guard count > 1, first[count - 1] == UInt8(ascii: "}") else { return nil }
        self.features = features
        position = first
        end = first + count
    }

    @inline(__always)
    private static func isSpace(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 }

    // MARK: - MLflow's scoring protocol

    /// The rows of `dataframe_split`, `dataframe_records`, `instances` or `inputs`.
    mutating func readInvocations(into values: inout [Double]) -> Bool {
        guard takes(UInt8(ascii: "{")), takes(UInt8(ascii: "\"")) else { return false }
        let isRead =
            if takes(word: "dataframe_split\"") {
                takes(UInt8(ascii: ":")) && readSplit(into: &values)
            } else if takes(word: "dataframe_records\"") {
                takes(UInt8(ascii: ":")) && readRecords(into: &values)
            } else if takes(word: "instances\"") || takes(word: "inputs\"") {
                takes(UInt8(ascii: ":")) && readList(into: &values)
            } else {
                false
            }
        return isRead && takes(UInt8(ascii: "}")) && position == end && rowCount > 0
    }

    private mutating func readSplit(into values: inout [Double]) -> Bool {
        guard takes(UInt8(ascii: "{")), takes(UInt8(ascii: "\"")), takes(word: "columns\""), takes(UInt8(ascii: ":")),
            let places = readColumns(), takes(UInt8(ascii: ",")), takes(UInt8(ascii: "\"")), takes(word: "data\""),
            takes(UInt8(ascii: ":")), takes(UInt8(ascii: "["))
        else { return false }
        repeat {
            let isRead =
                switch places {
                case .inOrder: readRow(into: &values)
                case .listed(let places): readRow(places, into: &values)
                }
            guard isRead else { return false }
        } while takes(UInt8(ascii: ","))
        return takes(UInt8(ascii: "]")) && takes(UInt8(ascii: "}"))
    }

    /// Where the cells of a row belong.
    private enum Places {
        case inOrder
        /// The feature of each cell; -1: of none.
        case listed([Int])
    }

    private mutating func readColumns() -> Places? {
        guard features.areKnown else { return nil }
        skipSpace()
        if takes(literal: features.compactList) || takes(literal: features.spacedList) { return .inOrder }
        guard takes(UInt8(ascii: "[")) else { return nil }
        var places: [Int] = []
        var isFound = [Bool](repeating: false, count: features.count)
        repeat {
            guard takes(UInt8(ascii: "\"")), let name = readPlainText() else { return nil }
            let feature = features.index(of: name)
            if let feature {
                guard !isFound[feature] else { return nil }
                isFound[feature] = true
            }
            places.append(feature ?? -1)
        } while takes(UInt8(ascii: ","))
        return takes(UInt8(ascii: "]")) && isFound.allSatisfy { $0 } ? .listed(places) : nil
    }

    /// `[1, 2, …]` with as many cells as there are features.
    private mutating func readRow(into values: inout [Double]) -> Bool {
        guard takes(UInt8(ascii: "[")) else { return false }
        for feature in 0..<features.count {
            if feature > 0 { guard takes(UInt8(ascii: ",")) else { return false } }
            guard let cell = readCell() else { return false }
            values.append(cell)
        }
        rowCount += 1
        return takes(UInt8(ascii: "]"))
    }

    private mutating func readRow(_ places: [Int], into values: inout [Double]) -> Bool {
        guard takes(UInt8(ascii: "[")) else { return false }
        let base = appendRow(to: &values)
        for (index, place) in places.enumerated() {
            if index > 0 { guard takes(UInt8(ascii: ",")) else { return false } }
            guard let cell = readCell() else { return false }
            if place >= 0 { values[base + place] = cell }
        }
        return takes(UInt8(ascii: "]"))
    }

    private mutating func readRecords(into values: inout [Double]) -> Bool {
        guard features.areKnown, takes(UInt8(ascii: "[")) else { return false }
        repeat {
            guard readRecord(into: &values) else { return false }
        } while takes(UInt8(ascii: ","))
        return takes(UInt8(ascii: "]"))
    }

    /// Members mostly come in the model's order; each feature must come once.
    private mutating func readRecord(into values: inout [Double]) -> Bool {
        guard takes(UInt8(ascii: "{")) else { return false }
        let base = appendRow(to: &values)
        var expected = 0
        var strangers = 0
        var outOfOrder: [Bool]?
        repeat {
            skipSpace()
            var feature: Int?
            if expected < features.count, takes(literal: features.literals[expected]) {
                feature = expected
            } else {
                guard takes(UInt8(ascii: "\"")), let name = readPlainText() else { return false }
                feature = features.index(of: name)
            }
            guard takes(UInt8(ascii: ":")), let cell = readCell() else { return false }
            guard let feature else {
                strangers += 1
                continue
            }
            if feature == expected, outOfOrder == nil {
                expected += 1
            } else {
                // From here on every feature is ticked off by itself.
                var found = outOfOrder ?? features.names.indices.map { $0 < expected }
                guard !found[feature] else { return false }
                found[feature] = true
                outOfOrder = found
                expected = feature + 1
            }
            values[base + feature] = cell
        } while takes(UInt8(ascii: ","))
        let isComplete = outOfOrder.map { $0.allSatisfy { $0 } } ?? (expected == features.count)
        return isComplete && takes(UInt8(ascii: "}"))
    }

    /// Rows as lists where the model reads by position, else as objects.
    private mutating func readList(into values: inout [Double]) -> Bool {
        let start = position
        guard takes(UInt8(ascii: "[")) else { return false }
        skipSpace()
        if peek == UInt8(ascii: "{") {
            position = start
            return readRecords(into: &values)
        }
        guard features.mayBeOrdered else { return false }
        repeat {
            guard readRow(into: &values) else { return false }
        } while takes(UInt8(ascii: ","))
        return takes(UInt8(ascii: "]"))
    }

    private mutating func appendRow(to values: inout [Double]) -> Int {
        let base = values.count
        for _ in 0..<features.count { values.append(.nan) }
        rowCount += 1
        return base
    }

    // MARK: - Tokens

    @inline(__always)
    private var peek: UInt8 { position < end ? position.pointee : 0 }

    @inline(__always)
    private mutating func skipSpace() {
        while position < end, Self.isSpace(position.pointee) { position += 1 }
    }

    @inline(__always)
    private mutating func takes(_ byte: UInt8) -> Bool {
        if peek != byte {
            skipSpace()
            guard peek == byte else { return false }
        }
        position += 1
        return true
    }

    @inline(__always)
    private mutating func takes(word: StaticString) -> Bool {
        let count = word.utf8CodeUnitCount
        guard end - position >= count, memcmp(position, word.utf8Start, count) == 0 else { return false }
        position += count
        return true
    }

    @inline(__always)
    private mutating func takes(literal: [UInt8]) -> Bool {
        guard end - position >= literal.count, memcmp(position, literal, literal.count) == 0 else { return false }
        position += literal.count
        return true
    }

    /// The text up to the closing quotation mark; nil when it holds an escape, a control character or no UTF-8.
    private mutating func readPlainText() -> String? {
        let first = position
        while position < end, position.pointee != UInt8(ascii: "\"") {
            guard position.pointee >= 0x20, position.pointee != UInt8(ascii: "\\") else { return nil }
            position += 1
        }
        let bytes = UnsafeBufferPointer(start: first, count: position - first)
        guard takes(UInt8(ascii: "\"")) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    @inline(__always)
    private mutating func readCell() -> Double? {
        var byte = peek
        if Self.isSpace(byte) {
            skipSpace()
            byte = peek
        }
        if byte &- 48 < 10 || byte == UInt8(ascii: "-") { return readNumber() }
        switch byte {
        case UInt8(ascii: "n"): return takes(word: "null") ? .nan : nil
        case UInt8(ascii: "N"): return takes(word: "NaN") ? .nan : nil
        case UInt8(ascii: "t"): return takes(word: "true") ? 1 : nil
        case UInt8(ascii: "f"): return takes(word: "false") ? 0 : nil
        default: return nil
        }
    }

    /// A number as JSON writes it (RFC 8259, §6), correctly rounded.
    @inline(__always)
    private mutating func readNumber() -> Double? {
        let start = position
        var next = start
        let isNegative = next.pointee == UInt8(ascii: "-")
        if isNegative { next += 1 }
        let firstDigit = next
        var mantissa: UInt64 = 0
        Self.readDigits(&next, &mantissa)
        let wholeDigits = next - firstDigit
        guard wholeDigits == 1 || (wholeDigits > 1 && firstDigit.pointee != UInt8(ascii: "0")) else { return nil }
        var fractionDigits = 0
        if next.pointee == UInt8(ascii: ".") {
            next += 1
            let firstFraction = next
            Self.readDigits(&next, &mantissa)
            fractionDigits = next - firstFraction
            guard fractionDigits > 0 else { return nil }
        }
        guard wholeDigits + fractionDigits <= 19, next.pointee | 0x20 != UInt8(ascii: "e") else { return readLongNumber(start) }
        position = next
        let magnitude = DecimalNumber.quotient(mantissa, tens: fractionDigits)
        return isNegative ? -magnitude : magnitude
    }

    /// With an exponent or many digits.
    private mutating func readLongNumber(_ start: UnsafePointer<UInt8>) -> Double? {
        guard let number = DecimalNumber(at: start), let value = number.value else { return nil }
        position = number.end
        return value
    }

    @inline(__always)
    private static func readDigits(_ position: inout UnsafePointer<UInt8>, _ value: inout UInt64) {
        var digit = position.pointee &- 48
        while digit < 10 {
            value = value &* 10 &+ UInt64(digit)
            position += 1
            digit = position.pointee &- 48
        }
    }
}
