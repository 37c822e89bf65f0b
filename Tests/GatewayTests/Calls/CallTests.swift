import Foundation
import GatehouseCore
import NIOCore
import NIOHPACK
import Serving
import SwiftProtobuf
import Testing

@testable import Gateway

/// Calls by NIOHTTP2's client; `test_gateway_wires.py` makes the same with gRPC's own.
@Suite("Calls of gRPC")
struct CallTests {
    private static let infer = #"""
        {"outputs": [{"name": "predict", "shape": [2], "datatype": "FP64", "data": [0.25, 0.75]}]}
        """#

    private func gateway(_ upstream: ScriptedUpstream, _ rules: EndpointRules = EndpointRules()) async throws -> TestGateway {
        let version = try TestGateway.version(7, port: upstream.port)
        return try await TestGateway([try TestGateway.endpoint([SegmentRoute(segment: "default", champion: version)], rules)])
    }

    private func call(
        _ client: StreamClient, _ method: String, _ message: [UInt8], flag: UInt8 = 0, type: String = "application/grpc",
        fields: [(String, String)] = []
    ) async throws -> StreamClient.Answer {
        var bytes = ByteBuffer(bytes: [flag])
        bytes.writeInteger(UInt32(message.count))
        bytes.writeBytes(message)
        let path = method.hasPrefix("/") ? method : "/inference.GRPCInferenceService/\(method)"
        let head = [
            (":method", "POST"), (":scheme", "http"), (":authority", "g"), (":path", path), ("content-type", type),
            ("te", "trailers"),
            ("grpc-timeout", "5S"),
        ]
        // In two pieces: a message may be cut anywhere.
        let first = bytes.readSlice(length: min(3, bytes.readableBytes)) ?? ByteBuffer()
        return try await client.open(head + fields, [first, bytes]).read()
    }

    private func message<Message: SwiftProtobuf.Message>(_ answer: StreamClient.Answer) throws -> Message {
        var body = answer.body
        #expect(answer.status == "200" && answer.fields["content-type"] == ["application/grpc"] && answer.isWhole)
        #expect(answer.trailers["grpc-status"] == ["0"])
        let head = body.readMultipleIntegers(as: (UInt8, UInt32).self)
        let (flag, length) = try #require(head)
        #expect(flag == 0 && Int(length) == body.readableBytes)
        return try Message(serializedBytes: Array(body.readableBytesView))
    }

    private func request(_ model: String = "x") throws -> [UInt8] {
        try InferenceModelInferRequest.with {
            ($0.modelName, $0.id) = (model, "call-1")
            $0.parameters = ["p": .with { $0.boolParam = true }]
            $0.inputs = [
                .with { ($0.name, $0.datatype, $0.shape, $0.contents.fp64Contents) = ("age", "FP64", [2], [30.5, 41.25]) }
            ]
        }.serializedBytes()
    }

    @Test("ModelInfer becomes a request of the Open Inference Protocol and its answer a message with the version served")
    func infer() async throws {
        let upstream = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok(Self.infer) }
        let gateway = try await gateway(upstream)
        let client = try await StreamClient(port: gateway.server.port)
        let answer = try await call(
            client, "ModelInfer", try request(), fields: [("x-customer", "c1"), ("x-bin", "1"), ("secret-bin", "AA")])
        let message: InferenceModelInferResponse = try message(answer)
        #expect(message.modelName == "x" && message.modelVersion == "7" && message.id == "call-1")
        #expect(message.outputs.first?.contents.fp64Contents == [0.25, 0.75] && message.outputs.first?.shape == [2])
        #expect(answer.fields["x-gatehouse-arm"] == ["champion"])
        let seen = try #require(upstream.requests.first)
        #expect(seen.hasPrefix("POST /v2/models/x/infer HTTP/1.1\r\nx-customer: c1\r\n") && seen.contains("grpc") == false)
        #expect(seen.contains("-bin") == false && seen.contains("content-type: application/json\r\n"))
        let body = try JSONParser.parse(seen.components(separatedBy: "\r\n\r\n")[1])
        #expect(
            body == [
                "id": "call-1", "parameters": ["p": true],
                "inputs": [["name": "age", "shape": [2], "datatype": "FP64", "data": [30.5, 41.25]]],
            ])
        await client.close()
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("health and metadata are asked of the gateway or of the version")
    func others() async throws {
        let metadata =
            #"{"name": "x", "platform": "p", "inputs": [{"name": "age", "datatype": "FP64", "shape": [-1]}], "outputs": []}"#
        let upstream = try await ScriptedUpstream { _, request in
            request.contains("/ready") ? ScriptedUpstream.ok("{\"ready\": true}") : ScriptedUpstream.ok(metadata)
        }
        let gateway = try await gateway(upstream)
        let client = try await StreamClient(port: gateway.server.port)
        let live: InferenceServerLiveResponse = try message(try await call(client, "ServerLive", []))
        let ready: InferenceServerReadyResponse = try message(try await call(client, "ServerReady", []))
        let server: InferenceServerMetadataResponse = try message(try await call(client, "ServerMetadata", []))
        #expect(live.live && ready.ready && server.name == "gatehouse-gateway" && server.version == "test")
        let name = try InferenceModelReadyRequest.with { $0.name = "x" }.serializedBytes() as [UInt8]
        let model: InferenceModelReadyResponse = try message(try await call(client, "ModelReady", name))
        let about: InferenceModelMetadataResponse = try message(try await call(client, "ModelMetadata", name))
        #expect(model.ready && about.versions == ["7"] && about.platform == "p" && about.inputs.first?.shape == [-1])
        await client.close()
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("what goes wrong has the status code that gRPC has for it, and says why")
    func errors() async throws {
        let upstream = try await ScriptedUpstream { number, _ in
            .bytes("HTTP/1.1 400 Bad Request\r\nContent-Length: 22\r\n\r\n{\"error\": \"no ü % \(number)\"}")
        }
        var rules = EndpointRules()
        rules.bodyBytesMax = 1_000
        let gateway = try await gateway(upstream, rules)
        let client = try await StreamClient(port: gateway.server.port)
        func status(_ answer: StreamClient.Answer) -> String? { answer.fields.first(name: "grpc-status") }
        let refused = try await call(client, "ModelInfer", try request())
        #expect(refused.status == "200" && status(refused) == "3" && refused.fields["grpc-message"] == ["no %C3%BC %25 0"])
        #expect(refused.fields["x-gatehouse-version"] == ["7"])
        #expect(status(try await call(client, "ModelInfer", try request("nosuch"))) == "5")
        #expect(status(try await call(client, "ModelInfer", try request("x@champion"))) == "3")
        #expect(status(try await call(client, "ModelInfer", try request("a/b"))) == "5")
        #expect(status(try await call(client, "ModelInfer", [0xFF, 0xFF])) == "3")
        #expect(status(try await call(client, "ModelInfer", try request(), flag: 1)) == "12")
        #expect(status(try await call(client, "ModelInfer", try request(), type: "application/grpc+json")) == "12")
        #expect(status(try await call(client, "ModelStreamInfer", [])) == "12")
        #expect(status(try await call(client, "/other.Service/Method", [])) == "12")
        let pinned =
            try InferenceModelInferRequest.with { ($0.modelName, $0.modelVersion) = ("x", "6") }.serializedBytes() as [UInt8]
        #expect(status(try await call(client, "ModelInfer", pinned)) == "7")
        let long =
            try InferenceModelInferRequest.with { message in
                message.modelName = "x"
                message.inputs = [.with { ($0.name, $0.datatype, $0.shape) = ("t", "FP64", [500]) }]
                message.rawInputContents = [Data(count: 4_000)]
            }.serializedBytes() as [UInt8]
        #expect(status(try await call(client, "ModelInfer", long)) == "8")
        #expect(status(try await call(client, "ModelInfer", [UInt8](repeating: 0, count: 5 << 20))) == "8")
        #expect(upstream.requests.count == 1)
        try await upstream.close()
        let gone = try TestGateway.version(8, port: upstream.port)
        try await gateway.swap([try TestGateway.endpoint([SegmentRoute(segment: "default", champion: gone)])], number: 2)
        #expect(status(try await call(client, "ModelInfer", try request())) == "14")
        await client.close()
        try await gateway.stop()
    }
}
