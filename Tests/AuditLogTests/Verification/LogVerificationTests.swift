import Foundation
import GatehouseCore
import Storage
import Testing

@testable import AuditLog

@Suite("Verifying a log")
struct LogVerificationTests {
    @Test("any flipped bit of an entry's bundle names the entry")
    func entryBits() async throws {
        try await LogBench.with { bench in
            try await bench.append(0..<3)
            try await bench.catchUp()
            let file = bench.file("tile/entries/000.p/3")
            let original = Array(try Data(contentsOf: file))
            var ends: [Int] = []
            for entry in try EntryBundle(parsing: original, count: 3).entries { ends.append((ends.last ?? 0) + 2 + entry.count) }
            for position in original.indices {
                var changed = original
                changed[position] ^= 1 << UInt8(position % 8)
                try Data(changed).write(to: file)
                let verdict = try TileVerification(directory: bench.directory, key: bench.key.verifier).run().verdict
                let sequence = Int64(ends.firstIndex { position < $0 } ?? 0) + 1
                #expect(verdict.findings.contains { $0.subject == .entry(sequence) }, "byte \(position): \(verdict.findings)")
                #expect(!verdict.isSound && verdict.entries == 0)
            }
        }
    }

    @Test("any flipped bit of a tile names the tile, and of the checkpoint the checkpoint")
    func otherBits() async throws {
        try await LogBench.with { bench in
            try await bench.append(0..<260)
            try await bench.catchUp()
            for path in ["tile/0/000", "tile/0/001.p/4", "tile/1/000.p/1", "checkpoint"] {
                let original = Array(try Data(contentsOf: bench.file(path)))
                for position in stride(from: 0, to: original.count, by: original.count > 1000 ? 101 : 1) {
                    var changed = original
                    changed[position] ^= 1 << UInt8(position % 8)
                    try Data(changed).write(to: bench.file(path))
                    let verdict = try await bench.verdict()
                    let subject: LogFinding.Subject = path == "checkpoint" ? .checkpoint : .file(path)
                    #expect(verdict.findings.contains { $0.subject == subject }, "\(path) byte \(position): \(verdict.findings)")
                    if path != "checkpoint" { #expect(verdict.findingCount == 1, "\(verdict.findings)") }
                }
                try Data(original).write(to: bench.file(path))
            }
            #expect(try await bench.verdict().findings == [])
        }
    }

    @Test("whatever is changed in the table is named by its entry")
    func table() async throws {
        let cases: [(SQLStatement, Int64)] = [
            ("UPDATE audit_entry SET body = CAST(replace(CAST(body AS TEXT), 'e5', 'f5') AS BLOB) WHERE sequence = 6", 6),
            ("UPDATE audit_entry SET leaf_hash = zeroblob(32) WHERE sequence = 2", 2),
            ("UPDATE audit_entry SET action = 'model.deleted' WHERE sequence = 3", 3),
            ("UPDATE audit_entry SET time = time + 1 WHERE sequence = 3", 3),
            ("UPDATE audit_entry SET id = 'other' WHERE sequence = 9", 9),
            ("DELETE FROM audit_entry WHERE sequence = 4", 4),
            ("DELETE FROM audit_entry WHERE sequence > 8", 9),
            ("DELETE FROM audit_entry", 1),
            ("UPDATE audit_entry SET body = 'text' WHERE sequence = 5", 5),
        ]
        for (statement, sequence) in cases {
            try await LogBench.with { bench in
                try await bench.append(0..<10)
                try await bench.catchUp()
                try await bench.tamper(statement)
                let verdict = try await bench.verdict()
                #expect(verdict.findings.first?.subject == .entry(sequence), "\(verdict.findings)")
            }
        }
    }

    @Test("two entries that changed places are both named")
    func reordered() async throws {
        try await LogBench.with { bench in
            try await bench.append(0..<10)
            try await bench.catchUp()
            try await bench.tamper(
                "UPDATE audit_entry SET sequence = 100 WHERE sequence = 4",
                "UPDATE audit_entry SET sequence = 4 WHERE sequence = 7",
                "UPDATE audit_entry SET sequence = 7 WHERE sequence = 100")
            let subjects = Set(try await bench.verdict().findings.map(\.subject))
            #expect(subjects == [.entry(4), .entry(7)])
        }
    }

    @Test("an entry changed in table and tiles alike is given away by the signed root")
    func everywhere() async throws {
        try await LogBench.with { bench in
            try await bench.append(0..<5)
            try await bench.catchUp()
            try await LogBench.with { forged in
                // A second history with the same key of another log, then this log's checkpoint over its tiles.
                try await forged.append(1..<6)
                try await forged.catchUp()
                let note = try #require(try bench.directory.checkpoint())
                try forged.directory.publish(note)
                let verdict = try TileVerification(directory: forged.directory, key: forged.key.verifier).run().verdict
                #expect(verdict.findings.map(\.subject) == [.checkpoint])
                #expect(verdict.signature == .valid)
                #expect(verdict.entries == 0)
            }
        }
    }

    @Test("missing files are named, and a size that no folder has is not believed")
    func missing() async throws {
        try await LogBench.with { bench in
            try await bench.append(0..<600)
            try await bench.catchUp()
            let checkpoint = try #require(bench.published)
            for path in ["tile/0/001", "tile/entries/001", "tile/entries/002.p/88", "tile/1/000.p/2"] {
                let kept = try Data(contentsOf: bench.file(path))
                try FileManager.default.removeItem(at: bench.file(path))
                let verdict = try TileVerification(directory: bench.directory, key: nil).run().verdict
                #expect(verdict.findings.contains { $0.subject == .file(path) }, "\(path): \(verdict.findings)")
                #expect(verdict.signature == .unchecked)
                try kept.write(to: bench.file(path))
            }
            let huge = Checkpoint(origin: checkpoint.origin, size: .max, root: checkpoint.root)
            try bench.directory.publish(try await bench.key.signed(huge.note()))
            let verdict = try await bench.verdict()
            #expect(verdict.findings.first?.subject == .checkpoint)
        }
    }

    @Test("entries that wait for their checkpoint are no finding")
    func unsigned() async throws {
        try await LogBench.with { bench in
            try await bench.append(0..<5)
            try await bench.catchUp()
            try await bench.append(5..<8)
            let verdict = try await bench.verdict()
            #expect(verdict.isSound && verdict.entries == 5 && verdict.unsigned == 3)
        }
    }
}

@Suite("Receipts")
struct TLogProofTests {
    @Test("a receipt with any bit flipped does not hold")
    func flipped() async throws {
        try await LogBench.with { bench in
            try await bench.append(0..<7)
            try await bench.catchUp()
            let receipt = try PublishedLog(directory: bench.directory, key: bench.key.verifier).receipt(for: 3)
            let bytes = Array(receipt.text.utf8)
            for position in bytes.indices {
                var changed = bytes
                changed[position] ^= 1 << UInt8(position % 8)
                guard let other = try? TLogProof(parsing: changed), let entry = other.extra else { continue }
                #expect(throws: GatehouseError.self, "byte \(position)") {
                    try other.verify(entry: entry, key: bench.key.verifier)
                }
            }
            let other = try NoteKey(name: bench.key.verifier.name, seed: Array(repeating: 5, count: 32))
            #expect(throws: GatehouseError.self) { try receipt.verify(entry: receipt.extra ?? [], key: other.verifier) }
        }
    }

    @Test("the form is the specification's, and others are refused")
    func form() async throws {
        let note = CheckpointTests.text + "\n— example.com/log AAAAAAAA\n"
        let hash = TreeHash.emptyRoot.base64
        for text in [
            "c2sp.org/tlog-proof@v1\nindex 0\n\n\(note)",
            "c2sp.org/tlog-proof@v1\nextra AAAA\nindex 2\n\(hash)\n\(hash)\n\n\(note)",
        ] {
            #expect(try TLogProof(parsing: Array(text.utf8)).text == text)
        }
        for text in [
            "", "\n\n", "c2sp.org/tlog-proof@v1\n\n\(note)", "c2sp.org/tlog-proof@v2\nindex 0\n\n\(note)",
            "c2sp.org/tlog-proof@v1\nindex 00\n\n\(note)", "c2sp.org/tlog-proof@v1\nindex -1\n\n\(note)",
            "c2sp.org/tlog-proof@v1\nindex 0\nAAAA\n\n\(note)", "c2sp.org/tlog-proof@v1\nindex 0\nextra AAAA\n\n\(note)",
            "c2sp.org/tlog-proof@v1\nextra A\nindex 0\n\n\(note)", "c2sp.org/tlog-proof@v1\nindex 0\n\nnothing\n",
            "c2sp.org/tlog-proof@v1\nindex 0\n" + String(repeating: hash + "\n", count: 64) + "\n" + note,
        ] {
            #expect(throws: GatehouseError.self, "\(text.prefix(60))") { try TLogProof(parsing: Array(text.utf8)) }
        }
    }
}
