import Statistics

extension Mutator {
    static let oddBytes: [UInt8] =
        Array("\0\t\n\r \"#$%&'()*+,-./0129:;<=>?@AZ[\\]^_`az{|}~".utf8) + [0x7F, 0x80, 0xC0, 0xED, 0xFE, 0xFF]

    /// Numbers where arithmetic goes wrong: edges of every integer and floating-point type, and no numbers at all.
    static let extremes: [[UInt8]] = [
        "-1", "0", "-0", "1", "2", "7", "255", "256", "1000", "1001", "1024", "65536", "100000", "100001", "16777216", "16777217",
        "2147483647", "2147483648", "-2147483648", "-2147483649", "4294967295", "4294967296", "9007199254740993",
        "9223372036854775807", "9223372036854775808", "-9223372036854775808", "-9223372036854775809", "18446744073709551616",
        "1e15", "1e38", "3.5e38", "1e308", "-1e308", "1e309", "5e-324", "1e-400", "1e-35", "1e99999999999", "0.1", ".5", "5.",
        "+1",
        "00", "0x10", "1_000", "1e", "NaN", "nan", "inf", "-inf", "Infinity", "null", "true", "", "-", "[]", "[1E400,2]", "\"5\"",
        String(repeating: "9", count: 400), "0." + String(repeating: "0", count: 400) + "1",
    ].map { Array($0.utf8) }

    /// What a grammar gives a meaning, whichever reader it is for.
    private static let signs: [[UInt8]] = [
        "\"", "\"\"", "'", ",", ",,", ":", ": ", "=", " ", "\t", "\n", "\r\n", "\r", "[", "]", "{", "}", "[]", "{}", "&a ", "*a",
        "<<: *a",
        "!!binary ", "!!int ", "- ", "? ", "|\n", ">\n", "--- ", "...\n", "%YAML 1.1\n", "#", "~", "\u{FEFF}", "\u{0}",
        "\u{2028}",
        "\\u0000", "\\ud800", "\\", "/*", "N/A", "None", "yes", "2027-02-30", "99999999999d", "-5m", "1e9h", "$i#", "$Z#L", "#l",
    ].map { Array($0.utf8) }

    /// Every word of the seeds once, in an order that does not depend on the machine.
    static func words(in seeds: [[UInt8]]) -> [[UInt8]] {
        let wordsMax = 4_000
        var found: Set<[UInt8]> = []
        for seed in seeds {
            for word in seed.split(whereSeparator: { !isWordByte($0) }) where word.count < 64 && found.count < wordsMax {
                found.insert(Array(word))
            }
        }
        return found.sorted { $0.lexicographicallyPrecedes($1) }
    }

    func anyWord(_ generator: inout SeededGenerator) -> [UInt8] {
        let signs = Self.signs
        if dictionary.isEmpty || generator.below(2) == 0 { return signs[generator.below(signs.count)] }
        return dictionary[generator.below(dictionary.count)]
    }

    func replaceWord(from place: Int, in bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard let start = bytes[place...].firstIndex(where: Self.isWordByte) else { return }
        let end = bytes[start...].firstIndex { !Self.isWordByte($0) } ?? bytes.count
        bytes.replaceSubrange(start..<end, with: anyWord(&generator))
    }

    /// The first number at or behind `place`.
    func number(from place: Int, in bytes: [UInt8]) -> Range<Int>? {
        let isDigit: (UInt8) -> Bool = { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
        let isPart: (UInt8) -> Bool = { isDigit($0) || "+-.eE".utf8.contains($0) }
        guard let digit = bytes[place...].firstIndex(where: isDigit) else { return nil }
        let start = bytes[..<digit].lastIndex { !isPart($0) }.map { $0 + 1 } ?? 0
        return start..<(bytes[digit...].firstIndex { !isPart($0) } ?? bytes.count)
    }

    /// Openers without end, up to 16,384 of them: recursion that is not counted ends the stack.
    func nest(at place: Int, in bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let openers = ["[", "{\"a\":", "{", "(", "\"", "- ", "[[", "{i\u{1}a", "[$[#i\u{1}", "? ", "&a [*a,"]
        let opener = Array(openers[generator.below(openers.count)].utf8)
        let depth = 1 << generator.below(15)
        var nested: [UInt8] = []
        nested.reserveCapacity(opener.count * depth)
        for _ in 0..<depth { nested += opener }
        if generator.below(2) == 0 { nested += [UInt8](repeating: UInt8(ascii: "]"), count: depth) }
        bytes.insert(contentsOf: nested, at: place)
    }

    /// A UBJSON number behind its type marker becomes an extreme of some type: counts and lengths are such numbers.
    func replaceTypedValue(from place: Int, in bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        let widths: [(marker: UInt8, width: Int)] = [
            (UInt8(ascii: "i"), 1), (UInt8(ascii: "U"), 1), (UInt8(ascii: "I"), 2), (UInt8(ascii: "l"), 4),
            (UInt8(ascii: "L"), 8),
            (UInt8(ascii: "d"), 4), (UInt8(ascii: "D"), 8),
        ]
        guard let start = bytes[place...].firstIndex(where: { byte in widths.contains { $0.marker == byte } }),
            let old = widths.first(where: { $0.marker == bytes[start] })
        else { return }
        let new = generator.below(4) > 0 ? old : widths[generator.below(widths.count)]
        let patterns: [UInt64] = [
            0, 1, 2, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 31_999_999, 32_000_001, 1 << 40,
            0x7FFF_FFFF_FFFF_FFFF, 0x8000_0000_0000_0000, .max, 0x7F80_0000, 0x7FC0_0000, 0x7FF0_0000_0000_0000,
        ]
        let pattern = patterns[generator.below(patterns.count)]
        let value = (0..<new.width).reversed().map { UInt8(truncatingIfNeeded: pattern >> (UInt64($0) * 8)) }
        bytes.replaceSubrange(start..<min(bytes.count, start + 1 + old.width), with: [new.marker] + value)
    }

    private static func isWordByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "0")...UInt8(ascii: "9"),
            UInt8(ascii: "_"):
            true
        default: false
        }
    }
}
