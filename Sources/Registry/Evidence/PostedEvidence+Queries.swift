package import GatehouseCore
package import Storage

extension SQLTransaction {
    /// The newest evidence posted for a check of an artifact, or nil.
    package func evidence(for check: String, of artifact: Digest) throws -> PostedEvidence? {
        try first(
            """
            SELECT * FROM posted_evidence WHERE artifact = \(artifact) AND check_name = \(check)
            ORDER BY audit_sequence DESC LIMIT 1
            """, PostedEvidence.init(row:))
    }

    /// The newest attestation for a check of an artifact, or nil.
    package func attestation(for check: String, of artifact: Digest) throws -> Attestation? {
        try first(
            """
            SELECT * FROM attestation WHERE artifact = \(artifact) AND check_name = \(check)
            ORDER BY audit_sequence DESC LIMIT 1
            """, Attestation.init(row:))
    }

    /// The audit entries of all that was posted and attested for an artifact, the newest so many of each.
    package func evidenceEntries(of artifact: Digest, limit: Int = 100) throws -> [Int64] {
        try ["posted_evidence", "attestation"].flatMap { (table: SQLStatement) in
            try rows(
                """
                SELECT audit_sequence FROM \(table) WHERE artifact = \(artifact)
                ORDER BY audit_sequence DESC LIMIT \(Page.bounded(limit))
                """
            ) { try $0.integer("audit_sequence") }
        }
    }

    func insert(_ evidence: PostedEvidence, auditSequence: Int64) throws {
        try execute(
            """
            INSERT INTO posted_evidence (audit_sequence, artifact, check_name, body, posted_by, posted_at)
            VALUES (\(auditSequence), \(evidence.artifact), \(evidence.check), \(evidence.body), \(evidence.postedBy),
                \(evidence.posted))
            """)
    }

    func insert(_ attestation: Attestation, auditSequence: Int64) throws {
        try execute(
            """
            INSERT INTO attestation (audit_sequence, artifact, check_name, notes, attested_by, attested_at)
            VALUES (\(auditSequence), \(attestation.artifact), \(attestation.check), \(attestation.notes),
                \(attestation.attestedBy), \(attestation.attested))
            """)
    }
}

extension PostedEvidence {
    fileprivate init(row: SQLRow) throws {
        self.init(
            artifact: try row.digest("artifact"), check: try row.text("check_name"), body: try row.json("body"),
            postedBy: Principal(stored: try row.text("posted_by")), posted: try row.timestamp("posted_at"))
    }
}

extension Attestation {
    fileprivate init(row: SQLRow) throws {
        self.init(
            artifact: try row.digest("artifact"), check: try row.text("check_name"), notes: try row.text("notes"),
            attestedBy: Principal(stored: try row.text("attested_by")), attested: try row.timestamp("attested_at"))
    }
}
