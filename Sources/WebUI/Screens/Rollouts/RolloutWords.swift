import GatehouseCore
import Promotions
import Rendering
import Rollouts

/// What a rollout's states and limits are called.
enum RolloutWords {
    static func phase(_ phase: RolloutMachine.Phase) -> String {
        switch phase {
        case .pending: "not started"
        case .observing: "observing"
        case .held: "held"
        case .needsHuman: "asks for a decision"
        case .baking: "baking"
        case .promoted: "promoted"
        case .rolledBack: "rolled back"
        }
    }

    static func mark(_ phase: RolloutMachine.Phase) -> Markup {
        switch phase {
        case .pending: WebUI.mark(.neutral, Self.phase(phase), shape: "○")
        case .observing, .baking: WebUI.mark(.neutral, Self.phase(phase), shape: "◌")
        case .held: WebUI.mark(.caution, Self.phase(phase), shape: "‖")
        case .needsHuman: WebUI.mark(.caution, Self.phase(phase), shape: "!")
        case .promoted: WebUI.mark(.good, Self.phase(phase), shape: "✓")
        case .rolledBack: WebUI.mark(.bad, Self.phase(phase), shape: "↩")
        }
    }

    static func mark(_ verdict: RolloutCheck.Verdict) -> Markup {
        switch verdict {
        case .holds: WebUI.mark(.good, "holds", shape: "✓")
        case .inconclusive: WebUI.mark(.caution, "inconclusive", shape: "~")
        case .harm: WebUI.mark(.bad, "harm", shape: "✕")
        case .noData: WebUI.mark(.neutral, "no data yet", shape: "◌")
        }
    }

    /// What is measured: of a share of requests, which.
    static func name(_ name: RolloutCheck.Name, _ limits: RollbackLimits) -> String {
        switch name {
        case .requests: "Requests, of the smaller arm"
        case .sampleRatio: "Sample ratio, p"
        case .errorRate: "Failed"
        case .p95: "Slower than \(limits.p95Milliseconds.map(latencyWords) ?? "the limit")"
        case .badOutput: "Answered without a number"
        case .rejected: "Refused as the caller's mistake"
        case .constantOutput: "The same prediction for everybody"
        case .predictionRange: "Outside of the promised range"
        case .predictionPSI: "Predictions against the champion's, PSI"
        case .outcomeDrop: "Mean outcome worse by"
        }
    }

    /// Whether the numbers are shares of requests.
    static func isShare(_ name: RolloutCheck.Name) -> Bool {
        switch name {
        case .errorRate, .p95, .badOutput, .rejected: true
        case .requests, .sampleRatio, .constantOutput, .predictionRange, .predictionPSI, .outcomeDrop: false
        }
    }

    static func number(_ value: Double, _ name: RolloutCheck.Name) -> String {
        isShare(name) ? failureShare(value) : Wording.compact(value)
    }

    static func event(_ what: String) -> String { what.replacing("_", with: " ") }

    /// What sends it back by itself, in words with the numbers.
    static func limits(_ limits: RollbackLimits) -> [String] {
        var words: [String] = []
        if let limit = limits.errorRate { words.append("more than \(failureShare(limit)) of its requests fail") }
        if let limit = limits.p95Milliseconds { words.append("more than 5 % of them take longer than \(latencyWords(limit))") }
        if let limit = limits.predictionPSI {
            words.append("its predictions differ from the champion's by a PSI above \(Wording.compact(limit))")
        }
        if let drop = limits.outcomeDrop {
            words.append("its mean outcome \"\(limits.outcomeLabel)\" is worse by more than \(Wording.compact(drop))")
        }
        if let limit = limits.badOutputShare { words.append("more than \(failureShare(limit)) of its answers hold no number") }
        if let limit = limits.rejectedShare { words.append("it refuses more than \(failureShare(limit)) of its requests") }
        if limits.watchesConstantOutput { words.append("it says the same to everybody while the champion does not") }
        if let range = limits.predictionRange {
            words.append("a prediction lies outside of \(Wording.range(range.lower, range.upper, decimals: 2))")
        }
        return words
    }

    /// `2 h`, `37 min`, `5 s`: rounded up, so that nothing is promised too early.
    static func time(_ seconds: Int64) -> String {
        switch seconds {
        case ..<0: "0 s"
        case ..<120: "\(seconds) s"
        case ..<7_200: "\((seconds + 59) / 60) min"
        case ..<172_800: "\((seconds + 3_599) / 3_600) h"
        default: "\((seconds + 86_399) / 86_400) days"
        }
    }
}
