import Dispatch
import Foundation
import Synchronization

/// The checkout this test was compiled from.
enum Repository {
    struct GitFailed: Error { let output: String }

    static let root: URL = {
        var folder = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath()
        for _ in 0..<3 { folder.deleteLastPathComponent() }
        return folder
    }()

    /// A source archive has no history to ask.
    static var hasHistory: Bool { FileManager.default.fileExists(atPath: root.appending(path: ".git").path) }

    static func text(_ path: String) throws -> String {
        try String(decoding: Data(contentsOf: root.appending(path: path)), as: UTF8.self)
    }

    /// Every Swift file below `Sources` and `Tests`, read once: taking them apart is most of what these tests do.
    static let swiftSources = Result {
        let paths = try ["Sources", "Tests"].flatMap { folder in
            try FileManager.default.subpathsOfDirectory(atPath: root.appending(path: folder).path)
                .filter { $0.hasSuffix(".swift") }.sorted().map { "\(folder)/\($0)" }
        }
        return try onAllProcessors(paths) { path in SwiftSource(path: path, text: try text(path)) }
    }

    /// What `body` makes of each item, in their order. Fails as the first that fails.
    private static func onAllProcessors<Item: Sendable, Value: Sendable>(
        _ items: [Item], _ body: @Sendable (Item) throws -> Value
    ) throws -> [Value] {
        let results = Mutex<[Result<Value, any Error>?]>(Array(repeating: nil, count: items.count))
        DispatchQueue.concurrentPerform(iterations: items.count) { index in
            let result = Result { try body(items[index]) }
            results.withLock { $0[index] = result }
        }
        return try results.withLock { $0 }.compactMap { try $0?.get() }
    }

    static func manifest() throws -> PackageManifest { PackageManifest(text: try text("Package.swift")) }

    static func exceptions() throws -> TidyExceptions { try TidyExceptions(text: text("Tests/TidyTests/exceptions.txt")) }

    /// Files git knows, relative to the root. Those deleted but not yet committed are left out, and links to folders, whose
    /// files are known by their own paths.
    static func trackedFiles() throws -> [String] {
        let git = Process()
        git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        git.arguments = ["git", "-C", root.path, "ls-files", "-z"]
        let output = Pipe()
        git.standardOutput = output
        try git.run()
        let listing = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        git.waitUntilExit()
        guard git.terminationStatus == 0 else { throw GitFailed(output: listing) }
        return listing.split(separator: "\0").map(String.init)
            .filter(isFile)
    }

    private static func isFile(_ path: String) -> Bool {
        var isFolder: ObjCBool = false
        return FileManager.default.fileExists(atPath: root.appending(path: path).path, isDirectory: &isFolder)
            && !isFolder.boolValue
    }

    static func isExecutable(_ path: String) throws -> Bool {
        let attributes = try FileManager.default.attributesOfItem(atPath: root.appending(path: path).path)
        guard let permissions = attributes[.posixPermissions] as? NSNumber else { return false }
        return permissions.intValue & 0o100 != 0
    }

    /// Every rule over every file, excused or not.
    static let findings = Result {
        let manifest = try Self.manifest()
        let rules = TidyRule.words + TidyRule.shape
        let broken = try onAllProcessors(swiftSources.get()) { source in
            rules.flatMap { $0.findings(in: source) }
                + (source.area == "Sources" ? Architecture.unlistedImports(in: source, manifest: manifest) : [])
        }
        let files = hasHistory ? try trackedFiles().flatMap(fileFindings) : []
        return broken.flatMap { $0 } + files + Architecture.findings(in: manifest)
    }

    private static func fileFindings(_ path: String) throws -> [Finding] {
        FileRules.findings(path: path, text: try text(path), isExecutable: try isExecutable(path))
    }
}
