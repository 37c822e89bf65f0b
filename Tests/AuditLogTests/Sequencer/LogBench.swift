import Foundation
import GatehouseCore
import Storage
import StorageSQLite
import Synchronization

@testable import AuditLog

/// A database and an audit folder, with what a test does to them.
struct LogBench {
    let store: SQLiteStore
    let directory: TileDirectory
    let key: NoteKey

    static func with<T>(_ body: (LogBench) async throws -> T) async throws -> T {
        try await withAuditStore { store in
            let folder = FileManager.default.temporaryDirectory.appendingPathComponent("gatehouse-log-\(UUID().uuidString)")
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(at: folder) }
            let key = try NoteKey(name: "test.example/log", seed: Array(0..<32))
            let bench = LogBench(store: store, directory: TileDirectory(path: folder.path + "/audit"), key: key)
            return try await body(bench)
        }
    }

    /// The same with another directory value, as a crash would use it.
    func opening(_ directory: TileDirectory? = nil, signers: [any NoteSigner]? = nil) -> LogOpening {
        LogOpening(
            store: store, directory: directory ?? self.directory, signers: signers ?? [key], origin: key.verifier.name,
            now: { Timestamp(milliseconds: 1) })
    }

    func append(_ range: Range<Int>) async throws {
        try await store.write { tx in
            for number in range { try tx.append(LogBench.draft(number)) }
        }
    }

    static func draft(_ number: Int) -> AuditDraft {
        AuditDraft(
            id: "e\(number)", time: Timestamp(milliseconds: Int64(number)), principal: .user("ada"), action: .modelCreated,
            facts: ["number": .integer(Int64(number))])
    }

    /// Opens, integrates everything, says what is published.
    @discardableResult
    func catchUp() async throws -> Checkpoint {
        var integrator = try await opening().open()
        while try await integrator.integrate() > 0 {}
        return integrator.checkpoint
    }

    func verdict() async throws -> LogVerdict {
        var (verdict, leaves) = try TileVerification(directory: directory, key: key.verifier).run()
        try await TableVerification(store: store, key: key.verifier).run(&verdict, leaves: leaves)
        return verdict
    }

    var published: Checkpoint? { try? directory.checkpoint().map { try Checkpoint($0) } }

    func file(_ path: String) -> URL { URL(fileURLWithPath: "\(directory.path)/\(path)") }
}

/// Ends the work after so many durable steps, as a killed process would.
final class Fuse: Sendable {
    struct Blown: Error {}

    private let left: Mutex<Int>

    init(steps: Int) { left = Mutex(steps) }

    func step(_: DurableFiles.Step) throws {
        let isBlown = left.withLock { left in
            left -= 1
            return left < 0
        }
        if isBlown { throw Blown() }
    }
}
