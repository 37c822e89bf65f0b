import Testing

/// A place where a rule is broken.
struct Finding: Equatable, CustomStringConvertible {
    let path: String
    let line: Int
    let token: String
    let advice: String

    var description: String { "\(path):\(line): \(token): \(advice)" }
}

/// One habit the code keeps. It carries a sample that breaks it and one that comes close without breaking it, so that the
/// check itself is checked.
struct TidyRule: CustomTestStringConvertible, Sendable {
    struct Sample: Sendable {
        let path: String
        let text: String

        init(_ text: String, path: String = "Sources/Gates/Sample.swift") {
            self.path = path
            self.text = text
        }
    }

    /// How exceptions.txt names the rule.
    let token: String
    /// What to do instead.
    let advice: String
    let areas: Set<String>
    let broken: [Sample]
    let kept: [Sample]
    /// Lines that break the rule.
    let lines: @Sendable (SwiftSource) -> [Int]

    init(
        _ token: String, in areas: Set<String> = ["Sources"], advice: String, broken: [Sample], kept: [Sample],
        lines: @escaping @Sendable (SwiftSource) -> [Int]
    ) {
        self.token = token
        self.advice = advice
        self.areas = areas
        self.broken = broken
        self.kept = kept
        self.lines = lines
    }

    var testDescription: String { token }

    func findings(in source: SwiftSource) -> [Finding] {
        guard areas.contains(String(source.area)) else { return [] }
        return lines(source).map { Finding(path: source.path, line: $0, token: token, advice: advice) }
    }
}
