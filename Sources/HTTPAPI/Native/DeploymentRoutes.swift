import Access
import AuditLog
import Foundation
import GatehouseCore
import Hummingbird
import Promotions
import Registry
import Storage
import WireAPI

/// What deployment jobs report, and what they reported.
struct DeploymentRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.post("models/:model/versions/:version/deployments") { request, context in
            let caller = try context.caller(who: .read)
            let (model, version) = try (context.model(), context.version())
            let call: DeploymentCall = try await request.decode()
            let report = try call.report(of: version, of: model)
            let deployment = try await services.deployments.report(report, by: caller)
            return try await Response.json(services.store.read { tx in try DeploymentAnswer(deployment, tx) })
        }
        group.get("models/:model/versions/:version/deployments") { request, context in
            _ = try context.caller(who: .read)
            return try await list(context.model(), context.version(), request)
        }
        group.get("models/:model/deployments") { request, context in
            _ = try context.caller(who: .read)
            return try await list(context.model(), nil, request)
        }
    }

    private func list(_ model: ModelName, _ version: VersionNumber?, _ request: Request) async throws -> Response {
        let (environment, target) = (request.text("environment"), request.text("target"))
        let limit = try request.integer("limit", default: 100, in: 1...1000)
        let items = try await services.store.read { tx in
            _ = try tx.requiredModel(model)
            if let version { _ = try tx.requiredVersion(version, of: model) }
            return try tx.deployments(of: model, version: version, environment: environment, target: target, limit: limit).map {
                try DeploymentAnswer($0, tx)
            }
        }
        return try Response.json(PageAnswer(items: items))
    }
}

extension DeploymentCall {
    /// Fails with `invalidArgument` naming the member.
    fileprivate func report(of version: VersionNumber, of model: ModelName) throws -> DeploymentReport {
        guard let outcome = Deployment.Outcome(rawValue: outcome) else {
            throw GatehouseError(
                .invalidArgument, "There is no outcome '\(outcome.prefix(80))'.",
                hint: "Outcomes are: \(Deployment.Outcome.allCases.map(\.rawValue).joined(separator: ", ")).")
        }
        let slot = try Slot.named(model, environment: environment, segment: segment)
        var report = DeploymentReport(version: version, slot: slot, target: target, job: job, outcome: outcome)
        report.allowsUnpromoted = allowUnpromoted ?? false
        report.health = try Self.finding(health?.state, of: "health")
        report.golden = try Self.finding(golden?.state, of: "golden")
        report.goldenAsked = golden?.asked ?? 0
        report.goldenPassed = golden?.passed ?? 0
        report.reason = reason ?? ""
        report.jobURL = jobURL ?? ""
        report.document = try JSONParser.parse([UInt8](WireCoder.encode(self)))
        return report
    }

    private static func finding(_ text: String?, of what: String) throws(GatehouseError) -> DeploymentReport.Finding {
        guard let text else { return .none }
        guard let finding = DeploymentReport.Finding(rawValue: text) else {
            throw GatehouseError(.invalidArgument, "'\(what).state' is passed, failed or none, not '\(text.prefix(80))'.")
        }
        return finding
    }
}

extension DeploymentAnswer {
    /// As its job said it, with who that was.
    init(_ deployment: Deployment, _ tx: SQLTransaction) throws {
        let said = try WireCoder.decode(DeploymentCall.self, from: Data(deployment.document.canonicalBytes))
        let entry = try tx.auditEntry(sequence: deployment.startEntry)
        self.init(
            id: deployment.id, modelName: deployment.slot.model.text, modelVersion: deployment.version.value,
            digest: deployment.artifact.description, environment: deployment.slot.environment,
            segment: deployment.slot.segment, isActive: deployment.isActive, promotion: entry?.facts["promotion"]?.stringValue,
            previousVersion: deployment.previous?.value,
            said: said, reportedBy: entry?.principal.text ?? "", startedAt: deployment.started.description,
            finishedAt: deployment.finished?.description, auditSequence: deployment.endEntry ?? deployment.startEntry)
    }
}
