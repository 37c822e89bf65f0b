package import GatehouseCore
package import Registry
import Storage

/// What is asked for when a version comes from another registry.
package struct CopyRequest: Sendable {
    /// With the manifest of bytes that were uploaded before.
    package let version: VersionRequest
    package let source: SourceVersion
    /// Where a chain of copies began; nil: with the source.
    package let first: (registry: String, version: String)?
    /// What the source says the bytes are.
    package let artifact: Digest
    package let proof: SourceProof
    package let run: CopiedRun?
    package let snapshot: JSONValue
    /// The number it shall keep; nil: the next one.
    package let number: VersionNumber?

    package init(
        version: VersionRequest, source: SourceVersion, first: (registry: String, version: String)?, artifact: Digest,
        proof: SourceProof, run: CopiedRun?, snapshot: JSONValue, number: VersionNumber?
    ) {
        self.version = version
        self.source = source
        self.first = first
        self.artifact = artifact
        self.proof = proof
        self.run = run
        self.snapshot = snapshot
        self.number = number
    }
}

/// Takes versions of other registries in: the same rules as at a registration, and the source's proof on top.
package struct CopyService: Sendable {
    private let registry: ModelRegistry
    private let registrations: RegistrationService
    private let trusted: [String: TrustedLog]

    package init(registry: ModelRegistry, registrations: RegistrationService, trusted: [String: TrustedLog]) {
        self.registry = registry
        self.registrations = registrations
        self.trusted = trusted
    }

    /// Enters a copy in the stage None, or finds the one that was made before. Fails with `integrity` when the bytes are not
    /// the source's or its proof does not hold, and as `RegistrationService.register` and `ModelRegistry.createCopy` do.
    package func copy(_ request: CopyRequest, by principal: Principal) async throws -> CopyOutcome {
        guard let manifest = request.version.manifest else {
            throw GatehouseError(.invalidArgument, "A copy lists its files.", hint: "Send 'files'.")
        }
        guard manifest.digest == request.artifact else {
            throw GatehouseError(
                .integrity,
                "The copy is refused: its files make \(manifest.digest.short), and the source has \(request.artifact.short).",
                hint: "The source's list of files and its digest do not belong together: verify it with 'gatehouse scrub' there.")
        }
        let verification = try request.proof.verify(request.source, artifact: request.artifact, trusted: trusted)
        let provenance = VersionProvenance(
            source: request.source, firstRegistry: request.first?.registry ?? request.source.name,
            firstVersion: request.first?.version ?? request.source.version, artifact: request.artifact,
            verification: verification, receipts: request.proof.receipts, snapshot: request.snapshot)
        if let earlier = try await earlier(request) { return earlier }
        let prepared = try await registrations.prepared(request.version, modelMayBeNew: true)
        return try await registry.createCopy(
            VersionCopy(request: prepared, provenance: provenance, run: request.run, number: request.number), by: principal)
    }

    /// Found before anything is asked of it: a policy that grew stricter since does not undo what came.
    private func earlier(_ request: CopyRequest) async throws -> CopyOutcome? {
        let found = try await registry.store.read { tx in
            try tx.copy(of: request.source, artifact: request.artifact, in: request.version.model)
        }
        return found.map { CopyOutcome(version: $0, isNew: false, leftOut: []) }
    }
}
