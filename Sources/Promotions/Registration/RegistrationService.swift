package import GatehouseCore
import Gates
package import Registry
import Scoring
import Storage

/// Registers versions: the facts a policy demands are there, the bytes are in the store, the signature is read from the
/// artifact where the caller gave none.
package struct RegistrationService: Sendable {
    private let registry: ModelRegistry
    private let artifacts: any ArtifactStore
    private let policies: PolicyBook

    package init(registry: ModelRegistry, artifacts: any ArtifactStore, policies: PolicyBook) {
        self.registry = registry
        self.artifacts = artifacts
        self.policies = policies
    }

    /// How often files that change while they are sealed are read again.
    static let attemptsMax = 5

    /// Registers a version and seals its files: those the request lists, else those its source stands for on this server. A
    /// source that cannot be read here stays unpinned. Fails with `notFound` when bytes were not uploaded, `invalidArgument` when
    /// they have another size than stated, `blockedByPolicy` listing the facts that are missing, and `conflict` when the
    /// source's files never stand still.
    package func register(_ request: VersionRequest, by principal: Principal) async throws -> ModelVersion {
        for _ in 0..<Self.attemptsMax {
            do {
                return try await registerOnce(request, by: principal)
            } catch is ArtifactSourceChanged {
                continue
            }
        }
        throw GatehouseError(
            .conflict, "The files at '\(request.source)' kept changing while they were sealed.",
            hint: "Register the version when its upload has ended.")
    }

    private func registerOnce(_ request: VersionRequest, by principal: Principal) async throws -> ModelVersion {
        try await registry.createVersion(prepared(request), by: principal)
    }

    /// The request with its files, its signature and every fact that the model's policy demands. Fails as `register` does.
    func prepared(_ request: VersionRequest, modelMayBeNew: Bool = false) async throws -> VersionRequest {
        var request = request
        if request.manifest == nil {
            request.artifactSource = try await source(of: request)
            request.manifest = request.artifactSource?.manifest
        } else {
            try await checkBytes(request.manifest)
        }
        if request.signature == nil, let file = request.manifest?.file(MLflowModel.fileName) {
            let bytes = try await artifacts.bytes(of: file.digest, bytesMax: MLflowModel.descriptionBytesMax)
            request.signature = try? MLflowModel(yaml: bytes, named: MLflowModel.fileName).signature.get()
        }
        let missing = try await missingFacts(request, modelMayBeNew: modelMayBeNew)
        guard missing.isEmpty else {
            throw GatehouseError(
                .blockedByPolicy, "\(request.model) cannot be registered: its policy requires facts that are missing.",
                hint: missing.first?.command, details: missing.map { "missing: \($0.line)" })
        }
        return request
    }

    /// Files that no manifest takes (two names that differ by letter case alone, more than it holds) stop a registration, but
    /// not where no policy is enforced: MLflow takes them.
    private func source(of request: VersionRequest) async throws -> ArtifactSource? {
        try await registry.store.read { tx in
            do {
                return try tx.artifactSource(request.source)
            } catch let error as GatehouseError where [.invalidArgument, .tooLarge].contains(error.code) {
                guard try policies.policy(for: request.model, tx).policy.enforcement == .off else { throw error }
                return nil
            }
        }
    }

    private func checkBytes(_ manifest: ArtifactManifest?) async throws {
        for file in manifest?.files ?? [] {
            guard let blob = try await artifacts.keep(file.digest) else {
                throw GatehouseError(
                    .notFound, "The bytes of '\(file.path)' (\(file.digest.short)) have not been uploaded.",
                    hint: "Upload them first: 'gatehouse version create' does both.")
            }
            guard blob.bytes == file.bytes else {
                throw GatehouseError(
                    .invalidArgument, "'\(file.path)' has \(blob.bytes) bytes, not \(file.bytes).",
                    hint: "Was the file changed during the upload?")
            }
        }
    }

    private func missingFacts(_ request: VersionRequest, modelMayBeNew: Bool) async throws -> [MissingRequirement] {
        let required = try await registry.store.read { tx in
            if !modelMayBeNew { _ = try tx.requiredModel(request.model) }
            let inForce = try policies.policy(for: request.model, tx)
            return inForce.policy.enforcement == .enforce ? inForce.policy.requiredFacts : []
        }
        return required.filter { !$0.isCarried(by: request) }.map { MissingRequirement($0.requirement, command: $0.remedy) }
    }
}

extension RegistrationFact {
    /// Where a fact is looked for: a tag, or a file of the artifact.
    private var place: (tag: String?, file: String?) {
        switch self {
        case .featurePipeline: ("gatehouse.feature_pipeline", nil)
        case .trainingData: ("gatehouse.training_data", nil)
        case .modelCard: (nil, "model_card.md")
        case .datasetCard: (nil, "dataset_card.md")
        case .featureStats: (nil, "feature_stats.json")
        }
    }

    fileprivate func isCarried(by request: VersionRequest) -> Bool {
        let hasTag = place.tag.flatMap { request.tags[$0] }.map { !$0.allSatisfy(\.isWhitespace) } ?? false
        let hasFile: Bool
        switch self {
        // The same files as its readers look for.
        case .modelCard: hasFile = ModelCard.path(among: (request.manifest?.files ?? []).map(\.path)) != nil
        case .featurePipeline, .trainingData, .datasetCard, .featureStats:
            hasFile = place.file.map { request.manifest?.file($0) != nil } ?? false
        }
        return hasTag || hasFile
    }

    fileprivate var requirement: String {
        place.tag.map { "\(rawValue), as the tag \($0)" } ?? "\(rawValue), as the file \(place.file ?? "")"
    }

    fileprivate var remedy: String {
        place.tag.map { "repeat it with --tag \($0)=VALUE" } ?? "put \(place.file ?? "") into the model's folder"
    }
}
