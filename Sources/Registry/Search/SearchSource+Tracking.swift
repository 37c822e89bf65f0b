package import Storage

extension SearchSource {
    /// Experiments under the name `x`.
    package static func experiments(scope: SQLStatement) -> SearchSource {
        SearchSource(
            select: "x.*", from: "experiment x", scope: scope,
            columns: SearchColumns(
                properties: [
                    "name": .init("x.name"), "experiment_id": .init("x.id"), "creation_time": .init("x.created_at"),
                    "last_update_time": .init("x.updated_at"),
                ],
                tags: .init(table: "experiment_tag e", owner: "e.experiment = x.id", key: "e.key")))
    }

    /// Runs under the name `r`. Of a metric the latest value counts.
    package static func runs(scope: SQLStatement) -> SearchSource {
        SearchSource(
            select: "r.*", from: "run r", scope: scope,
            columns: SearchColumns(
                properties: [
                    "run_id": .init("r.id"), "run_name": .init("r.name"), "status": .init("r.status"),
                    "artifact_uri": .init("r.artifact_uri"), "user_id": .init("r.user_id"), "start_time": .init("r.start_time"),
                    "end_time": .init("r.end_time", isRequired: false),
                ],
                tags: .init(table: "run_tag e", owner: "e.run = r.id", key: "e.key"),
                params: .init(table: "run_param e", owner: "e.run = r.id", key: "e.key"),
                metrics: .init(table: "latest_metric e", owner: "e.run = r.id", key: "e.key", isNaN: "e.is_nan = 1"),
                datasets: [
                    "name": .init(table: "run_input e", owner: "e.run = r.id", key: nil, value: "e.name"),
                    "digest": .init(table: "run_input e", owner: "e.run = r.id", key: nil, value: "e.digest"),
                    "context": .init(
                        table: "run_input_tag e", owner: "e.run = r.id AND e.key = 'mlflow.data.context'", key: nil),
                ]))
    }

    /// Logged models under the name `l`. A metric has as many values as it was measured; the newest one is sorted by.
    package static func loggedModels(scope: SQLStatement) -> SearchSource {
        SearchSource(
            select: "l.*", from: "logged_model l", scope: scope,
            columns: SearchColumns(
                properties: [
                    "name": .init("l.name"), "model_id": .init("l.id"), "model_type": .init("l.model_type"),
                    "status": .init("l.status"), "source_run_id": .init("l.source_run"),
                    "creation_timestamp": .init("l.created_at"), "last_updated_timestamp": .init("l.updated_at"),
                ],
                tags: .init(table: "logged_model_tag e", owner: "e.model = l.id", key: "e.key"),
                params: .init(table: "logged_model_param e", owner: "e.model = l.id", key: "e.key"),
                metrics: .init(
                    table: "logged_model_metric e", owner: "e.model = l.id", key: "e.key", isNaN: "e.is_nan = 1",
                    newestFirst: "ORDER BY e.logged_at DESC, e.step DESC, e.run",
                    dataset: (name: "e.dataset_name", digest: "e.dataset_digest"))))
    }
}
