import Foundation
import GatehouseCore
import Gateway
import Serving
import Testing

/// Over real sockets; `test_gateway_dialects.py` does the same with grpcio and with MLflow's own server.
@Suite("Servers that speak /invocations only")
struct InvocationsBridgeTests {
    private func gateway(_ upstream: ScriptedUpstream, _ rules: EndpointRules = EndpointRules()) async throws -> TestGateway {
        let version = try TestGateway.version(3, at: "mlflow+http://127.0.0.1:\(upstream.port)/base")
        return try await TestGateway([try TestGateway.endpoint([SegmentRoute(segment: "default", champion: version)], rules)])
    }

    private static let request =
        #"{"id":"one","inputs":[{"name":"x","shape":[2],"datatype":"FP64","data":[1,2]}]}"#

    @Test("a request in either protocol is answered in its own, on one connection, with what the caller said of itself")
    func both() async throws {
        let upstream = try await ScriptedUpstream { number, _ in ScriptedUpstream.ok("{\"predictions\": [\(number), 0.5]}") }
        let gateway = try await gateway(upstream)
        let client = try gateway.client()
        for number in 0..<6 {
            let isInference = number % 2 == 0
            client.send(
                TestGateway.post(
                    isInference ? Self.request : "{}", path: isInference ? "/v2/models/x/infer" : "/endpoints/x/invocations",
                    fields: "x-customer: c1\r\naccept-encoding: gzip\r\n"))
            let answer = client.answer()
            #expect(answer.head.hasPrefix("HTTP/1.1 200 OK\r\n") && answer.head.contains("x-gatehouse-version: 3\r\n"))
            guard isInference else {
                #expect(answer.body == "{\"predictions\": [\(number), 0.5]}")
                continue
            }
            let output: JSONValue = [
                "name": "predictions", "shape": [2], "datatype": "FP64", "data": [.number(Double(number)), 0.5],
            ]
            #expect(
                try JSONParser.parse(answer.body)
                    == ["model_name": "x", "model_version": "3", "id": "one", "outputs": [output]])
        }
        #expect(upstream.connections == 1 && upstream.requests.allSatisfy { $0.hasPrefix("POST /base/invocations HTTP/1.1\r\n") })
        let seen = upstream.requests[0]
        #expect(seen.contains("x-customer: c1\r\n") && seen.contains("x-request-id: ") && seen.contains("gzip") == false)
        #expect(seen.hasSuffix("\r\n\r\n" + #"{"dataframe_split":{"columns":["x"],"data":[[1.0],[2.0]]}}"#))
        client.close()
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("what cannot be translated is refused without the server, and the connection and its breaker go on")
    func refused() async throws {
        let upstream = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("{\"predictions\": [1]}") }
        let gateway = try await gateway(upstream)
        let client = try gateway.client()
        for _ in 0..<20 {
            client.send(TestGateway.post("{}", path: "/v2/models/x/infer"))
            let answer = client.answer()
            #expect(answer.head.hasPrefix("HTTP/1.1 400 ") && answer.body.contains("no list of 'inputs'"))
            client.send("GET /v2/models/x HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.answer().head.hasPrefix("HTTP/1.1 501 "))
        }
        #expect(upstream.requests.isEmpty)
        client.send(TestGateway.post(Self.request, path: "/v2/models/x/infer"))
        #expect(client.answer().head.hasPrefix("HTTP/1.1 200 "))
        client.close()
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("a server's refusal keeps its status and its words, its ready and its death are what they are")
    func words() async throws {
        let upstream = try await ScriptedUpstream { _, request in
            if request.hasPrefix("GET /base/ping ") { return ScriptedUpstream.ok("\n") }
            if request.contains("[3.0]") { return .close }
            let body = #"{"error_code": "BAD_REQUEST", "message": "Model is missing inputs ['age']."}"#
            return .bytes("HTTP/1.1 400 BAD REQUEST\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)")
        }
        let gateway = try await gateway(upstream)
        let refused = try gateway.ask(Self.request, path: "/v2/models/x/infer")
        #expect(refused.head.hasPrefix("HTTP/1.1 400 "))
        #expect(try JSONParser.parse(refused.body)["error"] == "Model is missing inputs ['age'].")
        let client = try gateway.client()
        client.send("GET /v2/models/x/ready HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(client.answer().body == "{\"ready\":true}")
        client.send("HEAD /v2/models/x/ready HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        let rest = client.rest()
        #expect(rest.hasPrefix("HTTP/1.1 200 ") && rest.hasSuffix("\r\n\r\n"))
        let dead = try gateway.ask(Self.request.replacing("[1,2]", with: "[3,3]"), path: "/v2/models/x/infer")
        #expect(dead.head.hasPrefix("HTTP/1.1 502 "))
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("an answer may end with its connection or come in chunks, and a body as long as the endpoint takes is translated")
    func framings() async throws {
        let body = "{\"predictions\": [1.5]}"
        let upstream = try await ScriptedUpstream { number, _ in
            number % 2 == 0
                ? .bytesThenClose("HTTP/1.0 200 OK\r\n\r\n\(body)")
                : .bytes(
                    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{\"pre\r\n11\r\n\(body.dropFirst(5))\r\n0\r\n\r\n")
        }
        let gateway = try await gateway(upstream)
        for _ in 0..<4 {
            let answer = try gateway.ask(Self.request, path: "/v2/models/x/infer")
            #expect(answer.head.hasPrefix("HTTP/1.1 200 ") && answer.body.contains("[1.5]"), "\(answer)")
        }
        let count = 100_000
        let list = Array(repeating: "0.5", count: count).joined(separator: ",")
        let long = #"{"inputs":[{"name":"x","shape":[\#(count)],"datatype":"FP64","data":[\#(list)]}]}"#
        let client = try gateway.client()
        client.send("POST /v2/models/x/infer HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
        client.send("\(String(long.utf8.count, radix: 16))\r\n\(long)\r\n0\r\n\r\n")
        #expect(client.answer().head.hasPrefix("HTTP/1.1 200 "))
        let seen = try #require(upstream.requests.last)
        #expect(seen.components(separatedBy: "[0.5]").count == count + 1)
        client.close()
        try await gateway.stop()
        try await upstream.close()
    }
}
