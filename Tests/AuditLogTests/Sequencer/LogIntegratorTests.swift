import Foundation
import GatehouseCore
import Storage
import StorageSQLite
import Testing

@testable import AuditLog

@Suite("Integrating entries")
struct LogIntegratorTests {
    @Test("each integration publishes a checkpoint that grew from the one before, and receipts that hold")
    func growing() async throws {
        try await LogBench.with { bench in
            var earlier = try await bench.catchUp()
            #expect(earlier.size == 0)
            for (start, end) in [(0, 1), (1, 255), (255, 257), (257, 700)] {
                try await bench.append(start..<end)
                let checkpoint = try await bench.catchUp()
                #expect(checkpoint.size == Int64(end))
                let log = PublishedLog(directory: bench.directory, key: bench.key.verifier)
                let proof = try log.consistencyProof(from: earlier.size)
                #expect(proof.proves(oldRoot: earlier.root, newRoot: checkpoint.root))
                for sequence in [1, Int64(end)] {
                    let receipt = try TLogProof(parsing: Array(log.receipt(for: sequence).text.utf8))
                    let entry = try #require(receipt.extra)
                    try receipt.verify(entry: entry, key: bench.key.verifier)
                    #expect(try JSONParser.parse(entry)["sequence"] == .integer(sequence))
                }
                earlier = checkpoint
            }
            #expect(try await bench.verdict().isSound)
            // What is full has no partial form any more; the last tile has.
            let files = bench.directory.files
            #expect(try files.names(in: "tile/entries/000.p") == [])
            #expect(try files.names(in: "tile/entries/002.p") == ["188"])
            #expect(try files.names(in: "tile/0") == ["000", "001", "002.p"])
        }
    }

    @Test("a crash after any durable step is made good by the next start, and nothing that was published is taken back")
    func crashes() async throws {
        var crashes = 0
        for steps in 0..<200 {
            let isDone = try await LogBench.with { bench in
                try await bench.append(0..<250)
                try await bench.catchUp()
                try await bench.append(250..<520)
                let fuse = Fuse(steps: steps)
                var files = bench.directory.files
                files.step = fuse.step
                let before = try #require(bench.published)
                let isDone: Bool
                do {
                    var integrator = try await bench.opening(TileDirectory(files: files)).open()
                    isDone = try await integrator.integrate() == 270
                } catch is Fuse.Blown {
                    isDone = false
                    crashes += 1
                }
                let seen = try #require(bench.published)
                #expect([before.size, 520].contains(seen.size), "after \(steps) steps")
                // The next start, which finds more committed besides.
                try await bench.append(520..<530)
                let after = try await bench.catchUp()
                #expect(after.size == 530)
                let log = PublishedLog(directory: bench.directory, key: bench.key.verifier)
                for checkpoint in [before, seen] {
                    let proof = try log.consistencyProof(from: checkpoint.size)
                    #expect(proof.proves(oldRoot: checkpoint.root, newRoot: after.root), "after \(steps) steps")
                }
                #expect(try await bench.verdict().findings == [], "after \(steps) steps")
                return isDone
            }
            if isDone { break }
        }
        #expect(crashes > 15, "the steps were not found: \(crashes)")
    }

    @Test("a crash during the first start leaves a log that the second one begins")
    func firstStart() async throws {
        for steps in 0..<6 {
            try await LogBench.with { bench in
                var files = bench.directory.files
                files.step = Fuse(steps: steps).step
                _ = try? await bench.opening(TileDirectory(files: files)).open()
                try await bench.append(0..<3)
                #expect(try await bench.catchUp().size == 3)
                #expect(try await bench.verdict().findings == [])
            }
        }
    }

    @Test("an entry whose stored bytes changed is not signed")
    func changedBeforeSigning() async throws {
        for statement: SQLStatement in [
            "UPDATE audit_entry SET body = CAST(replace(CAST(body AS TEXT), 'e3', 'e4') AS BLOB) WHERE sequence = 4",
            "DELETE FROM audit_entry WHERE sequence = 2",
        ] {
            try await LogBench.with { bench in
                try await bench.append(0..<5)
                var integrator = try await bench.opening().open()
                try await bench.tamper(statement)
                let error = await #expect(throws: GatehouseError.self) { try await integrator.integrate() }
                #expect(error?.code == .integrity)
                #expect(bench.published?.size == 0)
            }
        }
    }

    @Test("a tile that the disk did not keep is not signed over")
    func misdirectedWrite() async throws {
        try await LogBench.with { bench in
            try await bench.append(0..<5)
            var files = bench.directory.files
            let path = bench.directory.path + "/tile/entries/000.p/5"
            files.step = { step in
                guard step == .renamed("tile/entries/000.p/5") else { return }
                var bytes = Array(try Data(contentsOf: URL(fileURLWithPath: path)))
                bytes[10] ^= 1
                try Data(bytes).write(to: URL(fileURLWithPath: path))
            }
            var integrator = try await bench.opening(TileDirectory(files: files)).open()
            let error = await #expect(throws: GatehouseError.self) { try await integrator.integrate() }
            #expect(error?.code == .integrity)
            #expect(bench.published?.size == 0)
        }
    }

    @Test("of two writers the one that was there first can sign nothing any more")
    func fencing() async throws {
        try await LogBench.with { bench in
            var first = try await bench.opening().open()
            var second = try await bench.opening().open()
            try await bench.append(0..<3)
            let error = await #expect(throws: GatehouseError.self) { try await first.integrate() }
            #expect(error?.code == .conflict)
            #expect(try await second.integrate() == 3)
            #expect(try await bench.verdict().isSound)
        }
    }

    @Test("a changed key signs the entry that names it together with the old one, and then alone")
    func rotation() async throws {
        try await LogBench.with { bench in
            let keys = LogKeyFiles(directory: bench.directory)
            let old = try keys.open(origin: "test.example/log") { Array(repeating: 1, count: $0) }
            let opening = bench.opening(signers: [old])
            var integrator = try await opening.open()
            try await bench.append(0..<3)
            _ = try await integrator.integrate()
            let rotation = KeyRotation(
                store: bench.store, directory: bench.directory, now: { Timestamp(milliseconds: 5) })
            let changed = try await rotation.rotate(by: .system("audit"), id: "r1") { Array(repeating: 2, count: $0) }
            #expect(changed.old == old.verifier)
            let note = try #require(try bench.directory.checkpoint())
            #expect(changed.old.verifies(note) && changed.new.verifies(note))
            #expect(try Checkpoint(note).size == 4)
            let now = try keys.open(origin: nil) { _ in [] }
            #expect(now.verifier == changed.new)
            #expect(try keys.published() == changed.new)
            try await bench.append(3..<6)
            var next = try await bench.opening(signers: [now]).open()
            _ = try await next.integrate()
            let after = try #require(try bench.directory.checkpoint())
            #expect(changed.new.verifies(after) && !changed.old.verifies(after))
        }
    }

    @Test("a key is made once, is its owner's secret, and is missed when it is gone")
    func keyFiles() async throws {
        try await LogBench.with { bench in
            let keys = LogKeyFiles(directory: bench.directory)
            let key = try keys.open(origin: nil) { Array(repeating: 3, count: $0) }
            #expect(key.verifier.name == "gatehouse/0303030303030303")
            #expect(try keys.open(origin: nil) { _ in [] }.verifier == key.verifier)
            let attributes = try FileManager.default.attributesOfItem(atPath: bench.file("key").path)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
            let otherName = #expect(throws: GatehouseError.self) { try keys.open(origin: "other") { _ in [] } }
            #expect(otherName?.code == .conflict)
            try FileManager.default.removeItem(at: bench.file("key"))
            let missing = #expect(throws: GatehouseError.self) { try keys.open(origin: nil) { Array(repeating: 4, count: $0) } }
            #expect(missing?.code == .integrity)
        }
    }
}

extension LogBench {
    /// What somebody with the database in their hands does: takes the guards away and changes it.
    func tamper(_ statements: SQLStatement...) async throws {
        try await store.write { tx in
            try tx.execute("DROP TRIGGER IF EXISTS audit_entry_refuses_update")
            try tx.execute("DROP TRIGGER IF EXISTS audit_entry_refuses_delete")
            try tx.execute("DROP TRIGGER IF EXISTS audit_checkpoint_refuses_update")
            try tx.execute("DROP TRIGGER IF EXISTS audit_checkpoint_refuses_delete")
            for statement in statements { try tx.execute(statement) }
        }
    }
}
