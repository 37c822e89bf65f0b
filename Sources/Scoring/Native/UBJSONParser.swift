import GatehouseCore

/// Reads UBJSON (draft 12), the binary JSON that XGBoost writes, into the same values as JSON.
///
/// A count is checked against the bytes that are left before anything is allocated for it, so a few bytes cannot ask
/// for gigabytes; arrays of values without a payload (`[$Z#…`), which would defeat that, are refused.
struct UBJSONParser {
    static let depthMax = 64

    private let bytes: UnsafeBufferPointer<UInt8>
    private var position = 0
    private var valuesLeft = ModelLimits.valuesMax

    /// Parses one document that fills `bytes`. Fails with `invalidArgument` naming the byte offset.
    static func parse(_ bytes: [UInt8]) throws(GatehouseError) -> JSONValue {
        let result = bytes.withUnsafeBufferPointer { buffer in
            Result { () throws(GatehouseError) in
                var parser = UBJSONParser(bytes: buffer)
                let value = try parser.value(marker: try parser.marker(), depth: 0)
                guard parser.position == buffer.count else { throw parser.failure("unexpected bytes after the document") }
                return value
            }
        }
        return try result.get()
    }

    /// Whether `byte` can follow the `{` of a UBJSON object (and not of a JSON one).
    static func startsMember(_ byte: UInt8) -> Bool { "UiIlL$#N".utf8.contains(byte) }

    private init(bytes: UnsafeBufferPointer<UInt8>) { self.bytes = bytes }

    private var remaining: Int { bytes.count - position }

    private func failure(_ what: String) -> GatehouseError {
        GatehouseError(
            .invalidArgument, "Not valid UBJSON: \(what) at byte \(position).",
            hint: "The file is damaged or cut short: save the model again.")
    }

    private mutating func marker() throws(GatehouseError) -> UInt8 {
        while position < bytes.count {
            position += 1
            if bytes[position - 1] != UInt8(ascii: "N") { return bytes[position - 1] }
        }
        throw failure("the document ends too early")
    }

    private mutating func consume(_ byte: UInt8) -> Bool {
        guard position < bytes.count, bytes[position] == byte else { return false }
        position += 1
        return true
    }

    /// The end of a container without a count, and fillers before it.
    private mutating func consumeEnd(_ byte: UInt8) -> Bool {
        while consume(UInt8(ascii: "N")) {}
        return consume(byte)
    }

    // MARK: - Values

    private mutating func value(marker: UInt8, depth: Int) throws(GatehouseError) -> JSONValue {
        guard depth <= Self.depthMax else { throw failure("nested more than \(Self.depthMax) deep") }
        guard valuesLeft > 0 else { throw failure("more than \(ModelLimits.valuesMax) values") }
        valuesLeft -= 1
        switch marker {
        case UInt8(ascii: "Z"): return .null
        case UInt8(ascii: "T"): return .bool(true)
        case UInt8(ascii: "F"): return .bool(false)
        case UInt8(ascii: "d"): return .number(Double(Float(bitPattern: try bigEndian(UInt32.self))))
        case UInt8(ascii: "D"): return .number(Double(bitPattern: try bigEndian(UInt64.self)))
        case UInt8(ascii: "C"): return .string(try text(byteCount: 1))
        case UInt8(ascii: "S"): return .string(try text(byteCount: try length()))
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "{"): return try object(depth: depth)
        default:
            guard let number = try integer(marker: marker) else {
                throw failure("the unknown marker \(marker)")
            }
            return .integer(number)
        }
    }

    private mutating func integer(marker: UInt8) throws(GatehouseError) -> Int64? {
        switch marker {
        case UInt8(ascii: "U"): Int64(try bigEndian(UInt8.self))
        case UInt8(ascii: "i"): Int64(try bigEndian(Int8.self))
        case UInt8(ascii: "I"): Int64(try bigEndian(Int16.self))
        case UInt8(ascii: "l"): Int64(try bigEndian(Int32.self))
        case UInt8(ascii: "L"): try bigEndian(Int64.self)
        default: nil
        }
    }

    private mutating func bigEndian<Number: FixedWidthInteger>(_: Number.Type) throws(GatehouseError) -> Number {
        let size = MemoryLayout<Number>.size
        guard remaining >= size else { throw failure("the document ends too early") }
        let raw = UnsafeRawBufferPointer(bytes).loadUnaligned(fromByteOffset: position, as: Number.self)
        position += size
        return Number(bigEndian: raw)
    }

    /// A count or the length of a text: never more than the bytes that are left.
    private mutating func length() throws(GatehouseError) -> Int {
        let marker = try marker()
        guard let number = try integer(marker: marker) else { throw failure("a length must be an integer") }
        guard number >= 0, number <= Int64(remaining) else {
            throw failure("a length of \(number) with \(remaining) bytes left")
        }
        return Int(number)
    }

    private mutating func text(byteCount: Int) throws(GatehouseError) -> String {
        guard remaining >= byteCount else { throw failure("the document ends too early") }
        guard let text = String(validating: bytes[position..<position + byteCount], as: UTF8.self) else {
            throw failure("a text is not UTF-8")
        }
        position += byteCount
        return text
    }

    // MARK: - Containers

    /// `$type #count`, `#count` or nothing.
    private mutating func containerHeader() throws(GatehouseError) -> (type: UInt8?, count: Int?) {
        guard consume(UInt8(ascii: "$")) else {
            return (nil, consume(UInt8(ascii: "#")) ? try length() : nil)
        }
        let type = try marker()
        guard consume(UInt8(ascii: "#")) else { throw failure("a type without a count") }
        let count = try length()
        guard let size = Self.payloadBytesMin(type) else { throw failure("a list of the type \(type), which has no bytes") }
        guard count <= remaining / size, count <= valuesLeft else {
            throw failure("a count of \(count) with \(remaining) bytes left")
        }
        return (type, count)
    }

    /// The fewest bytes a value of the type takes behind its marker; nil when none at all.
    private static func payloadBytesMin(_ marker: UInt8) -> Int? {
        switch marker {
        case UInt8(ascii: "U"), UInt8(ascii: "i"), UInt8(ascii: "C"), UInt8(ascii: "["), UInt8(ascii: "{"): 1
        case UInt8(ascii: "I"), UInt8(ascii: "S"): 2
        case UInt8(ascii: "l"), UInt8(ascii: "d"): 4
        case UInt8(ascii: "L"), UInt8(ascii: "D"): 8
        default: nil
        }
    }

    private mutating func array(depth: Int) throws(GatehouseError) -> JSONValue {
        let (type, count) = try containerHeader()
        var elements: [JSONValue] = []
        guard let count else {
            while !consumeEnd(UInt8(ascii: "]")) {
                elements.append(try value(marker: try marker(), depth: depth + 1))
            }
            return .array(elements)
        }
        if type != nil { elements.reserveCapacity(count) }
        for _ in 0..<count {
            let marker = if let type { type } else { try marker() }
            elements.append(try value(marker: marker, depth: depth + 1))
        }
        return .array(elements)
    }

    private mutating func object(depth: Int) throws(GatehouseError) -> JSONValue {
        let (type, count) = try containerHeader()
        var members: [String: JSONValue] = [:]
        var read = 0
        while count.map({ read < $0 }) ?? !consumeEnd(UInt8(ascii: "}")) {
            let key = try text(byteCount: try length())
            let marker = if let type { type } else { try marker() }
            let member = try value(marker: marker, depth: depth + 1)
            guard members.updateValue(member, forKey: key) == nil else { throw failure("the key '\(key)' stands twice") }
            read += 1
        }
        return .object(members)
    }
}
