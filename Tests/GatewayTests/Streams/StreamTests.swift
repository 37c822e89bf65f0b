import Foundation
import Gateway
import NIOCore
import NIOHPACK
import NIOHTTP2
import Serving
import Testing

@Suite("Streams of HTTP/2")
struct StreamTests {
    private func plain(_ upstream: ScriptedUpstream, _ rules: EndpointRules = EndpointRules()) throws -> [EndpointRoute] {
        let version = try TestGateway.version(3, port: upstream.port)
        return [try TestGateway.endpoint([SegmentRoute(segment: "default", champion: version)], rules)]
    }

    @Test("a stream's request reaches its version as one of HTTP/1.1 would, and the answer has the same fields, lower case")
    func through() async throws {
        let upstream = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("{\"predictions\": [1]}") }
        let gateway = try await TestGateway(try plain(upstream))
        let client = try await StreamClient(port: gateway.server.port)
        for (number, fields) in [[("content-length", "8")], []].enumerated() {
            let answer = try await client.ask(
                body: "{\"a\": 1}",
                fields: fields + [
                    ("x-request-id", "r-\(number)"), ("x-own", "1"), ("cookie", "a=1"), ("cookie", "b=2"), ("te", "trailers"),
                ])
            #expect(answer.status == "200" && answer.isWhole && answer.text == "{\"predictions\": [1]}")
            for (name, value) in [
                ("content-type", "application/json"), ("x-gatehouse-version", "3"), ("x-gatehouse-arm", "champion"),
                ("x-gatehouse-request-id", "r-\(number)"), ("content-length", "20"),
            ] { #expect(answer.fields[name] == [value], "\(name)") }
            let seen = upstream.requests[number]
            #expect(seen.hasPrefix("POST /invocations HTTP/1.1\r\nx-own: 1\r\ncookie: a=1; b=2\r\nhost: 127.0.0.1:"))
            #expect(seen.hasSuffix("content-length: 8\r\n\r\n{\"a\": 1}"))
        }
        #expect(upstream.connections == 1)
        let page = try await client.ask("GET", path: "/v1/health/ready", body: nil)
        #expect(page.status == "200" && page.text.contains("\"ready\":true"))
        let head = try await client.ask("HEAD", path: "/v1/health/live", body: nil)
        #expect(head.status == "200" && head.isWhole && head.body.readableBytes == 0)
        #expect(try await client.ask(path: "/endpoints/y/invocations").status == "404")
        await client.close()
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("over TLS the client chooses in the handshake, and plain bytes get no answer")
    func handshake() async throws {
        let certificate = try TestCertificate(["localhost"])
        let upstream = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("1") }
        let gateway = try await TestGateway(try plain(upstream), tls: try certificate.server(protocols: ["h2", "http/1.1"]))
        let client = try await StreamClient(port: gateway.server.port, tls: try certificate.client(protocols: ["h2"]))
        #expect(try await client.ask().text == "1")
        let classic = try await SecureClient.ask(
            port: gateway.server.port, try certificate.client(protocols: ["http/1.1"]),
            [TestGateway.post("{}"), TestGateway.post("{}")])
        for answer in classic { #expect(answer.hasPrefix("HTTP/1.1 200 ") && answer.hasSuffix("\r\n\r\n1")) }
        #expect(classic.count == 2)
        let plain = try gateway.client()
        plain.send(TestGateway.post("{}"))
        #expect(plain.rest().contains("200") == false)
        plain.close()
        await client.close()
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("many streams of one connection are answered each by its own answer, long bodies and chunked answers too")
    func concurrent() async throws {
        let upstream = try await ScriptedUpstream { _, request in
            let body = request.components(separatedBy: "\r\n\r\n").dropFirst().joined(separator: "\r\n\r\n")
            let size = "\(body.utf8.count)"
            return .bytes("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\(size.count)\r\n\(size)\r\n0\r\n\r\n")
        }
        let gateway = try await TestGateway(try plain(upstream))
        let client = try await StreamClient(port: gateway.server.port)
        try await withThrowingTaskGroup { group in
            for number in 1...60 {
                group.addTask {
                    let size = number % 10 == 0 ? 200_000 + number : number
                    let body = String(repeating: "x", count: size)
                    let answer = try await client.ask(body: body, fields: [("content-length", "\(size)")])
                    #expect(answer.text == "\(size)" && answer.isWhole && answer.fields["transfer-encoding"].isEmpty)
                }
            }
            try await group.waitForAll()
        }
        await client.close()
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("what is no request, or could be two, ends its stream and reaches no version; other streams go on")
    func refusals() async throws {
        let upstream = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("1") }
        var rules = EndpointRules()
        rules.bodyBytesMax = 10
        let gateway = try await TestGateway(try plain(upstream, rules))
        let client = try await StreamClient(port: gateway.server.port)
        let long = try await client.ask(body: "12345678901")
        #expect(long.status == "413" && long.text.contains("10 bytes"))
        for fields in [
            [("x", "a\r\nhost: b")], [("x", "a\nb")], [("connection", "close")], [("transfer-encoding", "chunked")],
            [("content-length", "1")], [("content-length", "3")], [("content-length", "2"), ("content-length", "2")],
            [("X-Upper", "1")],
        ] {
            let client = try await StreamClient(port: gateway.server.port)
            let answer = try await client.ask(fields: fields)
            #expect(answer.status != "200", "\(fields)")
            await client.close()
        }
        for path in ["no-slash", "/endpoints/x/invocations HTTP/1.1\r\nx: ", "/a b"] {
            let client = try await StreamClient(port: gateway.server.port)
            #expect(try await client.ask(path: path).status != "200", "\(path)")
            await client.close()
        }
        #expect(upstream.requests.isEmpty)
        #expect(try await client.ask().status == "200")
        await client.close()
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("a flood of resets ends the connection, others are served")
    func resets() async throws {
        let upstream = try await ScriptedUpstream { _, request in
            request.contains("x-hang") ? .hang : ScriptedUpstream.ok("1")
        }
        let gateway = try await TestGateway(try plain(upstream))
        let flood = try await StreamClient(port: gateway.server.port)
        let head = [
            (":method", "POST"), (":scheme", "http"), (":authority", "g"), (":path", "/endpoints/x/invocations"), ("x-hang", "1"),
        ]
        for _ in 0..<1_000 where flood.channel.isActive {
            guard let stream = try? await flood.open(head, [ByteBuffer(string: "{}")]) else { break }
            stream.reset()
            _ = try await stream.read()
        }
        try await flood.channel.closeFuture.get()
        let client = try await StreamClient(port: gateway.server.port)
        #expect(try await client.ask().status == "200")
        await client.close()
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("draining says goodbye, lets open streams end and cuts nothing off")
    func drain() async throws {
        let upstream = try await ScriptedUpstream { _, _ in
            .drip("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", milliseconds: 5)
        }
        let gateway = try await TestGateway(try plain(upstream), drainMilliseconds: 5_000)
        let client = try await StreamClient(port: gateway.server.port)
        async let answer = client.ask()
        while upstream.requests.isEmpty { await Task.yield() }
        #expect(try await gateway.server.drain() == 0)
        let whole = try await answer
        #expect(whole.text == "abc" && whole.isWhole)
        try await client.channel.closeFuture.get()
        try await upstream.close()
    }

    @Test("a connection turns to HTTP/2 with its first words or not at all")
    func late() async throws {
        let upstream = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("1") }
        let gateway = try await TestGateway(try plain(upstream))
        let client = try gateway.client()
        client.send(TestGateway.post("{}"))
        #expect(client.answer().body == "1")
        client.send("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
        #expect(client.answer().head.hasPrefix("HTTP/1.1 505 "))
        client.close()
        try await gateway.stop()
        try await upstream.close()
    }
}
