import ArgumentParser
import Foundation
import GatehouseCore
import Rendering

/// How a tool answers: a report for a person, one JSON object for a program, a page to keep or pass on.
struct ToolOutput: ParsableArguments {
    @Flag(help: "Print one JSON object.") var json = false
    @Option(help: ArgumentHelp("Write the report as one HTML page, too.", valueName: "file.html")) var report: String?

    /// Fails with `unavailable` when the page cannot be written; nothing is printed then.
    func show(_ finding: Report, json object: @autoclosure () -> JSONValue, on terminal: Terminal = .process()) throws {
        if let report {
            try ToolFile.write(HTMLReport(finding).page, to: report)
            terminal.note("report: \(report)")
        }
        if json {
            terminal.out(verbatim: object().canonicalText)
        } else {
            let lines = TerminalReport(columns: terminal.columns) { terminal.styled($0, $1) }.lines(finding)
            for line in lines { terminal.out(line) }
        }
    }
}

enum ToolFile {
    /// Replaces a file as a whole. Fails with `unavailable` when it cannot be written.
    static func write(_ text: String, to path: String) throws(GatehouseError) {
        do {
            try Data(text.utf8).write(to: URL(fileURLWithPath: path), options: .atomic)
        } catch {
            throw GatehouseError(.unavailable, "'\(path)' cannot be written.", hint: "Does its folder exist?", cause: error)
        }
    }
}
