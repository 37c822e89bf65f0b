import Access
import GatehouseCore
import HTTPTypes
import Hummingbird
import NIOCore
import Promotions
import Registry
import WireAPI

/// Records of another tracking server, which an admin brings in under their own ids.
struct ImportRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.post("imports") { request, context in
            try context.authenticated().require(.administer)
            let call = try await call(request)
            let principal = try context.caller()
            var batch = ImportBatch(call)
            let imports = ImportService(
                registry: services.registry, artifacts: services.artifacts, transitions: services.transitions)
            batch.findings += try await imports.bring(
                batch.records, origin: call.origin, isDryRun: call.isDryRun, by: principal)
            for kept in batch.stages {
                batch.findings.append(
                    try await imports.keepStage(
                        kept.stage, of: kept.version, model: kept.model, reason: call.reason ?? "", isDryRun: call.isDryRun,
                        by: principal))
            }
            return try Response.json(ImportAnswer(findings: batch.findings.map(ImportAnswer.Finding.init)))
        }
    }

    private func call(_ request: Request) async throws -> ImportCall {
        let body: ByteBuffer
        do {
            body = try await request.body.collect(upTo: ImportCall.bodyBytesMax)
        } catch is NIOTooManyBytesError {
            throw GatehouseError(
                .tooLarge, "The body is larger than \(ImportCall.bodyBytesMax) bytes.", hint: "Send fewer records in a call.")
        }
        let json: JSONValue
        do {
            json = try JSONParser.parse(body.readableBytesView, allowsNonFinite: true)
        } catch {
            throw GatehouseError(
                .invalidArgument, "The body is not JSON.", hint: "Send the JSON body that docs/api.md describes.", cause: error)
        }
        let call = try ImportCall(MLflowFields(body: json))
        guard call.origin.unicodeScalars.count <= ImportCall.originCharactersMax else {
            throw GatehouseError(
                .invalidArgument, "The field 'origin' has more than \(ImportCall.originCharactersMax) characters.")
        }
        return call
    }
}

/// A call as the registry's own records; what is none is found to be left out.
private struct ImportBatch {
    var records = ImportedRecords()
    var stages: [(model: ModelName, version: VersionNumber, stage: Stage)] = []
    var findings: [ImportFinding] = []

    init(_ call: ImportCall) {
        records.experiments = each(.experiment, call.experiments, \.id) { try $0.imported() }
        records.runs = each(.run, call.runs, \.info.id) { try $0.imported() }
        let points = Dictionary(grouping: call.metrics) { $0.runID ?? "" }
        records.metrics = points.sorted { $0.key < $1.key }.map { run, points in
            ImportedMetrics(run: run, points: points.map(\.metric))
        }
        records.loggedModels = each(.loggedModel, call.loggedModels, \.model.id) { try $0.imported() }
        records.models = each(.model, call.models, \.name) { try $0.imported() }
        records.versions = each(.version, call.versions, \.id) { try $0.imported() }
        records.aliases = each(.alias, call.aliases, \.id) {
            ImportedAlias(
                try Alias($0.alias.alias), of: try ModelName($0.model), to: try VersionNumber(parsing: $0.alias.version))
        }
        stages = each(.stage, call.stages, \.id) {
            (try ModelName($0.model), try VersionNumber(parsing: $0.version), try Stage(parsing: $0.stage))
        }
    }

    private mutating func each<Wire, Record>(
        _ kind: ImportKind, _ wires: [Wire], _ id: (Wire) -> String, _ read: (Wire) throws -> Record
    ) -> [Record] {
        wires.compactMap { wire in
            do {
                return try read(wire)
            } catch {
                let why = (error as? GatehouseError)?.message ?? "It cannot be read."
                findings.append(ImportFinding(kind, id(wire), .leftOut(why)))
                return nil
            }
        }
    }
}

extension ImportAnswer.Finding {
    fileprivate init(_ finding: ImportFinding) {
        let (state, details): (State, [String])
        switch finding.state {
        case .added(let leftOut): (state, details) = (.added, leftOut)
        case .same: (state, details) = (.same, [])
        case .different(let fields): (state, details) = (.different, fields)
        case .leftOut(let why): (state, details) = (.leftOut, [why])
        }
        self.init(kind: finding.kind.rawValue, id: finding.id, state: state, details: details, points: finding.points)
    }
}
