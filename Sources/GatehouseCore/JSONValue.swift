/// A JSON document as a value. Objects have no order; `canonicalText` gives the one text that is hashed and stored.
package enum JSONValue: Sendable, Hashable {
    case null
    case bool(Bool)
    case number(Double)
    /// Kept apart from `number` so that 64-bit counters survive a round trip.
    case integer(Int64)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

extension JSONValue {
    package subscript(key: String) -> JSONValue? {
        guard case .object(let members) = self else { return nil }
        return members[key]
    }

    package var stringValue: String? {
        guard case .string(let text) = self else { return nil }
        return text
    }

    package var boolValue: Bool? {
        guard case .bool(let flag) = self else { return nil }
        return flag
    }

    package var doubleValue: Double? {
        switch self {
        case .number(let value): value
        case .integer(let value): Double(value)
        case .null, .bool, .string, .array, .object: nil
        }
    }

    package var integerValue: Int64? {
        switch self {
        case .integer(let value): value
        case .number(let value): Int64(exactly: value)
        case .null, .bool, .string, .array, .object: nil
        }
    }

    package var arrayValue: [JSONValue]? {
        guard case .array(let elements) = self else { return nil }
        return elements
    }

    package var objectValue: [String: JSONValue]? {
        guard case .object(let members) = self else { return nil }
        return members
    }

    /// An optional number; JSON has no NaN or infinity, so those become null as well.
    package static func number(orNull value: Double?) -> JSONValue {
        guard let value, value.isFinite else { return .null }
        return .number(value)
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral, ExpressibleByFloatLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral, ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(floatLiteral value: Double) { self = .number(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements, uniquingKeysWith: { _, last in last }))
    }
    package init(nilLiteral: ()) { self = .null }
}

// MARK: - Canonical text

extension JSONValue {
    /// One text per value: keys sorted by UTF-8 bytes, no white space, the shortest decimal form that reads back equal.
    /// Not-finite numbers, which JSON cannot carry, are written as null.
    package var canonicalText: String { String(decoding: canonicalBytes, as: UTF8.self) }

    package var canonicalBytes: [UInt8] {
        var out = [UInt8]()
        write(to: &out)
        return out
    }

    /// For people: the same order, indented by two spaces.
    package var prettyText: String {
        var out = [UInt8]()
        write(to: &out, indent: 0)
        return String(decoding: out, as: UTF8.self)
    }

    private func write(to out: inout [UInt8], indent: Int? = nil) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let flag): out += (flag ? "true" : "false").utf8
        case .integer(let value): out += String(value).utf8
        case .number(let value): out += Self.text(of: value).utf8
        case .string(let text): Self.write(text, to: &out)
        case .array(let elements):
            Self.writeList(elements, open: "[", close: "]", to: &out, indent: indent) { element, out, inner in
                element.write(to: &out, indent: inner)
            }
        case .object(let members):
            let sorted = members.sorted { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            Self.writeList(sorted, open: "{", close: "}", to: &out, indent: indent) { member, out, inner in
                Self.write(member.key, to: &out)
                out += (inner == nil ? ":" : ": ").utf8
                member.value.write(to: &out, indent: inner)
            }
        }
    }

    private static func writeList<Element>(
        _ elements: [Element], open: String, close: String, to out: inout [UInt8], indent: Int?,
        each: (Element, inout [UInt8], Int?) -> Void
    ) {
        out += open.utf8
        for (index, element) in elements.enumerated() {
            if index > 0 { out += ",".utf8 }
            if let indent { out += ("\n" + String(repeating: "  ", count: indent + 1)).utf8 }
            each(element, &out, indent.map { $0 + 1 })
        }
        if let indent, !elements.isEmpty { out += ("\n" + String(repeating: "  ", count: indent)).utf8 }
        out += close.utf8
    }

    /// ECMAScript's form (ECMA-262, Number::toString). Swift finds the same shortest digits and only lays them out
    /// differently: `1.0`, `1e-05` and `1e+16` here are `1`, `0.00001` and `10000000000000000`.
    private static func text(of value: Double) -> String {
        guard value.isFinite else { return "null" }
        if value == value.rounded(), abs(value) < 9_007_199_254_740_992 { return String(Int64(value)) }
        let swift = "\(value.magnitude)"
        let sign = value < 0 ? "-" : ""
        guard swift.utf8.contains(UInt8(ascii: "e")) || swift.hasSuffix(".0") else { return sign + swift }
        let parts = swift.split(separator: "e")
        let mantissa = parts[0].split(separator: ".")
        let fraction = mantissa.count == 2 && mantissa[1] != "0" ? mantissa[1] : ""
        let exponent = parts.count == 2 ? Int(parts[1]) ?? 0 : 0
        return sign + laidOut(String(mantissa[0] + fraction), point: mantissa[0].count + exponent)
    }

    /// `digits`, the first of them not 0, with the decimal point behind `point` of them.
    private static func laidOut(_ digits: String, point: Int) -> String {
        func zeros(_ count: Int) -> String { String(repeating: "0", count: count) }
        switch point {
        case digits.count...21: return digits + zeros(point - digits.count)
        case 1...21: return "\(digits.prefix(point)).\(digits.dropFirst(point))"
        case -5...0: return "0." + zeros(-point) + digits
        default:
            let fraction = digits.count == 1 ? "" : ".\(digits.dropFirst())"
            return "\(digits.prefix(1))\(fraction)e\(point > 0 ? "+" : "-")\(abs(point - 1))"
        }
    }

    private static func write(_ text: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        writeEscaped(text, to: &out)
        out.append(UInt8(ascii: "\""))
    }

    /// The characters of a JSON string without the quotes around them.
    static func writeEscaped(_ text: String, to out: inout [UInt8]) {
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "\""): out += #"\""#.utf8
            case UInt8(ascii: "\\"): out += #"\\"#.utf8
            case 8: out += #"\b"#.utf8
            case 9: out += #"\t"#.utf8
            case 10: out += #"\n"#.utf8
            case 12: out += #"\f"#.utf8
            case 13: out += #"\r"#.utf8
            case 0..<32:
                let digits = Array("0123456789abcdef".utf8)
                out += #"\u00"#.utf8
                out += [digits[Int(byte >> 4)], digits[Int(byte & 15)]]
            default: out.append(byte)
            }
        }
    }
}
