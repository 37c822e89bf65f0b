/// A decimal number at the beginning of some bytes: `-12`, `.5`, `3.`, `1.25e-7`. A whole number with a leading zero
/// is not one: `007` is a code whose zeros matter.
///
/// The value is exact, that is correctly rounded, for every number of at most 19 significant digits and a small
/// exponent, without the general algorithm: see `value`.
struct DecimalNumber {
    /// Behind the last byte that belongs to the number.
    let end: UnsafePointer<UInt8>
    private let isNegative: Bool
    /// The digits without the point; meaningless unless `isWithinMantissa`.
    private let mantissa: UInt64
    private let isWithinMantissa: Bool
    private let exponent: Int
    private let isWhole: Bool

    /// Nil when no number stands here. Reads until a byte that cannot continue a number, so such a byte must follow.
    @inline(__always)
    init?(at start: UnsafePointer<UInt8>) {
        var position = start
        isNegative = position.pointee == UInt8(ascii: "-")
        if isNegative || position.pointee == UInt8(ascii: "+") { position += 1 }
        let firstDigit = position
        var digits: UInt64 = 0
        Self.readDigits(&position, &digits)
        let wholeDigits = position - firstDigit
        if wholeDigits > 1, firstDigit.pointee == UInt8(ascii: "0") { return nil }
        var fractionDigits = 0
        var isWhole = true
        if position.pointee == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            let firstFraction = position
            Self.readDigits(&position, &digits)
            fractionDigits = position - firstFraction
        }
        guard wholeDigits + fractionDigits > 0 else { return nil }
        isWithinMantissa =
            wholeDigits + fractionDigits <= 19
            || Self.significantDigits(from: firstDigit, to: position) <= 19
        var power = 0
        if position.pointee | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            guard let (written, end) = Self.exponent(at: position + 1) else { return nil }
            power = written
            position = end
        }
        end = position
        mantissa = digits
        exponent = power - fractionDigits
        self.isWhole = isWhole
    }

    /// Wraps around beyond 19 digits; the caller counts them.
    @inline(__always)
    private static func readDigits(_ position: inout UnsafePointer<UInt8>, _ value: inout UInt64) {
        var digit = position.pointee &- 48
        while digit < 10 {
            value = value &* 10 &+ UInt64(digit)
            position += 1
            digit = position.pointee &- 48
        }
    }

    private static func significantDigits(from start: UnsafePointer<UInt8>, to end: UnsafePointer<UInt8>) -> Int {
        var position = start
        while position < end, position.pointee == UInt8(ascii: "0") || position.pointee == UInt8(ascii: ".") { position += 1 }
        var count = 0
        while position < end {
            count += position.pointee == UInt8(ascii: ".") ? 0 : 1
            position += 1
        }
        return count
    }

    /// Exponents beyond ±99 999 are all the same: zero or infinity.
    private static func exponent(at start: UnsafePointer<UInt8>) -> (Int, end: UnsafePointer<UInt8>)? {
        var position = start
        let isNegative = position.pointee == UInt8(ascii: "-")
        if isNegative || position.pointee == UInt8(ascii: "+") { position += 1 }
        let firstDigit = position
        var value = 0
        while position.pointee &- 48 < 10 {
            value = min(value * 10 + Int(position.pointee &- 48), 99_999)
            position += 1
        }
        return position == firstDigit ? nil : (isNegative ? -value : value, position)
    }

    /// A whole number beyond ±2⁵³, where doubles have gaps.
    @inline(__always)
    var isBeyondExactIntegers: Bool { isWhole && (!isWithinMantissa || mantissa > 1 << 53) }

    /// The nearest double, or nil when the general algorithm is needed: more than 19 significant digits, or an
    /// exponent that is positive and large or below -27.
    ///
    /// Up to 2⁵³ and 10²² both parts are exact doubles, so that one division or multiplication rounds rightly
    /// (Clinger, "How to read floating point numbers accurately", 1990).
    @inline(__always)
    var value: Double? {
        guard isWithinMantissa else { return nil }
        let magnitude: Double
        if exponent <= 0, exponent >= -27 {
            magnitude = Self.quotient(mantissa, tens: -exponent)
        } else if mantissa <= 1 << 53, exponent > 0, exponent <= 22 {
            magnitude = Double(mantissa) * Self.powersOfTen[exponent]
        } else if mantissa == 0 {
            magnitude = 0
        } else {
            return nil
        }
        return isNegative ? -magnitude : magnitude
    }

    /// `mantissa / 10^tens` as the nearest double, for up to 27 tens.
    @inline(__always)
    static func quotient(_ mantissa: UInt64, tens: Int) -> Double {
        if mantissa <= 1 << 53, tens <= 22 { return Double(mantissa) / powersOfTen[tens] }
        return mantissa == 0 ? 0 : longQuotient(mantissa, powerOfTen: tens)
    }

    /// `mantissa / 10^power`, rounded to the nearest double, ties to even, by one division of 128 by 64 bits.
    ///
    /// With both numbers shifted to 64 bits the quotient has 63 or 64, ten more than a double holds; whether anything
    /// was left over is kept in its lowest bit, so that the one rounding at the end sees a tie only where there is one.
    private static func longQuotient(_ mantissa: UInt64, powerOfTen power: Int) -> Double {
        let divisor = powersOfFive[power]
        let dividendShift = mantissa.leadingZeroBitCount
        let divisorShift = divisor.leadingZeroBitCount
        let dividend = mantissa << UInt64(dividendShift)
        let (quotient, remainder) = (divisor << UInt64(divisorShift)).dividingFullWidth((dividend >> 1, dividend << 63))
        let scale = divisorShift - dividendShift - 63 - power
        // Two to the power of `scale`, put together from its bits: between -152 and 0 the exponent is a normal one.
        let unit = Double(bitPattern: UInt64(1023 + scale) << 52)
        return Double(quotient | (remainder == 0 ? 0 : 1)) * unit
    }

    static let powersOfTen: [Double] = [
        1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20,
        1e21, 1e22,
    ]
    private static let powersOfFive: [UInt64] = [
        1, 5, 25, 125, 625, 3_125, 15_625, 78_125, 390_625, 1_953_125, 9_765_625, 48_828_125, 244_140_625,
        1_220_703_125, 6_103_515_625, 30_517_578_125, 152_587_890_625, 762_939_453_125, 3_814_697_265_625,
        19_073_486_328_125, 95_367_431_640_625, 476_837_158_203_125, 2_384_185_791_015_625,
        11_920_928_955_078_125, 59_604_644_775_390_625, 298_023_223_876_953_125, 1_490_116_119_384_765_625,
        7_450_580_596_923_828_125,
    ]
}
