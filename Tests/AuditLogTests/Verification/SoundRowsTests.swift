import GatehouseCore
import Storage
import StorageSQLite
import Testing

@testable import AuditLog

@Suite("Rows that are checked without making values of them")
struct SoundRowsTests {
    /// Entries of every shape: with and without model, version, people, texts, fractions, letters of other scripts.
    private static let drafts: [AuditDraft] = {
        func draft(_ id: String, _ change: (inout AuditDraft) throws -> Void) rethrows -> AuditDraft {
            var draft = AuditDraft(
                id: id, time: Timestamp(milliseconds: 7), principal: .user("scientist"), action: .transitionGranted,
                outcome: .granted)
            try change(&draft)
            return draft
        }
        return [
            draft("plain") { _ in },
            draft("by the system") { $0.principal = .system("worker") },
            draft("model") {
                $0.model = try? ModelName("credit-risk"); $0.version = try? VersionNumber(3)
            },
            draft("name of its own") { $0.model = try? ModelName("crédit risk@2") },
            draft("people") { $0.people = ["reviewer": .user("reviewer-1"), "holder": .token("ci"), "by": .system("w")] },
            draft("texts") { $0.texts = ["reason": "better", "comment": "zwölf \"Prüfungen\"\n"] },
            draft("facts") { $0.facts = ["auc": 0.8312, "n": 1000, "parts": ["a", nil, true, ["deep": [:]]], "é": "ü"] },
            draft("a \"quoted\" id") { _ in },
        ]
    }()

    private func with(_ body: (SQLiteStore) async throws -> Void) async throws {
        try await withAuditStore { store in
            try await store.write { tx in for draft in Self.drafts { try tx.append(draft) } }
            try await body(store)
        }
    }

    /// Sequences that the quick check passes, and the damage that the whole one finds.
    private func look(_ store: SQLiteStore) async throws -> (quick: Set<Int64>, damage: [Int64: String]) {
        try await store.read { tx in
            let sound = try tx.soundRows()
            let texts = try tx.saltedTexts(after: 0, upTo: 1000)
            let quick = try tx.rows("SELECT * FROM audit_entry LIMIT 1000") { row in
                let sequence = try row.integer("sequence")
                guard case .bytes(let body) = try row.value("body") else { return nil as Int64? }
                return sound.hold(row, body, texts: texts[sequence]) ? sequence : nil
            }
            let page = try tx.checkedEntries(after: 0, limit: 1000, sound)
            let damage = page.compactMap { entry in entry.damage.map { (entry.sequence, $0) } }
            return (Set(quick.compactMap { $0 }), Dictionary(damage, uniquingKeysWith: { first, _ in first }))
        }
    }

    @Test("rows as the server writes them pass, and those that need values made of them are sound all the same")
    func sound() async throws {
        try await with { store in
            let found = try await look(store)
            #expect(found.damage.isEmpty)
            // A name in another script, a key of one, an escaped id.
            #expect(found.quick == [1, 2, 3, 5, 6])
        }
    }

    @Test("forgotten people and texts are no damage")
    func forgotten() async throws {
        try await with { store in
            _ = try await store.write { tx in try tx.forget(.user("scientist")) }
            let found = try await look(store)
            #expect(found.damage.isEmpty)
            #expect(found.quick == [1, 2, 3, 5, 6])
        }
    }

    @Test("whatever somebody changes in a row, or in the words beside it, is no longer passed")
    func changed() async throws {
        let cases: [(SQLStatement, Int64)] = [
            ("UPDATE audit_entry SET id = 'other' WHERE sequence = 1", 1),
            ("UPDATE audit_entry SET time = 8 WHERE sequence = 1", 1),
            ("UPDATE audit_entry SET principal = 'system:worker' WHERE sequence = 1", 1),
            ("UPDATE audit_entry SET principal = 'system:walker' WHERE sequence = 2", 2),
            ("UPDATE audit_entry SET action = 'transition.refused' WHERE sequence = 1", 1),
            ("UPDATE audit_entry SET outcome = 'refused' WHERE sequence = 1", 1),
            ("UPDATE audit_entry SET model = 'credit-risc' WHERE sequence = 3", 3),
            ("UPDATE audit_entry SET model = NULL WHERE sequence = 3", 3),
            ("UPDATE audit_entry SET model = 'x' WHERE sequence = 1", 1),
            ("UPDATE audit_entry SET version = 4 WHERE sequence = 3", 3),
            ("UPDATE audit_entry SET version = NULL WHERE sequence = 3", 3),
            ("UPDATE audit_entry SET version = 1 WHERE sequence = 1", 1),
            ("UPDATE audit_entry SET id = 5 WHERE sequence = 1", 1),
            ("UPDATE audit_text SET text = 'worse' WHERE sequence = 6 AND name = 'reason'", 6),
            ("UPDATE audit_text SET salt = zeroblob(16) WHERE sequence = 6 AND name = 'comment'", 6),
            ("UPDATE audit_person SET principal = 'user:nobody' WHERE principal = 'user:reviewer-1'", 5),
        ]
        for (statement, sequence) in cases {
            try await with { store in
                try await store.write { tx in
                    try tx.execute("DROP TRIGGER audit_entry_refuses_update")
                    try tx.execute(statement)
                }
                let found = try await look(store)
                #expect(!found.quick.contains(sequence), "\(statement)")
                #expect(found.damage[sequence] != nil, "\(statement)")
                #expect(found.damage.count == 1, "\(statement): \(found.damage)")
            }
        }
    }
}
