package import GatehouseCore
package import Storage

/// A free text with the salt of its commitment.
struct SaltedText {
    let text: String
    let salt: [UInt8]

    var commitment: AuditCommitment { AuditCommitment(of: text, salt: salt) }
}

extension AuditDraft {
    /// The texts with fresh salts; empty ones say nothing and are left out. Fails with `tooLarge`.
    func saltedTexts() throws(GatehouseError) -> [String: SaltedText] {
        guard texts.count <= Self.textsMax else {
            throw GatehouseError(.tooLarge, "The audit entry has \(texts.count) texts; \(Self.textsMax) are allowed.")
        }
        var salted: [String: SaltedText] = [:]
        for (name, text) in texts where !text.isEmpty {
            guard text.utf8.count <= Self.textBytesMax else {
                throw GatehouseError(
                    .tooLarge,
                    "The text '\(name)' of the audit entry '\(action.rawValue)' has \(text.utf8.count) bytes; "
                        + "\(Self.textBytesMax) are allowed.",
                    hint: "Shorten it.")
            }
            salted[name] = SaltedText(text: text, salt: AuditCommitment.freshSalt())
        }
        return salted
    }
}

/// The words behind the commitments of a number of entries.
struct AuditWords {
    var people: [String: (principal: Principal, salt: [UInt8])] = [:]
    var texts: [Int64: [String: SaltedText]] = [:]

    /// The entry with its words; what has none any more was forgotten. Fails with `integrity` where the words are others than
    /// the entry commits to.
    func entry(_ leaf: AuditLeaf) throws -> AuditEntry {
        var texts: [String: String] = [:]
        for (name, commitment) in leaf.texts {
            guard let kept = self.texts[leaf.sequence]?[name] else { continue }
            guard kept.commitment == commitment else {
                throw AuditLeaf.damaged("has another text '\(name)' beside it than it commits to", sequence: leaf.sequence)
            }
            texts[name] = kept.text
        }
        return AuditEntry(
            leaf: leaf, principal: try principal(leaf.principal, leaf.sequence),
            people: try leaf.people.mapValues { try principal($0, leaf.sequence) }, texts: texts)
    }

    private func principal(_ reference: PersonReference, _ sequence: Int64) throws -> Principal {
        guard reference.isPerson else { return Principal(stored: reference.text) }
        guard let kept = people[reference.text] else { return reference.erased }
        guard PersonReference(kept.principal, salt: kept.salt) == reference else {
            throw AuditLeaf.damaged("names another person than it commits to", sequence: sequence)
        }
        return kept.principal
    }
}

extension SQLTransaction {
    /// The entries with their words, in the order of the leaves: two queries for a page of them.
    func entries(_ leaves: [AuditLeaf]) throws -> [AuditEntry] {
        let words = try words(of: leaves)
        return try leaves.map(words.entry)
    }

    /// What is still there of the words behind the leaves, with the salts.
    func words(of leaves: [AuditLeaf]) throws -> AuditWords {
        var words = AuditWords()
        let references = Set(leaves.flatMap { [$0.principal] + $0.people.values }.filter(\.isPerson))
        if !references.isEmpty {
            let rows = try rows(
                """
                SELECT reference, principal, salt FROM audit_person
                WHERE principal IS NOT NULL AND reference IN (\(.list(references.map(\.text))))
                """
            ) { (try $0.text("reference"), Principal(stored: try $0.text("principal")), try $0.bytes("salt")) }
            for (reference, principal, salt) in rows { words.people[reference] = (principal, salt) }
        }
        let withTexts = leaves.filter { !$0.texts.isEmpty }.map(\.sequence)
        if !withTexts.isEmpty {
            let rows = try rows("SELECT sequence, name, salt, text FROM audit_text WHERE sequence IN (\(.list(withTexts)))") {
                (
                    try $0.integer("sequence"), try $0.text("name"),
                    SaltedText(text: try $0.text("text"), salt: try $0.bytes("salt"))
                )
            }
            for (sequence, name, text) in rows { words.texts[sequence, default: [:]][name] = text }
        }
        return words
    }

    /// How entries name a principal: the same as before while the name is known, so that what one person did is found
    /// together, also after the name is forgotten.
    func reference(to principal: Principal) throws -> PersonReference {
        guard principal.isAccount else { return PersonReference(principal, salt: []) }
        let known = try first("SELECT reference FROM audit_person WHERE principal = \(principal)") { try $0.text("reference") }
        if let known = known.flatMap(PersonReference.init(stored:)) { return known }
        let salt = AuditCommitment.freshSalt()
        let reference = PersonReference(principal, salt: salt)
        try execute("INSERT INTO audit_person (reference, principal, salt) VALUES (\(reference), \(principal), \(salt))")
        return reference
    }

    func keep(_ texts: [String: SaltedText], of sequence: Int64) throws {
        for (name, kept) in texts {
            try execute(
                """
                INSERT INTO audit_text (sequence, name, salt, text)
                VALUES (\(sequence), \(name), \(kept.salt), \(kept.text))
                """)
        }
    }

    /// Forgets a person's name and every text of the entries that this person made. The commitments stay, so the log does not
    /// change; what the person did stays together under the same reference. Nil when no entry names the person.
    package func forget(_ principal: Principal) throws -> (reference: PersonReference, texts: Int)? {
        guard principal.isAccount,
            let text = try first(
                "SELECT reference FROM audit_person WHERE principal = \(principal)", { try $0.text("reference") }),
            let reference = PersonReference(stored: text)
        else { return nil }
        let texts = try execute(
            "DELETE FROM audit_text WHERE sequence IN (SELECT sequence FROM audit_entry WHERE principal = \(reference))")
        try execute("UPDATE audit_person SET principal = NULL, salt = NULL WHERE reference = \(reference)")
        return (reference, texts)
    }
}
