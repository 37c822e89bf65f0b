import GatehouseCore
import Promotions
import Rendering
import Serving

extension TrafficHealth {
    var mark: Markup {
        switch self {
        case .unmeasured: WebUI.mark(.neutral, "not measured", shape: "○")
        case .unlimited: WebUI.mark(.neutral, "no limits set", shape: "○")
        case .within: WebUI.mark(.good, "within limits", shape: "✓")
        case .suspect(let what): WebUI.mark(.caution, "\(what) above the limit, perhaps by chance", shape: "~")
        case .over(let what): WebUI.mark(.bad, "\(what) above the limit", shape: "✕")
        }
    }
}

extension SegmentRoute {
    /// `v3`, or `v3 90 %, v4 10 %`.
    var answer: String {
        guard let split else { return "v\(champion.version)" }
        return
            "v\(champion.version) \(share(Bucketing.total - split.buckets)), v\(split.challenger.version) \(share(split.buckets))"
    }

    func share(_ buckets: Int) -> String { Wording.compactPercent(Double(buckets) / Double(Bucketing.total)) }
}

/// Shares of failures in tables and sentences: two decimals, as limits are written.
func failureShare(_ share: Double) -> String { Wording.fixed(share * 100, 2) + " %" }

/// A latency with three digits: `0.175 ms`, `12.5 ms`, `5000 ms`.
func latencyWords(_ milliseconds: Double) -> String {
    if milliseconds >= 1000 { return Wording.grouped(Int(milliseconds.rounded())) + " ms" }
    let decimals = milliseconds >= 100 ? 0 : milliseconds >= 10 ? 1 : milliseconds >= 1 ? 2 : 3
    return Wording.fixed(milliseconds, decimals) + " ms"
}

extension ServedHere.Role {
    var words: String {
        switch self {
        case .champion: "champion"
        case .challenger: "challenger"
        case .shadow: "shadow"
        case .lastKnownGood: "last known good"
        }
    }
}

extension ServingInventory.Difference {
    var words: String {
        switch self {
        case .other: "serves another version"
        case .absent: "does not serve it"
        case .unasked: "serves what nobody asks for"
        case .notReady: "is not ready"
        }
    }
}

extension ServingInventory.GatewayState {
    var mark: Markup {
        switch self {
        case .current: WebUI.mark(.good, "current", shape: "✓")
        case .behind: WebUI.mark(.caution, "behind", shape: "~")
        case .stale: WebUI.mark(.bad, "not heard of", shape: "!")
        }
    }
}
