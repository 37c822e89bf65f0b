import Foundation
import GatehouseCore
import Gateway
import NIOCore
import Serving
import Testing

@Suite("Choice of the arm")
struct ArmChoiceTests {
    private func segment(_ upstream: ScriptedUpstream, buckets: Int, name: String = "default") throws -> SegmentRoute {
        var segment = SegmentRoute(segment: name, champion: try TestGateway.version(1, port: upstream.port))
        segment.split = TrafficSplit(
            id: "r1", kind: .rollout, challenger: try TestGateway.version(2, port: upstream.port, path: "/two"), buckets: buckets,
            salt: "exp-A")
        return segment
    }

    private func arm(_ answer: (head: String, body: String)) -> String {
        answer.head.contains("x-gatehouse-arm: challenger") ? "challenger" : "champion"
    }

    @Test("a unit keeps its arm as the share grows: 5, 25, 100 per cent, by header and by member of the first row")
    func prefix() async throws {
        let upstream = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("1") }
        for field in [RequestField.header("X-Customer"), .member("customer_id")] {
            var rules = EndpointRules()
            rules.unit = field
            let gateway = try await TestGateway([try TestGateway.endpoint([segment(upstream, buckets: 0)], rules)])
            var before: Set<String> = []
            for (number, buckets) in [(2, 5_000), (3, 25_000), (4, 100_000)] {
                try await gateway.swap(
                    [try TestGateway.endpoint([segment(upstream, buckets: buckets)], rules)], number: Int64(number))
                var now: Set<String> = []
                for unit in (0..<50).map({ "user-\($0)" }) {
                    let body = "{\"dataframe_split\": {\"columns\": [\"a\", \"customer_id\"], \"data\": [[1, \"\(unit)\"]]}}"
                    let fields = field == .member("customer_id") ? "" : "X-Customer: \(unit)\r\n"
                    let arm = arm(try gateway.ask(body, fields: fields))
                    #expect((arm == "challenger") == (Bucketing.gh1.bucket(of: unit.utf8, salt: "exp-A") < buckets), "\(unit)")
                    if arm == "challenger" { now.insert(unit) }
                }
                #expect(before.isSubset(of: now))
                if buckets < Bucketing.total { #expect((0..<30).contains(now.count), "\(buckets) took \(now.count) of 50") }
                before = now
            }
            #expect(before.count == 50)
            #expect(arm(try gateway.ask("{}")) == "champion", "without a unit the champion answers")
            try await gateway.stop()
        }
        try await upstream.close()
    }

    @Test("a challenger that cannot be reached leaves its units to the champion")
    func fallBack() async throws {
        let upstream = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("1") }
        let gone = try await ScriptedUpstream { _, _ in .hang }
        try await gone.close()
        var segment = SegmentRoute(segment: "default", champion: try TestGateway.version(1, port: upstream.port))
        segment.split = TrafficSplit(
            id: "r1", kind: .rollout, challenger: try TestGateway.version(2, port: gone.port), buckets: 100_000, salt: "s")
        var rules = EndpointRules()
        rules.unit = .header("x-customer")
        let gateway = try await TestGateway([try TestGateway.endpoint([segment], rules)])
        let answer = try gateway.ask(fields: "X-Customer: a\r\n")
        #expect(answer.head.hasPrefix("HTTP/1.1 200 ") && answer.head.contains("x-gatehouse-version: 1\r\n"))
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("segments fall back to the one above and to the default, unless the endpoint forbids it")
    func segments() async throws {
        let upstream = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("1") }
        var rules = EndpointRules()
        rules.segment = .header("x-region")
        let segments = try ["default", "eu", "eu/de"].enumerated().map { index, name in
            SegmentRoute(segment: name, champion: try TestGateway.version(Int64(index) + 1, port: upstream.port))
        }
        let gateway = try await TestGateway([try TestGateway.endpoint(segments, rules)])
        func served(_ region: String) throws -> String {
            let head = try gateway.ask(fields: "X-Region: \(region)\r\n").head
            return head.components(separatedBy: "x-gatehouse-segment: ").last?.components(separatedBy: "\r\n").first ?? ""
        }
        #expect(try served("eu/de/by") == "eu/de")
        #expect(try served("eu/fr") == "eu")
        #expect(try served("eu") == "eu")
        #expect(try served("europe") == "default")
        rules.noDefault = true
        try await gateway.swap([try TestGateway.endpoint(segments, rules)], number: 2)
        #expect(try gateway.ask(fields: "X-Region: us\r\n").head.hasPrefix("HTTP/1.1 404 "))
        #expect(try served("eu/fr") == "eu")
        try await gateway.stop()
        try await upstream.close()
    }

    @Test("a tester with a token the endpoint knows chooses the version, and the token goes no further; others are refused")
    func testers() async throws {
        let upstream = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("1") }
        var rules = EndpointRules()
        // SHA-256 of "let-me", by `printf let-me | sha256sum`.
        rules.testerDigests = [try Digest(parsing: "70bda1fac83224812e277ec4e1c2c121bca3464e1b8d5f7f2fdb6ba70a9ee0c2")]
        let gateway = try await TestGateway([try TestGateway.endpoint([segment(upstream, buckets: 0)], rules)])
        let chosen = try gateway.ask(fields: "X-Gatehouse-Version: 2\r\nAuthorization: Bearer let-me\r\n")
        #expect(chosen.head.contains("x-gatehouse-version: 2\r\n"))
        #expect(upstream.requests.last?.contains("let-me") == false)
        #expect(
            try gateway.ask(fields: "X-Gatehouse-Version: 2\r\nAuthorization: Bearer other\r\n").head.hasPrefix("HTTP/1.1 403 "))
        #expect(try gateway.ask(fields: "X-Gatehouse-Version: 2\r\n").head.hasPrefix("HTTP/1.1 403 "))
        #expect(
            try gateway.ask(fields: "X-Gatehouse-Version: 9\r\nAuthorization: Bearer let-me\r\n").head.hasPrefix("HTTP/1.1 404 "))
        try await gateway.stop()
        try await upstream.close()
    }
}
