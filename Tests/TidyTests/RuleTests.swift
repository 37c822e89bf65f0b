import Testing

@Suite("A rule fires on what it forbids and on nothing else")
struct RuleTests {
    @Test("each broken sample is found", arguments: TidyRule.words + TidyRule.shape)
    func fires(_ rule: TidyRule) {
        #expect(!rule.broken.isEmpty)
        for sample in rule.broken {
            #expect(rule.findings(in: SwiftSource(path: sample.path, text: sample.text)).count == 1, "\(sample.text.prefix(200))")
        }
    }

    @Test("each kept sample passes", arguments: TidyRule.words + TidyRule.shape)
    func holdsBack(_ rule: TidyRule) {
        #expect(!rule.kept.isEmpty)
        for sample in rule.kept {
            #expect(rule.findings(in: SwiftSource(path: sample.path, text: sample.text)).isEmpty, "\(sample.text.prefix(200))")
        }
    }

    @Test("tokens leave out comments and keep the code inside an interpolation")
    func tokens() {
        let source = ##"let s = #"raw "\#(a + "x")" \(b)"# /* c /* d */ e */ + """\##n "quoted" \(f("g")) \"""\##n""" // h"##
        let words = SwiftLexer.tokens(of: source).filter { $0.kind == .word }.map(\.text)
        #expect(words == ["let", "s", "a", "f"])
    }

    @Test("a token knows its line, also after a string of several lines")
    func tokenLines() {
        let tokens = SwiftLexer.tokens(of: "let a = \"\"\"\n  x\n  \\(y)\n  \"\"\"\nlet b = \"open\nlet c")
        #expect(
            tokens.filter { $0.kind == .word }.map { "\($0.text)\($0.line)" } == ["let1", "a1", "y3", "let5", "b5", "let6", "c6"])
    }

    @Test("imports are read with their access, attribute and kind")
    func imports() {
        let text = "import A\npackage import B\n@preconcurrency import struct C.D\nlet x = y.import\n// import E"
        #expect(SwiftSource(path: "Sources/M/F.swift", text: text).imports.map(\.module) == ["A", "B", "C"])
    }

    @Test("Package.swift is read: products by variable, test targets told apart")
    func manifest() {
        let manifest = PackageManifest(
            text: """
                let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
                let package = Package(name: "p", targets: [
                    .target(name: "A", swiftSettings: house), // .target(name: "Ghost")
                    .executableTarget(
                        name: "B",
                        dependencies: [
                            "A", grdb,
                        ]),
                    .testTarget(name: "ATests", dependencies: ["A"]),
                ])
                """)
        #expect(
            manifest.targets == [
                .init(name: "A", isTest: false, dependencies: []), .init(name: "B", isTest: false, dependencies: ["A", "GRDB"]),
                .init(name: "ATests", isTest: true, dependencies: ["A"]),
            ])
    }

    @Test(
        "an arrow that points the wrong way is found",
        arguments: [
            ("Statistics", #""Storage""#), ("Gates", #""Scoring""#), ("Registry", #""StorageSQLite""#), ("Demo", #""Registry""#),
            ("Promotions", #".product(name: "GRDB", package: "GRDB.swift")"#), ("Newcomer", ""), ("HTTPAPI", #""Demo""#),
        ])
    func arrows(_ target: String, _ dependency: String) {
        let manifest = PackageManifest(text: #"x(targets: [.target(name: "\#(target)", dependencies: [\#(dependency)])])"#)
        #expect(!Architecture.findings(in: manifest).isEmpty)
    }

    @Test("an import that Package.swift does not list is found, a listed one and the toolchain's pass")
    func unlistedImport() {
        let manifest = PackageManifest(text: #"x(targets: [.target(name: "A", dependencies: ["B"])])"#)
        func modules(_ text: String) -> Int {
            Architecture.unlistedImports(in: SwiftSource(path: "Sources/A/F.swift", text: text), manifest: manifest).count
        }
        #expect(modules("import C") == 1)
        #expect(modules("package import B\nimport Foundation\nimport Synchronization") == 0)
    }

    @Test("an exception excuses one rule in one file, and is unused when nothing breaks it")
    func exceptions() throws {
        let exceptions = try TidyExceptions(text: "# why\n\nSources/A/B.swift | print( | the one place that writes\n")
        let finding = Finding(path: "Sources/A/B.swift", line: 3, token: "print(", advice: "")
        #expect(exceptions.excuses(finding))
        #expect(!exceptions.excuses(Finding(path: "Sources/A/B.swift", line: 3, token: "try!", advice: "")))
        #expect(!exceptions.excuses(Finding(path: "Sources/A/C.swift", line: 3, token: "print(", advice: "")))
        #expect(exceptions.unused(among: [finding]).isEmpty)
        #expect(exceptions.unused(among: []) == [.init(path: "Sources/A/B.swift", token: "print(")])
    }

    @Test(
        "an exception without a reason is refused",
        arguments: ["a | b", "a | b | short", "a | b | a long reason | d", " | b | a long enough reason"])
    func malformedException(_ line: String) {
        #expect(throws: TidyExceptions.Malformed(line: 2)) { try TidyExceptions(text: "# head\n\(line)") }
    }
}
