import Foundation
import Testing

/// Files that show how something looked when a person last looked at it.
///
/// `GATEHOUSE_REGENERATE_GOLDEN=1 swift test --filter RenderingTests` writes them anew: look at the difference, and at the
/// pages in a browser, before committing.
enum Golden {
    private static let folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Golden/Rendering")

    static func expect(_ text: String, is name: String, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let file = folder.appending(path: name)
        if ProcessInfo.processInfo.environment["GATEHOUSE_REGENERATE_GOLDEN"] == "1" {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        let expected = try String(decoding: Data(contentsOf: file), as: UTF8.self)
        guard text != expected else { return }
        let lines = zip(text.split(separator: "\n"), expected.split(separator: "\n"))
        let first = lines.first { $0 != $1 }.map { "'\($0)' instead of '\($1)'" } ?? "one ends before the other"
        Issue.record("\(name) looks different: \(first)", sourceLocation: sourceLocation)
    }
}
