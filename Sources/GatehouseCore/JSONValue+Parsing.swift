/// Reads JSON (RFC 8259). Ours because the same reader must serve model files and data rows: it has limits, names the
/// byte it stumbled over, keeps 64-bit integers and can accept the `NaN` and `Infinity` that XGBoost and Python write.
package struct JSONParser {
    package static let depthMax = 128

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private let allowsNonFinite: Bool

    /// Parses one document; anything but white space after it is an error. Fails with `invalidArgument` and the byte offset.
    package static func parse(
        _ bytes: some Collection<UInt8>, allowsNonFinite: Bool = false
    ) throws(GatehouseError) -> JSONValue {
        let contiguous = ContiguousArray(bytes)
        let result = contiguous.withUnsafeBufferPointer { buffer in
            Result { () throws(GatehouseError) in try parse(buffer: buffer, allowsNonFinite: allowsNonFinite) }
        }
        return try result.get()
    }

    package static func parse(_ text: String, allowsNonFinite: Bool = false) throws(GatehouseError) -> JSONValue {
        try parse(text.utf8, allowsNonFinite: allowsNonFinite)
    }

    /// The same without a copy, for a line of a memory-mapped file.
    package static func parse(
        buffer: UnsafeBufferPointer<UInt8>, allowsNonFinite: Bool = false
    ) throws(GatehouseError) -> JSONValue {
        var parser = JSONParser(bytes: buffer, allowsNonFinite: allowsNonFinite)
        let value = try parser.value(depth: 0)
        parser.skipSpace()
        guard parser.position == buffer.count else { throw parser.failure("unexpected text after the document") }
        return value
    }

    private init(bytes: UnsafeBufferPointer<UInt8>, allowsNonFinite: Bool) {
        self.bytes = bytes
        self.allowsNonFinite = allowsNonFinite
    }

    private func failure(_ what: String) -> GatehouseError {
        GatehouseError(.invalidArgument, "Not valid JSON: \(what) at byte \(position).")
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private mutating func value(depth: Int) throws(GatehouseError) -> JSONValue {
        guard depth < Self.depthMax else { throw failure("nested more than \(Self.depthMax) deep") }
        skipSpace()
        guard position < bytes.count else { throw failure("the text ends too early") }
        switch bytes[position] {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t"): return try word("true", .bool(true))
        case UInt8(ascii: "f"): return try word("false", .bool(false))
        case UInt8(ascii: "n"): return try word("null", .null)
        case UInt8(ascii: "N") where allowsNonFinite: return try word("NaN", .number(.nan))
        case UInt8(ascii: "I") where allowsNonFinite: return try word("Infinity", .number(.infinity))
        case UInt8(ascii: "-") where allowsNonFinite && position + 1 < bytes.count && bytes[position + 1] == UInt8(ascii: "I"):
            return try word("-Infinity", .number(-.infinity))
        default: return try number()
        }
    }

    private mutating func word(_ text: StaticString, _ value: JSONValue) throws(GatehouseError) -> JSONValue {
        let count = text.utf8CodeUnitCount
        guard position + count <= bytes.count,
            (0..<count).allSatisfy({ bytes[position + $0] == text.utf8Start[$0] })
        else { throw failure("unexpected character") }
        position += count
        return value
    }

    private mutating func object(depth: Int) throws(GatehouseError) -> JSONValue {
        position += 1
        var members: [String: JSONValue] = [:]
        skipSpace()
        if try consume(UInt8(ascii: "}")) { return .object(members) }
        while true {
            skipSpace()
            guard position < bytes.count, bytes[position] == UInt8(ascii: "\"") else { throw failure("expected a key") }
            let key = try string()
            skipSpace()
            guard try consume(UInt8(ascii: ":")) else { throw failure("expected ':'") }
            let member = try value(depth: depth + 1)
            guard members.updateValue(member, forKey: key) == nil else {
                throw failure("the key '\(key.prefix(80))' stands twice")
            }
            skipSpace()
            if try consume(UInt8(ascii: "}")) { return .object(members) }
            guard try consume(UInt8(ascii: ",")) else { throw failure("expected ',' or '}'") }
        }
    }

    private mutating func array(depth: Int) throws(GatehouseError) -> JSONValue {
        position += 1
        var elements: [JSONValue] = []
        skipSpace()
        if try consume(UInt8(ascii: "]")) { return .array(elements) }
        while true {
            elements.append(try value(depth: depth + 1))
            skipSpace()
            if try consume(UInt8(ascii: "]")) { return .array(elements) }
            guard try consume(UInt8(ascii: ",")) else { throw failure("expected ',' or ']'") }
        }
    }

    private mutating func consume(_ byte: UInt8) throws(GatehouseError) -> Bool {
        guard position < bytes.count else { throw failure("the text ends too early") }
        guard bytes[position] == byte else { return false }
        position += 1
        return true
    }

    private mutating func number() throws(GatehouseError) -> JSONValue {
        let start = position
        var isWhole = true
        if position < bytes.count, bytes[position] == UInt8(ascii: "-") { position += 1 }
        let firstDigit = position
        let integerDigits = digits()
        guard integerDigits == 1 || (integerDigits > 1 && bytes[firstDigit] != UInt8(ascii: "0")) else {
            throw failure("unexpected character")
        }
        if position < bytes.count, bytes[position] == UInt8(ascii: ".") {
            isWhole = false
            position += 1
            guard digits() > 0 else { throw failure("a digit must follow the point") }
        }
        if position < bytes.count, bytes[position] | 0x20 == UInt8(ascii: "e") {
            isWhole = false
            position += 1
            if position < bytes.count, bytes[position] == UInt8(ascii: "+") || bytes[position] == UInt8(ascii: "-") {
                position += 1
            }
            guard digits() > 0 else { throw failure("a digit must follow the exponent sign") }
        }
        let text = String(decoding: bytes[start..<position], as: UTF8.self)
        if isWhole, let integer = Int64(text), text != "-0" { return .integer(integer) }
        guard let value = Double(text), value.isFinite || allowsNonFinite else {
            throw failure("a number beyond the range of a double")
        }
        return .number(value)
    }

    private mutating func digits() -> Int {
        let start = position
        while position < bytes.count, (48...57).contains(bytes[position]) { position += 1 }
        return position - start
    }

    private mutating func string() throws(GatehouseError) -> String {
        position += 1
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\""), bytes[position] != UInt8(ascii: "\\"),
            bytes[position] >= 32
        {
            position += 1
        }
        guard position < bytes.count else { throw failure("a string does not end") }
        var out = Array(bytes[start..<position])
        while bytes[position] != UInt8(ascii: "\"") {
            guard bytes[position] >= 32 else { throw failure("a control character in a string") }
            if bytes[position] == UInt8(ascii: "\\") { out += try escape() } else { out.append(bytes[position]); position += 1 }
            guard position < bytes.count else { throw failure("a string does not end") }
        }
        position += 1
        guard let text = String(validating: out, as: UTF8.self) else { throw failure("a string is not UTF-8") }
        return text
    }

    private mutating func escape() throws(GatehouseError) -> [UInt8] {
        guard position + 1 < bytes.count else { throw failure("a string does not end") }
        let kind = bytes[position + 1]
        position += 2
        switch kind {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [kind]
        case UInt8(ascii: "b"): return [8]
        case UInt8(ascii: "f"): return [12]
        case UInt8(ascii: "n"): return [10]
        case UInt8(ascii: "r"): return [13]
        case UInt8(ascii: "t"): return [9]
        case UInt8(ascii: "u"):
            var unit = try hexUnit()
            if (0xD800..<0xDC00).contains(unit), position + 1 < bytes.count, bytes[position] == UInt8(ascii: "\\"),
                bytes[position + 1] == UInt8(ascii: "u")
            {
                position += 2
                let low = try hexUnit()
                guard (0xDC00..<0xE000).contains(low) else { throw failure("half a surrogate pair") }
                unit = 0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(unit) else { throw failure("half a surrogate pair") }
            return Array(String(Character(scalar)).utf8)
        default: throw failure("an unknown escape")
        }
    }

    private mutating func hexUnit() throws(GatehouseError) -> UInt32 {
        guard position + 4 <= bytes.count,
            let unit = UInt32(String(decoding: bytes[position..<position + 4], as: UTF8.self), radix: 16),
            bytes[position] != UInt8(ascii: "+"), bytes[position] != UInt8(ascii: "-")
        else { throw failure("four hexadecimal digits must follow \\u") }
        position += 4
        return unit
    }
}
