import GatehouseCore
import Gates
import Testing

@testable import WebUI

@Suite("Checks in short")
struct CheckLineTests {
    private static func line(_ verdict: Verdict, _ measurements: [Measurement], name: String = "fairness") -> CheckLine {
        CheckLine(
            CheckResult(
                name: name, gate: name, enforcement: .block, inconclusiveBlocks: true,
                judgement: Judgement(verdict, "As the gate says.", measurements: measurements), durationMilliseconds: 1,
                inputs: [:]))
    }

    @Test("a failing check shows the number that broke its limit worst, and a group before a combination of groups")
    func failing() {
        let line = Self.line(
            .fail,
            [
                Measurement("auc_gap", subject: "size=small", value: 0.01, limit: .atMost(0.05), verdict: .pass),
                Measurement("impact_ratio", subject: "age", value: 0.7, limit: .atLeast(0.8), verdict: .fail),
                Measurement("impact_ratio", subject: "size", value: 0.33, limit: .atLeast(0.8), verdict: .fail),
                Measurement("impact_ratio", subject: "age × size", value: 0.3, limit: .atLeast(0.8), verdict: .fail),
            ])
        #expect(line.sentence == "The impact ratio of size is 0.330, the policy asks for at least 0.800.")
        #expect(
            [line].sentence
                == "1 of 1 gate keeps it out: fairness. The impact ratio of size is 0.330, the policy asks for at least 0.800.")
    }

    @Test("a passing check shows the number nearest to its limit; zero of zero errors is not near")
    func passing() {
        let line = Self.line(
            .pass,
            [
                Measurement("errors", value: 0, limit: .atMost(0), verdict: .pass),
                Measurement("p95_ms", value: 49.96, limit: .atMost(50), verdict: .pass),
                Measurement("p99_ms", value: 80, verdict: nil),
            ], name: "latency")
        #expect(line.deciding?.metric == "p95_ms")
        // As many decimals as it takes to see that it is below.
        #expect(line.deciding?.valueText == "49.96" && line.deciding?.limitText == "≤ 50.00")
        #expect(
            [line].sentence
                == "The only gate passes. Nearest to its limit is latency. The p95 (ms) is 49.96, the policy allows 50.00.")
    }

    @Test("a version that was let in with a failing check is not said to be kept out")
    func letIn() {
        let line = Self.line(.fail, [Measurement("auc_gap", value: 0.07, limit: .atMost(0.05), verdict: .fail)])
        #expect(
            [line].sentenceWhenLetIn
                == "It was let in although 1 of 1 gate did not pass: fairness. The AUC gap is 0.070, the policy allows 0.050.")
    }

    @Test("no check is no pass, and a check without a number says its own sentence")
    func nothing() {
        #expect([CheckLine]().sentence == "No check was asked for, so nothing was shown.")
        #expect(Self.line(.error, []).sentence == "As the gate says.")
    }

    @Test(
        "values are as precise as their limits",
        arguments: [
            (0.85766, 0.82, "0.858", "≥ 0.820"), (0.00041, 0.0005, "0.0004", "≥ 0.0005"),
            (0.00282342, 0.0015979, "0.00282", "≥ 0.00160"), (10, 10, "10", "≥ 10"),
            (0.81999, 0.82, "0.81999", "≥ 0.82000"), (123.44, 100, "123.4", "≥ 100.0"),
        ] as [(Double, Double, String, String)])
    func precision(value: Double, limit: Double, shown: String, shownLimit: String) {
        let number = Measurement("auc", value: value, limit: .atLeast(limit))
        #expect(number.valueText == shown)
        #expect(number.limitText == shownLimit)
    }

    @Test("groups are told from those of combinations, whatever signs their names have")
    func groups() {
        #expect(CheckCharts.label(of: "size=small", in: "size") == "small")
        #expect(CheckCharts.label(of: "size=a=b", in: "size") == "a=b")
        #expect(CheckCharts.label(of: "age=18-25, size=small", in: "age × size") == "18-25 × small")
        #expect(CheckCharts.label(of: "age=18-25, size=small", in: "age") == nil)
        #expect(CheckCharts.label(of: "age=18-25", in: "age × size") == nil)
        #expect(CheckCharts.label(of: "sizes=small", in: "size") == nil)
    }

    @Test("metrics are named as people say them")
    func names() {
        #expect(MetricWords.name("auc_roc_improvement") == "AUC ROC improvement")
        #expect(MetricWords.name("p95_ms") == "p95 (ms)")
        #expect(MetricWords.name("impact_ratio") == "impact ratio")
    }
}
