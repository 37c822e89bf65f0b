import GatehouseCore
import Gates
import Rendering
import WireAPI

/// An evaluation in words, and the exit code that goes with it.
struct EvaluationReport {
    let isFull: Bool
    let client: ClientOptions

    func show(_ answer: EvaluationAnswer) throws {
        let checks = try CheckAnswers.results(answer.checks)
        try client.show(answer) { terminal in
            let subject = answer.modelVersion == 0 ? answer.modelName : "\(answer.modelName) v\(answer.modelVersion)"
            terminal.out("\(subject)  under policy \(answer.policy)")
            let against = answer.champion.map { ", against the champion \($0)" } ?? ", no champion yet"
            terminal.out("on \(answer.dataset ?? "no dataset")\(against)")
            terminal.out()
            for line in CheckReport(
                terminal: terminal, isFull: isFull, waivers: CheckAnswers.waivers(answer.checks)
            ).lines(checks) { terminal.out(line) }
            if !checks.isEmpty { terminal.out() }
            terminal.out(Self.conclusion(answer, terminal))
        }
        switch (answer.state, answer.passed) {
        case (.queued, _), (.running, _): throw EarlyExit(status: .undecided)
        case (.failed, _): throw EarlyExit(status: .failed)
        case (.finished, true?): break
        case (.finished, _): throw EarlyExit(status: Self.status(ofBlocking: checks.filter(\.blocks)))
        }
    }

    /// One check that says no makes the answer no. Without one, a check that could not be measured is a failure to repair
    /// and an inconclusive one an open question: a script must not take either for a bad model.
    static func status(ofBlocking checks: [CheckResult]) -> ExitStatus {
        let verdicts = checks.map(\.verdict)
        if verdicts.contains(.fail) { return .answerIsNo }
        return verdicts.contains(.error) ? .failed : .undecided
    }

    private static func conclusion(_ answer: EvaluationAnswer, _ terminal: Terminal) -> String {
        switch answer.state {
        case .queued, .running: return "not finished yet: \(answer.state.rawValue)"
        case .failed: return terminal.styled("could not be carried out: \(answer.reason ?? "")", .red)
        case .finished: return terminal.styled(answer.reason ?? "", answer.passed == true ? .green : .red)
        }
    }
}

extension Terminal {
    func show(_ table: TextTable) {
        for line in table.render(isInteractive: isInteractiveOut) { out(line) }
    }
}
