import Synchronization

/// One line that says what is being done; redrawn for a person, one line per finished step for a log.
/// A class because progress arrives from worker threads.
final class ProgressLine: Sendable {
    private struct State {
        var announced: Set<String> = []
        var lastPercent = -1
        var lastStep = ""
    }

    private let terminal: Terminal
    private let isQuiet: Bool
    private let state = Mutex(State())

    init(_ terminal: Terminal, isQuiet: Bool) {
        self.terminal = terminal
        self.isQuiet = isQuiet
    }

    func show(step: String, fraction: Double, isDone: Bool) {
        guard !isQuiet else { return }
        let percent = Int((min(max(fraction, 0), 1) * 100).rounded(.down))
        let (isNews, isFinished) = state.withLock { state in
            let isNews = state.lastStep != step || state.lastPercent != percent
            state.lastStep = step
            state.lastPercent = percent
            return (isNews, isDone && state.announced.insert(step).inserted)
        }
        if terminal.isInteractiveError {
            if isNews { terminal.redraw("  \(step) \(Self.bar(fraction)) \(percent) %") }
        } else if isFinished {
            terminal.note("  \(step): done")
        }
    }

    func end() {
        guard !isQuiet else { return }
        terminal.endRedraw()
    }

    private static let barCells = 24

    private static func bar(_ fraction: Double) -> String {
        let full = Int((min(max(fraction, 0), 1) * Double(barCells)).rounded(.down))
        return String(repeating: "█", count: full) + String(repeating: "░", count: barCells - full)
    }
}
