import Testing

@Suite("Files of any language")
struct FileRuleTests {
    @Test("what a build leaves behind does not belong in version control")
    func buildProducts() {
        for path in [
            ".build/debug/x", "Tests/Python/__pycache__/a.pyc", "Package.resolved", "Benchmarks/Package.resolved", "a/b.o",
        ] {
            #expect(FileRules.isBuildProduct(path), "\(path)")
        }
        for path in ["Package.swift", "scripts/build", "Sources/A/builder.swift", "docs/.buildkite"] {
            #expect(!FileRules.isBuildProduct(path), "\(path)")
        }
    }

    @Test("a path of one machine is found with its line; relative paths and addresses pass")
    func machinePaths() {
        let home = "/" + "root" + "/x"
        #expect(FileRules.machinePathLines(in: "a\ncd \(home)\n\(home)\n\"\(home)\"") == [2, 3, 4])
        #expect(
            FileRules.machinePathLines(in: "https://example.org\(home)\nfiles\(home)\n$PWD\(home)/\n/rooted/x /tmp/x").isEmpty)
    }

    @Test("an interpreter line and the executable bit come together")
    func executableBit() {
        func tokens(_ text: String, isExecutable: Bool) -> [String] {
            FileRules.findings(path: "scripts/x", text: text, isExecutable: isExecutable).map(\.token)
        }
        #expect(tokens("#!/bin/sh\n", isExecutable: false) == ["executable"])
        #expect(tokens("text\n", isExecutable: true) == ["executable"])
        #expect(tokens("#!/bin/sh\n", isExecutable: true).isEmpty)
        #expect(tokens("text\n", isExecutable: false).isEmpty)
    }
}
