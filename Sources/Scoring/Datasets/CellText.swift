import GatehouseCore

let lineFeed = UInt8(ascii: "\n")
let carriageReturn = UInt8(ascii: "\r")
let comma = UInt8(ascii: ",")
let quote = UInt8(ascii: "\"")

/// What a column holds. The first cell with a value decides; a later cell of another kind is an error.
enum CellKind: UInt8, Sendable {
    case number, boolean, text

    /// How a column of this kind is described in an error.
    var plural: String {
        switch self {
        case .number: "numbers"
        case .boolean: "booleans"
        case .text: "text"
        }
    }

    var singular: String {
        switch self {
        case .number: "a number"
        case .boolean: "a boolean"
        case .text: "text"
        }
    }
}

/// What one cell of CSV says when nobody has declared its column.
enum CellMeaning {
    case missing
    case number(Double)
    case boolean(Bool)
    case text
    /// `inf`, or a number beyond the range of a double.
    case infinite
    /// A whole number beyond ±2⁵³: as a double it could not be told from its neighbours.
    case beyondExactIntegers

    var kind: CellKind? {
        switch self {
        case .missing: nil
        case .number, .infinite, .beyondExactIntegers: .number
        case .boolean: .boolean
        case .text: .text
        }
    }

    /// `cell` must be followed in memory by a byte that cannot continue a number: a comma, the end of the line, a quote.
    ///
    /// Spaces around it are ignored, as people write `a, b`. A quoted number is a number, because many programs quote
    /// every cell; the words for "missing" are such only without quotes, the empty cell always.
    init(_ cell: UnsafeBufferPointer<UInt8>, isQuoted: Bool) {
        let trimmed = Self.trimmed(cell)
        guard let start = trimmed.baseAddress, !trimmed.isEmpty else { self = .missing; return }
        if let number = DecimalNumber(at: start), number.end == start + trimmed.count {
            self = Self.meaning(of: number, trimmed)
        } else if Self.isMissing(trimmed: trimmed, isQuoted: isQuoted) {
            self = .missing
        } else if trimmed.count <= 9, let meaning = Self.word(trimmed) {
            self = meaning
        } else {
            self = .text
        }
    }

    private static func meaning(of number: DecimalNumber, _ text: UnsafeBufferPointer<UInt8>) -> CellMeaning {
        guard !number.isBeyondExactIntegers else { return .beyondExactIntegers }
        let value = number.value ?? Double(String(decoding: text, as: UTF8.self)) ?? .nan
        return value.isFinite ? .number(value) : .infinite
    }

    private static func word(_ cell: UnsafeBufferPointer<UInt8>) -> CellMeaning? {
        if spells("true", cell) { return .boolean(true) }
        if spells("false", cell) { return .boolean(false) }
        let first = cell.first
        let unsigned =
            first == UInt8(ascii: "-") || first == UInt8(ascii: "+") ? UnsafeBufferPointer(rebasing: cell.dropFirst()) : cell
        return spells("inf", unsigned) || spells("infinity", unsigned) ? .infinite : nil
    }

    /// Whether `cell` is `word`, which is in small letters, in any letter case.
    private static func spells(_ word: StaticString, _ cell: UnsafeBufferPointer<UInt8>) -> Bool {
        guard cell.count == word.utf8CodeUnitCount else { return false }
        return cell.indices.allSatisfy { cell[$0] | 0x20 == word.utf8Start[$0] }
    }

    private static func trimmed(_ cell: UnsafeBufferPointer<UInt8>) -> UnsafeBufferPointer<UInt8> {
        var slice = cell[...]
        while let first = slice.first, isBlank(first) { slice.removeFirst() }
        while let last = slice.last, isBlank(last) { slice.removeLast() }
        return UnsafeBufferPointer(rebasing: slice)
    }

    private static func isBlank(_ byte: UInt8) -> Bool { byte == 32 || byte == 9 }

    /// Whether a cell says that there is no value: blank, or without quotes `NA`, `N/A`, `NaN`, `nan`, `null`, `NULL`,
    /// `None`.
    @inline(__always)
    static func isMissing(_ cell: UnsafeBufferPointer<UInt8>, isQuoted: Bool) -> Bool {
        guard let first = cell.first else { return true }
        guard isBlank(first) || first | 0x20 == UInt8(ascii: "n") else { return false }
        // Longer than any of the words and nothing around it to be trimmed.
        if cell.count > 4, !isBlank(first), let last = cell.last, !isBlank(last) { return false }
        return isMissing(trimmed: trimmed(cell), isQuoted: isQuoted)
    }

    private static func isMissing(trimmed cell: UnsafeBufferPointer<UInt8>, isQuoted: Bool) -> Bool {
        cell.isEmpty || !isQuoted && cell.count <= 4 && missingWords.contains { cell.elementsEqual($0) }
    }

    private static let missingWords = ["NA", "N/A", "NaN", "nan", "null", "NULL", "None"].map { Array($0.utf8) }
}
