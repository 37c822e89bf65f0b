import AuditLog
package import GatehouseCore
import Storage

extension ModelRegistry {
    /// How far above a model's last number a kept one may stand: the numbers between are lost.
    static let keptNumberGapMax: Int64 = 100_000

    /// Enters a copied version: model where there is none, number, seal, tags, run, provenance and entry, all or nothing. What
    /// was copied before is found and left as it is, also by two copies at once. Fails with `conflict` when the number to keep
    /// was given before, and as `createVersion` does.
    package func createCopy(_ copy: VersionCopy, by principal: Principal) async throws -> CopyOutcome {
        var request = copy.request
        request.tags.merge(copy.provenance.tags) { _, ours in ours }
        let (entered, tags) = (request, try check(request))
        let fingerprint = Digest.sha256(of: entered.fingerprint.canonicalBytes)
        return try await store.write { tx in
            let model = entered.model
            if let earlier = try tx.copy(of: copy.provenance.source, artifact: copy.provenance.artifact, in: model) {
                return CopyOutcome(version: earlier, isNew: false, leftOut: [])
            }
            if try tx.model(model) == nil {
                try tx.insertModel(model, description: "", by: principal, at: now())
                try record(.modelCreated, in: tx, by: principal, model: model)
            }
            try requireFree(tags.map(\.key), of: model, writer: .client, tx)
            let number = try number(for: copy, tx)
            var leftOut: [String] = []
            var kept = entered
            if let run = copy.run {
                let found = try RecordImport(
                    registry: self, tx: tx, origin: copy.provenance.source.registry, isDryRun: false, principal: principal,
                    now: now()
                ).bring(run)
                if let note = found.note { leftOut.append("run: \(note)") }
                if found.isHere { kept.runID = run.run.info.id }
            }
            leftOut += try place(&kept, tx)
            let isNewArtifact = try enter(kept, as: number, tags: tags, fingerprint: fingerprint, by: principal, tx)
            let sequence = try record(copy, as: number, isNewArtifact: isNewArtifact, by: principal, tx)
            try tx.insert(copy.provenance, of: number, model: model, auditSequence: sequence)
            return CopyOutcome(version: number, isNew: true, leftOut: leftOut)
        }
    }

    private func number(for copy: VersionCopy, _ tx: SQLTransaction) throws -> VersionNumber {
        let model = copy.request.model
        guard let number = copy.number else { return try tx.nextVersionNumber(of: model, at: now()) }
        guard try tx.isUsed(number, of: model) == false else {
            throw GatehouseError(
                .conflict, "\(model) has had a version \(number); numbers are never used again.",
                hint: "Leave out --preserve-version: the copy then takes the next number, and its record says which it had.")
        }
        let last = try tx.lastVersionNumber(of: model)
        guard number.value - last <= Self.keptNumberGapMax else {
            throw GatehouseError(
                .invalidArgument,
                "\(model) has numbers up to \(last); a kept number may be at most \(Self.keptNumberGapMax) above, not \(number).",
                hint: "Leave out --preserve-version: the copy then takes the next number.")
        }
        try tx.reserveVersionNumber(number, of: model, at: now())
        return number
    }

    /// Gives the files names in the artifact tree, where MLflow's clients look for them; sealed with the version. Says what
    /// cannot be done.
    private func place(_ request: inout VersionRequest, _ tx: SQLTransaction) throws -> [String] {
        guard let manifest = request.manifest else { return [] }
        let root = try ArtifactPath("copies/\(ids())")
        request.source = ArtifactLocation.proxied + root.text
        for file in manifest.files {
            guard let path = try? ArtifactPath(file.path), path.text == file.path, let place = try? root.appending(path) else {
                try tx.deleteArtifacts(at: root)
                request.source = ""
                return ["a place for MLflow's clients: '\(file.path.prefix(200))' cannot be a path there"]
            }
            try tx.putArtifact(Blob(digest: file.digest, bytes: file.bytes), at: place, now: now())
        }
        request.artifactSource = ArtifactSource(manifest: manifest, paths: [root], isLive: false)
        return []
    }

    private func record(
        _ copy: VersionCopy, as number: VersionNumber, isNewArtifact: Bool, by principal: Principal, _ tx: SQLTransaction
    ) throws -> Int64 {
        let (request, provenance) = (copy.request, copy.provenance)
        if let manifest = request.manifest, isNewArtifact {
            try recordSeal(of: manifest, model: request.model, number, by: principal, tx)
        }
        let source = provenance.source
        let entry = try record(
            .versionCopied, in: tx, by: principal, model: request.model, version: number,
            facts: [
                "artifact": .string(provenance.artifact.description), "source_kind": .string(source.kind.rawValue),
                "source_registry": .string(source.registry), "source_model": .string(source.model),
                "source_version": .string(source.version), "run_id": source.runID.map(JSONValue.string) ?? .null,
                "first_registry": .string(provenance.firstRegistry), "first_version": .string(provenance.firstVersion),
                "keeps_number": .bool(copy.number != nil), "verification": provenance.verification.json,
                "receipts": .array(provenance.receipts.map { .string(Digest.sha256(of: Array($0.utf8)).description) }),
                "snapshot": .string(Digest.sha256(of: provenance.snapshot.canonicalBytes).description),
            ])
        return entry.sequence
    }
}

extension SQLTransaction {
    /// Whether a version ever had the number, deleted or not.
    func isUsed(_ number: VersionNumber, of model: ModelName) throws -> Bool {
        try first("SELECT 1 AS found FROM model_version WHERE model = \(model) AND number = \(number)") { _ in true } ?? false
    }

    fileprivate func lastVersionNumber(of model: ModelName) throws -> Int64 {
        try first("SELECT last_version FROM registered_model WHERE name = \(model)") { try $0.integer("last_version") } ?? 0
    }

    /// Numbers that come later start above it.
    fileprivate func reserveVersionNumber(_ number: VersionNumber, of model: ModelName, at now: Timestamp) throws {
        try execute(
            """
            UPDATE registered_model SET updated_at = \(now),
                last_version = CASE WHEN last_version < \(number) THEN \(number) ELSE last_version END
            WHERE name = \(model)
            """)
    }
}
