import GatehouseCore

/// One cell as it stands in the file.
struct CSVCell {
    let text: UnsafeBufferPointer<UInt8>
    let isQuoted: Bool
    /// With doubled quotes made single; nil when there were none and `text` is the content.
    let unescaped: [UInt8]?

    /// The content, followed in memory by a byte that cannot continue a number.
    func withText<Value>(_ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        guard let unescaped else { return body(text) }
        return unescaped.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0.dropLast())) }
    }
}

/// Walks over the cells of a block, which must end with a line feed: unquoted text is scanned without looking at the
/// end of the block.
struct CSVCursor {
    private(set) var position: UnsafePointer<UInt8>
    private let start: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    /// Lines passed so far, those inside quotes included.
    private(set) var line = 0

    init(_ bytes: UnsafeBufferPointer<UInt8>, from offset: Int) {
        guard let start = bytes.baseAddress, bytes.last == lineFeed, offset < bytes.count else {
            preconditionFailure("a block of rows ends with a line feed")
        }
        self.start = start
        position = start + offset
        end = start + bytes.count
    }

    var isAtEnd: Bool { position == end }
    var offset: Int { position - start }

    /// Takes a number if the cell at the cursor is plainly one: no quotes, no spaces, and exact by the short way.
    @inline(__always)
    mutating func number() -> Double? {
        guard let number = DecimalNumber(at: position), Self.endsCell(number.end.pointee), !number.isBeyondExactIntegers,
            let value = number.value
        else { return nil }
        position = number.end
        return value
    }

    @inline(__always)
    private static func endsCell(_ byte: UInt8) -> Bool { byte == comma || byte == lineFeed || byte == carriageReturn }

    /// Takes a cell. The cursor then stands on a comma, a line feed or a carriage return.
    @inline(__always)
    mutating func cell() throws(RowProblem) -> CSVCell {
        if position.pointee == quote { return try quotedCell() }
        let first = position
        while position.pointee > comma || !Self.endsCell(position.pointee) && position.pointee != quote { position += 1 }
        guard position.pointee != quote, position - first <= DatasetLimit.cellBytesMax else { throw unquotedProblem(from: first) }
        return CSVCell(text: UnsafeBufferPointer(start: first, count: position - first), isQuoted: false, unescaped: nil)
    }

    private func unquotedProblem(from first: UnsafePointer<UInt8>) -> RowProblem {
        guard position.pointee == quote else { return tooLong() }
        let shown = excerpt(UnsafeBufferPointer(start: first, count: position - first + 1))
        return RowProblem(
            row: 0, line: line, what: "there is a quote inside the unquoted cell '\(shown)'",
            hint: "Put the whole cell in quotes and double the quotes inside it.")
    }

    private func tooLong() -> RowProblem {
        RowProblem(row: 0, line: line, what: "a cell is longer than \(DatasetLimit.cellBytesMax) bytes")
    }

    private mutating func quotedCell() throws(RowProblem) -> CSVCell {
        let openingLine = line
        position += 1
        let first = position
        var doubled = 0
        while true {
            while position < end, position.pointee != quote {
                if position.pointee == lineFeed { line += 1 }
                position += 1
            }
            guard position < end else {
                throw RowProblem(
                    row: 0, line: openingLine, what: "the quote that opens a cell here is never closed",
                    hint: "Close it; a quote inside quotes is written twice.")
            }
            // The block ends with a line feed, so a byte follows every quote.
            guard position[1] == quote else { break }
            doubled += 1
            position += 2
        }
        let text = UnsafeBufferPointer(start: first, count: position - first)
        position += 1
        guard Self.endsCell(position.pointee) else {
            throw RowProblem(
                row: 0, line: line, what: "text follows the closing quote of the cell '\(excerpt(text))'",
                hint: "A quote inside quotes is written twice.")
        }
        guard text.count <= DatasetLimit.cellBytesMax else { throw tooLong() }
        return CSVCell(text: text, isQuoted: true, unescaped: doubled == 0 ? nil : Self.unescape(text, doubled: doubled))
    }

    /// With a line feed behind the content, which no number contains.
    private static func unescape(_ text: UnsafeBufferPointer<UInt8>, doubled: Int) -> [UInt8] {
        var content: [UInt8] = []
        content.reserveCapacity(text.count - doubled + 1)
        var isSecond = false
        for byte in text {
            isSecond = byte == quote && !isSecond
            if byte != quote || isSecond { content.append(byte) }
        }
        content.append(lineFeed)
        return content
    }

    @inline(__always)
    mutating func skip(_ byte: UInt8) -> Bool {
        guard position.pointee == byte else { return false }
        position += 1
        return true
    }

    /// Takes a line feed, or a carriage return and a line feed.
    @inline(__always)
    mutating func skipLineEnd() -> Bool {
        if position.pointee == carriageReturn, position[1] == lineFeed { position += 1 }
        guard position.pointee == lineFeed else { return false }
        position += 1
        line += 1
        return true
    }

    func bareCarriageReturn(row: Int) -> RowProblem {
        RowProblem(
            row: row, line: line, what: "a carriage return stands without a line feed",
            hint: "End lines with a line feed, alone or after a carriage return.")
    }
}
