import Testing

@testable import Commands

@Suite("Progress")
struct ProgressLineTests {
    private func play(_ progress: ProgressLine) {
        for fraction in [0, 0.25, 0.251, 0.9, 1] { progress.show(step: "candidate", fraction: fraction, isDone: fraction == 1) }
        progress.show(step: "candidate", fraction: 1, isDone: true)
        progress.show(step: "latency", fraction: 0.5, isDone: false)
        progress.end()
    }

    @Test("a log gets one line per finished step")
    func log() throws {
        let captured = CapturedTerminal()
        play(ProgressLine(captured.terminal, isQuiet: false))
        let written = try captured.end()
        #expect(written.error == "  candidate: done\n")
        #expect(written.out.isEmpty)
    }

    @Test("a person gets one line that is redrawn when it says something new")
    func redrawn() throws {
        let captured = CapturedTerminal(isInteractiveError: true)
        play(ProgressLine(captured.terminal, isQuiet: false))
        let frames = try captured.end().error.split(separator: "\r\u{1B}[2K", omittingEmptySubsequences: false)
        #expect(
            frames == [
                "", "  candidate ░░░░░░░░░░░░░░░░░░░░░░░░ 0 %", "  candidate ██████░░░░░░░░░░░░░░░░░░ 25 %",
                "  candidate █████████████████████░░░ 90 %", "  candidate ████████████████████████ 100 %",
                "  latency ████████████░░░░░░░░░░░░ 50 %", "",
            ])
    }

    @Test("with --json nothing is shown", arguments: [true, false])
    func quiet(isInteractive: Bool) throws {
        let captured = CapturedTerminal(isInteractiveError: isInteractive)
        play(ProgressLine(captured.terminal, isQuiet: true))
        #expect(try captured.end() == ("", ""))
    }

    @Test("a fraction out of bounds is shown as nothing or as all")
    func bounds() throws {
        let captured = CapturedTerminal(isInteractiveError: true)
        let progress = ProgressLine(captured.terminal, isQuiet: false)
        for fraction in [-1, 7, Double.infinity] { progress.show(step: "a", fraction: fraction, isDone: false) }
        let frames = try captured.end().error.split(separator: "\r\u{1B}[2K")
        #expect(frames == ["  a ░░░░░░░░░░░░░░░░░░░░░░░░ 0 %", "  a ████████████████████████ 100 %"])
    }
}
