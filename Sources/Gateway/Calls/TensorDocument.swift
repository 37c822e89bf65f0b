import Foundation
import GatehouseCore
import NIOCore
import Scoring

/// Whose tensor it is, for what is said about it.
enum TensorSide {
    case asked
    case answered

    func refusal(_ name: String, _ what: String) -> CallRefusal {
        switch self {
        case .asked: CallRefusal(.invalidArgument, "The input '\(name.prefix(64))' \(what)")
        case .answered: CallRefusal(.internal, "The version's output '\(name.prefix(64))' \(what)")
        }
    }
}

/// A tensor as JSON has it, its values one behind the other.
struct TensorDocument {
    let name: String
    let type: TensorType
    let shape: [Int64]
    private let values: [JSONValue]
    private let side: TensorSide

    /// Fails naming the tensor for a datatype that is none of the protocol, and for values that are not as many as its shape
    /// says.
    init(_ tensor: JSONValue, _ side: TensorSide) throws(CallRefusal) {
        let name = tensor["name"]?.stringValue ?? ""
        let said = tensor["datatype"]?.stringValue ?? ""
        guard let type = TensorType(rawValue: said) else {
            throw side.refusal(name, "has the datatype '\(said.prefix(20))', which is not one of the protocol.")
        }
        let extents = tensor["shape"]?.arrayValue ?? []
        let shape = extents.compactMap(\.integerValue)
        var values: [JSONValue] = []
        Self.flatten(tensor["data"] ?? .array([]), into: &values)
        guard shape.count == extents.count, TensorType.valueCount(shape, max: Int64(values.count)) == values.count else {
            throw side.refusal(name, "does not have the values that its shape says.")
        }
        (self.name, self.type, self.shape, self.values, self.side) = (name, type, shape, values, side)
    }

    private static func flatten(_ value: JSONValue, into flat: inout [JSONValue]) {
        guard case .array(let elements) = value else { return flat.append(value) }
        for element in elements { flatten(element, into: &flat) }
    }

    // MARK: - As a message has them

    func contents() throws(CallRefusal) -> InferenceInferTensorContents {
        var contents = InferenceInferTensorContents()
        switch type {
        case .bool: contents.boolContents = try each(Self.flag)
        case .int8: contents.intContents = try whole(Int8.self).map { Int32($0) }
        case .int16: contents.intContents = try whole(Int16.self).map { Int32($0) }
        case .int32: contents.intContents = try whole(Int32.self)
        case .int64: contents.int64Contents = try whole(Int64.self)
        case .uint8: contents.uintContents = try whole(UInt8.self).map { UInt32($0) }
        case .uint16: contents.uintContents = try whole(UInt16.self).map { UInt32($0) }
        case .uint32: contents.uintContents = try whole(UInt32.self)
        case .uint64: contents.uint64Contents = try whole(UInt64.self)
        case .fp16, .fp32: contents.fp32Contents = try numbers().map { Float($0) }
        case .fp64: contents.fp64Contents = try numbers()
        case .bytes: contents.bytesContents = try each(\.stringValue).map { Data($0.utf8) }
        }
        return contents
    }

    /// Little-endian, one behind the other.
    func bytes() throws(CallRefusal) -> Data {
        var out = ByteBuffer()
        switch type {
        case .bool: for flag in try each(Self.flag) { out.writeInteger(flag ? 1 : 0, as: UInt8.self) }
        case .int8: try write(Int8.self, into: &out)
        case .int16: try write(Int16.self, into: &out)
        case .int32: try write(Int32.self, into: &out)
        case .int64: try write(Int64.self, into: &out)
        case .uint8: try write(UInt8.self, into: &out)
        case .uint16: try write(UInt16.self, into: &out)
        case .uint32: try write(UInt32.self, into: &out)
        case .uint64: try write(UInt64.self, into: &out)
        case .fp16: for number in try numbers() { out.writeInteger(HalfPrecision.bits(Float(number)), endianness: .little) }
        case .fp32: for number in try numbers() { out.writeInteger(Float(number).bitPattern, endianness: .little) }
        case .fp64: for number in try numbers() { out.writeInteger(number.bitPattern, endianness: .little) }
        case .bytes:
            for text in try each(\.stringValue) {
                out.writeInteger(UInt32(text.utf8.count), endianness: .little)
                out.writeString(text)
            }
        }
        return Data(out.readableBytesView)
    }

    private func write<Number: FixedWidthInteger>(_ type: Number.Type, into out: inout ByteBuffer) throws(CallRefusal) {
        for number in try whole(type) { out.writeInteger(number, endianness: .little) }
    }

    // MARK: - As JSON has them

    /// A text for each value, numbers of the type's width; `null` where one is missing.
    func cells() throws(CallRefusal) -> [String] {
        let type = type
        return try each { value in
            if value == .null { return "null" }
            switch type {
            case .bool: return Self.flag(value).map { $0 ? "true" : "false" }
            case .int8: return Self.whole(value, Int8.self)?.description
            case .int16: return Self.whole(value, Int16.self)?.description
            case .int32: return Self.whole(value, Int32.self)?.description
            case .int64: return Self.whole(value, Int64.self)?.description
            case .uint8: return Self.whole(value, UInt8.self)?.description
            case .uint16: return Self.whole(value, UInt16.self)?.description
            case .uint32: return Self.whole(value, UInt32.self)?.description
            case .uint64: return Self.whole(value, UInt64.self)?.description
            case .fp16, .fp32, .fp64:
                guard let number = value.doubleValue, number.isInfinite == false else { return nil }
                return number.isNaN ? "null" : number.description
            case .bytes: return value.stringValue.map { JSONText.of($0) }
            }
        }
    }

    // MARK: - One by one

    private static func whole<Number: FixedWidthInteger>(_ value: JSONValue, _ type: Number.Type) -> Number? {
        switch value {
        case .integer(let number): Number(exactly: number)
        case .number(let number): Number(exactly: number)
        case .null, .bool, .string, .array, .object: nil
        }
    }

    private static func flag(_ value: JSONValue) -> Bool? {
        value.boolValue ?? (value == .integer(0) ? false : value == .integer(1) ? true : nil)
    }

    private func whole<Number: FixedWidthInteger>(_ type: Number.Type) throws(CallRefusal) -> [Number] {
        try each { Self.whole($0, type) }
    }

    /// What is missing is not a number.
    private func numbers() throws(CallRefusal) -> [Double] { try each { $0 == .null ? .nan : $0.doubleValue } }

    private func each<Value>(_ read: (JSONValue) -> Value?) throws(CallRefusal) -> [Value] {
        var found: [Value] = []
        found.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            guard let value = read(value) else {
                throw side.refusal(name, "is of type \(type.rawValue), but its value \(index + 1) is not.")
            }
            found.append(value)
        }
        return found
    }
}
