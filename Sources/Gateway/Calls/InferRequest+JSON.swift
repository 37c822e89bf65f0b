import Foundation
import GatehouseCore
import Scoring

extension InferenceModelInferRequest {
    /// The request's body over HTTP. Fails naming the tensor: shapes and values that do not belong together, values that JSON
    /// cannot carry.
    func json() throws(CallRefusal) -> [UInt8] {
        guard rawInputContents.isEmpty || rawInputContents.count == inputs.count else {
            throw CallRefusal(
                .invalidArgument,
                "There are \(inputs.count) inputs and \(rawInputContents.count) raw contents; each has one or none.")
        }
        var out: [UInt8] = []
        out.append(UInt8(ascii: "{"))
        if id.isEmpty == false { out += "\"id\":\(JSONText.of(id)),".utf8 }
        if parameters.isEmpty == false { out += "\"parameters\":\(try JSONText.of(parameters)),".utf8 }
        out += "\"inputs\":[".utf8
        for (index, input) in inputs.enumerated() {
            if index > 0 { out.append(UInt8(ascii: ",")) }
            try TensorMessage(input, raw: rawInputContents.isEmpty ? nil : rawInputContents[index]).write(into: &out)
        }
        out.append(UInt8(ascii: "]"))
        if outputs.isEmpty == false {
            var texts: [String] = []
            for output in outputs {
                let members = output.parameters.isEmpty ? "" : ",\"parameters\":\(try JSONText.of(output.parameters))"
                texts.append("{\"name\":\(JSONText.of(output.name))\(members)}")
            }
            out += ",\"outputs\":[\(texts.joined(separator: ","))]".utf8
        }
        out.append(UInt8(ascii: "}"))
        return out
    }
}

/// A tensor as a message has it: its values in a list of their own, or raw.
struct TensorMessage {
    let name: String
    let datatype: String
    let shape: [Int64]
    let parameters: [String: InferenceInferParameter]
    let contents: InferenceInferTensorContents?
    let raw: Data?

    init(_ input: InferenceModelInferRequest.InferInputTensor, raw: Data?) {
        (name, datatype, shape, parameters) = (input.name, input.datatype, input.shape, input.parameters)
        contents = input.hasContents ? input.contents : nil
        self.raw = raw
    }

    init(_ output: InferenceModelInferResponse.InferOutputTensor, raw: Data?) {
        (name, datatype, shape, parameters) = (output.name, output.datatype, output.shape, output.parameters)
        contents = output.hasContents ? output.contents : nil
        self.raw = raw
    }

    /// As JSON. Fails with `invalidArgument` for shapes and values that do not belong together, and for values that JSON cannot
    /// carry.
    func write(into out: inout [UInt8]) throws(CallRefusal) {
        let type = try TensorType(named: datatype, of: name)
        guard raw == nil || contents == nil else {
            throw CallRefusal(.invalidArgument, "'\(name)' has contents, and raw contents beside them.")
        }
        let count = try Self.count(shape, of: name)
        var text = TensorText(of: name, capacity: min(count, StreamLimits.callBytesMax) * 8)
        if let raw {
            try TensorBytes.read(raw, type, into: &text, of: name)
        } else {
            try (contents ?? InferenceInferTensorContents()).write(type, into: &text, of: name)
        }
        guard text.count == count else {
            throw CallRefusal(.invalidArgument, "'\(name)' has \(text.count) values; its shape says \(count).")
        }
        out += "{\"name\":\(JSONText.of(name)),\"shape\":[\(shape.map(String.init).joined(separator: ","))],".utf8
        out += "\"datatype\":\"\(type.rawValue)\",".utf8
        if parameters.isEmpty == false { out += "\"parameters\":\(try JSONText.of(parameters)),".utf8 }
        out += "\"data\":".utf8
        out += text.closed
        out.append(UInt8(ascii: "}"))
    }

    /// How many values a shape has; no more than a message can hold.
    private static func count(_ shape: [Int64], of name: String) throws(CallRefusal) -> Int {
        guard let count = TensorType.valueCount(shape, max: Int64(StreamLimits.callAnswerBytesMax)) else {
            throw CallRefusal(.invalidArgument, "The shape of '\(name)' is not a list of sizes that a message can hold.")
        }
        return count
    }
}

extension InferenceInferTensorContents {
    /// The list that the type is carried in. Small integers have the list of 32 bits.
    func write(_ type: TensorType, into text: inout TensorText, of name: String) throws(CallRefusal) {
        switch type {
        case .bool: for value in boolContents { text.append(value) }
        case .int8: try write(intContents, within: -128...127, into: &text, of: name)
        case .int16: try write(intContents, within: -32_768...32_767, into: &text, of: name)
        case .int32: for value in intContents { text.append(value) }
        case .int64: for value in int64Contents { text.append(value) }
        case .uint8: try write(uintContents, within: 0...255, into: &text, of: name)
        case .uint16: try write(uintContents, within: 0...65_535, into: &text, of: name)
        case .uint32: for value in uintContents { text.append(value) }
        case .uint64: for value in uint64Contents { text.append(value) }
        case .fp16: throw CallRefusal(.invalidArgument, "'\(name)': FP16 comes in raw contents only.")
        case .fp32: for value in fp32Contents { try text.append(value) }
        case .fp64: for value in fp64Contents { try text.append(value) }
        case .bytes: for value in bytesContents { try text.append(text: value) }
        }
    }

    private func write<Number: BinaryInteger>(
        _ values: [Number], within range: ClosedRange<Number>, into text: inout TensorText, of name: String
    ) throws(CallRefusal) {
        for value in values {
            guard range.contains(value) else {
                throw CallRefusal(.invalidArgument, "'\(name)' holds \(value), which its datatype cannot.")
            }
            text.append(value)
        }
    }
}

/// Small pieces of JSON.
enum JSONText {
    static func of(_ text: String) -> String { JSONValue.string(text).canonicalText }

    static func of(_ parameters: [String: InferenceInferParameter]) throws(CallRefusal) -> String {
        var members: [String: JSONValue] = [:]
        for (name, parameter) in parameters {
            switch parameter.parameterChoice {
            case .boolParam(let flag): members[name] = .bool(flag)
            case .int64Param(let number): members[name] = .integer(number)
            case .stringParam(let text): members[name] = .string(text)
            case .doubleParam(let number):
                guard number.isFinite else {
                    throw CallRefusal(.invalidArgument, "The parameter '\(name)' is a number without a JSON form.")
                }
                members[name] = .number(number)
            case .uint64Param(let number):
                guard let number = Int64(exactly: number) else {
                    throw CallRefusal(.invalidArgument, "The parameter '\(name)' is larger than \(Int64.max).")
                }
                members[name] = .integer(number)
            case nil: members[name] = .null
            }
        }
        return JSONValue.object(members).canonicalText
    }
}
