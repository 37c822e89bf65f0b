import Foundation

extension Terminal {
    private static let columnsMin = 40
    private static let textColumnsMin = 20

    /// The width of the window on standard output; nil where there is none or it is too narrow to matter.
    static func windowColumns() -> Int? {
        var size = winsize()
        guard isatty(STDOUT_FILENO) == 1, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0 else { return nil }
        return Int(size.ws_col) >= columnsMin ? Int(size.ws_col) : nil
    }

    /// A sentence that stands behind `indent` columns, broken at spaces where the window ends. The first line comes without
    /// the indent; there is always a first line.
    func wrapped(_ text: String, indent: Int) -> [String] {
        guard let columns, columns - indent >= Self.textColumnsMin else { return [text] }
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ", omittingEmptySubsequences: false) {
            if !line.isEmpty, line.count + 1 + word.count > columns - indent {
                lines.append(line)
                line = String(word)
            } else {
                line += line.isEmpty ? word : " " + word
            }
        }
        lines.append(line)
        return [lines[0]] + lines.dropFirst().map { String(repeating: " ", count: indent) + $0 }
    }
}
