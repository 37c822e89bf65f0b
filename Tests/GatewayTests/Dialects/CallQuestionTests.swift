import Foundation
import GatehouseCore
import NIOCore
import SwiftProtobuf
import Testing

@testable import Gateway

/// Messages; `test_gateway_dialects.py` sends them to a server of grpcio.
@Suite("Requests as calls of gRPC")
struct CallQuestionTests {
    private func message(_ text: String) throws -> InferenceModelInferRequest {
        let question = try CallQuestion(.infer, model: "m", body: ByteBuffer(string: text))
        return try InferenceModelInferRequest(serializedBytes: question.message)
    }

    @Test("a request has its tensors in the lists of their types; with one of 16 bits all of them are raw")
    func tensors() throws {
        let plain = try message(
            #"{"id":"a","parameters":{"p":2.5},"inputs":[{"name":"x","shape":[2],"datatype":"INT8","data":[-1,127]},{"name":"t","shape":[1],"datatype":"BYTES","data":["ü"]}],"outputs":[{"name":"y"}]}"#
        )
        #expect(plain.modelName == "m" && plain.id == "a" && plain.parameters["p"]?.doubleParam == 2.5)
        #expect(plain.inputs[0].contents.intContents == [-1, 127] && plain.rawInputContents.isEmpty)
        #expect(plain.inputs[1].contents.bytesContents.map(Array.init) == [Array("ü".utf8)] && plain.outputs[0].name == "y")
        let raw = try message(
            #"{"inputs":[{"name":"h","shape":[1],"datatype":"FP16","data":[1.5]},{"name":"x","shape":[1],"datatype":"INT32","data":[7]}]}"#
        )
        #expect(raw.rawInputContents.map(Array.init) == [[0x00, 0x3E], [7, 0, 0, 0]])
        #expect(raw.inputs.allSatisfy { $0.hasContents == false })
    }

    @Test("a reply reads like an answer over HTTP, whether its values are raw or not")
    func reply() throws {
        let question = try CallQuestion(
            .infer, model: "m", body: ByteBuffer(string: #"{"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":[1]}]}"#))
        var response = InferenceModelInferResponse()
        (response.modelName, response.id) = ("m", "a")
        response.outputs = [
            .with { ($0.name, $0.datatype, $0.shape, $0.contents.fp64Contents) = ("y", "FP64", [2], [0.25, .nan]) }
        ]
        let expected =
            #"{"model_name":"m","model_version":"","id":"a","outputs":[{"name":"y","shape":[2],"datatype":"FP64","data":[0.25,null]}]}"#
        func answer() throws -> (status: Int, body: [UInt8]) {
            try question.answer(CallFrame.bytes(try response.serializedBytes()))
        }
        #expect(String(decoding: try answer().body, as: UTF8.self) == expected)
        response.outputs[0].clearContents()
        response.rawOutputContents = [.init([0, 0, 0, 0, 0, 0, 0xD0, 0x3F, 0, 0, 0, 0, 0, 0, 0xF8, 0x7F])]
        #expect(String(decoding: try answer().body, as: UTF8.self) == expected)
        for broken: (inout InferenceModelInferResponse) -> Void in [
            { $0.outputs[0].shape = [3] }, { $0.outputs[0].datatype = "FP65" }, { $0.rawOutputContents.append(.init()) },
            { $0.rawOutputContents = [.init([0, 0, 0, 0, 0, 0, 0xF0, 0x7F, 0, 0, 0, 0, 0, 0, 0xF0, 0x7F])] },
        ] {
            let whole = response
            broken(&response)
            let refusal = try #require(throws: CallRefusal.self) { try answer() }
            #expect(refusal.status == .internal, "\(refusal.message)")
            response = whole
        }
    }

    @Test("what a server of gRPC is not asked is refused: scoring in MLflow's protocol, its version, other paths")
    func others() throws {
        for target in ["/invocations", "/version", "/v2/models/x/other", "/v2/models"] {
            let refusal = try #require(throws: CallRefusal.self) {
                try CallQuestion(ScoringTarget(target), model: "m", body: ByteBuffer())
            }
            #expect(refusal.status == .unimplemented && refusal.message.contains("/infer"))
        }
        #expect(try CallQuestion(ScoringTarget("/v2/models/x/ready"), model: "x", body: ByteBuffer()).method == .modelReady)
        #expect(try CallQuestion(ScoringTarget("/v2/health/ready"), model: "", body: ByteBuffer()).method == .serverReady)
        #expect(try CallQuestion(ScoringTarget("/ping"), model: "", body: ByteBuffer()).method == .serverReady)
        #expect(ScoringTarget.model(in: "/v2/models/x/versions/3/infer?q=1") == "x" && ScoringTarget.model(in: "/ping") == "")
    }

    @Test("statuses of gRPC and HTTP mean the same both ways, and a message's escapes are read as they are written")
    func statuses() {
        for status in [400, 401, 403, 404, 409, 412, 429, 499, 501, 500, 503, 504] {
            #expect(CallStatus(http: status).http == status)
        }
        #expect(
            CallStatus(said: "11") == .invalidArgument && CallStatus(said: "99") == .unknown && CallStatus(said: "") == .unknown)
        for text in ["plain", "ü € 100 %", "a%2", "line\nend", ""] {
            #expect(CallRefusal.decoded(CallRefusal(.internal, text).encodedMessage) == text)
        }
        #expect(CallRefusal.decoded("%zz%4") == "%zz%4")
    }
}
