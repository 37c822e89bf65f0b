import Foundation
import GatehouseCore
import Gateway
import NIOCore
import NIOSSL
import Serving
import Testing

/// A gateway on a port of its own, with the routes of a test.
struct TestGateway {
    let server: GatewayServer
    private let trust: UpstreamTrust
    static let digest = "sha256:" + String(repeating: "ab", count: 32)

    init(
        _ endpoints: [EndpointRoute], drainMilliseconds: Int64 = 2_000, drainIdleMilliseconds: Int64 = 0,
        heldBytesMax: Int = GatewayLimits.loopHeldBytesMax, tls: NIOSSLContext? = nil, trust: UpstreamTrust = .system
    ) async throws {
        self.trust = trust
        var settings = GatewayServer.Settings()
        settings.port = 0
        settings.drainMilliseconds = drainMilliseconds
        settings.drainIdleMilliseconds = drainIdleMilliseconds
        settings.heldBytesMax = heldBytesMax
        settings.tls = tls
        server = try await GatewayServer(
            settings, pages: GatewayPages(version: "test"),
            roots: .init(milliseconds: { 1_700_000_000_000 }, randomNumber: { 0xABCD }))
        try await swap(endpoints, number: 1)
    }

    func swap(_ endpoints: [EndpointRoute], number: Int64) async throws {
        let table = RouteTable(number: number, createdAt: Timestamp(milliseconds: 0), endpoints: endpoints)
        try await server.swap(to: try ActiveRoutes(table, trust: trust))
    }

    static func version(_ number: Int64, port: Int, path: String = "") throws -> ServedVersion {
        try version(number, at: "http://127.0.0.1:\(port)\(path)")
    }

    static func version(_ number: Int64, at address: String) throws -> ServedVersion {
        ServedVersion(
            version: try VersionNumber(number), digest: try Digest(parsing: digest),
            upstream: .url(address))
    }

    static func endpoint(
        _ segments: [SegmentRoute], _ rules: EndpointRules = EndpointRules(), name: String = "x"
    ) throws -> EndpointRoute {
        EndpointRoute(
            name: name, model: try ModelName("credit-risk"), environment: "production", rules: rules, segments: segments)
    }

    func client() throws -> RawClient { try RawClient(port: server.port) }

    /// One request on a connection of its own.
    func ask(_ body: String = "{}", path: String = "/endpoints/x/invocations", fields: String = "") throws -> (
        head: String, body: String
    ) {
        let client = try client()
        defer { client.close() }
        client.send(Self.post(body, path: path, fields: fields))
        return client.answer()
    }

    static func post(_ body: String, path: String = "/endpoints/x/invocations", fields: String = "") -> String {
        "POST \(path) HTTP/1.1\r\nHost: gateway\r\n\(fields)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
    }

    func stop() async throws { _ = try await server.drain() }
}

@Suite("Proxy")
struct ProxyTests {
    private func plain(
        _ upstream: ScriptedUpstream, _ rules: EndpointRules = EndpointRules(), path: String = ""
    ) throws -> [EndpointRoute] {
        let version = try TestGateway.version(3, port: upstream.port, path: path)
        return [try TestGateway.endpoint([SegmentRoute(segment: "default", champion: version)], rules)]
    }

    @Test("a request reaches its version under the base path, and the answer says which version, digest, segment and arm it was")
    func through() async throws {
        let upstream = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("{\"predictions\": [1]}") }
        let gateway = try await TestGateway(try plain(upstream, path: "/base"))
        let answer = try gateway.ask("{\"a\": 1}", fields: "X-Request-Id: abc-1\r\nX-Gatehouse-Arm: fake\r\nX-Own: 1\r\n")
        #expect(answer.body == "{\"predictions\": [1]}")
        for line in [
            "HTTP/1.1 200 OK", "Content-Type: application/json", "x-gatehouse-model: credit-risk", "x-gatehouse-version: 3",
            "x-gatehouse-digest: \(TestGateway.digest)", "x-gatehouse-segment: default", "x-gatehouse-arm: champion",
            "x-gatehouse-request-id: abc-1",
        ] { #expect(answer.head.contains(line + "\r\n"), "\(line)") }
        let seen = try #require(upstream.requests.first)
        #expect(
            seen.hasPrefix(
                "POST /base/invocations HTTP/1.1\r\nX-Own: 1\r\nhost: 127.0.0.1:\(upstream.port)\r\nx-request-id: abc-1\r\n"))
        #expect(seen.hasSuffix("content-length: 8\r\n\r\n{\"a\": 1}") && seen.contains("fake") == false)
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("connections are kept on both sides, pipelined requests are answered in order, ids made here differ")
    func keepAlive() async throws {
        let upstream = try await ScriptedUpstream { number, _ in ScriptedUpstream.ok("\(number)") }
        let gateway = try await TestGateway(try plain(upstream))
        let client = try gateway.client()
        client.send((0..<20).map { TestGateway.post("\($0)") }.joined())
        var ids: Set<String> = []
        for number in 0..<20 {
            let answer = client.answer()
            #expect(answer.body == "\(number)")
            ids.insert(answer.head.components(separatedBy: "x-gatehouse-request-id: ").last ?? "")
        }
        #expect(ids.count == 20 && ids.contains { $0.hasPrefix("000000000000abcd0000000000000001\r\n") })
        client.send("GET /v1/serving/inventory HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        let inventory = client.answer()
        #expect(inventory.body.contains("\"connections\":1") && inventory.head.contains("connection: close"))
        #expect(client.rest() == "")
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("what many connections are answered in the same rounds of a loop is all there, in order, before the connections end")
    func together() async throws {
        let upstream = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("1") }
        let gateway = try await TestGateway(try plain(upstream))
        let clients = try (0..<6).map { _ in try gateway.client() }
        let asked = (0..<50).map { "request-\($0)" }
        for client in clients {
            let requests = asked.map { id in TestGateway.post("{}", fields: "X-Request-Id: \(id)\r\n") }
            let last = TestGateway.post("{}", fields: "Connection: close\r\nX-Request-Id: last\r\n")
            client.send(requests.joined() + last)
        }
        for client in clients {
            let answers: [String] = client.rest().components(separatedBy: "x-gatehouse-request-id: ")
            let ids = answers.dropFirst().map { answer in answer.components(separatedBy: "\r\n")[0] }
            #expect(ids == asked + ["last"])
            #expect(answers.dropFirst().allSatisfy { answer in answer.contains("\r\n\r\n1") })
        }
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("a chunked request arrives whole, and a chunked answer goes out chunked; long bodies are streamed both ways")
    func bodies() async throws {
        let upstream = try await ScriptedUpstream { _, request in
            let size = request.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n").utf8.count
            let text = String(size, radix: 16)
            let first = request.contains("chunked") ? "c" : "l"
            return .bytes(
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\(first)\r\n\(text.utf8.count)\r\n\(text)\r\n0\r\n\r\n"
            )
        }
        let gateway = try await TestGateway(try plain(upstream))
        let client = try gateway.client()
        client.send(
            "POST /endpoints/x/invocations HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2;x\r\nde\r\n0\r\n\r\n"
        )
        #expect(client.answer().body == "1\r\nl\r\n1\r\n5\r\n0\r\n\r\n")
        let long = String(repeating: "x", count: 300_000)
        client.send(TestGateway.post(long))
        #expect(client.answer().body.contains(String(300_000, radix: 16)))
        client.send(
            "POST /endpoints/x/invocations HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n493e0\r\n\(long)\r\n0\r\n\r\n"
        )
        #expect(client.answer().body.hasPrefix("1\r\nc\r\n"))
        #expect(upstream.requests.last?.filter { $0 == "x" }.count ?? 0 >= 300_000)
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("what could be a second request in disguise never reaches a version, and its connection ends")
    func smuggling() async throws {
        let upstream = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("1") }
        let gateway = try await TestGateway(try plain(upstream))
        for (fields, status) in [
            ("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", 400), ("Content-Length: 3\r\nContent-Length: 4\r\n", 400),
            ("X: a\r\n b\r\n", 400), ("Transfer-Encoding: gzip\r\n", 501), ("X: a\nY: b\r\n", 400),
        ] {
            let client = try gateway.client()
            client.send("POST /endpoints/x/invocations HTTP/1.1\r\nHost: h\r\n\(fields)\r\nabcGET / HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.answer().head.hasPrefix("HTTP/1.1 \(status) "))
            #expect(client.rest() == "")
            client.close()
        }
        let bad = try gateway.client()
        bad.send("POST /endpoints/x/invocations HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n")
        #expect(bad.answer().head.hasPrefix("HTTP/1.1 400 "))
        #expect(upstream.requests.isEmpty)
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("heads and bodies beyond their limits, stages and aliases, unknown names and dot segments are refused by status")
    func refusals() async throws {
        let upstream = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("1") }
        var rules = EndpointRules()
        rules.bodyBytesMax = 10
        let gateway = try await TestGateway(try plain(upstream, rules))
        #expect(try gateway.ask("12345678901").head.hasPrefix("HTTP/1.1 413 "))
        #expect(try gateway.ask(fields: "A: \(String(repeating: "a", count: 40_000))\r\n").head.hasPrefix("HTTP/1.1 431 "))
        let alias = try gateway.ask(path: "/endpoints/x@champion/invocations")
        #expect(alias.head.hasPrefix("HTTP/1.1 400 ") && alias.body.contains("'x@champion' names a stage or an alias"))
        #expect(try gateway.ask(path: "/endpoints/x/Production/invocations").body.contains("'x/Production' names a stage"))
        #expect(try gateway.ask(path: "/models:/x/Production").body.contains("pinned version"))
        #expect(try gateway.ask(path: "/endpoints/y/invocations").head.hasPrefix("HTTP/1.1 404 "))
        #expect(try gateway.ask(path: "/endpoints/x/admin").head.hasPrefix("HTTP/1.1 404 "))
        #expect(try gateway.ask(path: "/endpoints/x/v2/../admin").head.hasPrefix("HTTP/1.1 400 "))
        #expect(try gateway.ask(path: "/endpoints/x/v2/%2e%2e/admin").head.hasPrefix("HTTP/1.1 400 "))
        #expect(upstream.requests.isEmpty)
        #expect(try gateway.ask().head.hasPrefix("HTTP/1.1 200 "))
        try await gateway.stop()
        try await upstream.close()
    }
}
