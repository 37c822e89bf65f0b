import Access
import AuditLog
import GatehouseCore
import HTTPAPI
import Storage

extension AuditEntryScreen {
    static func load(_ page: PageRequest) async throws -> AuditEntryScreen {
        _ = try page.caller(who: .readAudit)
        let text = try page.segment("sequence")
        guard let sequence = Int64(text), sequence >= 1 else {
            throw GatehouseError(
                .notFound, "'\(text.prefix(80))' is no number of an audit entry.", hint: "Entries are counted from 1.")
        }
        let (count, found) = try await page.services.store.read { tx -> (Int64, Result<AuditEntry?, GatehouseError>) in
            let count = try tx.auditEntryCount()
            do {
                return (count, .success(try tx.auditEntry(sequence: sequence)))
            } catch let error as GatehouseError where error.code == .integrity {
                return (count, .failure(error))
            }
        }
        var (entry, damage) = (AuditEntry?.none, String?.none)
        switch found {
        case .success(let stored): entry = stored
        case .failure(let error): damage = error.message
        }
        let log = page.services.auditLog
        var (proof, unproven) = (EntryProof?.none, String?.none)
        do {
            proof = try EntryProof(try log.receipt(for: sequence), key: log.key)
        } catch let error as GatehouseError where error.code == .undecided || error.code == .integrity {
            // Waiting is no fault; what cannot be proven is one, and stands on the page.
            unproven = error.code == .integrity ? error.message : nil
        }
        guard entry != nil || proof != nil || damage != nil, sequence <= max(count, proof?.checkpoint.size ?? 0) else {
            throw GatehouseError(
                .notFound, "There is no audit entry \(sequence): the log has \(count).", hint: "gatehouse audit log")
        }
        let leaf = try proof.map { try AuditLeaf(canonicalBytes: $0.bytes) } ?? entry?.leaf
        return AuditEntryScreen(
            sequence: sequence, entry: entry, damage: damage, leaf: leaf,
            holding: EntryFacts(leaf?.facts ?? [:], version: leaf?.version), proof: proof, unproven: unproven,
            isSame: proof.map { $0.bytes == entry?.leaf.canonicalBytes } ?? (entry != nil), key: log.key, count: count)
    }
}
