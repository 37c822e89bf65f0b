import Foundation
import GatehouseCore
import Storage
import Testing

@testable import AuditLog

@Suite("Opening the log")
struct LogOpeningTests {
    private static let root = TreeHash.leaf([1])
    private static let small = Checkpoint(origin: "o", size: 3, root: .leaf([3]))
    private static let large = Checkpoint(origin: "o", size: 5, root: .leaf([5]))
    private static let fork = Checkpoint(origin: "o", size: 5, root: .leaf([6]))

    private typealias Memory = LogStateMachine.Memory

    @Test("every combination of memories has its decision")
    func decisions() {
        func decide(
            _ entries: Int64, _ recorded: Memory, _ published: Memory, hasTiles: Bool = true, tiles: TreeHash? = nil
        ) -> LogStateMachine.Decision {
            LogStateMachine(entries: entries, recorded: recorded, published: published, hasTiles: hasTiles)
                .decide { .root(tiles ?? $0.root) }
        }
        let (small, large, fork) = (Memory.checkpoint(Self.small), Memory.checkpoint(Self.large), Memory.checkpoint(Self.fork))
        #expect(decide(0, .nothing, .nothing, hasTiles: false) == .begin)
        #expect(decide(9, .nothing, .nothing, hasTiles: false) == .begin)
        #expect(decide(9, .nothing, .nothing) == .refuse(.checkpointMissing))
        #expect(decide(5, large, large) == .proceed(from: Self.large, steps: []))
        #expect(decide(9, large, large) == .proceed(from: Self.large, steps: []))
        #expect(decide(5, large, small) == .proceed(from: Self.large, steps: [.publish]))
        #expect(decide(5, large, .nothing) == .proceed(from: Self.large, steps: [.publish]))
        #expect(decide(5, small, large) == .proceed(from: Self.large, steps: [.record]))
        #expect(decide(5, .nothing, large) == .proceed(from: Self.large, steps: [.record]))
        #expect(decide(5, large, large, tiles: Self.root) == .proceed(from: Self.large, steps: [.rebuild]))
        #expect(decide(4, small, large) == .refuse(.tableBehindCheckpoint(entries: 4, signed: 5)))
        #expect(decide(4, large, large) == .refuse(.tableBehindCheckpoint(entries: 4, signed: 5)))
        #expect(decide(5, large, fork) == .refuse(.checkpointsFork(size: 5)))
        #expect(decide(5, .damaged("x"), large) == .refuse(.checkpointDamaged(.database, "x")))
        #expect(decide(5, large, .damaged("x")) == .refuse(.checkpointDamaged(.folder, "x")))
        #expect(decide(5, .foreign("x"), large) == .refuse(.signatureForeign(.database, "x")))
        #expect(decide(5, large, .foreign("x")) == .refuse(.signatureForeign(.folder, "x")))
    }

    /// What came of a start: the name of the case in the message, or nothing.
    private func refusal(_ bench: LogBench, _ opening: LogOpening? = nil) async -> String? {
        do {
            _ = try await (opening ?? bench.opening()).open()
            return nil
        } catch {
            return "\(error)".split(separator: "(").dropFirst().first?.split(separator: ")").first.map(String.init) ?? "\(error)"
        }
    }

    @Test("an older database beside a newer audit folder is refused")
    func staleDatabase() async throws {
        try await LogBench.with { newer in
            try await newer.append(0..<10)
            try await newer.catchUp()
            try await LogBench.with { older in
                try await older.append(0..<7)
                try await older.catchUp()
                // The backup's database, the folder of today.
                try FileManager.default.removeItem(atPath: older.directory.path)
                try FileManager.default.copyItem(atPath: newer.directory.path, toPath: older.directory.path)
                #expect(await refusal(older) == "table-behind-checkpoint")
                #expect(older.published?.size == 10)
                // Appending other entries than those that were lost does not help.
                try await older.append(20..<30)
                #expect(await refusal(older) == "entries-differ")
                let verdict = try await older.verdict()
                #expect(verdict.findings.contains { $0.subject == .entry(8) })
            }
        }
    }

    @Test("a lost or older audit folder is written again from the database")
    func lostFolder() async throws {
        try await LogBench.with { bench in
            try await bench.append(0..<300)
            try await bench.catchUp()
            let kept = bench.directory.path + ".kept"
            try FileManager.default.copyItem(atPath: bench.directory.path, toPath: kept)
            try await bench.append(300..<900)
            let last = try await bench.catchUp()
            try FileManager.default.removeItem(atPath: bench.directory.path)
            #expect(try await bench.catchUp() == last)
            #expect(try await bench.verdict().findings == [])
            try FileManager.default.removeItem(atPath: bench.directory.path)
            try FileManager.default.moveItem(atPath: kept, toPath: bench.directory.path)
            #expect(try await bench.catchUp() == last)
            #expect(try await bench.verdict().findings == [])
        }
    }

    @Test("damaged tiles are written again, unless the database is what changed")
    func damagedTiles() async throws {
        try await LogBench.with { bench in
            try await bench.append(0..<300)
            let last = try await bench.catchUp()
            let tile = bench.file("tile/0/001.p/44")
            let bytes = try Data(contentsOf: tile)
            var damaged = bytes
            damaged[40] ^= 4
            try damaged.write(to: tile)
            #expect(try await bench.catchUp() == last)
            #expect(try Data(contentsOf: tile) == bytes)
            try damaged.write(to: tile)
            try await bench.tamper("UPDATE audit_entry SET body = CAST('{}' AS BLOB) WHERE sequence = 7")
            #expect(await refusal(bench) == "entries-differ")
            #expect(try Data(contentsOf: tile) == damaged, "evidence was overwritten")
        }
    }

    @Test("an entry that changed near the end is named at the start")
    func changedEntry() async throws {
        try await LogBench.with { bench in
            try await bench.append(0..<300)
            try await bench.catchUp()
            try await bench.tamper("UPDATE audit_entry SET body = CAST('{}' AS BLOB) WHERE sequence = 271")
            let error = await #expect(throws: GatehouseError.self) { try await bench.opening().open() }
            #expect(error?.message.contains("entry 271") == true)
        }
    }

    @Test("a checkpoint of another key, another log, or with a flipped bit is refused")
    func foreignCheckpoints() async throws {
        try await LogBench.with { bench in
            try await bench.append(0..<3)
            let ours = try await bench.catchUp()
            let genuine = try #require(try bench.directory.checkpoint())
            let other = try NoteKey(name: "test.example/log", seed: Array(repeating: 9, count: 32))
            try bench.directory.publish(try await other.signed(ours.note()))
            #expect(await refusal(bench) == "signature-foreign")
            let elsewhere = Checkpoint(origin: "other.example/log", size: 3, root: ours.root)
            try bench.directory.publish(try await bench.key.signed(elsewhere.note()))
            #expect(await refusal(bench) == "signature-foreign")
            let forked = Checkpoint(origin: ours.origin, size: 3, root: .leaf([1]))
            try bench.directory.publish(try await bench.key.signed(forked.note()))
            #expect(await refusal(bench) == "checkpoints-fork")
            var bytes = Array(genuine.serialized.utf8)
            bytes[genuine.text.utf8.count - 8] ^= 1
            try Data(bytes).write(to: bench.file("checkpoint"))
            #expect(await refusal(bench) == "checkpoint-damaged")
            try bench.directory.publish(genuine)
            #expect(await refusal(bench) == nil)
        }
    }

    private func refusal(opening keys: LogKeyFiles, origin: String?) -> String? {
        do {
            _ = try keys.open(origin: origin) { Array(repeating: 4, count: $0) }
            return nil
        } catch {
            return "\(error)"
        }
    }

    @Test("a log that is asked to go on under another name is refused: origin-changed")
    func originChanged() async throws {
        try await LogBench.with { bench in
            let keys = LogKeyFiles(directory: bench.directory)
            let key = try keys.open(origin: "test.example/log") { Array(repeating: 3, count: $0) }
            #expect(refusal(opening: keys, origin: "other.example/log")?.contains("(origin-changed)") == true)
            // The way out: leave the option out.
            #expect(refusal(opening: keys, origin: nil) == nil)
            #expect(try keys.published() == key.verifier)
        }
    }

    @Test("a begun log without its private key is refused: key-missing, and no other key takes its place")
    func keyMissing() async throws {
        try await LogBench.with { bench in
            let keys = LogKeyFiles(directory: bench.directory)
            _ = try keys.open(origin: nil) { Array(repeating: 3, count: $0) }
            let secret = try Data(contentsOf: bench.file("key"))
            try FileManager.default.removeItem(at: bench.file("key"))
            #expect(refusal(opening: keys, origin: nil)?.contains("(key-missing)") == true)
            // Also where only the checkpoint tells that there was a log.
            let ours = try NoteVerifier(
                parsing: String(decoding: try Data(contentsOf: bench.file("key.pub")).dropLast(), as: UTF8.self))
            try FileManager.default.removeItem(at: bench.file("key.pub"))
            try bench.directory.publish(try await bench.key.signed(Self.small.note()))
            #expect(refusal(opening: keys, origin: nil)?.contains("(key-missing)") == true)
            #expect(!FileManager.default.fileExists(atPath: bench.file("key").path))
            // The way out: restore it.
            try secret.write(to: bench.file("key"))
            #expect(refusal(opening: keys, origin: nil) == nil)
            #expect(try keys.published() == ours)
        }
    }

    @Test("every named case stands in the table of the manual, with what is seen and a way out")
    func manual() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("../../..")
        let text = try String(contentsOf: root.appendingPathComponent("docs/audit-log.md"), encoding: .utf8)
        let cases: [LogStateMachine.Disagreement] = [
            .tableBehindCheckpoint(entries: 1, signed: 2), .checkpointsFork(size: 1), .entriesDiffer(sequence: nil, signed: 1),
            .checkpointDamaged(.folder, ""), .signatureForeign(.folder, ""), .checkpointMissing,
        ]
        for name in cases.map(\.name) + ["key-missing", "origin-changed"] {
            let row = text.split(separator: "\n").first { $0.hasPrefix("| `\(name)` |") }
            let cells = row?.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) } ?? []
            #expect(cells.count == 3 && cells.allSatisfy { !$0.isEmpty }, "\(name)")
        }
    }

    @Test("tiles without any checkpoint are refused")
    func noCheckpoint() async throws {
        try await LogBench.with { bench in
            try await bench.append(0..<3)
            try await bench.catchUp()
            try FileManager.default.removeItem(at: bench.file("checkpoint"))
            try await bench.tamper("DELETE FROM audit_checkpoint")
            #expect(await refusal(bench) == "checkpoint-missing")
        }
    }
}
