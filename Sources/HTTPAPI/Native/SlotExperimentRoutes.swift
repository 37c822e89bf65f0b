import Access
import GatehouseCore
import Hummingbird
import Promotions
import Rollouts
import Serving
import Storage
import WireAPI

/// Champion–challenger experiments on slots. Experiments that hold runs are MLflow's.
struct SlotExperimentRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.post("experiments") { request, context in
            let caller = try context.caller(who: .read)
            let call: StartExperimentCall = try await request.decode()
            let experiment = try await services.serving.experiments.start(call.start, by: caller)
            return try Response.json(ExperimentAnswer(experiment), status: .created)
        }
        group.get("experiments") { request, context in
            _ = try context.caller(who: .read)
            let model = try request.text("model").map { try ModelName($0) }
            let endpoint = request.text("endpoint")
            let isOpen = try request.flag("open")
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let found = try await services.store.read { tx in
                try tx.slotExperiments(of: model, endpoint: endpoint, isOpen: isOpen, limit: limit)
            }
            return try Response.json(PageAnswer(items: found.map { ExperimentAnswer($0) }))
        }
        group.get("experiments/:id") { _, context in
            _ = try context.caller(who: .read)
            let id = try context.segment("id")
            let found = try await services.store.read { tx in try tx.requiredSlotExperiment(id) }
            return try Response.json(ExperimentAnswer(found))
        }
        group.get("experiments/:id/report") { _, context in
            _ = try context.caller(who: .read)
            let id = try context.segment("id")
            let now = services.now()
            let ledger = services.serving.experimentLedger
            let found = try await ledger.inTurn(of: id) {
                try await services.store.read { tx in try ledger.finding(of: tx.requiredSlotExperiment(id), at: now, tx) }
            }
            return try Response.json(
                ExperimentReportAnswer(
                    experiment: ExperimentAnswer(found.experiment), report: found.report.json, keptShare: found.keptShare,
                    requests: found.requests.map {
                        .init(arm: $0.arm.rawValue, reason: $0.reason.rawValue, requests: $0.requests)
                    }
                ))
        }
        group.post("experiments/:id/stop") { request, context in
            let caller = try context.caller(who: .read)
            let call: ReasonCall = try await request.decode()
            let experiment = try await services.serving.experiments.stop(context.segment("id"), reason: call.reason, by: caller)
            return try Response.json(ExperimentAnswer(experiment))
        }
    }
}

extension StartExperimentCall {
    /// Fails with `invalidArgument` naming the member.
    fileprivate var start: ExperimentStart {
        get throws {
            var plan = ExperimentPlan()
            switch better {
            case "higher": plan.higherIsBetter = true
            case "lower": plan.higherIsBetter = false
            default:
                throw GatehouseError(.invalidArgument, "'better' is higher or lower, not '\(better.prefix(80))'.")
            }
            plan.percent = percent
            plan.minimalDifference = minimumEffect
            plan.margin = margin
            plan.maturitySeconds = maturitySeconds ?? plan.maturitySeconds
            plan.alpha = alpha ?? plan.alpha
            var start = ExperimentStart(
                model: try ModelName(model), challenger: try VersionNumber(version), endpoint: endpoint, label: outcome,
                plan: plan)
            start.segment = segment
            start.covariate = covariate
            return start
        }
    }
}

extension ExperimentAnswer {
    fileprivate init(_ experiment: SlotExperiment) {
        let plan = experiment.plan
        self.init(
            id: experiment.id, modelName: experiment.slot.model.text, championVersion: experiment.champion.value,
            challengerVersion: experiment.challenger.value, digest: experiment.artifact.description,
            endpoint: experiment.endpoint, environment: experiment.slot.environment, segment: experiment.slot.segment,
            percent: Double(experiment.buckets) / Double(Bucketing.total) * 100, outcome: experiment.label,
            better: plan.higherIsBetter ? "higher" : "lower", minimumEffect: plan.minimalDifference, margin: plan.margin,
            covariate: experiment.covariate, maturitySeconds: plan.maturitySeconds, alpha: plan.alpha,
            startedAt: experiment.started.description, stoppedAt: experiment.stopped?.description,
            ended: experiment.ended?.rawValue, auditSequence: experiment.startEntry)
    }
}
