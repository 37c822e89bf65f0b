/// One Swift file as the rules see it.
struct SwiftSource {
    /// Relative to the repository, with `/`: `Sources/Gates/Gate.swift`.
    let path: String
    let lineCount: Int
    let tokens: [SwiftToken]

    init(path: String, text: String) {
        self.path = path
        tokens = SwiftLexer.tokens(of: text)
        lineCount = text.utf8.count { $0 == UInt8(ascii: "\n") } + (text.utf8.last == UInt8(ascii: "\n") ? 0 : 1)
    }

    /// `Sources` or `Tests`.
    var area: Substring { path.prefix { $0 != "/" } }

    /// The target the file belongs to: the folder below `Sources` or `Tests`.
    var target: String {
        let parts = path.split(separator: "/")
        return parts.count > 2 ? String(parts[1]) : ""
    }

    /// Lines on which the given tokens follow each other, blanks and line ends aside.
    func lines(reading pattern: String..., unlessAfter forbidden: Set<String> = []) -> [Int] {
        tokens.indices.filter { start in
            guard start + pattern.count <= tokens.count else { return false }
            if start > 0, tokens[start - 1].kind != .literal, forbidden.contains(tokens[start - 1].text) { return false }
            return pattern.indices.allSatisfy { tokens[start + $0].reads(pattern[$0]) }
        }.map { tokens[$0].line }
    }

    func token(at index: Int) -> SwiftToken? { tokens.indices.contains(index) ? tokens[index] : nil }
}

extension SwiftSource {
    struct Import: Equatable {
        let module: String
        let line: Int
    }

    /// Every module the file imports, whatever access and kind stands around it: `package import struct Foundation.URL`.
    var imports: [Import] {
        let kinds: Set = ["struct", "class", "enum", "protocol", "typealias", "func", "let", "var"]
        return tokens.indices.compactMap { index in
            guard tokens[index].reads("import"), token(at: index - 1)?.reads(".") != true else { return nil }
            let next = token(at: index + 1).map { kinds.contains($0.text) } == true ? index + 2 : index + 1
            guard let module = token(at: next), module.kind == .word else { return nil }
            return Import(module: module.text, line: module.line)
        }
    }

    struct TypeDeclaration: Equatable {
        let name: String
        let line: Int
    }

    /// Types the file declares; extensions of other people's types are not among them.
    var typeDeclarations: [TypeDeclaration] {
        let keywords: Set = ["struct", "class", "enum", "actor", "protocol", "typealias"]
        return tokens.indices.compactMap { index in
            guard tokens[index].kind == .word, keywords.contains(tokens[index].text), token(at: index - 1)?.reads(".") != true,
                token(at: index - 1)?.reads("import") != true, let name = token(at: index + 1), name.kind == .word,
                name.text.first?.isUppercase == true
            else { return nil }
            return TypeDeclaration(name: name.text, line: name.line)
        }
    }

    struct FunctionSpan: Equatable {
        let line: Int
        let lineCount: Int
    }

    /// Functions and initialisers that have a body, with the lines from their first word to their closing brace.
    var functions: [FunctionSpan] {
        tokens.indices.compactMap { start in
            guard startsFunction(start), let opening = bodyOpening(from: start) else { return nil }
            var depth = 0
            for index in opening..<tokens.count {
                if tokens[index].reads("{") { depth += 1 }
                if tokens[index].reads("}") { depth -= 1 }
                if depth == 0 {
                    return FunctionSpan(line: tokens[start].line, lineCount: tokens[index].line - tokens[start].line + 1)
                }
            }
            return nil
        }
    }

    private func startsFunction(_ index: Int) -> Bool {
        if token(at: index - 1)?.reads(".") == true { return false }
        if tokens[index].reads("func") { return true }
        return tokens[index].reads("init") && ["(", "<", "?"].contains(token(at: index + 1)?.text)
    }

    /// Where the body's brace stands; nil for a requirement of a protocol, which the next declaration follows at once.
    private func bodyOpening(from start: Int) -> Int? {
        let declarations: Set = [
            "func", "init", "var", "let", "case", "static", "mutating", "struct", "enum", "class", "extension", "typealias",
            "associatedtype", "package", "private", "subscript",
        ]
        var depth = 0
        for index in (start + 1)..<tokens.count where tokens[index].kind != .literal {
            switch tokens[index].text {
            case "(", "[": depth += 1
            case ")", "]": depth -= 1
            case "{" where depth == 0: return index
            case "}" where depth == 0: return nil
            case let word where depth == 0 && index > start + 1 && declarations.contains(word): return nil
            default: break
            }
        }
        return nil
    }
}
