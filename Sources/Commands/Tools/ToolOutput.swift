import ArgumentParser
import Foundation
import GatehouseCore
import Glibc
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
    /// Replaces a file as a whole; a device or a pipe is written to. Fails with `unavailable` when it cannot be written.
    static func write(_ text: String, to path: String) throws(GatehouseError) {
        do {
            let url = URL(fileURLWithPath: path)
            guard isSpecial(path) else { return try Data(text.utf8).write(to: url, options: .atomic) }
            // Replacing would put a file in the device's place.
            let device = try FileHandle(forWritingTo: url)
            defer { try? device.close() }
            try device.write(contentsOf: Data(text.utf8))
        } catch {
            throw GatehouseError(.unavailable, "'\(path)' cannot be written.", hint: "Does its folder exist?", cause: error)
        }
    }

    /// Whether something stands there that is neither a file nor a folder, behind links like /dev/stdout too.
    private static func isSpecial(_ path: String) -> Bool {
        var found = stat()
        guard stat(path, &found) == 0 else { return false }
        let type = found.st_mode & S_IFMT
        return type != S_IFREG && type != S_IFDIR
    }
}
