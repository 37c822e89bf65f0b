// Rules about sizes, names and imports.

extension TidyRule {
    static let fileLinesMax = 400
    static let functionLinesMax = 60

    static let shape: [TidyRule] = [
        TidyRule(
            "file length", in: ["Sources", "Tests"], advice: "at most \(fileLinesMax) lines: split it by concept",
            broken: [.init(String(repeating: "let x = 1\n", count: fileLinesMax + 1))],
            kept: [.init(String(repeating: "let x = 1\n", count: fileLinesMax))]
        ) { $0.lineCount > fileLinesMax ? [$0.lineCount] : [] },
        TidyRule(
            "function length", in: ["Sources", "Tests"], advice: "at most \(functionLinesMax) lines: name its steps",
            broken: [
                .init(functionSample(lineCount: functionLinesMax + 1)),
                .init(functionSample(lineCount: 99, head: "init?(a: Int) {")),
            ],
            kept: [
                .init(functionSample(lineCount: functionLinesMax)),
                .init("protocol P { func f() }\n" + functionSample(lineCount: 60)),
            ]
        ) { source in source.functions.filter { $0.lineCount > functionLinesMax }.map(\.line) },
        TidyRule(
            "name", in: ["Sources", "Tests"], advice: "say what it is: this word fits anything",
            broken: [
                .init("struct CSVHelper {}"), .init("enum Utils {}"), .init("final class ModelManager {}"),
                .init("class BaseGate {}"),
                .init("", path: "Sources/Gates/GateUtils.swift"), .init("", path: "Sources/Gates/Services/Gate.swift"),
            ],
            kept: [
                .init("struct Database {}\nstruct Base64Text {}\nextension FileManager {}\nlet helper = Commonality.none"),
                .init("", path: "Sources/Gates/Checks/Gate+Helping.swift"),
            ]
        ) { vagueNames(in: $0) },
        TidyRule(
            "module's name", advice: "the compiler cannot tell a type from its module when both have one name",
            broken: [.init("package enum Gates {}")], kept: [.init("package struct Gate {}\nextension Gates {}")]
        ) { source in source.typeDeclarations.filter { $0.name == source.target }.map(\.line) },
        TidyRule(
            "Foundation", advice: "this module does without Foundation; Glibc has what numbers and files need",
            broken: [
                .init("import Foundation"), .init("package import struct Foundation.URL", path: "Sources/Statistics/A.swift"),
            ],
            kept: [.init("import Glibc\n// import Foundation"), .init("import Foundation", path: "Sources/Commands/A.swift")]
        ) { source in
            guard ["GatehouseCore", "Statistics", "Gates"].contains(source.target) else { return [] }
            return source.imports.filter { $0.module.hasPrefix("Foundation") }.map(\.line)
        },
    ]

    private static func functionSample(lineCount: Int, head: String = "func f<T>(a: Int = { 1 }()) throws -> [T] where T: P {")
        -> String
    {
        ([head] + Array(repeating: "    let x = \"}\"", count: lineCount - 2) + ["}"]).joined(separator: "\n") + "\n"
    }

    private static func vagueNames(in source: SwiftSource) -> [Int] {
        let folders = source.path.split(separator: "/").dropFirst(2).dropLast()
        let fileName = source.path.split(separator: "/").last?.prefix { $0 != "." && $0 != "+" } ?? ""
        let isVaguePath = folders.contains { vagueFolders.contains(String($0)) } || isVague(String(fileName))
        return (isVaguePath ? [1] : []) + source.typeDeclarations.filter { isVague($0.name) }.map(\.line)
    }

    private static let vagueFolders: Set = [
        "Base", "Common", "Extensions", "Helpers", "Managers", "Misc", "Models", "Protocols", "Services", "Types", "Utilities",
        "Utils",
    ]

    private static func isVague(_ name: String) -> Bool {
        let endings = ["Util", "Utils", "Utilities", "Helper", "Helpers", "Manager", "Common", "Base"]
        if endings.contains(where: name.hasSuffix) { return true }
        return ["Base", "Common"].contains { name.hasPrefix($0) && name.dropFirst($0.count).first?.isUppercase == true }
    }
}
