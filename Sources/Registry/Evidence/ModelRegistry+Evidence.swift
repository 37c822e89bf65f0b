import AuditLog
package import GatehouseCore
import Storage

extension ModelRegistry {
    package static let evidenceBytesMax = 1_000_000

    /// Files what another system measured for an artifact's check; the newest counts. Fails with `notFound` when no sealed
    /// artifact has this digest, `invalidArgument` and `tooLarge`.
    package func postEvidence(
        _ body: JSONValue, for check: String, of artifact: Digest, by principal: Principal
    ) async throws -> PostedEvidence {
        _ = try NamedVersion(name: check, version: nil)
        let text = body.canonicalText
        try Self.check(text, bytesMax: Self.evidenceBytesMax, what: "The evidence")
        // What nests too deep to be read from the table again must not get into it.
        _ = try JSONParser.parse(text)
        return try await store.write { tx in
            try tx.requireSealed(artifact)
            let evidence = PostedEvidence(artifact: artifact, check: check, body: body, postedBy: principal, posted: now())
            let entry = try record(
                .evidencePosted, in: tx, by: principal,
                facts: [
                    "artifact": .string(artifact.description), "check": .string(check),
                    "evidence": .string(Digest.sha256(of: Array(text.utf8)).description),
                ])
            try tx.insert(evidence, auditSequence: entry.sequence)
            return evidence
        }
    }

    /// Files a named approval of an artifact; the newest counts. Fails as `postEvidence` does.
    package func attest(
        _ check: String, of artifact: Digest, notes: String, by principal: Principal
    ) async throws -> Attestation {
        _ = try NamedVersion(name: check, version: nil)
        try Self.check(notes, bytesMax: Self.reasonBytesMax, what: "The notes")
        return try await store.write { tx in
            try tx.requireSealed(artifact)
            let attestation = Attestation(
                artifact: artifact, check: check, notes: notes, attestedBy: principal, attested: now())
            let entry = try record(
                .attestationRecorded, in: tx, by: principal, reason: notes,
                facts: ["artifact": .string(artifact.description), "check": .string(check)])
            try tx.insert(attestation, auditSequence: entry.sequence)
            return attestation
        }
    }
}
