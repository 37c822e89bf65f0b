extension Duration {
    /// Whole milliseconds, rounded towards zero.
    package var milliseconds: Int64 {
        components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
    }

    /// Reads `500ms`, `30s`, `10m`, `48h`, `7d`; a whole number and one unit. Nil for anything else.
    package init?(text: String) {
        let digits = text.prefix(while: \.isNumber)
        guard let count = Int64(digits), count <= 1_000_000_000 else { return nil }
        switch text.dropFirst(digits.count) {
        case "ms": self = .milliseconds(count)
        case "s": self = .seconds(count)
        case "m": self = .seconds(count * 60)
        case "h": self = .seconds(count * 3600)
        case "d": self = .seconds(count * 86_400)
        default: return nil
        }
    }

    /// The shortest exact form of `init(text:)`: `7d`, `90m`, `1500ms`.
    package var shortText: String {
        let total = milliseconds
        for (unit, size) in [("d", Int64(86_400_000)), ("h", 3_600_000), ("m", 60_000), ("s", 1000)]
        where total != 0 && total % size == 0 {
            return "\(total / size)\(unit)"
        }
        return "\(total)ms"
    }
}
