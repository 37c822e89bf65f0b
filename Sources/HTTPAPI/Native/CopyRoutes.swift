import Access
import AuditLog
import GatehouseCore
import Hummingbird
import NIOCore
import Promotions
import Registry
import Storage
import WireAPI

/// Copies between registries: what a source hands out beside the files, and what a target takes in.
struct CopyRoutes {
    /// How long the proofs of a version that was just registered may be waited for.
    static let waitSecondsMax = 10

    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.get("models/:model/versions/:version/proofs") { request, context in
            _ = try context.caller(who: .read)
            let wait = try request.integer("wait", default: 0, in: 0...Self.waitSecondsMax)
            return try await Response.json(proofs(of: context.version(), context.model(), wait: .seconds(wait)))
        }
        group.get("models/:model/versions/:version/provenance") { _, context in
            _ = try context.caller(who: .read)
            return try await Response.json(provenance(of: context.version(), context.model()))
        }
        group.get("models/:model/copies") { request, context in
            _ = try context.caller(who: .read)
            let name = try context.model()
            let source = SourceVersion(
                kind: .gatehouse, registry: request.text("registry") ?? "", name: "", model: request.text("model") ?? "",
                version: request.text("version") ?? "", runID: nil)
            guard let artifact = try request.text("artifact").map({ try Digest(parsing: $0) }) else {
                throw GatehouseError(.invalidArgument, "A copy is found by 'registry', 'model', 'version' and 'artifact'.")
            }
            let found = try await services.store.read { tx in
                try tx.copy(of: source, artifact: artifact, in: name).map { number in
                    VersionAnswer(try tx.requiredVersion(number, of: name), manifest: nil)
                }
            }
            return try Response.json(PageAnswer(items: found.map { [$0] } ?? []))
        }
        group.post("models/:model/copies") { request, context in
            let name = try context.model()
            let caller = try context.caller(who: .register(name))
            let call = try await Self.call(request)
            if call.run != nil { try caller.require(.logRuns) }
            let outcome = try await services.copies.copy(try call.request(for: name), by: caller.principal)
            let answer = CopyAnswer(
                version: try await services.version(name, outcome.version), isNew: outcome.isNew, leftOut: outcome.leftOut,
                provenance: try await provenance(of: outcome.version, name))
            return try Response.json(answer, status: outcome.isNew ? .created : .ok)
        }
    }

    private static func call(_ request: Request) async throws -> CopyCall {
        let body = try await request.bytes(max: CopyCall.bodyBytesMax)
        let json: JSONValue
        do {
            json = try JSONParser.parse(body, allowsNonFinite: true)
        } catch {
            throw GatehouseError(
                .invalidArgument, "The body is not JSON.", hint: "Send the JSON body that docs/api.md describes.", cause: error)
        }
        return try CopyCall(MLflowFields(body: json))
    }

    private func provenance(of number: VersionNumber, _ name: ModelName) async throws -> ProvenanceAnswer {
        try await services.store.read { tx in
            _ = try tx.requiredVersion(number, of: name)
            guard let found = try tx.provenance(of: number, model: name) else {
                throw GatehouseError(.notFound, "\(name) v\(number) is no copy: it was registered here.")
            }
            return ProvenanceAnswer(found)
        }
    }

    /// The registration and the newest granted move, as far as the log has signed them.
    private func proofs(of number: VersionNumber, _ name: ModelName, wait: Duration) async throws -> VersionProofsAnswer {
        let entries = try await services.store.read { tx in
            _ = try tx.requiredVersion(number, of: name)
            func newest(_ action: AuditAction) throws -> AuditEntry? {
                try tx.auditEntries(.init(model: name, version: number, action: action, outcome: nil), limit: 1).first
            }
            let registration = try newest(.versionRegistered) ?? newest(.versionCopied) ?? newest(.versionImported)
            return try [registration, newest(.transitionGranted)].compactMap(\.self)
        }
        let log = AuditLogRoutes(services: services)
        var receipts: [VersionProofsAnswer.Receipt] = []
        for entry in entries {
            receipts.append(
                .init(
                    entry: entry.sequence, action: entry.action.rawValue,
                    receipt: try await log.receipt(for: entry.sequence, wait: wait).text))
        }
        return VersionProofsAnswer(origin: services.auditLog.key.name, receipts: receipts)
    }
}

extension CopyCall {
    fileprivate func request(for model: ModelName) throws(GatehouseError) -> CopyRequest {
        let artifact = try Digest(parsing: artifactDigest)
        var files: [ArtifactFile] = []
        for file in self.files {
            files.append(ArtifactFile(path: file.path, digest: try Digest(parsing: file.digest), bytes: file.bytes))
        }
        let version = VersionRequest(
            model: model, source: "", manifest: try ArtifactManifest(files),
            signature: try signature.map { json throws(GatehouseError) in try ModelSignature(json: json) },
            description: description, tags: try MLflowTag.distinct(tags))
        guard let kind = SourceVersion.Kind(rawValue: source.kind) else {
            throw GatehouseError(
                .invalidArgument, "A copy comes from a 'gatehouse' or from 'mlflow', not '\(source.kind.prefix(80))'.")
        }
        for text in [source.registry, source.name, source.model, source.version, source.runID, firstRegistry, firstVersion] {
            try ModelRegistry.check(text, bytesMax: Self.textCharactersMax, what: "What names the source")
        }
        let named = SourceVersion(
            kind: kind, registry: source.registry, name: source.name, model: source.model, version: source.version,
            runID: source.runID.flatMap { $0.isEmpty ? nil : $0 })
        var first: (registry: String, version: String)?
        if let firstRegistry, let firstVersion { first = (firstRegistry, firstVersion) }
        return CopyRequest(
            version: version, source: named, first: first, artifact: artifact, proof: SourceProof(receipts: receipts),
            run: try copiedRun(), snapshot: snapshot,
            number: try number.map { value throws(GatehouseError) in try VersionNumber(value) })
    }

    private func copiedRun() throws(GatehouseError) -> CopiedRun? {
        guard let run, let experiment else { return nil }
        var local = run
        // The number of its experiment means nothing here; its name does.
        local.info.experimentID = "0"
        return CopiedRun(try local.imported(), experiment: experiment, points: metrics.map(\.metric))
    }

    /// What stays on record, whatever becomes of the run: without names of people, which must be able to be forgotten.
    private var snapshot: JSONValue {
        var members = standing.objectValue ?? [:]
        if var run {
            run.info.userID = ""
            run.tags.removeAll { $0.key == Self.userTag }
            let bytes = JSONWriter.object { json in
                json.key("run")
                run.write(to: &json)
            }
            members["run"] = (try? JSONParser.parse(bytes))?["run"] ?? .null
            members["experiment"] = experiment.map { .string($0) } ?? .null
        }
        return .object(members)
    }

    private static let userTag = "mlflow.user"
}

extension ProvenanceAnswer {
    init(_ found: VersionProvenance) {
        let source = found.source
        self.init(
            source: CopySourceAnswer(
                kind: source.kind.rawValue, registry: source.registry, name: source.name, model: source.model,
                version: source.version, runID: source.runID),
            firstRegistry: found.firstRegistry, firstVersion: found.firstVersion,
            artifactDigest: found.artifact.description, verification: found.verification.state.rawValue,
            reason: found.verification.reason, logOrigin: found.verification.log?.origin, logSize: found.verification.log?.size,
            logRoot: found.verification.log?.root, entries: found.verification.entries, receipts: found.receipts,
            snapshot: found.snapshot)
    }
}
