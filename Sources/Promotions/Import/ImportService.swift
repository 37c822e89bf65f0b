import AuditLog
package import GatehouseCore
import Gates
package import Registry
import Scoring
import Storage

/// Brings in what another tracking server has: finds the files that a version's source stands for on this server, so that they
/// are sealed as at any registration, and keeps protected aliases and stages from slipping in.
package struct ImportService: Sendable {
    private let registry: ModelRegistry
    private let artifacts: any ArtifactStore
    private let transitions: TransitionService
    private let adoptions: AdoptionService

    package init(registry: ModelRegistry, artifacts: any ArtifactStore, transitions: TransitionService) {
        self.registry = registry
        self.artifacts = artifacts
        self.transitions = transitions
        adoptions = AdoptionService(transitions)
    }

    /// Imports records, all or none; a record that cannot come is left out alone. Fails as `ModelRegistry.importRecords` does,
    /// and with `conflict` when files never stand still.
    package func bring(
        _ records: ImportedRecords, origin: String, isDryRun: Bool, by principal: Principal
    ) async throws -> [ImportFinding] {
        for _ in 0..<RegistrationService.attemptsMax {
            do {
                var records = records
                let protected = try await takeProtectedAliases(from: &records)
                for index in records.versions.indices where !isDryRun {
                    try await findFiles(of: &records.versions[index].request)
                }
                let brought = try await registry.importRecords(records, origin: origin, isDryRun: isDryRun, by: principal)
                return brought + protected
            } catch is ArtifactSourceChanged {
                continue
            }
        }
        throw GatehouseError(
            .conflict, "The files of these versions kept changing while they were sealed.",
            hint: "Repeat the import when nobody uploads.")
    }

    // MARK: - Files

    private func findFiles(of request: inout VersionRequest) async throws {
        let places = [request.storageLocation, request.source].compactMap(\.self)
        for place in places where request.manifest == nil {
            let found = try await registry.store.read { tx in try Self.files(at: place, tx) }
            request.artifactSource = found
            request.manifest = found?.manifest
        }
        guard let file = request.manifest?.file(MLflowModel.fileName) else { return }
        let bytes = try await artifacts.bytes(of: file.digest, bytesMax: MLflowModel.descriptionBytesMax)
        request.signature = try? MLflowModel(yaml: bytes, named: MLflowModel.fileName).signature.get()
    }

    /// Files that no manifest takes leave the version unpinned, as a source elsewhere does.
    private static func files(at place: String, _ tx: SQLTransaction) throws -> ArtifactSource? {
        do {
            return try tx.artifactSource(place)
        } catch let error as GatehouseError where [.invalidArgument, .notFound, .tooLarge].contains(error.code) {
            return nil
        }
    }

    // MARK: - Aliases

    /// The alias that stands for Production comes with the version that is adopted, and not otherwise.
    private func takeProtectedAliases(from records: inout ImportedRecords) async throws -> [ImportFinding] {
        let all = records.aliases
        let findings = try await registry.store.read { tx in
            try all.map { alias -> ImportFinding? in
                let inForce = try transitions.policies.policy(for: alias.model, tx)
                guard try inForce.slot(of: alias.model, behind: alias.alias) != nil else { return nil }
                let isHeld = try tx.model(alias.model)?.aliases[alias.alias] == alias.version
                return ImportFinding(
                    .alias, "\(alias.model)@\(alias.alias)",
                    isHeld ? .same : .leftOut("'\(alias.alias)' stands for Production here: \(Self.waysToProduction(alias))"))
            }
        }
        records.aliases = zip(all, findings).filter { $0.1 == nil }.map(\.0)
        return findings.compactMap(\.self)
    }

    private static func waysToProduction(_ alias: ImportedAlias) -> String {
        let name = shellQuoted(alias.model.text)
        return "gatehouse adopt \(name) \(alias.version) --reason …, or gatehouse promote \(name) \(alias.version)"
    }

    // MARK: - Stages

    /// Puts an imported version into the stage it had, without gates: into Production by adoption. A version that has moved
    /// here since stays where it is.
    package func keepStage(
        _ stage: Stage, of number: VersionNumber, model: ModelName, reason: String, isDryRun: Bool, by principal: Principal
    ) async throws -> ImportFinding {
        let id = "\(model)/\(number)"
        guard !reason.allSatisfy(\.isWhitespace) else {
            throw GatehouseError(.invalidArgument, "Stages without gates need a reason.", hint: "Add --reason \"…\".")
        }
        do {
            let found = try await registry.store.read { tx in try tx.version(number, of: model)?.stage }
            guard let found else {
                return ImportFinding(.stage, id, isDryRun ? .added() : .leftOut("The version is not here."))
            }
            if found == stage { return ImportFinding(.stage, id, .same) }
            guard found == .none else { return ImportFinding(.stage, id, .different(["stage"])) }
            guard !isDryRun else { return ImportFinding(.stage, id, .added()) }
            switch stage {
            case .none: break
            case .staging, .archived: try await place(number, of: model, in: stage, reason: reason, by: principal)
            case .production: try await adoptions.adopt(number, into: Slot(model: model), reason: reason, by: principal)
            }
            return ImportFinding(.stage, id, .added())
        } catch let error as GatehouseError where error.code.httpStatus < 500 {
            return ImportFinding(.stage, id, .leftOut(error.message))
        }
    }

    private func place(
        _ number: VersionNumber, of model: ModelName, in stage: Stage, reason: String, by principal: Principal
    ) async throws {
        try ModelRegistry.check(reason, bytesMax: ModelRegistry.reasonBytesMax, what: "The reason")
        try await registry.store.write { tx in
            let now = transitions.now()
            try tx.changeStage(of: number, model: model, from: .none, to: stage, at: now)
            try tx.append(
                AuditDraft(
                    id: transitions.ids(), time: now, principal: principal, action: .transitionGranted, outcome: .granted,
                    model: model, version: number, reason: reason,
                    facts: [
                        "from": .string(Stage.none.rawValue), "to": .string(stage.rawValue), "gates": "none", "imported": true,
                    ]))
        }
    }
}
