import Testing

@Suite("The tree keeps the house rules")
struct TidyTests {
    @Test("no rule is broken without an excuse")
    func everyRule() throws {
        let exceptions = try Repository.exceptions()
        let broken = try Repository.findings.get().filter { !exceptions.excuses($0) }
        #expect(broken.isEmpty, "\n\(broken.map(\.description).joined(separator: "\n"))")
    }

    @Test("every exception still excuses something")
    func unusedExceptions() throws {
        let unused = try Repository.exceptions().unused(among: Repository.findings.get())
        #expect(unused.isEmpty, "delete from exceptions.txt: \(unused.map { "\($0.path) | \($0.token)" })")
    }

    @Test("the tree was really read: sources, tests, targets and scripts are where the rules look")
    func treeWasRead() throws {
        let sources = try Repository.swiftSources.get()
        for path in ["Sources/GatehouseCore/GatehouseError.swift", "Tests/TidyTests/TidyTests.swift"] {
            #expect(sources.contains { $0.path == path && $0.tokens.isEmpty == false })
        }
        let targets = try Repository.manifest().sourceTargets
        #expect(Set(targets.map(\.name)) == Set(Architecture.layers.joined()))
        #expect(
            try Repository.manifest().target(named: "StorageSQLite")?.dependencies == [
                "Storage", "GatehouseCore", "GRDB", "GRDBSQLite",
            ])
    }

    @Test("the commands of the README can be started", arguments: ["scripts/demo", "scripts/test", "scripts/lint", ".ci/run"])
    func scripts(_ path: String) throws {
        #expect(try Repository.isExecutable(path))
        #expect(try Repository.text(path).contains("set -euo pipefail"))
    }
}
