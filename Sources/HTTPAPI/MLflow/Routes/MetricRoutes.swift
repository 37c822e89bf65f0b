import Access
import GatehouseCore
import Registry
import Storage
import WireAPI

struct MetricRoutes {
    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        routes.get("metrics/get-history") { call in
            try call.caller.require(.read)
            let fields = call.fields
            let run = try fields.requiredRunID()
            let key = try fields.requiredText("metric_key")
            let limit = try Self.pageSize(fields)
            let position = try fields.givenText("page_token").map(MetricToken.position)
            let page = try await services.store.read { tx in
                try tx.metricHistory(ofRun: run, key: key, from: position, limit: limit)
            }
            return MLflowAnswer.object(capacity: 128 + 80 * page.metrics.count) { json in
                json.member("metrics", unlessEmpty: page.metrics) { MLflowMetric($1).write(to: &$0) }
                json.member("next_page_token", page.next.map(MetricToken.text))
            }
        }
        routes.get("metrics/get-history-bulk", bulk)
        routes.get("metrics/get-history-bulk-interval", sampled)
    }

    /// What is no number is no limit, as in MLflow.
    private static func pageSize(_ fields: MLflowFields) throws -> Int {
        guard try fields.has("max_results"), let size = try? fields.integer("max_results") else { return MetricPage.pointsMax }
        guard size > 0 else {
            throw GatehouseError(
                .invalidArgument, "Invalid value \(size) for parameter 'max_results' supplied. It must be a positive integer.")
        }
        return Int(clamping: size)
    }

    private func bulk(_ call: MLflowCall) async throws -> MLflowAnswer {
        try call.caller.require(.read)
        let fields = call.fields
        let runs = try fields.texts("run_id")
        guard !runs.isEmpty else {
            throw GatehouseError(.invalidArgument, "GetMetricHistoryBulk request must specify at least one run_id.")
        }
        guard runs.count <= MetricPage.runsMax else {
            throw GatehouseError(
                .invalidArgument,
                "GetMetricHistoryBulk request cannot specify more than \(MetricPage.runsMax) run_ids. Received \(runs.count) run_ids."
            )
        }
        guard let key = try fields.text("metric_key") else {
            throw GatehouseError(.invalidArgument, "GetMetricHistoryBulk request must specify a metric_key.")
        }
        let asked = try fields.integer("max_results") ?? Int64(MetricPage.bulkPointsMax)
        let limit = min(max(Int(clamping: asked), 0), MetricPage.bulkPointsMax)
        let points = try await services.store.read { tx in try tx.metricHistory(ofRuns: runs, key: key, limit: limit) }
        return MLflowAnswer.object(capacity: 128 + 120 * points.count) { json in
            // Unlike other lists this one is there when it is empty: its readers take its length.
            json.key("metrics")
            json.array(points) { MLflowMetric($1.metric, run: $1.run).write(to: &$0) }
        }
    }

    private func sampled(_ call: MLflowCall) async throws -> MLflowAnswer {
        try call.caller.require(.read)
        let fields = call.fields
        let runs = try fields.texts("run_ids")
        guard !runs.isEmpty else { throw fields.missing("run_ids") }
        guard runs.count <= MetricPage.runsMax else {
            throw GatehouseError(
                .invalidArgument,
                "GetMetricHistoryBulkInterval request must specify at most \(MetricPage.runsMax) run_ids. Received \(runs.count) run_ids."
            )
        }
        let key = try fields.requiredText("metric_key")
        let steps = try Self.steps(fields)
        let perRun = try fields.integer("max_results") ?? Int64(MetricPage.sampledPointsPerRunMax)
        guard (1...Int64(MetricPage.sampledPointsPerRunMax)).contains(perRun) else {
            throw GatehouseError(
                .invalidArgument, "max_results must be between 1 and \(MetricPage.sampledPointsPerRunMax).")
        }
        let points = try await services.store.read { tx in
            try tx.sampledMetric(ofRuns: runs, key: key, steps: steps, perRun: Int(clamping: perRun))
        }
        return MLflowAnswer.object(capacity: 128 + 120 * points.count) { json in
            json.member("metrics", unlessEmpty: points) { MLflowMetric($1.metric, run: $1.run).write(to: &$0) }
        }
    }

    private static func steps(_ fields: MLflowFields) throws -> ClosedRange<Int64>? {
        let (start, end) = (try fields.integer("start_step"), try fields.integer("end_step"))
        guard let start, let end else {
            guard start == nil, end == nil else {
                throw GatehouseError(
                    .invalidArgument, "If either start step or end step are specified, both must be specified.")
            }
            return nil
        }
        guard start <= end else {
            throw GatehouseError(
                .invalidArgument,
                "end_step must be greater than start_step. Found start_step=\(start) and end_step=\(end).")
        }
        return start...end
    }
}
