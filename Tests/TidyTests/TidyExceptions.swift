/// The lines of exceptions.txt: `path | token | reason`. An exception excuses one rule in one file.
struct TidyExceptions {
    struct Line: Equatable {
        let path: String
        let token: String
    }

    struct Malformed: Error, Equatable { let line: Int }

    static let reasonLengthMin = 15

    let lines: [Line]

    /// Fails on a line without its three parts, or with a reason too short to be one.
    init(text: String) throws {
        lines = try text.split(separator: "\n", omittingEmptySubsequences: false).enumerated().compactMap { number, line in
            if line.hasPrefix("#") || line.allSatisfy(\.isWhitespace) { return nil }
            let parts = line.split(separator: "|", omittingEmptySubsequences: false).map(Self.trimmed)
            guard parts.count == 3, !parts[0].isEmpty, !parts[1].isEmpty, parts[2].count >= Self.reasonLengthMin else {
                throw Malformed(line: number + 1)
            }
            return Line(path: parts[0], token: parts[1])
        }
    }

    func excuses(_ finding: Finding) -> Bool { lines.contains(Line(path: finding.path, token: finding.token)) }

    /// Exceptions that excuse nothing any more.
    func unused(among findings: [Finding]) -> [Line] {
        lines.filter { line in !findings.contains { $0.path == line.path && $0.token == line.token } }
    }

    private static func trimmed(_ part: Substring) -> String {
        String(part.drop(while: \.isWhitespace).reversed().drop(while: \.isWhitespace).reversed())
    }
}
