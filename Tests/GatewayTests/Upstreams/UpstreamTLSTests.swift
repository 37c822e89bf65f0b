import Foundation
import Gateway
import NIOCore
import NIOSSL
import Serving
import Testing

@Suite("Model servers over TLS")
struct UpstreamTLSTests {
    private func route(_ port: Int, _ rules: EndpointRules = EndpointRules(), host: String = "localhost") throws -> SegmentRoute {
        SegmentRoute(segment: "default", champion: try TestGateway.version(3, at: "https://\(host):\(port)"))
    }

    private func trust(_ certificate: TestCertificate) throws -> UpstreamTrust {
        try UpstreamTrust(authorities: Array(certificate.pem.utf8), named: "ca.pem")
    }

    @Test("a request reaches a server whose certificate is of its name, and the connection is used again")
    func verified() async throws {
        for host in ["localhost", "127.0.0.1"] {
            let certificate = try TestCertificate([host])
            let upstream = try await ScriptedUpstream(tls: try certificate.server()) { number, _ in
                ScriptedUpstream.ok("\(number)")
            }
            let gateway = try await TestGateway(
                [try TestGateway.endpoint([try route(upstream.port, host: host)])], trust: try trust(certificate))
            let client = try gateway.client()
            for number in 0..<3 {
                client.send(TestGateway.post("{}"))
                let answer = client.answer()
                #expect(answer.body == "\(number)" && answer.head.contains("x-gatehouse-version: 3\r\n"))
            }
            #expect(upstream.connections == 1 && upstream.requests[0].contains("host: \(host):\(upstream.port)\r\n"))
            client.close()
            try await gateway.stop()
            try await upstream.close()
        }
    }

    @Test(
        "a server of another name, one that nobody trusts and one without TLS get no byte of a request, and the failure says so")
    func unverified() async throws {
        let other = try TestCertificate(["elsewhere.example"])
        let unknown = try TestCertificate(["localhost"])
        for (shown, trusted) in [(other, other), (unknown, other)] {
            let upstream = try await ScriptedUpstream(tls: try shown.server()) { _, _ in ScriptedUpstream.ok("1") }
            let gateway = try await TestGateway([try TestGateway.endpoint([try route(upstream.port)])], trust: try trust(trusted))
            let answer = try gateway.ask()
            #expect(answer.head.hasPrefix("HTTP/1.1 503 ") && answer.body.contains("(tls)") && upstream.requests.isEmpty)
            try await gateway.stop()
            try await upstream.close()
        }
        let plain = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("1") }
        let gateway = try await TestGateway([try TestGateway.endpoint([try route(plain.port)])], trust: try trust(other))
        var rules = EndpointRules()
        rules.connectDeadlineMilliseconds = 200
        try await gateway.swap([try TestGateway.endpoint([try route(plain.port)], rules)], number: 2)
        // It waits for a request's end that never comes: the connect deadline holds for the handshake too.
        #expect(try gateway.ask().body.contains("(connect)"))
        try await gateway.stop()
        try await plain.close()
    }

    @Test("requests go to the last known good version while the champion's certificate is not to be trusted")
    func fallback() async throws {
        let certificate = try TestCertificate(["elsewhere.example"])
        let champion = try await ScriptedUpstream(tls: try certificate.server()) { _, _ in ScriptedUpstream.ok("new") }
        let last = try await ScriptedUpstream { _, _ in ScriptedUpstream.ok("old") }
        var segment = try route(champion.port)
        segment.lastKnownGood = try TestGateway.version(2, port: last.port)
        var rules = EndpointRules()
        rules.whenChampionIsDown = .lastKnownGood
        let gateway = try await TestGateway([try TestGateway.endpoint([segment], rules)], trust: try trust(certificate))
        let answer = try gateway.ask()
        #expect(answer.body == "old" && answer.head.contains("x-gatehouse-version: 2\r\n") && champion.requests.isEmpty)
        try await gateway.stop()
        try await champion.close()
        try await last.close()
    }

    @Test("a file without a certificate is no trust")
    func noCertificate() {
        #expect(throws: (any Error).self) { try UpstreamTrust(authorities: Array("hello".utf8), named: "ca.pem") }
        #expect(throws: (any Error).self) { try UpstreamTrust(authorities: [], named: "ca.pem") }
    }
}
