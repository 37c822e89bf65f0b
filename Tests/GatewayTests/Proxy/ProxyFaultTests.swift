import Foundation
import GatehouseCore
import Gateway
import NIOConcurrencyHelpers
import NIOCore
import Serving
import Testing

@Suite("Proxy faults")
struct ProxyFaultTests {
    private func gateway(_ champion: Int, _ rules: EndpointRules = EndpointRules(), lastKnownGood: Int? = nil) async throws
        -> TestGateway
    {
        var segment = SegmentRoute(segment: "default", champion: try TestGateway.version(3, port: champion))
        if let lastKnownGood { segment.lastKnownGood = try TestGateway.version(2, port: lastKnownGood) }
        return try await TestGateway([try TestGateway.endpoint([segment], rules)])
    }

    /// A port nobody listens on.
    private func deadPort() async throws -> Int {
        let upstream = try await ScriptedUpstream { _, _ in .hang }
        try await upstream.close()
        return upstream.port
    }

    /// Looks until it is so, for half a minute at most.
    private func until(_ isSo: () async throws -> Bool) async throws {
        let end = ContinuousClock.now.advanced(by: .seconds(30))
        while try await !isSo(), ContinuousClock.now < end { await Task.yield() }
    }

    @Test(
        "a version that gives no answer is told by 502 or 504, and the client's connection lives on",
        arguments: [
            ("hang", 504), ("close", 502), ("garbage", 502), ("half head", 502), ("two lengths", 502), ("dripping", 504),
        ])
    func noAnswer(kind: String, status: Int) async throws {
        let upstream = try await ScriptedUpstream { number, _ in
            if number > 0 { return ScriptedUpstream.ok("fine") }
            return switch kind {
            case "hang": .hang
            case "close": .close
            case "garbage": .bytes("SSH-2.0-OpenSSH\r\n\r\n")
            case "half head": .bytesThenClose("HTTP/1.1 200 OK\r\nContent-")
            case "two lengths": .bytes("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na")
            default: .drip("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab", milliseconds: 100)
            }
        }
        var rules = EndpointRules()
        rules.deadlineMilliseconds = 2_000
        let gateway = try await gateway(upstream.port, rules)
        let client = try gateway.client()
        client.send(TestGateway.post("{}"))
        let answer = client.answer()
        #expect(answer.head.hasPrefix("HTTP/1.1 \(status) "), "\(kind): \(answer.head)")
        #expect(answer.head.contains("x-gatehouse-request-id: "))
        client.send(TestGateway.post("{}"))
        #expect(client.answer().body == "fine", "\(kind)")
        #expect(upstream.requests.count == 2, "a request that may have arrived is not repeated")
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("long bodies that are held back share a bounded memory, and give it back when they were answered or cut off")
    func heldBodies() async throws {
        let upstream = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("fine") }
        var rules = EndpointRules()
        (rules.unit, rules.bodyBytesMax) = (.member("customer_id"), 1 << 20)
        let segment = SegmentRoute(segment: "default", champion: try TestGateway.version(3, port: upstream.port))
        let gateway = try await TestGateway([try TestGateway.endpoint([segment], rules)], heldBytesMax: 300_000)
        let (fits, tooLong) = (String(repeating: " ", count: 200_000), String(repeating: " ", count: 400_000))
        for round in 0..<3 {
            #expect(try gateway.ask(fits).body == "fine", "round \(round)")
            let refused = try gateway.ask(tooLong)
            #expect(refused.head.hasPrefix("HTTP/1.1 503 ") && refused.head.contains("retry-after: 1\r\n"))
            #expect(refused.body.contains("Too many long bodies"))
            let chunked = try gateway.client()
            chunked.send("POST /endpoints/x/invocations HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
            for _ in 0..<40 { chunked.send("2710\r\n\(String(repeating: " ", count: 10_000))\r\n") }
            #expect(chunked.answer().head.hasPrefix("HTTP/1.1 503 "), "round \(round)")
            chunked.close()
            let cutOff = try gateway.client()
            cutOff.send(String(TestGateway.post(fits).dropLast(10)))
            cutOff.close()
            // Until the loop has seen the end, what was held is not given back.
            try await until { try await gateway.server.connections() == 0 }
        }
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("an answer that breaks off is cut off for the client, not completed")
    func breaksOff() async throws {
        let upstream = try await ScriptedUpstream { _, _ in .bytesThenClose("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc") }
        let gateway = try await gateway(upstream.port)
        let client = try gateway.client()
        client.send(TestGateway.post("{}"))
        let all = client.rest()
        #expect(all.contains("content-length: 10\r\n") && all.hasSuffix("\r\n\r\nabc"))
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("a dead champion gives 503 with retry-after, or the version before it where the rules say so, marked as that version")
    func deadChampion() async throws {
        let dead = try await deadPort()
        let plain = try await gateway(dead)
        let refused = try plain.ask()
        #expect(refused.head.hasPrefix("HTTP/1.1 503 ") && refused.head.contains("retry-after: 1\r\n"))
        try await plain.stop()

        let before = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("before") }
        var rules = EndpointRules()
        rules.whenChampionIsDown = .lastKnownGood
        let saved = try await gateway(dead, rules, lastKnownGood: before.port)
        for _ in 0..<15 {
            let answer = try saved.ask()
            #expect(answer.body == "before" && answer.head.contains("x-gatehouse-version: 2\r\n"))
        }
        try await saved.stop()
        try await before.close()
    }

    @Test("a client that goes away while it is waited for holds nothing")
    func goneClient() async throws {
        let upstream = try await ScriptedUpstream { _, _ in .hang }
        let gateway = try await gateway(upstream.port)
        let client = try gateway.client()
        client.send(TestGateway.post("{}"))
        try await until { upstream.requests.count == 1 }
        client.close()
        try await until { try await gateway.server.connections() == 0 }
        #expect(try await gateway.server.connections() == 0)
        let inventory = try gateway.client()
        inventory.send("GET /v1/serving/inventory HTTP/1.1\r\nHost: h\r\n\r\n")
        #expect(inventory.answer().body.contains("\"connections\":0"))
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("table after table is swapped in under load, and no request is lost or answered by a version of neither table")
    func hotSwap() async throws {
        let one = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("1") }
        let two = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("2") }
        let gateway = try await gateway(one.port)
        let port = gateway.server.port
        let answers = NIOLockedValueBox<[String]>([])
        let isOver = NIOLockedValueBox(false)
        let thread = Thread {
            defer { isOver.withLockedValue { $0 = true } }
            guard let client = try? RawClient(port: port) else { return }
            var count = 0
            while count < 400 || count < 20_000 && answers.withLockedValue({ Set($0).count }) < 2 {
                client.send(TestGateway.post("{}"))
                let body = client.answer().body
                answers.withLockedValue { $0.append(body) }
                count += 1
            }
        }
        thread.start()
        var number: Int64 = 2
        while !isOver.withLockedValue({ $0 }) {
            let port = number.isMultiple(of: 2) ? two.port : one.port
            let segment = SegmentRoute(segment: "default", champion: try TestGateway.version(number, port: port))
            try await gateway.swap([try TestGateway.endpoint([segment])], number: number)
            number += 1
            try await Task.sleep(for: .milliseconds(2))
        }
        let all = answers.withLockedValue { $0 }
        #expect(all.count >= 400 && all.allSatisfy { $0 == "1" || $0 == "2" })
        #expect(Set(all).count == 2, "both tables were served from")
        try await gateway.stop()
        try await one.close()
        try await two.close()
    }

    @Test("a drain ends idle connections at once and lets what is in flight be answered")
    func drain() async throws {
        let upstream = try await ScriptedUpstream { _, _ in
            .drip("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", milliseconds: 20)
        }
        let gateway = try await gateway(upstream.port)
        let idle = try gateway.client()
        let busy = try gateway.client()
        busy.send(TestGateway.post("{}"))
        try await until { upstream.requests.count == 1 }
        let cutOff = try await gateway.server.drain()
        #expect(cutOff == 0)
        let answer = busy.rest()
        #expect(answer.hasSuffix("ok") && answer.contains("connection: close\r\n"))
        #expect(idle.rest() == "")
        try await upstream.close()
    }
}
