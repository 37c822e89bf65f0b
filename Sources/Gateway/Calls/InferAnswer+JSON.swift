import Foundation
import GatehouseCore
import NIOCore
import Scoring

extension InferenceModelInferResponse {
    /// What a version answered over HTTP. The version is the one that was served, whatever the answer says. `isRaw`: the values
    /// go out as they came in, as bytes. Fails with `internal` for what the protocol does not know.
    init(_ document: JSONValue, model: String, version: String, id: String, isRaw: Bool) throws(CallRefusal) {
        self.init()
        modelName = model
        modelVersion = version
        self.id = document["id"]?.stringValue ?? id
        parameters = Self.parameters(document["parameters"])
        guard let outputs = document["outputs"]?.arrayValue else {
            throw CallRefusal(
                .internal, "The version's answer has no list of outputs: does it speak the Open Inference Protocol?")
        }
        for output in outputs {
            var tensor = InferOutputTensor()
            tensor.name = output["name"]?.stringValue ?? ""
            let type = try TensorType(of: output["datatype"]?.stringValue ?? "", answered: tensor.name)
            tensor.datatype = type.rawValue
            tensor.shape = (output["shape"]?.arrayValue ?? []).compactMap(\.integerValue)
            tensor.parameters = Self.parameters(output["parameters"])
            var values: [JSONValue] = []
            Self.flatten(output["data"] ?? .null, into: &values)
            guard TensorType.valueCount(tensor.shape, max: Int64(values.count)) == values.count else {
                throw CallRefusal(
                    .internal, "The version's output '\(tensor.name)' does not have the values that its shape says.")
            }
            // Numbers of 16 bits have no list of their own.
            if isRaw || type == .fp16 {
                rawOutputContents.append(try TensorValues(values, type, of: tensor.name).bytes())
            } else {
                tensor.contents = try TensorValues(values, type, of: tensor.name).contents()
            }
            self.outputs.append(tensor)
        }
        // All outputs are raw or none is.
        if rawOutputContents.isEmpty == false, rawOutputContents.count < self.outputs.count {
            try self = Self(document, model: model, version: version, id: id, isRaw: true)
        }
    }

    private static func parameters(_ document: JSONValue?) -> [String: InferenceInferParameter] {
        var parameters: [String: InferenceInferParameter] = [:]
        for (name, value) in document?.objectValue ?? [:] {
            var parameter = InferenceInferParameter()
            switch value {
            case .bool(let flag): parameter.boolParam = flag
            case .integer(let number): parameter.int64Param = number
            case .string(let text): parameter.stringParam = text
            case .number(let number): parameter.doubleParam = number
            case .null, .array, .object: continue
            }
            parameters[name] = parameter
        }
        return parameters
    }

    private static func flatten(_ value: JSONValue, into flat: inout [JSONValue]) {
        guard case .array(let elements) = value else { return flat.append(value) }
        for element in elements { flatten(element, into: &flat) }
    }
}

extension InferenceModelMetadataResponse {
    init(_ document: JSONValue, version: String) throws(CallRefusal) {
        self.init()
        name = document["name"]?.stringValue ?? ""
        versions = version.isEmpty ? (document["versions"]?.arrayValue ?? []).compactMap(\.stringValue) : [version]
        platform = document["platform"]?.stringValue ?? ""
        inputs = Self.tensors(document["inputs"])
        outputs = Self.tensors(document["outputs"])
    }

    private static func tensors(_ list: JSONValue?) -> [TensorMetadata] {
        (list?.arrayValue ?? []).map { tensor in
            var metadata = TensorMetadata()
            metadata.name = tensor["name"]?.stringValue ?? ""
            metadata.datatype = tensor["datatype"]?.stringValue ?? ""
            metadata.shape = (tensor["shape"]?.arrayValue ?? []).compactMap(\.integerValue)
            return metadata
        }
    }
}

extension TensorType {
    init(of text: String, answered tensor: String) throws(CallRefusal) {
        guard let type = TensorType(rawValue: text) else {
            throw CallRefusal(
                .internal,
                "The version's output '\(tensor)' has the datatype '\(text.prefix(20))', which is not one of the protocol.")
        }
        self = type
    }
}

/// The values of an output on their way into a message.
private struct TensorValues {
    let values: [JSONValue]
    let type: TensorType
    let name: String

    init(_ values: [JSONValue], _ type: TensorType, of name: String) {
        self.values = values
        self.type = type
        self.name = name
    }

    func contents() throws(CallRefusal) -> InferenceInferTensorContents {
        var contents = InferenceInferTensorContents()
        switch type {
        case .bool: contents.boolContents = try flags()
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
        case .bytes: contents.bytesContents = try texts().map { Data($0.utf8) }
        }
        return contents
    }

    func bytes() throws(CallRefusal) -> Data {
        var out = ByteBuffer()
        switch type {
        case .bool: for flag in try flags() { out.writeInteger(flag ? 1 : 0, as: UInt8.self) }
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
            for text in try texts() {
                out.writeInteger(UInt32(text.utf8.count), endianness: .little)
                out.writeString(text)
            }
        }
        return Data(out.readableBytesView)
    }

    private func write<Number: FixedWidthInteger>(_ type: Number.Type, into out: inout ByteBuffer) throws(CallRefusal) {
        for number in try whole(type) { out.writeInteger(number, endianness: .little) }
    }

    private func whole<Number: FixedWidthInteger>(_ type: Number.Type) throws(CallRefusal) -> [Number] {
        try each { value in
            switch value {
            case .integer(let number): Number(exactly: number)
            case .number(let number): Number(exactly: number)
            case .null, .bool, .string, .array, .object: nil
            }
        }
    }

    /// What is missing is not a number.
    private func numbers() throws(CallRefusal) -> [Double] { try each { $0 == .null ? .nan : $0.doubleValue } }

    private func flags() throws(CallRefusal) -> [Bool] {
        try each { $0.boolValue ?? ($0 == .integer(0) ? false : $0 == .integer(1) ? true : nil) }
    }

    private func texts() throws(CallRefusal) -> [String] { try each(\.stringValue) }

    private func each<Value>(_ read: (JSONValue) -> Value?) throws(CallRefusal) -> [Value] {
        var found: [Value] = []
        found.reserveCapacity(values.count)
        for (index, value) in values.enumerated() {
            guard let value = read(value) else {
                throw CallRefusal(
                    .internal, "Value \(index + 1) of the version's output '\(name)' is not of type \(type.rawValue).")
            }
            found.append(value)
        }
        return found
    }
}
