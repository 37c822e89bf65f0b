import Foundation
import NIOCore
import Scoring

/// Values of a datatype as bytes (little-endian, one behind the other) and as JSON.
extension TensorType {
    /// Fails with the name of the tensor.
    init(named text: String, of tensor: String) throws(CallRefusal) {
        guard let type = TensorType(rawValue: text) else {
            throw CallRefusal(
                .invalidArgument, "The datatype '\(text.prefix(20))' of '\(tensor)' is not one of the protocol.")
        }
        self = type
    }

    /// How many values a shape has; nil for more than `max`, and for what is no shape.
    static func valueCount(_ shape: [Int64], max: Int64) -> Int? {
        var count: Int64 = 1
        for extent in shape {
            let (product, overflows) = count.multipliedReportingOverflow(by: extent)
            guard extent >= 0, overflows == false, product <= max else { return nil }
            count = product
        }
        return Int(exactly: count)
    }

    /// Of one value; nil where each says its own length first.
    var valueBytes: Int? {
        switch self {
        case .bool, .uint8, .int8: 1
        case .uint16, .int16, .fp16: 2
        case .uint32, .int32, .fp32: 4
        case .uint64, .int64, .fp64: 8
        case .bytes: nil
        }
    }
}

/// Values on their way into a JSON list.
struct TensorText {
    private(set) var bytes: [UInt8] = []
    private(set) var count = 0
    private let name: String

    init(of name: String, capacity: Int) {
        self.name = name
        bytes.reserveCapacity(capacity)
        bytes.append(UInt8(ascii: "["))
    }

    var closed: [UInt8] { bytes + [UInt8(ascii: "]")] }

    mutating func append(_ flag: Bool) { raw(flag ? "true" : "false") }
    mutating func append(_ number: some BinaryInteger) { raw(String(number)) }

    /// The shortest text that reads back as the same number of the same width. Not a number is sent as `null`, as a missing
    /// value is elsewhere here; JSON has no infinity.
    mutating func append(_ number: some BinaryFloatingPoint & CustomStringConvertible) throws(CallRefusal) {
        guard number.isInfinite == false else {
            throw CallRefusal(.invalidArgument, "'\(name)' holds an infinite number, which has no JSON form.")
        }
        raw(number.isNaN ? "null" : number.description)
    }

    mutating func append(text: some Collection<UInt8>) throws(CallRefusal) {
        guard let text = String(validating: text, as: UTF8.self) else {
            throw CallRefusal(.invalidArgument, "'\(name)' holds bytes that are no UTF-8 text, which have no JSON form.")
        }
        raw(JSONText.of(text))
    }

    private mutating func raw(_ text: String) {
        if count > 0 { bytes.append(UInt8(ascii: ",")) }
        bytes += text.utf8
        count += 1
    }
}

/// Reads and writes the bytes of whole tensors.
enum TensorBytes {
    /// Fails when the bytes are not what the type says.
    static func read(_ data: Data, _ type: TensorType, into text: inout TensorText, of name: String) throws(CallRefusal) {
        if let width = type.valueBytes, data.count % width != 0 {
            throw CallRefusal(
                .invalidArgument, "The \(data.count) bytes of '\(name)' are no whole number of \(type.rawValue) values.")
        }
        var bytes = ByteBuffer(bytes: data)
        switch type {
        case .bool: while let value: UInt8 = bytes.next() { text.append(value != 0) }
        case .uint8: while let value: UInt8 = bytes.next() { text.append(value) }
        case .uint16: while let value: UInt16 = bytes.next() { text.append(value) }
        case .uint32: while let value: UInt32 = bytes.next() { text.append(value) }
        case .uint64: while let value: UInt64 = bytes.next() { text.append(value) }
        case .int8: while let value: Int8 = bytes.next() { text.append(value) }
        case .int16: while let value: Int16 = bytes.next() { text.append(value) }
        case .int32: while let value: Int32 = bytes.next() { text.append(value) }
        case .int64: while let value: Int64 = bytes.next() { text.append(value) }
        case .fp16: while let value: UInt16 = bytes.next() { try text.append(HalfPrecision.value(value)) }
        case .fp32: while let value: UInt32 = bytes.next() { try text.append(Float(bitPattern: value)) }
        case .fp64: while let value: UInt64 = bytes.next() { try text.append(Double(bitPattern: value)) }
        case .bytes:
            while let length: UInt32 = bytes.next() {
                guard let value = bytes.readSlice(length: Int(length)) else {
                    throw CallRefusal(.invalidArgument, "An element of '\(name)' is longer than what is left of its bytes.")
                }
                try text.append(text: value.readableBytesView)
            }
            guard bytes.readableBytes == 0 else {
                throw CallRefusal(.invalidArgument, "The bytes of '\(name)' end inside the length of an element.")
            }
        }
    }
}

extension ByteBuffer {
    /// The next number of little-endian bytes.
    mutating func next<Number: FixedWidthInteger>() -> Number? { readInteger(endianness: .little) }
}

/// Numbers of 16 bits (IEEE 754 binary16), for which not every platform has a type.
enum HalfPrecision {
    static func value(_ bits: UInt16) -> Float {
        let sign: Float = bits & 0x8000 == 0 ? 1 : -1
        let exponent = Int(bits >> 10 & 31)
        let fraction = Float(bits & 0x3FF)
        switch exponent {
        case 0: return sign * fraction * 0x1p-24
        case 31: return fraction == 0 ? sign * .infinity : .nan
        default: return sign * (1 + fraction * 0x1p-10) * Float(sign: .plus, exponent: exponent - 15, significand: 1)
        }
    }

    /// The nearest, ties to the even one.
    static func bits(_ value: Float) -> UInt16 {
        let sign: UInt16 = value.sign == .minus ? 0x8000 : 0
        if value.isNaN { return 0x7E00 }
        let magnitude = value.magnitude
        if magnitude >= 65_520 { return sign | 0x7C00 }
        if magnitude < 0x1p-14 { return sign | UInt16((magnitude * 0x1p24).rounded(.toNearestOrEven)) }
        let exponent = Int(magnitude.exponent)
        let fraction = UInt16((magnitude.significand * 1_024).rounded(.toNearestOrEven))
        // A fraction that was rounded up to 2048 carries into the exponent by itself.
        return sign | (UInt16(exponent + 15) << 10) + (fraction - 1_024)
    }
}
