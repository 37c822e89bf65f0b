import Serving

/// Everything counted since the gateway started, for Prometheus. Fed by the windows as they end, so that a request costs nothing
/// more than it does for them; a number here is at most a window's length old.
struct GatewayTotals {
    var exposures = 0
    var pairs = 0
    var lost = 0
    private var arms: [Labels: Counts] = [:]
    /// Versions come and go; beyond this the oldest are forgotten, and a scrape sees a counter end.
    static let armsMax = 2_000

    private struct Labels: Hashable {
        let endpoint: String
        let segment: String
        let arm: ArmName
        let version: Int64
    }

    private struct Counts {
        var requests = 0
        var errors = 0
        var rejected = 0
        var latency = LatencyCounts()
        var shadow = ShadowCounts()
        var lastSeen: Int64 = 0
    }

    mutating func add(_ window: ArmWindow) {
        let labels = Labels(endpoint: window.endpoint, segment: window.segment, arm: window.arm, version: window.version)
        var counts = arms[labels] ?? Counts()
        counts.requests += window.requests
        counts.errors += window.errors
        counts.rejected += window.rejected
        counts.latency.add(window.latency)
        counts.shadow.add(window.shadow)
        counts.lastSeen = window.toMilliseconds
        arms[labels] = counts
        if arms.count > Self.armsMax, let oldest = arms.min(by: { $0.value.lastSeen < $1.value.lastSeen }) {
            arms[oldest.key] = nil
        }
    }

    /// Prometheus' text form, version 0.0.4.
    func text(spool: RecordSpool.Counts, spoolBytes: Int, batchesWaiting: Int) -> String {
        let ordered = arms.map { (labels: Self.text($0.key), counts: $0.value) }.sorted { $0.labels < $1.labels }
        var text = PrometheusText()
        text.family("gatehouse_gateway_requests_total", "counter", "Requests that an arm answered or failed to answer.")
        for arm in ordered { text.sample(arm.labels, arm.counts.requests) }
        text.family("gatehouse_gateway_errors_total", "counter", "Those that failed: 500 and above, or no answer.")
        for arm in ordered { text.sample(arm.labels, arm.counts.errors) }
        text.family("gatehouse_gateway_rejected_total", "counter", "Those that the caller got wrong: 400 to 499.")
        for arm in ordered { text.sample(arm.labels, arm.counts.rejected) }
        text.family("gatehouse_gateway_latency_seconds", "histogram", "From a request's first byte to its answer's last.")
        for arm in ordered { text.histogram(arm.labels, arm.counts.latency) }
        let shadows = ordered.filter { $0.counts.shadow != ShadowCounts() }
        text.family("gatehouse_gateway_shadow_eligible_total", "counter", "Requests that the shadow was to see.")
        for arm in shadows { text.sample(arm.labels, arm.counts.shadow.eligible) }
        text.family("gatehouse_gateway_shadow_total", "counter", "Requests that the shadow was to see, by what became of them.")
        for arm in shadows {
            let shadow = arm.counts.shadow
            text.sample(arm.labels + ",outcome=\"mirrored\"", shadow.mirrored)
            text.sample(arm.labels + ",outcome=\"late\"", shadow.late)
            for (reason, count) in shadow.dropped.sorted(by: { $0.key < $1.key }) {
                text.sample(arm.labels + ",outcome=\"dropped\",reason=\"\(PrometheusText.escaped(reason))\"", count)
            }
        }
        let own: [(String, String, String, Int)] = [
            ("exposures_total", "counter", "Exposures that were noted.", exposures),
            ("shadow_pairs_total", "counter", "Pairs of answers that were noted.", pairs),
            ("records_lost_total", "counter", "Exchanges that were not noted because recording was behind.", lost),
            ("spool_refused_total", "counter", "Records refused by a full spool.", spool.refused),
            ("spool_durable_total", "counter", "Records made durable in the spool.", spool.durable),
            ("spool_torn_bytes_total", "counter", "Bytes cut off after a crash.", spool.tornBytes),
            ("spool_bytes", "gauge", "Bytes in the spool.", spoolBytes),
            ("spool_batches_waiting", "gauge", "Batches that wait to be shipped.", batchesWaiting),
            ("spool_batches_refused_total", "counter", "Batches that the registry will never take.", spool.refusedBatches),
        ]
        for (name, type, help, value) in own {
            text.family("gatehouse_gateway_" + name, type, help)
            text.sample("", value)
        }
        return text.text
    }

    private static func text(_ labels: Labels) -> String {
        let names = [
            ("endpoint", labels.endpoint), ("segment", labels.segment), ("arm", labels.arm.rawValue),
            ("version", String(labels.version)),
        ]
        return names.map { "\($0.0)=\"\(PrometheusText.escaped($0.1))\"" }.joined(separator: ",")
    }
}

/// Lines of Prometheus' text form.
struct PrometheusText {
    private(set) var text = ""
    private var name = ""

    mutating func family(_ name: String, _ type: String, _ help: String) {
        self.name = name
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
    }

    mutating func sample(_ labels: String, _ value: Int) { line("", labels, String(value)) }

    /// Bounds from 128 µs to 16.8 s, each twice the one before. The sum is estimated by the buckets' upper ends.
    mutating func histogram(_ labels: String, _ latency: LatencyCounts) {
        let separator = labels.isEmpty ? "" : ","
        var seen = 0
        var index = 0
        var microseconds = 0.0
        for power in 7...24 {
            let bound = Int64(1) << Int64(power)
            while index < latency.counts.count, LatencyCounts.upperEnd(index) < bound {
                seen += latency.counts[index]
                microseconds += Double(latency.counts[index]) * Double(LatencyCounts.upperEnd(index))
                index += 1
            }
            line("_bucket", labels + separator + "le=\"\(Double(bound) / 1_000_000)\"", String(seen))
        }
        while index < latency.counts.count {
            seen += latency.counts[index]
            microseconds += Double(latency.counts[index]) * Double(LatencyCounts.upperEnd(index))
            index += 1
        }
        line("_bucket", labels + separator + "le=\"+Inf\"", String(seen))
        line("_sum", labels, "\(microseconds / 1_000_000)")
        line("_count", labels, String(seen))
    }

    private mutating func line(_ ending: String, _ labels: String, _ value: String) {
        text += name + ending + (labels.isEmpty ? "" : "{\(labels)}") + " " + value + "\n"
    }

    static func escaped(_ text: String) -> String {
        var escaped = ""
        for character in text {
            switch character {
            case "\\": escaped += "\\\\"
            case "\"": escaped += "\\\""
            case "\n": escaped += "\\n"
            default: escaped.append(character)
            }
        }
        return escaped
    }
}
