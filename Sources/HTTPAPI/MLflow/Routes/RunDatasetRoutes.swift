import Access
import GatehouseCore
import Registry
import Storage
import WireAPI

/// The datasets that runs read. (Those that evaluations are measured on have routes of their own.)
struct RunDatasetRoutes {
    let services: APIServices

    func add(to routes: MLflowRouteTable) {
        routes.post("experiments/search-datasets") { call in
            try call.caller.require(.read)
            let experiments = try call.fields.experimentIDs()
            guard !experiments.isEmpty else {
                throw GatehouseError(.invalidArgument, "SearchDatasets request must specify at least one experiment_id.")
            }
            let found = try await services.store.read { tx in try tx.datasets(of: experiments) }
            return MLflowAnswer.object { json in
                json.member("dataset_summaries", unlessEmpty: found) { json, summary in
                    json.object {
                        $0.member("experiment_id", summary.experiment.description)
                        $0.member("name", summary.name)
                        $0.member("digest", summary.digest)
                        $0.member("context", summary.context)
                    }
                }
            }
        }
    }
}
