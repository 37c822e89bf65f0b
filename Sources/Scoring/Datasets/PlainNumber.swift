/// A number as most are written: an optional minus, digits, perhaps a point and more digits, then at once the end of
/// the cell. Eight digits are read at a time. Everything else is left to `DecimalNumber`, which takes any form.
struct PlainNumber {
    let value: Double
    /// The comma or the end of the line behind it.
    let end: UnsafePointer<UInt8>

    /// Nil when no such number stands here. Reads up to 40 bytes from `start`.
    @inline(__always)
    init?(at start: UnsafePointer<UInt8>) {
        let isNegative = start.pointee == UInt8(ascii: "-")
        let first = isNegative ? start + 1 : start
        let digits = ByteWord(at: first).bits ^ Self.zeros
        let marks = ByteWord.marksOfNonDigits(digits)
        let whole = ByteWord.first(marks)
        // `007` is a code, and so is no number; a lone `0` in front of the point is one.
        guard marks != 0, whole < 2 || digits & 0xFF != 0 else {
            guard marks == 0, let long = LongNumber(at: first, isNegative) else { return nil }
            value = long.value
            end = long.end
            return
        }
        let stop = UInt8(truncatingIfNeeded: digits &>> UInt64(8 &* whole)) ^ 0x30
        if stop == UInt8(ascii: ".") {
            let rest = marks & (marks &- 1)
            let length = ByteWord.first(rest)
            guard rest != 0 else {
                guard let long = LongNumber(at: first, isNegative) else { return nil }
                value = long.value
                end = long.end
                return
            }
            let count = length &- 1
            guard count > 0, Self.endsCell(UInt8(truncatingIfNeeded: digits &>> UInt64(8 &* length)) ^ 0x30) else { return nil }
            // Closes the gap that the point leaves between the digits.
            let before: UInt64 = (1 &<< UInt64(8 &* whole)) &- 1
            let joined = digits & before | (digits &>> 8) & ~before
            let mantissa = Double(Self.value(ofEight: joined &<< UInt64(64 &- 8 &* count)))
            value = Self.signed(mantissa / DecimalNumber.powersOfTen[count &- whole], isNegative)
            end = first + length
        } else {
            guard whole > 0, Self.endsCell(stop) else { return nil }
            value = Self.signed(Double(Self.value(ofEight: digits &<< UInt64(64 &- 8 &* whole))), isNegative)
            end = first + whole
        }
    }

    static let zeros: UInt64 = 0x3030_3030_3030_3030

    @inline(__always)
    static func endsCell(_ byte: UInt8) -> Bool { byte == comma || byte == lineFeed || byte == carriageReturn }

    @inline(__always)
    static func signed(_ magnitude: Double, _ isNegative: Bool) -> Double {
        Double(bitPattern: magnitude.bitPattern | (isNegative ? 1 << 63 : 0))
    }

    /// Eight digits, one in each byte, the first in the lowest: pairs, then fours, then all are joined.
    @inline(__always)
    static func value(ofEight digits: UInt64) -> UInt64 {
        let pairs = digits &* 10 &+ digits &>> 8
        let low = (pairs & 0x0000_00FF_0000_00FF) &* 0x000F_4240_0000_0064
        let high = (pairs &>> 16 & 0x0000_00FF_0000_00FF) &* 0x0000_2710_0000_0001
        return (low &+ high) &>> 32
    }
}

/// The same with up to 19 digits.
private struct LongNumber {
    let value: Double
    let end: UnsafePointer<UInt8>

    @inline(__always)
    init?(at start: UnsafePointer<UInt8>, _ isNegative: Bool) {
        let whole = DigitRun(at: start)
        guard whole.count < 2 || start.pointee != UInt8(ascii: "0") else { return nil }
        var mantissa = whole.value
        var position = start + whole.count
        var fractionCount = 0
        if position.pointee == UInt8(ascii: ".") {
            let fraction = DigitRun(at: position + 1)
            fractionCount = fraction.count
            guard whole.count + fractionCount <= 19, whole.count + fractionCount > 0 else { return nil }
            mantissa = mantissa &* DigitRun.scales[fractionCount] &+ fraction.value
            position += 1 + fractionCount
        } else {
            guard whole.count <= 19, mantissa <= 1 << 53 else { return nil }
        }
        guard PlainNumber.endsCell(position.pointee) else { return nil }
        value = PlainNumber.signed(DecimalNumber.quotient(mantissa, tens: fractionCount), isNegative)
        end = position
    }
}

/// Digits in a row, up to 24 of them; the value is meaningless beyond 19.
private struct DigitRun {
    let value: UInt64
    let count: Int

    @inline(__always)
    init(at start: UnsafePointer<UInt8>) {
        var value: UInt64 = 0
        var count = 0
        repeat {
            let digits = ByteWord(at: start + count).bits ^ PlainNumber.zeros
            let marks = ByteWord.marksOfNonDigits(digits)
            guard marks != 0 else {
                value = value &* 100_000_000 &+ PlainNumber.value(ofEight: digits)
                count &+= 8
                continue
            }
            let more = ByteWord.first(marks)
            if more > 0 {
                value = value &* Self.scales[more] &+ PlainNumber.value(ofEight: digits &<< UInt64(64 &- 8 &* more))
                count &+= more
            }
            break
        } while count < 24
        self.value = value
        self.count = count
    }

    static let scales: [UInt64] = [
        1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000, 1_000_000_000, 10_000_000_000,
        100_000_000_000, 1_000_000_000_000, 10_000_000_000_000, 100_000_000_000_000, 1_000_000_000_000_000,
        10_000_000_000_000_000, 100_000_000_000_000_000, 1_000_000_000_000_000_000, 10_000_000_000_000_000_000,
    ]
}
