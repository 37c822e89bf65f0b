import Glibc

/// Numbers in sentences.
package enum Wording {
    /// `0.8612`. Halves round to even as the C library does; a negative zero loses its sign.
    package static func fixed(_ value: Double, _ decimals: Int) -> String {
        guard value.isFinite else { return value.isNaN ? "NaN" : value < 0 ? "−∞" : "∞" }
        // 309 digits before the point, a sign, the point, the decimals and the terminating zero.
        var buffer = [CChar](repeating: 0, count: 320 + decimals)
        let length = withVaList([Int32(truncatingIfNeeded: decimals), abs(value)]) {
            vsnprintf(&buffer, buffer.count, "%.*f", $0)
        }
        let digits = String(decoding: buffer.prefix(Int(max(length, 0))).map { UInt8(bitPattern: $0) }, as: UTF8.self)
        let isZero = digits.utf8.allSatisfy { $0 == UInt8(ascii: "0") || $0 == UInt8(ascii: ".") }
        return value < 0 && !isZero ? "−" + digits : digits
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

    /// `1 row`, `12 rows`.
    package static func count(_ number: Int, _ noun: String) -> String { "\(number) \(noun)\(number == 1 ? "" : "s")" }

    /// The first few of many, then how many more.
    package static func list(_ items: [String], max: Int = 5, separator: String = ", ") -> String {
        items.prefix(max).joined(separator: separator) + (items.count > max ? " and \(items.count - max) more" : "")
    }
}
