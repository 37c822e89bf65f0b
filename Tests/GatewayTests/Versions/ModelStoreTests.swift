import Foundation
import GatehouseCore
import Gateway
import NIOCore
import Serving
import Synchronization
import Testing
import WireAPI

@Suite("Files of pinned versions")
struct ModelStoreTests {
    /// A registry of one model, whose bytes a test may change, and that can be down. A class because the source shares it.
    final class Registry: Sendable {
        struct State {
            var files: [String: [UInt8]] = [:]
            var listed: [ManifestEntry] = []
            var isDown = false
            var reads = 0
        }
        let state = Mutex(State())

        init(_ files: [String: String]) {
            state.withLock {
                $0.files = files.mapValues { Array($0.utf8) }
                $0.listed = Self.entries($0.files)
            }
        }

        static func entries(_ files: [String: [UInt8]]) -> [ManifestEntry] {
            files.map { ManifestEntry(path: $0.key, digest: StoreFixture.sha256($0.value), bytes: Int64($0.value.count)) }
        }

        var source: ModelSource {
            ModelSource(
                files: { _, _ in
                    try self.state.withLock { state in
                        guard !state.isDown else { throw GatehouseError(.unreachable, "No registry.") }
                        return state.listed
                    }
                },
                read: { path, _, _, piece in
                    let bytes: [UInt8] = try self.state.withLock { state in
                        guard !state.isDown else { throw GatehouseError(.unreachable, "No registry.") }
                        state.reads += 1
                        return state.files[path] ?? []
                    }
                    for start in stride(from: 0, to: bytes.count, by: 3) {
                        try await piece(ByteBuffer(bytes: bytes[start..<min(bytes.count, start + 3)]))
                    }
                })
        }
    }

    private static let files = ["MLmodel": "flavors: {}", "data/model.txt": "tree\n", "empty": ""]

    private static func withStore(
        _ registry: Registry, bytesMax: Int64 = 1 << 20, _ body: (ModelStore, String) async throws -> Void
    ) async throws {
        let root = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        try await body(try ModelStore(root: root, bytesMax: bytesMax, source: registry.source), root)
    }

    @Test("are fetched once, checked, read-only, and then used without the registry")
    func fetch() async throws {
        let registry = Registry(Self.files)
        let version = try StoreFixture.version(of: registry.state.withLock(\.listed))
        try await Self.withStore(registry) { store, root in
            let folder = try await store.folder(of: version, model: "m")
            for (path, text) in Self.files {
                #expect(try String(contentsOfFile: "\(folder)/\(path)", encoding: .utf8) == text)
                let mode = try FileManager.default.attributesOfItem(atPath: "\(folder)/\(path)")[.posixPermissions] as? Int
                #expect(mode == 0o444)
            }
            #expect(registry.state.withLock(\.reads) == 3)
            registry.state.withLock { $0.isDown = true }
            #expect(try await store.folder(of: version, model: "m") == folder)
            let afterRestart = try ModelStore(root: root, source: registry.source)
            #expect(try await afterRestart.folder(of: version, model: "m") == folder)
            #expect(registry.state.withLock(\.reads) == 3)
        }
    }

    @Test("are fetched once when several ask for them at the same time")
    func together() async throws {
        let registry = Registry(Self.files)
        let version = try StoreFixture.version(of: registry.state.withLock(\.listed))
        try await Self.withStore(registry) { store, _ in
            let folders = try await withThrowingTaskGroup(of: String.self) { group in
                for _ in 0..<8 { group.addTask { try await store.folder(of: version, model: "m") } }
                return try await group.reduce(into: Set()) { $0.insert($1) }
            }
            #expect(folders.count == 1)
            #expect(registry.state.withLock(\.reads) == 3)
        }
    }

    @Test("of several versions are fetched at the same time, and what an earlier process began is removed once")
    func severalVersions() async throws {
        let registries = (0..<6).map { number in Registry(Self.files.merging(["n": "\(number)"]) { $1 }) }
        let listed = registries.map { $0.state.withLock(\.listed) }
        let waiting = Mutex(registries.count)
        let source = ModelSource(
            files: { _, number in listed[Int(number) - 1] },
            read: { path, model, number, piece in
                // Nobody goes on before all have begun.
                if path == "MLmodel" {
                    waiting.withLock { $0 -= 1 }
                    while waiting.withLock({ $0 > 0 }) { await Task.yield() }
                }
                try await registries[Int(number) - 1].source.read(path, model, number, piece)
            })
        let root = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        let left = "\(root)/\(String(repeating: "a", count: 64)).incoming"
        try FileManager.default.createDirectory(atPath: left, withIntermediateDirectories: true)
        let store = try ModelStore(root: root, bytesMax: 1 << 20, source: source)
        #expect(!FileManager.default.fileExists(atPath: left))
        try await withThrowingTaskGroup(of: String.self) { group in
            for (number, files) in listed.enumerated() {
                let version = try StoreFixture.version(of: files, number: Int64(number + 1))
                group.addTask { try await store.folder(of: version, model: "m") }
            }
            for try await folder in group {
                #expect(try FileManager.default.subpathsOfDirectory(atPath: folder).count == Self.files.count + 2)
            }
        }
    }

    @Test("are refused when a byte differs, and nothing of them stays", arguments: ["other\n", "trie\n", "tre", "tree\ntree\n"])
    func changedBytes(text: String) async throws {
        let registry = Registry(Self.files)
        let version = try StoreFixture.version(of: registry.state.withLock(\.listed))
        registry.state.withLock { $0.files["data/model.txt"] = Array(text.utf8) }
        try await Self.withStore(registry) { store, root in
            await #expect(throws: GatehouseError.self) { try await store.folder(of: version, model: "m") }
            let left = try FileManager.default.contentsOfDirectory(atPath: root)
            #expect(left.isEmpty)
        }
    }

    @Test("are refused when the registry lists others than those of the digest")
    func changedList() async throws {
        let registry = Registry(Self.files)
        let version = try StoreFixture.version(of: registry.state.withLock(\.listed))
        registry.state.withLock { state in
            state.files["MLmodel"] = Array("other".utf8)
            state.listed = Registry.entries(state.files)
        }
        try await Self.withStore(registry) { store, _ in
            let error = await #expect(throws: GatehouseError.self) { try await store.folder(of: version, model: "m") }
            #expect(error?.code == .integrity)
        }
    }

    @Test(
        "damaged on disk are fetched again; without a registry they are not used",
        arguments: [
            "changed", "missing", "added", "linked",
        ])
    func damagedOnDisk(how: String) async throws {
        let registry = Registry(Self.files)
        let version = try StoreFixture.version(of: registry.state.withLock(\.listed))
        try await Self.withStore(registry) { store, _ in
            let folder = try await store.folder(of: version, model: "m")
            let file = "\(folder)/data/model.txt"
            switch how {
            case "changed":
                try FileManager.default.removeItem(atPath: file)
                try Data("trie\n".utf8).write(to: URL(filePath: file))
            case "missing": try FileManager.default.removeItem(atPath: file)
            case "added": try Data().write(to: URL(filePath: "\(folder)/more"))
            default:
                try FileManager.default.moveItem(atPath: file, toPath: "\(folder)/../elsewhere")
                try FileManager.default.createSymbolicLink(atPath: file, withDestinationPath: "\(folder)/../elsewhere")
            }
            registry.state.withLock { $0.isDown = true }
            await #expect(throws: GatehouseError.self) { try await store.folder(of: version, model: "m") }
            registry.state.withLock { $0.isDown = false }
            #expect(try await store.folder(of: version, model: "m") == folder)
            #expect(try String(contentsOfFile: file, encoding: .utf8) == "tree\n")
        }
    }

    @Test("are given up when room is needed, the active ones never")
    func room() async throws {
        let registries = ["one", "two", "three"].map { Registry(["model": "\($0)-" + String(repeating: "x", count: 395)]) }
        let versions = try registries.map { try StoreFixture.version(of: $0.state.withLock(\.listed)) }
        let source = ModelSource(
            files: { model, version in try await registries[Int(model) ?? 0].source.files(model, version) },
            read: { path, model, version, piece in
                try await registries[Int(model) ?? 0].source.read(path, model, version, piece)
            })
        let root = FileManager.default.temporaryDirectory.appending(path: "store-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: root) }
        let store = try ModelStore(root: root, bytesMax: 900, source: source)
        let first = try await store.folder(of: versions[0], model: "0")
        let second = try await store.folder(of: versions[1], model: "1")
        let full = await #expect(throws: GatehouseError.self) { try await store.folder(of: versions[2], model: "2") }
        #expect(full?.code == .tooLarge)
        await store.keep([versions[1].digest])
        _ = try await store.folder(of: versions[2], model: "2")
        #expect(!FileManager.default.fileExists(atPath: first))
        #expect(FileManager.default.fileExists(atPath: second))
    }

    @Test("never leave their folder", arguments: ["../x", "/x", "a/../../x", "a//x", ".", "a\\b", "a\u{1}"])
    func paths(path: String) async throws {
        let registry = Registry(Self.files)
        let entries = Registry.entries([path: [1]])
        registry.state.withLock { $0.listed = entries }
        let version = try StoreFixture.version(of: entries)
        try await Self.withStore(registry) { store, _ in
            let error = await #expect(throws: GatehouseError.self) { try await store.folder(of: version, model: "m") }
            #expect(error?.message.contains("does not stay inside") == true)
        }
    }
}
