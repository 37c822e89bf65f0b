import GatehouseCore
import Serving
import Testing

@testable import Gateway

@Suite struct GatewayTotalsTests {
    private func window(endpoint: String, version: Int64, latencies: [Int64]) -> ArmWindow {
        var window = ArmWindow(
            endpoint: endpoint, segment: "default", split: nil, arm: .champion, version: version,
            digest: Digest(bytes: [UInt8](repeating: 1, count: 32)), from: Timestamp(milliseconds: 0))
        window.requests = latencies.count
        for latency in latencies { window.latency.observe(microseconds: latency) }
        window.toMilliseconds = version
        return window
    }

    private func text(_ totals: GatewayTotals) -> [String] {
        totals.text(spool: RecordSpool.Counts(), spoolBytes: 5, batchesWaiting: 1).split(separator: "\n").map(String.init)
    }

    @Test("A histogram's buckets are cumulative, and the last one is the count")
    func histogram() {
        var totals = GatewayTotals()
        totals.add(window(endpoint: "e", version: 1, latencies: [100, 127, 128, 1_000, 60_000_000]))
        totals.add(window(endpoint: "e", version: 1, latencies: [100]))
        let lines = text(totals)
        let labels = #"endpoint="e",segment="default",arm="champion",version="1""#
        func value(_ name: String, _ more: String = "") -> String? {
            let start = "gatehouse_gateway_\(name){\(labels)\(more)} "
            return lines.first { $0.hasPrefix(start) }.map { String($0.dropFirst(start.count)) }
        }
        #expect(value("requests_total") == "6")
        #expect(value("latency_seconds_bucket", #",le="0.000128""#) == "3")
        #expect(value("latency_seconds_bucket", #",le="0.000256""#) == "4")
        #expect(value("latency_seconds_bucket", #",le="0.001024""#) == "5")
        #expect(value("latency_seconds_bucket", #",le="16.777216""#) == "5")
        #expect(value("latency_seconds_bucket", #",le="+Inf""#) == "6")
        #expect(value("latency_seconds_count") == "6")
        #expect(lines.contains("gatehouse_gateway_spool_bytes 5"))
    }

    @Test("Copies that were to be made add up to what became of them")
    func copies() {
        var totals = GatewayTotals()
        var shadow = ShadowCounts()
        (shadow.eligible, shadow.mirrored, shadow.late) = (7, 4, 1)
        shadow.drop(.paused, count: 2)
        var ended = window(endpoint: "e", version: 1, latencies: [])
        ended.shadow = shadow
        totals.add(ended)
        totals.add(ended)
        let found = text(totals).filter { $0.hasPrefix("gatehouse_gateway_shadow_") && $0.contains("{") }
        let labels = #"{endpoint="e",segment="default",arm="champion",version="1""#
        #expect(
            found == [
                "gatehouse_gateway_shadow_eligible_total\(labels)} 14",
                #"gatehouse_gateway_shadow_total\#(labels),outcome="mirrored"} 8"#,
                #"gatehouse_gateway_shadow_total\#(labels),outcome="late"} 2"#,
                #"gatehouse_gateway_shadow_total\#(labels),outcome="dropped",reason="paused"} 4"#,
            ])
    }

    @Test("What could end a label is escaped")
    func escaping() {
        var totals = GatewayTotals()
        totals.add(window(endpoint: "a\"b\\c\nd", version: 1, latencies: [1]))
        #expect(text(totals).contains { $0.contains(#"endpoint="a\"b\\c\nd""#) })
    }

    @Test("Versions that are long gone are forgotten, the oldest first")
    func bounded() {
        var totals = GatewayTotals()
        for version in 1...Int64(GatewayTotals.armsMax + 10) {
            totals.add(window(endpoint: "e", version: version, latencies: [1]))
        }
        let requests = text(totals).filter { $0.hasPrefix("gatehouse_gateway_requests_total{") }
        #expect(requests.count == GatewayTotals.armsMax)
        #expect(requests.contains { $0.contains(#"version="10""#) } == false)
    }
}
