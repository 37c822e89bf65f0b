import GatehouseCore
import Gates
import Testing

@testable import Commands

@Suite("Checks in a terminal")
struct CheckReportTests {
    private let plain = Terminal(environment: [:], isInteractiveOut: false, isInteractiveError: false)

    private func check(
        _ name: String, _ verdict: Verdict, _ enforcement: CheckEnforcement = .block, inconclusiveBlocks: Bool = true,
        reason: String = "why", measurements: [Measurement] = [], warnings: [String] = []
    ) -> CheckResult {
        CheckResult(
            name: name, gate: name, enforcement: enforcement, inconclusiveBlocks: inconclusiveBlocks,
            judgement: Judgement(verdict, reason, measurements: measurements, warnings: warnings), durationMilliseconds: 1,
            inputs: [:])
    }

    @Test("every verdict has its mark, and names stand below each other")
    func marks() {
        let checks = [
            check("accuracy", .pass), check("fairness", .fail), check("drift", .inconclusive), check("latency", .error),
        ]
        #expect(
            CheckReport(terminal: plain).lines(checks) == [
                "  ✓ pass          accuracy  why",
                "  ✗ fail          fairness  why",
                "  ? inconclusive  drift     why",
                "  ! error         latency   why",
            ])
    }

    @Test("a check that does not block says that it only warns")
    func warns() {
        let checks = [
            check("a", .pass, .warn), check("b", .fail, .warn), check("c", .inconclusive, .warn), check("d", .error, .warn),
            check("e", .inconclusive, inconclusiveBlocks: false), check("f", .fail),
        ]
        #expect(
            CheckReport(terminal: plain).lines(checks) == [
                "  ✓ pass                  a  why",
                "  ✗ fail (warns)          b  why",
                "  ? inconclusive (warns)  c  why",
                "  ! error (warns)         d  why",
                "  ? inconclusive (warns)  e  why",
                "  ✗ fail                  f  why",
            ])
    }

    @Test("the colour says the verdict again")
    func colours() {
        let terminal = Terminal(environment: ["CLICOLOR_FORCE": "1"], isInteractiveOut: false, isInteractiveError: false)
        let lines = CheckReport(terminal: terminal).lines(Verdict.allCases.map { check("a", $0) })
        #expect(zip(lines, ["32", "31", "33", "31"]).allSatisfy { $0.contains("\u{1B}[\($1)m") })
        #expect(lines.count == Verdict.allCases.count)
    }

    private let measurements = [
        Measurement("auc_roc", value: 0.751234, lower: 0.7, upper: 0.8, limit: .atLeast(0.75), n: 520, verdict: .pass),
        Measurement("impact_ratio", subject: "age=18-25", value: 0.71, limit: .atMost(0.8), n: 40, verdict: .fail),
        Measurement("psi", subject: "income", value: nil, verdict: .error, reason: "no current data"),
    ]

    @Test("the measurements that decided are shown, with interval, limit and count")
    func deciding() {
        let lines = CheckReport(terminal: plain).lines([check("x", .fail, measurements: measurements)])
        #expect(
            lines.dropFirst() == [
                "      impact_ratio [age=18-25]  0.7100  ≤ 0.8000  n=40",
                "      psi [income]  —  no current data",
            ])
    }

    @Test("all measurements are shown when asked for")
    func full() {
        let lines = CheckReport(terminal: plain, isFull: true).lines([check("x", .fail, measurements: measurements)])
        #expect(lines.count == 4)
        #expect(lines[1] == "      auc_roc  0.7512  (0.7000…0.8000)  ≥ 0.7500  n=520")
    }

    @Test("a long list is cut and says how much is missing")
    func cut() {
        let many = (1...20).map { Measurement("psi", subject: "f\($0)", value: 1, verdict: .fail) }
        let short = CheckReport(terminal: plain).lines([check("x", .fail, measurements: many)])
        #expect(short.count == 10)
        #expect(short.last == "      … and 12 more")
        #expect(CheckReport(terminal: plain, isFull: true).lines([check("x", .fail, measurements: many)]).count == 21)
    }

    @Test("two warnings are shown, all of them when asked for")
    func warnings() {
        let result = check("x", .pass, warnings: ["one", "two", "three"])
        #expect(CheckReport(terminal: plain).lines([result]).dropFirst() == ["      note one", "      note two"])
        #expect(CheckReport(terminal: plain, isFull: true).lines([result]).last == "      note three")
    }

    @Test("what a check wrote cannot break the line or steer the terminal")
    func control() {
        let hostile = "a\n\u{1B}[2Jb"
        let result = check(
            "x", .fail, reason: hostile,
            measurements: [Measurement(hostile, subject: hostile, value: 1, verdict: .fail, reason: hostile)], warnings: [hostile]
        )
        let lines = CheckReport(terminal: plain).lines([result])
        #expect(lines.count == 3)
        for line in lines {
            #expect(line.contains("a  [2Jb"))
            #expect(line.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
        }
    }

    @Test("no checks are no lines")
    func none() {
        #expect(CheckReport(terminal: plain).lines([]).isEmpty)
    }
}
