import Foundation

@testable import Commands

/// A terminal whose two streams are pipes that a test reads.
struct CapturedTerminal {
    let terminal: Terminal
    private let out = Pipe()
    private let error = Pipe()

    init(environment: [String: String] = [:], isInteractiveOut: Bool = false, isInteractiveError: Bool = false) {
        terminal = Terminal(
            environment: environment, isInteractiveOut: isInteractiveOut, isInteractiveError: isInteractiveError,
            output: out.fileHandleForWriting, errors: error.fileHandleForWriting)
    }

    /// Closes both streams and gives what was written to them.
    func end() throws -> (out: String, error: String) {
        try out.fileHandleForWriting.close()
        try error.fileHandleForWriting.close()
        let written = try (out.fileHandleForReading.readToEnd() ?? Data(), error.fileHandleForReading.readToEnd() ?? Data())
        return (String(decoding: written.0, as: UTF8.self), String(decoding: written.1, as: UTF8.self))
    }
}
