import Logging
import NIOConcurrencyHelpers
import NIOSSL
import Testing

@testable import Gateway

/// Which handshake fails for which reason is seen over real sockets in `test_gateway_dialects.py`.
@Suite("Why TLS failed")
struct TLSFailureTests {
    private struct Lines: LogHandler {
        let lines: NIOLockedValueBox<[Logger.Metadata]>
        var metadata = Logger.Metadata()
        var logLevel = Logger.Level.trace
        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) { lines.withLockedValue { $0.append(event.metadata ?? [:]) } }
    }

    @Test("one line a minute for each reason and server, and how many were kept back meanwhile")
    func bounded() throws {
        let lines = NIOLockedValueBox<[Logger.Metadata]>([])
        let clock = NIOLockedValueBox<Int64>(1_000_000)
        let log = TLSFailureLog(Logger(label: "test") { _ in Lines(lines: lines) }, now: { clock.withLockedValue { $0 } })
        let first = TLSFailureLog.Peer.server(try UpstreamAddress(parsing: "https://a:1"))
        let second = TLSFailureLog.Peer.server(try UpstreamAddress(parsing: "https://b:1"))
        for _ in 0..<50 { log.note(TLSFailure(.wrongName, "x"), of: first) }
        log.note(TLSFailure(.wrongName, "x"), of: second)
        log.note(TLSFailure(.certificateExpired, "x"), of: first)
        for client in 0..<50 { log.note(TLSFailure(.notTLS, "x"), of: .client, from: "10.0.0.\(client)") }
        #expect(lines.withLockedValue { $0.count } == 4)
        clock.withLockedValue { $0 += 60_000 }
        log.note(TLSFailure(.wrongName, "x"), of: first)
        let last = lines.withLockedValue { $0.last }
        #expect(last?["others_since"] == "49" && last?["upstream"] == "a:1" && last?["reason"] == "wrong_name")
    }

    @Test("however many kinds there are, memory is bounded")
    func manyKinds() throws {
        let lines = NIOLockedValueBox<[Logger.Metadata]>([])
        let log = TLSFailureLog(Logger(label: "test") { _ in Lines(lines: lines) }, now: { 0 })
        for number in 0..<(TLSFailureLog.kindsMax + 500) {
            log.note(TLSFailure(.closed, ""), of: .server(try UpstreamAddress(parsing: "https://host-\(number)")))
        }
        #expect(lines.withLockedValue { $0.count } == TLSFailureLog.kindsMax)
    }

    @Test("a failed handshake without a word of the library is told by its kind")
    func unknown() {
        let failure = TLSFailure(NIOSSLError.uncleanShutdown, certificate: nil, host: nil, atSeconds: 0)
        #expect(failure.reason == .other && failure.detail == "NIOSSLError")
        #expect(TLSFailure(.other, String(repeating: "x", count: 1_000)).detail.count == TLSFailure.detailBytesMax)
    }
}
