import Foundation
import Synchronization

/// The one place that writes to the terminal: results on standard output, everything else on standard error.
struct Terminal: Sendable {
    /// Whether a person looks at standard output or error; decides colour and redrawing.
    let isInteractiveOut: Bool
    let isInteractiveError: Bool
    private let hasColour: Bool

    /// Colour only where a person looks, and never against `NO_COLOR` or `TERM=dumb`; `CLICOLOR_FORCE` insists.
    init(environment: [String: String], isInteractiveOut: Bool, isInteractiveError: Bool) {
        self.isInteractiveOut = isInteractiveOut
        self.isInteractiveError = isInteractiveError
        let isForced = environment["CLICOLOR_FORCE"].map { $0 != "0" } ?? false
        let isRefused = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        hasColour = isForced || (isInteractiveOut && !isRefused)
    }

    static func process() -> Terminal {
        Terminal(
            environment: ProcessInfo.processInfo.environment, isInteractiveOut: isatty(STDOUT_FILENO) == 1,
            isInteractiveError: isatty(STDERR_FILENO) == 1)
    }

    /// A line of the result.
    func out(_ line: String = "") { Self.write(line + "\n", to: .standardOutput) }

    /// A result that is no text of ours.
    func out(bytes: [UInt8]) { try? FileHandle.standardOutput.write(contentsOf: Data(bytes)) }

    /// A line beside the result: progress, advice.
    func note(_ line: String = "") { Self.write(line + "\n", to: .standardError) }

    /// Replaces the last line of standard error; only for a person.
    func redraw(_ line: String) {
        guard isInteractiveError else { return }
        Self.write("\r\u{1B}[2K" + line, to: .standardError)
    }

    func endRedraw() {
        guard isInteractiveError else { return }
        Self.write("\r\u{1B}[2K", to: .standardError)
    }

    private static func write(_ text: String, to handle: FileHandle) {
        // A reader that went away (`| head`) is no failure of ours.
        try? handle.write(contentsOf: Data(text.utf8))
    }

    enum Style: String {
        case bold = "1"
        case dim = "2"
        case red = "31"
        case green = "32"
        case yellow = "33"
    }

    func styled(_ text: String, _ style: Style) -> String {
        hasColour ? "\u{1B}[\(style.rawValue)m\(text)\u{1B}[0m" : text
    }
}
