package import GatehouseCore
package import Gates
import Registry
import Scoring
import Storage

/// Turns registry records into an `EvaluationPlan`: which bytes, which policy, which champion. Models are laid out as
/// files in a folder of the evaluation's own, verified on the way.
struct PlanResolver: Sendable {
    let store: any SQLStore
    let artifacts: any ArtifactStore
    let policies: PolicyBook
    let now: @Sendable () -> Timestamp

    /// What the records say at one moment.
    struct Records: Sendable {
        let version: ModelVersion
        let inForce: PolicyInForce
        let candidate: ArtifactManifest?
        let champion: (version: ModelVersion, manifest: ArtifactManifest?)?
        let dataset: Available<DatasetVersion>
        var current: Available<DatasetVersion> = .missing(.error, reason: "no check asks for current data")
        var live: Result<LiveTraffic, Absence>?
        var observed: Result<ObservedInputs, Absence>?
        var pipeline: Available<(name: String, schema: [FieldSchema])> = .missing(.error, reason: "no check asks for a pipeline")
        var posted: [String: CustomEvidence] = [:]
    }

    func records(_ model: ModelName, _ number: VersionNumber) async throws -> Records {
        try await store.read { tx in
            let version = try tx.requiredVersion(number, of: model)
            let champion = try tx.occupant(of: Slot(model: model)).flatMap { occupancy in
                occupancy.version == number ? nil : try tx.requiredVersion(occupancy.version, of: model)
            }
            var records = try records(of: version, beside: champion, tx)
            let policy = records.inForce.policy
            records.current = try current(policy, tx)
            records.live = try policy.currentSource == .live ? tx.liveTraffic(of: model, at: now()) : nil
            records.observed = try policy.looksAtLiveInputs ? tx.observedInputs(of: model, at: now()) : nil
            records.pipeline = try pipeline(policy, tx)
            records.posted = try posted(policy, version.artifact, tx)
            return records
        }
    }

    /// The same of two versions that are only run, on rows that nobody has written down.
    func records(of version: ModelVersion, beside champion: ModelVersion?, _ tx: SQLTransaction) throws -> Records {
        let inForce = try policies.policy(for: version.model, tx)
        return Records(
            version: version, inForce: inForce, candidate: try version.artifact.map { try tx.manifest(of: $0) },
            champion: try champion.map { ($0, try $0.artifact.map { try tx.manifest(of: $0) }) },
            dataset: try dataset(inForce.policy.evaluation.dataset, for: "evaluation.dataset", tx))
    }

    /// Lays the models out below `folder` and gives the plan that runs on them.
    func plan(_ records: Records, in folder: String) async throws -> EvaluationPlan {
        let version = records.version
        let candidate = try await lay(version, records.candidate, at: "\(folder)/candidate")
        var champion: ModelUnderTest?
        if let holder = records.champion { champion = try await lay(holder.version, holder.manifest, at: "\(folder)/champion") }
        var plan = EvaluationPlan(
            subject: "\(version.model) v\(version.number)", policy: records.inForce.policy, policyDigest: records.inForce.digest,
            candidate: candidate, champion: champion, dataset: await file(records.dataset), pipeline: records.pipeline,
            current: await file(records.current), posted: records.posted)
        plan.live = records.live
        plan.observed = records.observed
        return plan
    }

    private func lay(_ version: ModelVersion, _ manifest: ArtifactManifest?, at folder: String) async throws -> ModelUnderTest {
        let name = "\(version.model) v\(version.number)"
        guard let manifest else {
            return ModelUnderTest(
                name: name, registeredName: version.model.text, path: nil, digest: nil, signature: version.signature)
        }
        try await artifacts.materialise(manifest, at: folder)
        return ModelUnderTest(
            name: name, registeredName: version.model.text, path: folder, digest: manifest.digest, signature: version.signature)
    }

    /// The bytes are verified when they are read, so that a change between now and then is seen too.
    private func file(_ dataset: Available<DatasetVersion>) async -> Available<DataFile> {
        switch dataset {
        case .missing(let verdict, let reason): return .missing(verdict, reason: reason)
        case .available(let version):
            guard let format = DatasetFormat(rawValue: version.format), let path = try? await artifacts.path(of: version.digest)
            else {
                return .missing(.error, reason: "the bytes of dataset \(version.reference) are not in the store any more")
            }
            return .available(
                DataFile(
                    name: version.reference, path: path, format: format, digest: version.digest, textColumns: version.textColumns)
            )
        }
    }

    private func dataset(_ wanted: NamedVersion?, for key: String, _ tx: SQLTransaction) throws -> Available<DatasetVersion> {
        guard let wanted else {
            return .missing(.error, reason: "the policy names no dataset (\(key)), so nothing can be measured")
        }
        return try available { try tx.dataset(wanted) }
    }

    private func current(_ policy: Policy, _ tx: SQLTransaction) throws -> Available<DatasetVersion> {
        guard let source = policy.currentSource else { return .missing(.error, reason: "no check asks for current data") }
        switch source {
        case .live: return .missing(.error, reason: "the policy asks for live traffic, not for a dataset")
        case .dataset(let name): return try dataset(name, for: "gates.data_drift.current", tx)
        case .unreadable(let text):
            return .missing(.error, reason: "a server reads no files for drift ('\(text)'); add it as a dataset and name that")
        }
    }

    private func pipeline(
        _ policy: Policy, _ tx: SQLTransaction
    ) throws -> Available<(name: String, schema: [FieldSchema])> {
        guard let text = policy.pipelineName else {
            return .missing(.error, reason: "the policy names no feature pipeline (gates.schema.pipeline)")
        }
        let wanted = try NamedVersion(parsing: text)
        return try available {
            let found = try tx.pipeline(wanted)
            return (name: found.reference, schema: found.schema)
        }
    }

    /// What is not there is missing evidence, with the same words that a person would read.
    private func available<Value>(_ find: () throws -> Value) throws -> Available<Value> {
        do {
            return .available(try find())
        } catch let error as GatehouseError where error.code == .notFound {
            return .missing(.error, reason: [error.message, error.hint].compactMap { $0 }.joined(separator: " "))
        }
    }

    private func posted(_ policy: Policy, _ artifact: Digest?, _ tx: SQLTransaction) throws -> [String: CustomEvidence] {
        guard let artifact else { return [:] }
        var posted: [String: CustomEvidence] = [:]
        for check in policy.checks {
            guard case .custom(let custom) = check.kind else { continue }
            switch custom.kind {
            case .evidence:
                posted[check.name] = try tx.evidence(for: check.name, of: artifact).map { .report($0.body) }
            case .attestation:
                posted[check.name] = try tx.attestation(for: check.name, of: artifact).map {
                    .attestation(by: $0.attestedBy, at: $0.attested, note: $0.notes)
                }
            case .command, .url, .card, .robustness: break
            }
        }
        return posted
    }
}

extension DatasetVersion {
    /// The columns that were text when the dataset was registered.
    fileprivate var textColumns: Set<String> {
        Set((columns.arrayValue ?? []).filter { $0["type"] == "text" }.compactMap { $0["name"]?.stringValue })
    }
}

/// Where a policy takes current feature values from.
package enum CurrentSource: Sendable, Equatable {
    case live
    case dataset(NamedVersion)
    /// A file's path: for evaluations from the command line.
    case unreadable(String)
}

extension Policy {
    /// The settings of the first check of a gate, to know how its evidence must be gathered.
    func settings(of gate: String) -> GateSettings? {
        for check in checks {
            if case .builtIn(gate, let settings) = check.kind { return settings }
        }
        return nil
    }

    /// Nil when no check looks at drift.
    package var currentSource: CurrentSource? {
        guard let settings = settings(of: "data_drift") else { return nil }
        let text = settings.text("current") ?? "live"
        if text == "live" { return .live }
        let words = text.split(separator: " ")
        if words.count == 2, words[0] == "dataset", let name = try? NamedVersion(parsing: String(words[1])) {
            return .dataset(name)
        }
        return .unreadable(text)
    }

    /// Whether a check compares the signature with what requests carried.
    var looksAtLiveInputs: Bool { settings(of: "schema")?.text("current") == "live" }

    package var pipelineName: String? { settings(of: "schema")?.text("pipeline") }
}
