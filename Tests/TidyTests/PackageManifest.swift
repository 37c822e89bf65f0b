/// What Package.swift says about targets, read from its text: the same file the compiler obeys.
struct PackageManifest {
    struct Target: Equatable {
        let name: String
        let isTest: Bool
        /// Our own targets and other packages' products, by module name.
        let dependencies: Set<String>
    }

    let targets: [Target]

    init(text: String) {
        let tokens = SwiftLexer.tokens(of: text)
        let products = Self.products(in: tokens)
        targets = tokens.indices.compactMap { Self.target(at: $0, in: tokens, products: products) }
    }

    func target(named name: String) -> Target? { targets.first { $0.name == name } }

    var sourceTargets: [Target] { targets.filter { !$0.isTest } }

    /// `let grdb = Target.Dependency.product(name: "GRDB", …)` gives `["grdb": "GRDB"]`.
    private static func products(in tokens: [SwiftToken]) -> [String: String] {
        var products: [String: String] = [:]
        for index in tokens.indices.dropLast(10) where tokens[index].reads("let") {
            let expected = ["=", "Target", ".", "Dependency", ".", "product", "(", "name", ":"]
            let found = tokens[(index + 2)..<min(index + 2 + expected.count, tokens.count)]
            guard zip(found, expected).allSatisfy({ $0.reads($1) }), index + 11 < tokens.count else { continue }
            products[tokens[index + 1].text] = tokens[index + 11].text
        }
        return products
    }

    private static func target(at start: Int, in tokens: [SwiftToken], products: [String: String]) -> Target? {
        let kinds = ["target", "executableTarget", "testTarget"]
        guard let kind = kinds.first(where: tokens[start].reads), start > 0, tokens[start - 1].reads("."),
            start + 4 < tokens.count,
            tokens[start + 1].reads("("), tokens[start + 2].reads("name"), tokens[start + 4].kind == .literal
        else { return nil }
        return Target(
            name: tokens[start + 4].text, isTest: kind == "testTarget",
            dependencies: dependencies(from: start + 5, in: tokens, products: products))
    }

    /// The list after `dependencies:`, up to its bracket; empty when the target has none.
    private static func dependencies(from start: Int, in tokens: [SwiftToken], products: [String: String]) -> Set<String> {
        guard start + 3 < tokens.count, tokens[start].reads(","), tokens[start + 1].reads("dependencies"),
            tokens[start + 3].reads("[")
        else { return [] }
        let list = tokens[(start + 4)...].prefix { !$0.reads("]") }
        return Set(
            list.compactMap { token in
                switch token.kind {
                case .literal: token.text
                case .word: products[token.text] ?? token.text
                case .mark: nil
                }
            })
    }
}
