import Foundation
import Rendering
import Synchronization

/// The one place that writes to the terminal: results on standard output, everything else on standard error.
struct Terminal: Sendable {
    /// Whether a person looks at standard output or error; decides colour and redrawing.
    let isInteractiveOut: Bool
    let isInteractiveError: Bool
    /// Width of the person's window; nil for a pipe, which gets lines as they are.
    let columns: Int?
    private let hasColourOut: Bool
    private let hasColourError: Bool
    private let output: FileHandle
    private let errors: FileHandle

    /// Colour only where a person looks, and never against `NO_COLOR` or `TERM=dumb`; `CLICOLOR_FORCE` insists.
    init(
        environment: [String: String], isInteractiveOut: Bool, isInteractiveError: Bool, columns: Int? = nil,
        output: FileHandle = .standardOutput, errors: FileHandle = .standardError
    ) {
        self.isInteractiveOut = isInteractiveOut
        self.columns = columns
        self.isInteractiveError = isInteractiveError
        self.output = output
        self.errors = errors
        let isForced = environment["CLICOLOR_FORCE"].map { $0 != "0" } ?? false
        let isRefused = !(environment["NO_COLOR"] ?? "").isEmpty || environment["TERM"] == "dumb"
        hasColourOut = isForced || (isInteractiveOut && !isRefused)
        hasColourError = isForced || (isInteractiveError && !isRefused)
    }

    static func process() -> Terminal {
        Terminal(
            environment: ProcessInfo.processInfo.environment, isInteractiveOut: isatty(STDOUT_FILENO) == 1,
            isInteractiveError: isatty(STDERR_FILENO) == 1, columns: windowColumns())
    }

    /// A line of the result. Whatever names, reasons and tags in it hold, it stays one line and steers no terminal.
    func out(_ line: String = "") { Self.write(line.withoutControls(keepingColour: hasColourOut) + "\n", to: output) }

    /// A result that is data of its own, such as JSON or a policy: not a character of it changes.
    func out(verbatim text: String) { Self.write(text + "\n", to: output) }

    /// A result that is no text of ours.
    func out(bytes: [UInt8]) { try? output.write(contentsOf: Data(bytes)) }

    /// A line beside the result: progress, advice.
    func note(_ line: String = "") { Self.write(line.withoutControls(keepingColour: hasColourError) + "\n", to: errors) }

    /// Replaces the last line of standard error; only for a person.
    func redraw(_ line: String) {
        guard isInteractiveError else { return }
        Self.write("\r\u{1B}[2K" + line.withoutControls(keepingColour: hasColourError), to: errors)
    }

    func endRedraw() {
        guard isInteractiveError else { return }
        Self.write("\r\u{1B}[2K", to: errors)
    }

    private static func write(_ text: String, to handle: FileHandle) {
        // A reader that went away (`| head`) is no failure of ours.
        try? handle.write(contentsOf: Data(text.utf8))
    }

    typealias Style = TextStyle

    /// For a line of the result.
    func styled(_ text: String, _ style: Style) -> String { Self.styled(text, style, hasColourOut) }

    /// For a line beside the result, which may go to a log while the result goes to a person.
    func styledNote(_ text: String, _ style: Style) -> String { Self.styled(text, style, hasColourError) }

    private static func styled(_ text: String, _ style: Style, _ hasColour: Bool) -> String {
        hasColour ? "\(style.start)\(text)\(Style.end)" : text
    }
}

extension TextStyle {
    fileprivate static let end = "\u{1B}[0m"

    fileprivate var start: String { "\u{1B}[\(rawValue)m" }
}

extension String {
    /// Control characters as spaces, but for the tabs between cells and the colours of `Terminal.Style`.
    fileprivate func withoutControls(keepingColour: Bool) -> String {
        let kept = ["\t"] + (keepingColour ? Terminal.Style.allCases.map(\.start) + [Terminal.Style.end] : [])
        var clean = ""
        var rest = self[...]
        while let control = rest.unicodeScalars.firstIndex(where: { $0.properties.generalCategory == .control }) {
            clean += rest[..<control]
            rest = rest[control...]
            if let sequence = kept.first(where: { rest.unicodeScalars.starts(with: $0.unicodeScalars) }) {
                clean += sequence
                rest = rest[rest.unicodeScalars.index(control, offsetBy: sequence.unicodeScalars.count)...]
            } else {
                clean += " "
                rest = rest[rest.unicodeScalars.index(after: control)...]
            }
        }
        return clean + rest
    }
}
