import AuditLog
import GatehouseCore
import Storage
import StorageSQLite
import Testing

@Suite("The audit log")
struct AuditEntryTests {
    private func draft(
        _ id: String, _ action: AuditAction = .versionRegistered, model: String? = "credit-risk", version: Int64? = 7,
        outcome: AuditOutcome = .recorded, at milliseconds: Int64 = 1_700_000_000_000, reason: String = ""
    ) throws -> AuditDraft {
        AuditDraft(
            id: id, time: Timestamp(milliseconds: milliseconds), principal: .user("ml-lead"), action: action, outcome: outcome,
            model: try model.map { try ModelName($0) }, version: try version.map { try VersionNumber($0) }, reason: reason,
            facts: ["source": "runs:/1/model"])
    }

    @Test("an entry comes back as it was appended, by number and by id")
    func roundTrip() async throws {
        try await withAuditStore { store in
            let draft = try draft("e1", outcome: .refused, reason: "Zoë said \"no\"\n")
            let appended = try await store.write { tx in try tx.append(draft) }
            let (bySequence, byID) = try await store.read { tx in (try tx.auditEntry(sequence: 1), try tx.auditEntry(id: "e1")) }
            #expect(appended.sequence == 1)
            #expect(bySequence == appended)
            #expect(byID == appended)
            #expect(appended.reason == draft.reason)
            #expect(try AuditLeaf(canonicalBytes: appended.leaf.canonicalBytes) == appended.leaf)
        }
    }

    @Test("the stored bytes and their leaf hash are fixed: commitments stand where names and texts were")
    func frozenForm() throws {
        let salt = [UInt8](repeating: 7, count: 16)
        let leaf = AuditLeaf(
            try draft("e1"), sequence: 1, principal: PersonReference(.user("ml-lead"), salt: salt),
            people: ["holder": PersonReference(.system("worker"), salt: [])],
            texts: ["reason": AuditCommitment(of: "because", salt: salt)])
        #expect(
            String(decoding: leaf.canonicalBytes, as: UTF8.self)
                == #"{"action":"version.registered","facts":{"source":"runs:/1/model"},"format":2,"id":"e1","#
                + #""model":"credit-risk","outcome":"recorded","people":{"holder":"system:worker"},"#
                + #""principal":"user#e598495dd6a1de54152843cf20adc712824c81fc9e44af5ec81c69dee70c902d","sequence":1,"#
                + #""texts":{"reason":"76dfbf4d2c3a98f65c1a267fe8f84fb19615e1c24a60b8a3541e512dc40ead00"},"time":1700000000000,"version":7}"#
        )
        // printf '\0%s' BODY | sha256sum, with the text above.
        #expect(
            Digest(bytes: AuditLeaf.hash(of: leaf.canonicalBytes)).hex
                == "33394496988f83267a96781fbf996e81c47c3d2826c4f516ea11f6fb6b5f5d63")
        #expect(try AuditLeaf(canonicalBytes: leaf.canonicalBytes) == leaf)
    }

    @Test("one person is one reference, two entries with the same reason have nothing in common")
    func references() async throws {
        try await withAuditStore { store in
            let drafts = [try draft("e1", reason: "same"), try draft("e2", reason: "same")]
            let entries = try await store.write { tx in try drafts.map { try tx.append($0) } }
            #expect(entries[0].leaf.principal == entries[1].leaf.principal)
            #expect(entries[0].leaf.texts["reason"] != entries[1].leaf.texts["reason"])
            for entry in entries {
                let text = String(decoding: entry.leaf.canonicalBytes, as: UTF8.self)
                #expect(!text.contains("ml-lead") && !text.contains("same"))
            }
        }
    }

    @Test("a person who is forgotten leaves the log as it is: no name, no text, the same bytes, one reference still")
    func forgotten() async throws {
        try await withAuditStore { store in
            var first = try draft("e1", reason: "my words")
            first.people = ["reviewer": .user("risk-lead")]
            let second = AuditDraft(
                id: "e2", time: first.time, principal: .user("risk-lead"), action: .tagSet, reason: "other words",
                people: ["holder": .user("ml-lead")])
            let (before, again) = (first, second)
            let kept = try await store.write { tx in [try tx.append(before), try tx.append(again)] }
            let done = try await store.write { tx in try tx.forget(.user("ml-lead")) }
            #expect(done?.texts == 1)
            let entries = try await store.read { tx in try tx.auditEntries(after: 0) }
            #expect(entries.map(\.leaf) == kept.map(\.leaf))
            #expect(entries[0].principal == kept[0].leaf.principal.erased)
            #expect(entries[0].reason == "" && entries[0].erasedTexts == ["reason"])
            #expect(entries[0].people["reviewer"] == .user("risk-lead"))
            #expect(entries[1].reason == "other words" && entries[1].people["holder"] == entries[0].principal)
            // Whoever comes later under that name is somebody else.
            var third = try draft("e3")
            third.reason = "new words"
            let newcomer = third
            let entry = try await store.write { tx in try tx.append(newcomer) }
            #expect(entry.leaf.principal != kept[0].leaf.principal)
            #expect(try await store.write { tx in try tx.forget(.user("nobody")) } == nil)
            #expect(try await store.write { tx in try tx.forget(.system("worker")) } == nil)
        }
    }

    @Test(
        "words that are not the ones an entry commits to are named by the next read",
        arguments: [
            "UPDATE audit_text SET text = 'others'", "UPDATE audit_text SET salt = zeroblob(16)",
            "UPDATE audit_person SET principal = 'user:eve'", "UPDATE audit_person SET salt = zeroblob(16)",
        ])
    func otherWords(_ statement: String) async throws {
        try await withAuditStore { store in
            let draft = try draft("e1", reason: "words")
            try await store.write { tx in
                try tx.append(draft)
                try tx.execute(SQLStatement(stringLiteral: statement))
            }
            let error = await #expect(throws: GatehouseError.self) {
                _ = try await store.read { tx in try tx.auditEntry(sequence: 1) }
            }
            #expect(error?.code == .integrity)
        }
    }

    @Test("the leaf hash of nothing is that of RFC 6962's test vectors")
    func emptyLeaf() {
        // Certificate Transparency's reference implementation: the root of a tree with one empty leaf.
        #expect(
            Digest(bytes: AuditLeaf.hash(of: [])).hex
                == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
    }

    @Test("forty writers at once get forty places without a gap")
    func noGaps() async throws {
        try await withAuditStore { store in
            let drafts = try (0..<40).map { try draft("e\($0)") }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for draft in drafts { group.addTask { _ = try await store.write { tx in try tx.append(draft) } } }
                try await group.waitForAll()
            }
            let sequences = try await store.read { tx in try tx.auditEntries(after: 0).map(\.sequence) }
            #expect(sequences == Array(1...40))
            #expect(try await store.read { tx in try tx.auditEntryCount() } == 40)
        }
    }

    @Test("an entry whose transaction fails was never there, and its place is used by the next")
    func sameTransaction() async throws {
        try await withAuditStore { store in
            let (lost, kept) = (try draft("lost"), try draft("kept"))
            await #expect(throws: GatehouseError.self) {
                try await store.write { tx in
                    try tx.append(lost)
                    throw GatehouseError(.conflict, "the fact did not happen")
                }
            }
            let entry = try await store.write { tx in try tx.append(kept) }
            #expect(entry.sequence == 1)
            #expect(try await store.read { tx in try tx.auditEntry(id: "lost") } == nil)
        }
    }

    @Test("an id stands once")
    func duplicateID() async throws {
        try await withAuditStore { store in
            let draft = try draft("e1")
            try await store.write { tx in _ = try tx.append(draft) }
            let error = await #expect(throws: GatehouseError.self) { try await store.write { tx in _ = try tx.append(draft) } }
            #expect(error?.code == .alreadyExists)
            #expect(try await store.read { tx in try tx.auditEntryCount() } == 1)
        }
    }

    @Test("an entry is at most 65,535 bytes long")
    func size() async throws {
        try await withAuditStore { store in
            let bare = try draft("e1")
            let overhead = try await store.write { tx in try tx.append(bare) }.leaf.canonicalBytes.count
            var largest = try draft("e2")
            let room = AuditLeaf.bytesMax - overhead - #","x":"""#.utf8.count
            largest.facts = ["source": "runs:/1/model", "x": .string(String(repeating: "x", count: room))]
            var tooLarge = largest
            tooLarge.id = "e3"
            tooLarge.facts = ["source": "runs:/1/model", "x": .string(String(repeating: "x", count: room + 1))]
            let entry = try await store.write { [largest] tx in try tx.append(largest) }
            #expect(entry.leaf.canonicalBytes.count == 65_535)
            let error = await #expect(throws: GatehouseError.self) {
                try await store.write { [tooLarge] tx in _ = try tx.append(tooLarge) }
            }
            #expect(error?.code == .tooLarge)
        }
    }

    @Test("entries are found by model, version, action, outcome, principal and time, in pages")
    func filters() async throws {
        try await withAuditStore { store in
            let drafts = [
                try draft("a", version: 1, at: 1000), try draft("b", version: 2, at: 2000),
                try draft("c", .transitionRefused, version: 2, outcome: .refused, at: 3000),
                try draft("d", model: "other", version: 2, at: 4000),
                try draft("e", .policyApplied, model: nil, version: nil, at: 5000),
            ]
            try await store.write { tx in for draft in drafts { try tx.append(draft) } }
            let model = try ModelName("credit-risk")
            let two = try VersionNumber(2)
            func ids(_ filter: AuditFilter) async throws -> String {
                try await store.read { tx in try tx.auditEntries(filter).map(\.id).joined() }
            }
            #expect(try await ids(AuditFilter()) == "edcba")
            #expect(try await ids(AuditFilter(model: model)) == "cba")
            #expect(try await ids(AuditFilter(model: model, version: two)) == "cb")
            #expect(try await ids(AuditFilter(action: .policyApplied)) == "e")
            #expect(try await ids(AuditFilter(outcome: .refused)) == "c")
            #expect(try await ids(AuditFilter(principal: .user("nobody"))) == "")
            let window = AuditFilter(from: Timestamp(milliseconds: 2000), until: Timestamp(milliseconds: 4000))
            #expect(try await ids(window) == "cb")
            let pages = try await store.read { tx in
                [
                    try tx.auditEntries(limit: 2), try tx.auditEntries(before: 4, limit: 2),
                    try tx.auditEntries(after: 3, limit: 9),
                    try tx.auditEntries(limit: -1),
                ].map { $0.map(\.id).joined() }
            }
            #expect(pages == ["ed", "cb", "de", ""])
        }
    }

    @Test(
        "entries cannot be changed or removed",
        arguments: ["UPDATE audit_entry SET principal = 'user:mallory'", "DELETE FROM audit_entry"])
    func appendOnly(_ statement: String) async throws {
        try await withAuditStore { store in
            let draft = try draft("e1")
            try await store.write { tx in _ = try tx.append(draft) }
            let error = await #expect(throws: GatehouseError.self) {
                try await store.write { tx in _ = try tx.execute(SQLStatement(stringLiteral: statement)) }
            }
            #expect(error?.code == .conflict)
            #expect(try await store.read { tx in try tx.auditEntry(sequence: 1) }?.principal == .user("ml-lead"))
        }
    }

    @Test(
        "whoever takes the guard away and changes an entry is named by the next read",
        arguments: [
            "UPDATE audit_entry SET body = replace(CAST(body AS TEXT), 'runs', 'ruin')", "UPDATE audit_entry SET model = 'other'",
            "UPDATE audit_entry SET action = 'no.such.action'", "UPDATE audit_entry SET leaf_hash = zeroblob(32)",
            "UPDATE audit_entry SET body = CAST('{}' AS BLOB)",
        ])
    func tampered(_ statement: String) async throws {
        try await withAuditStore { store in
            let draft = try draft("e1")
            try await store.write { tx in
                try tx.append(draft)
                try tx.execute("DROP TRIGGER audit_entry_refuses_update")
                let changed = try tx.execute(SQLStatement(stringLiteral: statement))
                #expect(changed == 1)
            }
            let error = await #expect(throws: GatehouseError.self) {
                _ = try await store.read { tx in try tx.auditEntry(sequence: 1) }
            }
            // A body that became text is a mismatch of types, still an error and never an entry.
            #expect([.integrity, .internalFailure].contains(error?.code))
        }
    }

    @Test(
        "bytes that are not an entry are refused",
        arguments: [
            "", "[]", "{}", "not json", #"{"format":3}"#,
            // A space: the same content, not the canonical form.
            #"{"action":"version.registered", "facts":{},"format":2,"id":"e1","model":null,"outcome":"recorded","people":{},"principal":"system:worker","sequence":1,"texts":{},"time":1,"version":null}"#,
            // A name in the open.
            #"{"action":"version.registered","facts":{},"format":2,"id":"e1","model":null,"outcome":"recorded","people":{},"principal":"user:ml-lead","sequence":1,"texts":{},"time":1,"version":null}"#,
        ])
    func malformed(_ text: String) {
        let error = #expect(throws: GatehouseError.self) { try AuditLeaf(canonicalBytes: Array(text.utf8)) }
        #expect(error?.code == .integrity)
    }
}
