import AuditLog
package import GatehouseCore
package import Registry

/// What a copy brings from the audit log of its source: receipts for the entries that registered and moved the version. Says
/// whether they hold, without asking anybody.
package struct SourceProof: Sendable {
    /// The registration, and the newest move.
    package static let receiptsMax = 8

    /// Texts of receipts (C2SP tlog-proof).
    package let receipts: [String]

    package init(receipts: [String]) { self.receipts = receipts }

    private static let registrations: Set<String> = ["version.registered", "version.imported", "version.copied"]

    /// Fails with `integrity`, saying what does not hold: a receipt of another log, of another version or other bytes, one that
    /// does not lead to its checkpoint, one whose checkpoint a trusted key did not sign; and no receipt at all from a log that
    /// is trusted, which could have given one. A log that nobody trusts here vouches for nothing, and the finding says so.
    package func verify(
        _ source: SourceVersion, artifact: Digest, trusted: [String: TrustedLog]
    ) throws(GatehouseError) -> SourceVerification {
        guard source.kind == .gatehouse else {
            return SourceVerification(
                state: .notVerified, reason: "not verified: an MLflow server keeps no log that could prove anything")
        }
        let key = trusted[source.registry]
        guard !receipts.isEmpty else {
            guard key == nil else {
                throw Self.refusal("the log '\(source.registry)' is trusted here, so what comes from it must bring its proof")
            }
            return SourceVerification(state: .notVerified, reason: "not verified: the source gave no proof")
        }
        guard receipts.count <= Self.receiptsMax else {
            throw GatehouseError(.tooLarge, "A copy brings at most \(Self.receiptsMax) receipts, not \(receipts.count).")
        }
        var (entries, log): ([Int64], SourceVerification.LogState?) = ([], nil)
        for text in receipts {
            let (proof, entry) = try Self.read(text, source)
            try Self.check(entry, isFirst: entries.isEmpty, source, artifact)
            try key?.verify(proof, entry)
            entries.append(proof.index + 1)
            log = log ?? .init(origin: proof.checkpoint.origin, size: proof.checkpoint.size, root: proof.checkpoint.root.base64)
        }
        let entriesInWords = entries.map { "\($0)" }.joined(separator: " and ")
        return SourceVerification(
            state: key == nil ? .notVerified : .verified,
            reason: key == nil
                ? "not verified: no trusted key for the log '\(source.registry)'"
                : "verified: entries \(entriesInWords) of the log '\(source.registry)' are under its signature", log: log,
            entries: entries)
    }

    /// A receipt that leads from its entry to its checkpoint, of the log that is said to be the source's.
    private static func read(_ text: String, _ source: SourceVersion) throws(GatehouseError) -> (TLogProof, [UInt8]) {
        let proof: TLogProof
        do { proof = try TLogProof(parsing: Array(text.utf8)) } catch {
            throw refusal("a receipt cannot be read: \(error.message)")
        }
        guard proof.checkpoint.origin == source.registry else {
            throw refusal("a receipt is of the log '\(proof.checkpoint.origin)', not of '\(source.registry)'")
        }
        guard let entry = proof.extra else { throw refusal("a receipt lacks its entry") }
        let inclusion = InclusionProof(index: proof.index, treeSize: proof.checkpoint.size, hashes: proof.hashes)
        guard inclusion.proves(leaf: .leaf(entry), root: proof.checkpoint.root) else {
            throw refusal("entry \(proof.index + 1) and its proof do not lead to the root of the checkpoint")
        }
        return (proof, entry)
    }

    /// Facts are read from bytes that the proof has just covered. Entries of later versions of Gatehouse are read too.
    private static func check(
        _ bytes: [UInt8], isFirst: Bool, _ source: SourceVersion, _ artifact: Digest
    ) throws(GatehouseError) {
        let entry = try JSONParser.parse(bytes)
        guard entry["model"]?.stringValue == source.model, let number = entry["version"]?.integerValue,
            String(number) == source.version, let action = entry["action"]?.stringValue
        else { throw refusal("a receipt is for something else than \(source.words)") }
        guard isFirst else { return }
        guard registrations.contains(action) else { throw refusal("its first receipt is not for the registration") }
        guard entry["facts"]?["artifact"]?.stringValue == artifact.description else {
            throw refusal("\(source.words) was registered with other bytes than these (\(artifact.short))")
        }
    }

    static func refusal(_ why: String) -> GatehouseError {
        GatehouseError(
            .integrity, "The copy is refused: \(why).",
            hint: "Ask whoever runs the source to verify its log: gatehouse audit verify DATA-FOLDER")
    }
}
