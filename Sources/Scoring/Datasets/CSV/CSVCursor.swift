import GatehouseCore

/// One cell as it stands in the file.
struct CSVCell {
    /// What is between the quotes, or the whole cell; a byte that cannot continue a number follows in memory.
    let text: UnsafeBufferPointer<UInt8>
    let isQuoted: Bool
    /// Quotes that stand doubled in `text`, where single ones are meant.
    let doubledQuotes: Int

    /// The content as a string, nil when it is not UTF-8.
    var string: String? {
        guard doubledQuotes > 0 else { return String(validating: text, as: UTF8.self) }
        var room: [UInt8] = []
        let count = unescape(into: &room)
        return String(validating: room[..<count], as: UTF8.self)
    }

    /// Puts the content at the beginning of `room`, with single quotes, and tells how long it is; a line feed, which no
    /// number contains, follows.
    func unescape(into room: inout [UInt8]) -> Int {
        guard let start = text.baseAddress else { preconditionFailure("a cell stands in a block") }
        let missing = text.count + ByteWord.byteCount - room.count
        if missing > 0 { room.append(contentsOf: repeatElement(0, count: missing)) }
        return room.withUnsafeMutableBytes { room in
            var read = 0
            var written = 0
            // Words are read whole, which the block's padding allows, and written whole: `written` never passes `read`,
            // and the room has a word more than the text.
            while true {
                let word = ByteWord(at: start + read)
                room.storeBytes(of: word.bits.littleEndian, toByteOffset: written, as: UInt64.self)
                let plain = ByteWord.first(word.marks(of: quote))
                let left = text.count - read
                guard plain < left else {
                    room[written + left] = lineFeed
                    return written + left
                }
                // In `text` another one follows every quote.
                written += plain == ByteWord.byteCount ? plain : plain + 1
                read += plain == ByteWord.byteCount ? plain : plain + 2
            }
        }
    }
}

/// Walks over the cells of a block, which must end with a line feed and `ByteWord.padding` bytes of room: unquoted text
/// is scanned without looking at the end of the block.
struct CSVCursor {
    var position: UnsafePointer<UInt8>
    private let start: UnsafePointer<UInt8>
    private let end: UnsafePointer<UInt8>
    /// Lines passed so far, those inside quotes included.
    var line = 0

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
    mutating func number() -> Double? {
        guard let number = DecimalNumber(at: position), Self.endsCell(number.end.pointee), !number.isBeyondExactIntegers,
            let value = number.value
        else { return nil }
        position = number.end
        return value
    }

    /// Takes `true` or `false`, in any letter case and without anything around it.
    mutating func boolean() -> Bool? {
        let letters = ByteWord(at: position).bits | 0x2020_2020_2020_2020
        let flag = UInt32(truncatingIfNeeded: letters) == 0x6575_7274
        guard flag || letters & 0xFF_FFFF_FFFF == 0x65_736C_6166, Self.endsCell(position[flag ? 4 : 5]) else { return nil }
        position += flag ? 4 : 5
        return flag
    }

    @inline(__always)
    static func endsCell(_ byte: UInt8) -> Bool { byte == comma || byte == lineFeed || byte == carriageReturn }

    /// Takes a cell. The cursor then stands on a comma, a line feed or a carriage return.
    @inline(__always)
    mutating func cell() throws(RowProblem) -> CSVCell {
        if position.pointee == quote { return try quotedCell() }
        let first = position
        position = Self.endOfUnquoted(from: first)
        guard position.pointee != quote, position - first <= DatasetLimit.cellBytesMax else { throw unquotedProblem(from: first) }
        return CSVCell(text: UnsafeBufferPointer(start: first, count: position - first), isQuoted: false, doubledQuotes: 0)
    }

    /// The comma, line end or quote that comes next.
    @inline(__always)
    static func endOfUnquoted(from start: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        var position = start
        while true {
            // What ends a cell is below the minus; so are blanks and a few signs, which are passed over one by one.
            var marks = ByteWord(at: position).marks(below: comma + 1)
            while marks != 0 {
                let candidate = position + ByteWord.first(marks)
                if endsCell(candidate.pointee) || candidate.pointee == quote { return candidate }
                marks &= marks &- 1
            }
            position += ByteWord.byteCount
        }
    }

    /// The quote or line feed that comes next. A block ends with a line feed, so one of them does.
    @inline(__always)
    static func endOfPlainQuoted(from start: UnsafePointer<UInt8>) -> UnsafePointer<UInt8> {
        var position = start
        while true {
            let word = ByteWord(at: position)
            let marks = word.marks(of: quote) | word.marks(of: lineFeed)
            if marks != 0 { return position + ByteWord.first(marks) }
            position += ByteWord.byteCount
        }
    }

    /// Passes over up to `count` cells and the commas between them as long as nothing but commas is met, and tells how
    /// many; the rest is left to `cell()`, which knows the rules. The comma behind the last of `count` is not passed.
    mutating func skipPlainCells(_ count: Int) -> Int {
        var left = count
        var next = position
        while next - position <= DatasetLimit.cellBytesMax - ByteWord.byteCount {
            let word = ByteWord(at: next)
            let others = word.marks(of: lineFeed) | word.marks(of: quote) | word.marks(of: carriageReturn)
            // Commas in front of the first of the others; all of them when there is no other.
            var commas = word.marks(of: comma) & ((others & (0 &- others)) &- 1)
            let found = ByteWord.count(commas)
            if found >= left {
                while left > 1 {
                    commas &= commas &- 1
                    left -= 1
                }
                position = next + ByteWord.first(commas)
                return count
            }
            left -= found
            if commas != 0 { position = next + ByteWord.last(commas) + 1 }
            if others != 0 { break }
            next += ByteWord.byteCount
        }
        return count - left
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
            position = endOfQuoted()
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
        return CSVCell(text: text, isQuoted: true, doubledQuotes: doubled)
    }

    /// The next quote, or the end of the block. Counts the lines up to there.
    @inline(__always)
    private mutating func endOfQuoted() -> UnsafePointer<UInt8> {
        var next = position
        while next < end {
            let word = ByteWord(at: next)
            let quotes = word.marks(of: quote)
            let isFirst = quotes == 0 ? ~0 : (quotes & (0 &- quotes)) &- 1
            let lineFeeds = word.marks(of: lineFeed) & isFirst
            if lineFeeds != 0 { line += ByteWord.count(lineFeeds) }
            if quotes != 0 { return min(next + ByteWord.first(quotes), end) }
            next += ByteWord.byteCount
        }
        return end
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
