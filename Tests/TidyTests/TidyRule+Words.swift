// Rules about words in the code: constructs that hide a crash, a race or an input nobody can replay.

extension TidyRule {
    static let words: [TidyRule] = crashes + concurrency + inputs + access

    private static let crashes: [TidyRule] = [
        TidyRule(
            "try!", advice: "throw, or handle the error",
            broken: [.init("let x = try! f()")], kept: [.init("let x = try? f() // try! is not used")]
        ) { $0.lines(reading: "try", "!") },
        TidyRule(
            "as!", advice: "use `as?` and say what was expected",
            broken: [.init("let x = y as! Int")], kept: [.init("let x = y as? Int")]
        ) { $0.lines(reading: "as", "!") },
        TidyRule(
            "postfix !", advice: "unwrap with `guard let`, and throw when nothing is there",
            broken: [.init("let x = y!"), .init("f(a[0]!)"), .init("var x: Int!"), .init("let t = \"\\(x!)\"")],
            kept: [
                .init("if !x && y != z || a!=b { f(!x) }"), .init("let t = \"stop! now!\" // x!"),
                .init("#if !os(Linux)\n#endif"),
            ]
        ) { source in
            source.tokens.indices.filter { isPostfixMark(at: $0, in: source) }.map { source.tokens[$0].line }
        },
        TidyRule(
            "fatalError", advice: "throw a GatehouseError; a server does not stop for one request",
            broken: [.init("fatalError(\"no\")")], kept: [.init("/* fatalError() /* nested */ fatalError() */ let x = 1")]
        ) { $0.lines(reading: "fatalError") },
    ]

    private static let concurrency: [TidyRule] = [
        TidyRule(
            "Task {", advice: "use a task group, or a Service in the role's group: somebody must wait for the work",
            broken: [
                .init("Task { await f() }"), .init("Task(priority: .low) { }"), .init("Task<Void, Never> { }"),
                .init("Task.immediate { }"),
            ],
            kept: [
                .init(
                    "group.addTask { await f() }\ntry Task.checkCancellation()\nlet t: Task<Void, Never>? = nil\nfunc f() -> Task<Int, Never> { g() }"
                )
            ]
        ) { source in
            source.tokens.indices.filter { startsTask(at: $0, in: source) }.map { source.tokens[$0].line }
        },
        TidyRule(
            "Task.detached", advice: "use a task group, or a Service in the role's group",
            broken: [.init("Task\n    .detached { }")], kept: [.init("let detached = Task.isCancelled")]
        ) { $0.lines(reading: "Task", ".", "detached") },
        TidyRule(
            "@unchecked Sendable", advice: "let the compiler check it: a value, a Mutex or an actor",
            broken: [.init("final class A: @unchecked Sendable {}")], kept: [.init("struct A: Sendable {} // not @unchecked")]
        ) { $0.lines(reading: "@", "unchecked") },
        TidyRule(
            "nonisolated(unsafe)", advice: "let the compiler check it: a value, a Mutex or an actor",
            broken: [.init("nonisolated(unsafe) var x = 1")], kept: [.init("nonisolated func f() {}")]
        ) { $0.lines(reading: "nonisolated", "(", "unsafe") },
        TidyRule(
            "sleep", in: ["Tests"], advice: "wait for the event, or move a clock by hand",
            broken: [
                .init("try await Task.sleep(for: .seconds(1))", path: "Tests/A/A.swift"),
                .init("usleep(5)", path: "Tests/A/A.swift"),
            ],
            kept: [.init("func sleep(until deadline: Instant) {}", path: "Tests/A/A.swift"), .init("Task.sleep(for: d)")]
        ) { source in ["sleep", "usleep", "nanosleep"].flatMap { source.lines(reading: $0, "(", unlessAfter: ["func"]) } },
    ]

    private static let inputs: [TidyRule] = [
        TidyRule(
            "Date()", advice: "take the time as an argument; only composition roots read a clock",
            broken: [.init("let now = Date()"), .init("let now = Date.now"), .init("\"at \\(Date())\"")],
            kept: [.init("let then = Date(timeIntervalSince1970: 0); let s = \"Date()\"")]
        ) { $0.lines(reading: "Date", "(", ")") + $0.lines(reading: "Date", ".", "now") },
        TidyRule(
            "UUID()", advice: "take identifiers from the root's generator",
            broken: [.init("let id = UUID()")], kept: [.init("let id = UUID(uuidString: text)")]
        ) { $0.lines(reading: "UUID", "(", ")") },
        TidyRule(
            ".random(", advice: "take a seeded generator as an argument",
            broken: [.init("let x = Double.random(in: 0...1)"), .init("let x: Int = .random(in: 0...1)")],
            kept: [.init("func random() -> Int { 4 }\nlet y = x.randomness(1)")]
        ) { $0.lines(reading: ".", "random", "(") },
        TidyRule(
            "print(", advice: "write through the terminal output of Commands",
            broken: [.init("print(x)"), .init("Swift.print(x)"), .init("debugPrint(x)")],
            kept: [.init("func print(_ x: Int) {}\nterminal.print(x)\nlet s = #\"print(\"x\")\"#")]
        ) { source in
            ["print", "debugPrint"].flatMap { name in
                source.lines(reading: name, "(", unlessAfter: ["func", "."]) + source.lines(reading: "Swift", ".", name, "(")
            }
        },
        TidyRule(
            "SQL text", advice: "write the statement as a literal; an interpolated value becomes a parameter",
            broken: [.init("let s = SQLStatement(stringLiteral: a + b)")], kept: [.init("let s: SQLStatement = \"SELECT \\(x)\"")]
        ) { $0.lines(reading: "SQLStatement", "(", "stringLiteral") },
    ]

    private static let access: [TidyRule] = [
        TidyRule(
            "public", advice: "`package` is the widest access",
            broken: [
                .init("public struct A {}"), .init("open class A {}"), .init("public import Foundation"),
                .init("public\nfinal class A {}"),
            ],
            kept: [.init("package struct A {}\nfile.open(path)\nlet key = keys.public\nopen(path, O_RDONLY)")]
        ) { source in
            source.tokens.indices.filter { index in
                guard source.tokens[index].reads("public") || source.tokens[index].reads("open"),
                    source.token(at: index - 1)?.reads(".") != true, let next = source.token(at: index + 1)
                else { return false }
                return declarationWords.contains(next.text) && next.kind == .word
            }.map { source.tokens[$0].line }
        }
    ]

    private static let declarationWords: Set = [
        "actor", "class", "enum", "extension", "final", "func", "import", "init", "let", "mutating", "nonisolated", "override",
        "protocol", "static", "struct", "subscript", "typealias", "var",
    ]

    private static func isPostfixMark(at index: Int, in source: SwiftSource) -> Bool {
        let mark = source.tokens[index]
        guard mark.reads("!"), !mark.afterSpace, let before = source.token(at: index - 1) else { return false }
        if let next = source.token(at: index + 1), next.reads("="), !next.afterSpace { return false }
        switch before.kind {
        case .word: return before.text != "try" && before.text != "as"
        case .literal: return true
        case .mark: return [")", "]", "}", ">", "?", "`"].contains(before.text)
        }
    }

    /// `Task {`, `Task(priority: …) {`, `Task<Void, Never> {` and `Task.immediate`, but not the type in a declaration.
    private static func startsTask(at index: Int, in source: SwiftSource) -> Bool {
        guard source.tokens[index].reads("Task"), let next = source.token(at: index + 1) else { return false }
        if next.reads("{") || next.reads("(") { return true }
        if next.reads(".") { return source.token(at: index + 2)?.reads("immediate") == true }
        guard next.reads("<"), source.token(at: index - 1)?.reads(">") != true else { return false }
        var depth = 0
        for end in (index + 1)..<source.tokens.count {
            if source.tokens[end].reads("<") { depth += 1 }
            if source.tokens[end].reads(">") { depth -= 1 }
            if depth == 0 { return ["{", "("].contains(source.token(at: end + 1)?.text) }
        }
        return false
    }
}
