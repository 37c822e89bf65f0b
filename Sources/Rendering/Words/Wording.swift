import Glibc

/// Numbers in sentences.
package enum Wording {
    /// `0.8612`. Halves round to even as the C library does; a negative zero loses its sign.
    package static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return unbounded(value) }
        let digits = formatted("%.*f", decimals, abs(value))
        let isZero = digits.utf8.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
        return value < 0 && !isZero ? "−" + digits : digits
    }

    /// `1.23e9`: for numbers whose size matters more than their digits. Zeros at the end are left out.
    package static func scientific(_ value: Double, _ significant: Int) -> String {
        guard value.isFinite else { return unbounded(value) }
        let parts = formatted("%.*e", max(significant, 1) - 1, abs(value)).split(separator: "e")
        guard parts.count == 2, let exponent = Int(parts[1]) else { return fixed(value, significant) }
        var digits = parts[0]
        while digits.contains("."), digits.last == "0" || digits.last == "." {
            let isPoint = digits.removeLast() == "."
            if isPoint { break }
        }
        return (value < 0 ? "−" : "") + digits + "e" + (exponent < 0 ? "−" : "") + "\(abs(exponent))"
    }

    /// As `fixed`, but a number too large to be read digit by digit is written as a power of ten.
    package static func readable(_ value: Double, _ decimals: Int) -> String {
        abs(value) < 1e9 || !value.isFinite ? fixed(value, decimals) : scientific(value, 4)
    }

    private static func unbounded(_ value: Double) -> String { value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }

    private static func formatted(_ format: String, _ decimals: Int, _ value: Double) -> String {
        // 309 digits before the point, a sign, the point, an exponent, the decimals and the terminating zero.
        var buffer = [CChar](repeating: 0, count: 330 + decimals)
        let length = withVaList([Int32(truncatingIfNeeded: decimals), value]) {
            vsnprintf(&buffer, buffer.count, format, $0)
        }
        return String(decoding: buffer.prefix(Int(max(length, 0))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// `42.1 %` for 0.421.
    package static func percent(_ share: Double) -> String { fixed(share * 100, 1) + " %" }

    /// Two numbers with as many decimals as it takes to see that they differ: `0.81998` and `0.82000`, not `0.8200` twice.
    package static func apart(_ first: Double, _ second: Double, decimals: Int = 4) -> (String, String) {
        for decimals in decimals...15 {
            let words = (fixed(first, decimals), fixed(second, decimals))
            if words.0 != words.1 || first == second { return words }
        }
        return (fixed(first, 15), fixed(second, 15))
    }

    /// `0.84…0.88`.
    package static func range(_ lower: Double, _ upper: Double, decimals: Int = 4) -> String {
        fixed(lower, decimals) + "…" + fixed(upper, decimals)
    }

    /// Four significant digits: what a person compares. JSON holds all of them.
    package static func compact(_ value: Double) -> String {
        let magnitude = abs(value)
        let decimals =
            magnitude == 0 || magnitude >= 1000 ? 0 : magnitude >= 100 ? 1 : magnitude >= 10 ? 2 : magnitude >= 1 ? 3 : 4
        return fixed(value, decimals)
    }

    /// `12,345`.
    package static func grouped(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        let parts = stride(from: digits.count, to: 0, by: -3).map { String(digits[max(0, $0 - 3)..<$0]) }
        return (number < 0 ? "−" : "") + parts.reversed().joined(separator: ",")
    }

    /// `1 row`, `12,000 rows`.
    package static func count(_ number: Int, _ noun: String) -> String {
        "\(grouped(number)) \(noun)\(number == 1 ? "" : "s")"
    }

    /// The same for a noun, or a few words, with a plural of their own: `2 entries lead`.
    package static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(grouped(number)) \(number == 1 ? one : many)"
    }

    /// A p-value for a column: `0.69`, `0.015`, `< 0.001`.
    package static func pValue(_ p: Double) -> String { p < 0.001 ? "< 0.001" : fixed(p, p < 0.0995 ? 3 : 2) }

    /// A p-value for a sentence: `p = 0.69`, `p < 0.001`.
    package static func pEquals(_ p: Double) -> String { p < 0.001 ? "p < 0.001" : "p = " + pValue(p) }

    /// `95 %`, `99.9 %`: no decimals that say nothing.
    package static func compactPercent(_ share: Double) -> String {
        let tenths = (share * 1000).rounded()
        return tenths.truncatingRemainder(dividingBy: 10) == 0 ? fixed(share * 100, 0) + " %" : percent(share)
    }

    /// The first few of many, then how many more.
    package static func list(_ items: [String], max: Int = 5, separator: String = ", ") -> String {
        items.prefix(max).joined(separator: separator) + (items.count > max ? " and \(items.count - max) more" : "")
    }
}
