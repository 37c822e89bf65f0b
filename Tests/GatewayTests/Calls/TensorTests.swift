import Foundation
import GatehouseCore
import NIOCore
import SwiftProtobuf
import Testing

@testable import Gateway

@Suite("Tensors between messages and JSON")
struct TensorTests {
    private typealias Request = InferenceModelInferRequest

    private func request(_ type: String, _ shape: [Int64], raw: [UInt8]) -> InferenceModelInferRequest {
        Request.with {
            $0.modelName = "x"
            $0.inputs = [.with { ($0.name, $0.datatype, $0.shape) = ("t", type, shape) }]
            $0.rawInputContents = [Data(raw)]
        }
    }

    private func data(_ request: InferenceModelInferRequest) throws -> String {
        let document = try JSONParser.parse(request.json())
        return try #require(document["inputs"]?.arrayValue?.first?["data"]).canonicalText
    }

    @Test("raw values are little-endian, of each width and sign")
    func raw() throws {
        for (type, bytes, expected) in [
            ("BOOL", [1, 0], "[true,false]"), ("UINT8", [0, 255], "[0,255]"), ("INT8", [0x80, 0x7F], "[-128,127]"),
            ("UINT16", [1, 2, 255, 255], "[513,65535]"), ("INT16", [0xFE, 0xFF, 0, 0x80], "[-2,-32768]"),
            ("UINT32", [1, 0, 0, 0, 255, 255, 255, 255], "[1,4294967295]"),
            ("INT32", [0xFF, 0xFF, 0xFF, 0xFF, 1, 0, 0, 0], "[-1,1]"),
            ("INT64", [0xFE, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 0, 1, 0, 0, 0], "[-2,4294967296]"),
            // numpy: np.array([0.1, -2.5], "<f4").tobytes(), "<f8", "<f2"
            ("FP32", [0xCD, 0xCC, 0xCC, 0x3D, 0, 0, 0x20, 0xC0], "[0.1,-2.5]"),
            ("FP64", [0x9A, 0x99, 0x99, 0x99, 0x99, 0x99, 0xB9, 0x3F, 0, 0, 0, 0, 0, 0, 0x04, 0xC0], "[0.1,-2.5]"),
            ("FP16", [0x00, 0x3C, 0x00, 0xC1], "[1,-2.5]"), ("FP32", [0, 0, 0xC0, 0x7F, 0, 0, 0, 0], "[null,0]"),
            ("BYTES", [2, 0, 0, 0, 0xC3, 0xBC, 0, 0, 0, 0], "[\"ü\",\"\"]"),
        ] as [(String, [UInt8], String)] {
            #expect(try data(request(type, [2], raw: bytes)) == expected, "\(type)")
        }
        #expect(try request("UINT64", [1], raw: [UInt8](repeating: 255, count: 8)).json().contains(bytes: "18446744073709551615"))
    }

    @Test("shapes, sizes and values that do not belong together are refused, naming the tensor")
    func refusals() {
        for wrong in [
            request("FP32", [2], raw: [0, 0, 0, 0]), request("FP32", [1], raw: [0, 0, 0]), request("FP31", [1], raw: [0]),
            request("FP32", [-1], raw: []), request("FP32", [1 << 40, 1 << 40], raw: []), request("FP32", [1 << 62, 4], raw: []),
            request("FP32", [1], raw: [0, 0, 0x80, 0x7F]), request("BYTES", [1], raw: [255, 255, 255, 255, 1]),
            request("BYTES", [1], raw: [1, 0, 0, 0, 0xFF]), request("BYTES", [1], raw: [1, 0]),
        ] {
            #expect { try wrong.json() } throws: { error in
                (error as? CallRefusal).map { $0.status == .invalidArgument && $0.message.contains("'t'") } ?? false
            }
        }
        var both = request("FP32", [1], raw: [0, 0, 0, 0])
        both.inputs[0].contents.fp32Contents = [1]
        #expect(throws: CallRefusal.self) { try both.json() }
        both.rawInputContents = []
        #expect(throws: Never.self) { try both.json() }
        both.inputs.append(both.inputs[0])
        both.rawInputContents = [Data([0, 0, 0, 0])]
        #expect(throws: CallRefusal.self) { try both.json() }
        let small = Request.with {
            $0.inputs = [.with { ($0.name, $0.datatype, $0.shape, $0.contents.intContents) = ("t", "INT8", [1], [128]) }]
        }
        #expect(throws: CallRefusal.self) { try small.json() }
    }

    @Test("numbers of 16 bits are read and rounded as IEEE 754 says")
    func half() {
        // numpy: np.uint16(bits).view(np.float16)
        for (bits, value) in [
            (0x0000, 0), (0x0001, 5.9604644775390625e-08), (0x03FF, 6.097555160522461e-05), (0x0400, 6.103515625e-05),
            (0x3555, 0.333251953125), (0x3C00, 1), (0x7BFF, 65504), (0xC000, -2),
        ] as [(UInt16, Float)] {
            #expect(HalfPrecision.value(bits) == value && HalfPrecision.bits(value) == bits)
        }
        #expect(HalfPrecision.value(0x7C00) == .infinity && HalfPrecision.value(0xFC01).isNaN)
        // np.float16(x).view(np.uint16): ties to even, overflow to infinity, small numbers kept or lost
        for (value, bits) in [
            (0.1, 0x2E66), (1.00048828125, 0x3C00), (1.00146484375, 0x3C02), (65519.99, 0x7BFF), (65520, 0x7C00), (-1e9, 0xFC00),
            (2.9802322387695312e-08, 0x0000), (2.99e-08, 0x0001), (2047.9999, 0x6800),
        ] as [(Float, UInt16)] { #expect(HalfPrecision.bits(value) == bits, "\(value)") }
    }

    @Test("an answer goes out in the form the request came in, with the version that was served")
    func answers() throws {
        let document = try JSONParser.parse(
            """
            {"model_name": "m", "model_version": "1", "id": "i", "parameters": {"a": 1.5}, "outputs": [
              {"name": "p", "shape": [2, 2], "datatype": "FP64", "data": [[0.25, 1], [null, -2]]},
              {"name": "l", "shape": [2], "datatype": "BYTES", "data": ["a", "ü"]}]}
            """)
        let typed = try InferenceModelInferResponse(document, model: "x", version: "7", id: "", isRaw: false)
        #expect(typed.modelName == "x" && typed.modelVersion == "7" && typed.id == "i" && typed.rawOutputContents.isEmpty)
        #expect(typed.outputs[0].contents.fp64Contents[3] == -2 && typed.outputs[0].contents.fp64Contents[2].isNaN)
        #expect(typed.outputs[1].contents.bytesContents == [Data("a".utf8), Data("ü".utf8)])
        #expect(typed.parameters["a"]?.doubleParam == 1.5)
        let raw = try InferenceModelInferResponse(document, model: "x", version: "7", id: "", isRaw: true)
        #expect(
            raw.rawOutputContents[0].count == 32 && Array(raw.rawOutputContents[0].prefix(8)) == [0, 0, 0, 0, 0, 0, 0xD0, 0x3F])
        #expect(Array(raw.rawOutputContents[1]) == [1, 0, 0, 0, 0x61, 2, 0, 0, 0, 0xC3, 0xBC])
        for wrong in [
            "{}", #"{"outputs": [{"name": "p", "shape": [3], "datatype": "FP64", "data": [1]}]}"#,
            #"{"outputs": [{"name": "p", "shape": [1], "datatype": "INT8", "data": [300]}]}"#,
            #"{"outputs": [{"name": "p", "shape": [1], "datatype": "text", "data": [300]}]}"#,
        ] {
            let document = try JSONParser.parse(wrong)
            #expect { try InferenceModelInferResponse(document, model: "x", version: "7", id: "", isRaw: false) } throws: {
                ($0 as? CallRefusal)?.status == .internal
            }
        }
    }

    @Test("a message that would be much larger in memory than on the wire is not read")
    func fields() {
        let empty: [UInt8] = [0x2A, 0x00]
        #expect(MessageFields.areFew(in: Array(repeating: empty, count: MessageFields.countMax).flatMap { $0 }))
        #expect(MessageFields.areFew(in: Array(repeating: empty, count: MessageFields.countMax + 1).flatMap { $0 }) == false)
        for odd in [
            [], [0x2A], [0x2A, 0xFF], [0x2A, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x01], [0x09, 1], [0x07],
        ] {
            #expect(MessageFields.areFew(in: odd.map { UInt8($0) }))
        }
    }
}

extension [UInt8] {
    fileprivate func contains(bytes text: String) -> Bool { String(decoding: self, as: UTF8.self).contains(text) }
}
