import Foundation
import GatehouseCore
import Storage
import StorageSQLite
import Testing

@testable import AuditLog

@Suite("Audit bundles")
struct AuditBundleTests {
    static let origin = "example.org/audit"
    static let now = Timestamp(milliseconds: 1_770_000_000_000)

    private static func key() throws -> NoteKey { try NoteKey(name: origin, seed: Array(0..<32)) }

    /// Proofs of a log as it is, from all leaf hashes: the definition of RFC 6962, without tiles.
    private static func proofs(of leaves: [[UInt8]], signed count: Int) async throws -> AuditBundle.Proofs {
        let hashes = leaves.prefix(count).compactMap { TreeHash(bytes: $0) }
        @Sendable func node(_ level: Int, _ index: Int64) -> TreeHash {
            guard level > 0 else { return hashes[Int(index)] }
            return .node(node(level - 1, 2 * index), node(level - 1, 2 * index + 1))
        }
        let root = Self.root(hashes)
        let key = try Self.key()
        let note = try await key.signed(Checkpoint(origin: origin, size: Int64(count), root: root).note())
        return try AuditBundle.Proofs(origin: origin, vkey: key.verifier.vkey, note: note) { indices, size in
            try indices.map { try InclusionProof(index: $0, treeSize: size, nodes: node).hashes }
        }
    }

    private static func root(_ hashes: [TreeHash]) -> TreeHash {
        guard hashes.count > 1 else { return hashes.first ?? .emptyRoot }
        var split = 1
        while split * 2 < hashes.count { split *= 2 }
        return .node(root(Array(hashes.prefix(split))), root(Array(hashes.dropFirst(split))))
    }

    /// A bundle of `count` entries by two people, of which the first `signed` are in the tree.
    private func bundle(
        of count: Int, signed: Int, withTexts: Bool = true, forgetting person: Principal? = nil
    ) async throws -> [String] {
        try await withAuditStore { store in
            for number in 0..<count {
                let draft = AuditDraft(
                    id: "e\(number)", time: Self.now, principal: .user(number % 2 == 0 ? "ada" : "grace"),
                    action: .transitionRefused, outcome: .refused, model: try ModelName("credit-risk"),
                    version: try VersionNumber(1), reason: "because \"\(number)\"\n", people: ["reviewer": .user("grace")],
                    texts: ["comment": "Zoë"], facts: ["to": "Production"])
                try await store.write { tx in _ = try tx.append(draft) }
            }
            if let person { _ = try await store.write { tx in try tx.forget(person)?.texts } }
            let leaves = try await store.read { tx in try tx.auditLeafHashes(after: 0, limit: 1000) }
            let proofs = try await Self.proofs(of: leaves, signed: signed)
            let entries = try await store.read { tx in
                try tx.bundled(try tx.auditEntries(after: 0, limit: 1000), proofs: proofs, withTexts: withTexts)
            }
            // A commitment without a salt is the plain SHA-256.
            let digest = try Digest(parsing: AuditCommitment(of: "[1,2]", salt: []).hex)
            var lines: [AuditBundle.Line] = [
                .header(proofs.header(at: Self.now, selection: ["model": "credit-risk"], hasTexts: withTexts))
            ]
            lines += entries.map { .entry($0) }
            lines.append(.document(AuditBundle.Document(digest: digest, bytes: Array("[1,2]".utf8))))
            lines.append(.end(entries: Int64(entries.count), documents: 1))
            return lines.map(\.text)
        }
    }

    private func check(_ lines: [String], key: NoteVerifier? = nil) throws -> (AuditBundleCheck.Finding, [AuditEntry]) {
        var check = AuditBundleCheck(key: key)
        var entries: [AuditEntry] = []
        for line in lines {
            if case .entry(let entry) = try check.take(Array(line.utf8)) { entries.append(entry) }
        }
        return (try check.finish(), entries)
    }

    private func expectDamage(_ lines: [String], key: NoteVerifier? = nil, _ place: Comment = "") {
        #expect(throws: GatehouseError.self, place) { try check(lines, key: key) }
        do { _ = try check(lines, key: key) } catch {
            #expect((error as? GatehouseError)?.code == .integrity, "\(error)")
        }
    }

    @Test("entries come back with their words, proved by the signature of a key from elsewhere")
    func roundTrip() async throws {
        let lines = try await bundle(of: 7, signed: 7)
        let (finding, entries) = try check(lines, key: Self.key().verifier)
        #expect(entries.map(\.sequence) == Array(1...7))
        #expect(entries.map(\.reason) == (0..<7).map { "because \"\($0)\"\n" })
        #expect(entries.first?.principal == .user("ada"))
        #expect(entries.first?.people["reviewer"] == .user("grace"))
        #expect(finding.proved == 7)
        #expect(finding.checkpointSize == 7)
        #expect(finding.isWhole)
        #expect(finding.isKeyGiven)
        #expect(finding.absentTexts == 0)
    }

    @Test("entries that came after the checkpoint are there, and not counted as proved")
    func beyond() async throws {
        let (finding, entries) = try check(try await bundle(of: 9, signed: 6))
        #expect(entries.count == 9)
        #expect(finding.proved == 6)
        #expect(finding.isWhole)
        #expect(!finding.isKeyGiven)
    }

    @Test("names and texts that were forgotten or withheld leave every proof as it was")
    func withoutWords() async throws {
        let (forgotten, entries) = try check(try await bundle(of: 4, signed: 4, forgetting: .user("ada")))
        #expect(forgotten.proved == 4)
        #expect(entries[0].principal.text.hasPrefix("user:erased-"))
        #expect(entries[0].principal == entries[2].principal)
        #expect(entries[0].erasedTexts == ["comment", "reason"])
        #expect(entries[1].reason == "because \"1\"\n")
        #expect(forgotten.absentTexts == 4)
        let lines = try await bundle(of: 4, signed: 4, withTexts: false)
        #expect(!lines.joined().contains("Zoë") && !lines.joined().contains("user:ada"))
        #expect(try check(lines).0.proved == 4)
    }

    @Test("any bit flipped in an entry, its words, its proof, a document or the checkpoint is found")
    func flippedBits() async throws {
        let lines = try await bundle(of: 5, signed: 5)
        let verifier = try Self.key().verifier
        for (index, line) in lines.enumerated() {
            let bytes = Array(line.utf8)
            // Time of export and selection are the exporter's word alone.
            let end = index == 0 ? line.range(of: "\"exported_at\"")?.lowerBound.utf16Offset(in: line) ?? 0 : bytes.count
            for at in stride(from: 0, to: end, by: 3) {
                var flipped = bytes
                flipped[at] ^= 1 << UInt8(at % 7)
                var all = lines.map { Array($0.utf8) }
                all[index] = flipped
                #expect(throws: GatehouseError.self, "line \(index + 1), byte \(at): \(bytes[at])") {
                    var check = AuditBundleCheck(key: verifier)
                    for line in all { _ = try check.take(line) }
                    _ = try check.finish()
                }
            }
        }
    }

    @Test("lines that are missing, doubled, swapped or behind the end are found")
    func shuffled() async throws {
        let lines = try await bundle(of: 5, signed: 5)
        for index in lines.indices {
            var missing = lines
            missing.remove(at: index)
            expectDamage(missing, "without line \(index + 1)")
            var doubled = lines
            doubled.insert(lines[index], at: index)
            expectDamage(doubled, "line \(index + 1) twice")
        }
        var swapped = lines
        swapped.swapAt(1, 2)
        expectDamage(swapped)
        for count in lines.indices { expectDamage(Array(lines.prefix(count)), "the first \(count) lines") }
    }

    @Test("another key, an unsigned file and words that no entry has are refused")
    func forged() async throws {
        let lines = try await bundle(of: 3, signed: 3)
        expectDamage(lines, key: try NoteKey(name: Self.origin, seed: Array(repeating: 7, count: 32)).verifier)
        var unsigned = lines
        let note = try #require(try AuditBundle.Line(parsing: Array(lines[0].utf8)).json["checkpoint"]?.stringValue)
        unsigned[0] = lines[0].replacing(JSONValue.string(note).canonicalText, with: "null")
        expectDamage(unsigned, key: try Self.key().verifier)
        var stray = lines
        stray[1] = lines[1].replacing("\"texts\":{", with: "\"texts\":{\"other\":{\"salt\":\"\",\"text\":\"x\"},")
        #expect(stray[1] != lines[1])
        expectDamage(stray)
    }

    @Test("what is no bundle is refused with the line", arguments: ["", "{}", "[]", "null", "{\"format\":\"other@1\"}", "\u{0}"])
    func noBundle(_ line: String) {
        var check = AuditBundleCheck()
        #expect(throws: GatehouseError.self) { try check.take(Array(line.utf8)) }
    }
}
