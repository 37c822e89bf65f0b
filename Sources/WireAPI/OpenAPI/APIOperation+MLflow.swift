// MLflow's calls that this server answers: names, types and what is required, from the descriptors of MLflow 3.18.

extension APIOperation {
    package static let mlflow: [APIOperation] =
        [
            .mlflow("GET", "experiments/get-by-name", [.init("experiment_name", .text, isRequired: true)]),
            .mlflow(
                "POST", "experiments/create",
                [.init("name", .text, isRequired: true), .init("artifact_location", .text), .init("tags", .list(.object))]),
            .mlflow(
                "POST", "experiments/search",
                [
                    .init("max_results", .integer), .init("page_token", .text), .init("filter", .text),
                    .init("order_by", .list(.text)), .init("view_type", .text),
                ]),
            .mlflow(
                "GET", "experiments/search",
                [
                    .init("max_results", .integer), .init("page_token", .text), .init("filter", .text),
                    .init("order_by", .list(.text)), .init("view_type", .text),
                ]),
            .mlflow("GET", "experiments/get", [.init("experiment_id", .text, isRequired: true)]),
            .mlflow("POST", "experiments/delete", [.init("experiment_id", .text, isRequired: true)]),
            .mlflow("POST", "experiments/restore", [.init("experiment_id", .text, isRequired: true)]),
            .mlflow(
                "POST", "experiments/update",
                [.init("experiment_id", .text, isRequired: true), .init("new_name", .text, isRequired: true)]),
            .mlflow(
                "POST", "runs/create",
                [
                    .init("experiment_id", .text), .init("user_id", .text), .init("run_name", .text),
                    .init("start_time", .integer), .init("tags", .list(.object)),
                ]),
            .mlflow(
                "POST", "runs/update",
                [
                    .init("run_id", .text, isRequired: true), .init("run_uuid", .text), .init("status", .text),
                    .init("end_time", .integer), .init("run_name", .text),
                ]),
            .mlflow("POST", "runs/delete", [.init("run_id", .text, isRequired: true)]),
            .mlflow("POST", "runs/restore", [.init("run_id", .text, isRequired: true)]),
            .mlflow(
                "POST", "runs/log-metric",
                [
                    .init("run_id", .text, isRequired: true), .init("run_uuid", .text), .init("key", .text, isRequired: true),
                    .init("value", .number, isRequired: true), .init("timestamp", .integer, isRequired: true),
                    .init("step", .integer), .init("model_id", .text), .init("dataset_name", .text),
                    .init("dataset_digest", .text),
                ]),
            .mlflow(
                "POST", "runs/log-parameter",
                [
                    .init("run_id", .text, isRequired: true), .init("run_uuid", .text), .init("key", .text, isRequired: true),
                    .init("value", .text),
                ]),
            .mlflow(
                "POST", "experiments/set-experiment-tag",
                [.init("experiment_id", .text, isRequired: true), .init("key", .text, isRequired: true), .init("value", .text)]),
            .mlflow(
                "POST", "experiments/delete-experiment-tag",
                [.init("experiment_id", .text, isRequired: true), .init("key", .text, isRequired: true)]),
            .mlflow(
                "POST", "runs/set-tag",
                [
                    .init("run_id", .text, isRequired: true), .init("run_uuid", .text), .init("key", .text, isRequired: true),
                    .init("value", .text),
                ]),
            .mlflow(
                "POST", "runs/delete-tag", [.init("run_id", .text, isRequired: true), .init("key", .text, isRequired: true)]),
            .mlflow("GET", "runs/get", [.init("run_id", .text, isRequired: true), .init("run_uuid", .text)]),
            .mlflow(
                "POST", "runs/search",
                [
                    .init("experiment_ids", .list(.text)), .init("filter", .text), .init("run_view_type", .text),
                    .init("max_results", .integer), .init("order_by", .list(.text)), .init("page_token", .text),
                ]),
            .mlflow(
                "GET", "artifacts/list",
                [
                    .init("run_id", .text, isRequired: true), .init("run_uuid", .text), .init("path", .text),
                    .init("page_token", .text),
                ]),
            .mlflow(
                "POST", "artifacts/presigned-upload-url",
                [
                    .init("run_id", .text), .init("path", .text, isRequired: true), .init("expiration", .integer),
                    .init("model_id", .text),
                ]),
            .mlflow(
                "POST", "artifacts/presigned-download-url",
                [.init("run_id", .text, isRequired: true), .init("path", .text, isRequired: true), .init("expiration", .integer)]),
            .mlflow(
                "GET", "metrics/get-history",
                [
                    .init("run_id", .text, isRequired: true), .init("run_uuid", .text),
                    .init("metric_key", .text, isRequired: true), .init("page_token", .text), .init("max_results", .integer),
                ]),
            .mlflow(
                "GET", "metrics/get-history-bulk-interval",
                [
                    .init("run_ids", .list(.text), isRequired: true), .init("metric_key", .text, isRequired: true),
                    .init("start_step", .integer), .init("end_step", .integer), .init("max_results", .integer),
                ]),
            .mlflow(
                "POST", "runs/log-batch",
                [
                    .init("run_id", .text, isRequired: true), .init("metrics", .list(.object)), .init("params", .list(.object)),
                    .init("tags", .list(.object)),
                ]),
            .mlflow(
                "POST", "runs/log-model",
                [.init("run_id", .text, isRequired: true), .init("model_json", .text, isRequired: true)]),
            .mlflow(
                "POST", "runs/log-inputs",
                [.init("run_id", .text, isRequired: true), .init("datasets", .list(.object)), .init("models", .list(.object))]),
            .mlflow(
                "POST", "runs/outputs",
                [.init("run_id", .text, isRequired: true), .init("models", .list(.object), isRequired: true)]),
            .mlflow("POST", "experiments/search-datasets", [.init("experiment_ids", .list(.text))]),
            .mlflow(
                "POST", "logged-models",
                [
                    .init("experiment_id", .text, isRequired: true), .init("name", .text), .init("model_type", .text),
                    .init("source_run_id", .text), .init("params", .list(.object)), .init("tags", .list(.object)),
                ]),
            .mlflow("PATCH", "logged-models/{model_id}", [.init("status", .text, isRequired: true)]),
            .mlflow("GET", "logged-models/{model_id}", []),
            .mlflow("DELETE", "logged-models/{model_id}", []),
            .mlflow(
                "POST", "logged-models/search",
                [
                    .init("experiment_ids", .list(.text), isRequired: true), .init("filter", .text),
                    .init("datasets", .list(.object)), .init("max_results", .integer), .init("order_by", .list(.object)),
                    .init("page_token", .text),
                ]),
            .mlflow("PATCH", "logged-models/{model_id}/tags", [.init("tags", .list(.object))]),
            .mlflow("DELETE", "logged-models/{model_id}/tags/{tag_key}", []),
            .mlflow(
                "GET", "logged-models/{model_id}/artifacts/directories",
                [.init("artifact_directory_path", .text), .init("page_token", .text)]),
            .mlflow("POST", "logged-models/{model_id}/params", [.init("params", .list(.object))]),
            .mlflow(
                "POST", "registered-models/create",
                [
                    .init("name", .text, isRequired: true), .init("tags", .list(.object)), .init("description", .text),
                    .init("deployment_job_id", .text),
                ]),
            .mlflow(
                "POST", "registered-models/rename",
                [.init("name", .text, isRequired: true), .init("new_name", .text, isRequired: true)]),
            .mlflow(
                "PATCH", "registered-models/update",
                [.init("name", .text, isRequired: true), .init("description", .text), .init("deployment_job_id", .text)]),
            .mlflow("DELETE", "registered-models/delete", [.init("name", .text, isRequired: true)]),
            .mlflow("GET", "registered-models/get", [.init("name", .text, isRequired: true)]),
            .mlflow(
                "GET", "registered-models/search",
                [
                    .init("filter", .text), .init("max_results", .integer), .init("order_by", .list(.text)),
                    .init("page_token", .text),
                ]),
            .mlflow(
                "POST", "registered-models/get-latest-versions",
                [.init("name", .text, isRequired: true), .init("stages", .list(.text))]),
            .mlflow(
                "GET", "registered-models/get-latest-versions",
                [.init("name", .text, isRequired: true), .init("stages", .list(.text))]),
            .mlflow(
                "POST", "model-versions/create",
                [
                    .init("name", .text, isRequired: true), .init("source", .text, isRequired: true), .init("run_id", .text),
                    .init("tags", .list(.object)), .init("run_link", .text), .init("description", .text),
                    .init("model_id", .text),
                ]),
            .mlflow(
                "PATCH", "model-versions/update",
                [.init("name", .text, isRequired: true), .init("version", .text, isRequired: true), .init("description", .text)]),
            .mlflow(
                "POST", "model-versions/transition-stage",
                [
                    .init("name", .text, isRequired: true), .init("version", .text, isRequired: true),
                    .init("stage", .text, isRequired: true), .init("archive_existing_versions", .flag),
                ]),
            .mlflow(
                "DELETE", "model-versions/delete",
                [.init("name", .text, isRequired: true), .init("version", .text, isRequired: true)]),
            .mlflow(
                "GET", "model-versions/get", [.init("name", .text, isRequired: true), .init("version", .text, isRequired: true)]),
            .mlflow(
                "GET", "model-versions/search",
                [
                    .init("filter", .text), .init("max_results", .integer), .init("order_by", .list(.text)),
                    .init("page_token", .text),
                ]),
            .mlflow("GET", "model-versions/get-download-uri", [.init("name", .text), .init("version", .text)]),
            .mlflow(
                "POST", "registered-models/set-tag",
                [.init("name", .text, isRequired: true), .init("key", .text, isRequired: true), .init("value", .text)]),
            .mlflow(
                "POST", "model-versions/set-tag",
                [
                    .init("name", .text, isRequired: true), .init("version", .text, isRequired: true),
                    .init("key", .text, isRequired: true), .init("value", .text),
                ]),
            .mlflow(
                "DELETE", "registered-models/delete-tag",
                [.init("name", .text, isRequired: true), .init("key", .text, isRequired: true)]),
            .mlflow(
                "DELETE", "model-versions/delete-tag",
                [
                    .init("name", .text, isRequired: true), .init("version", .text, isRequired: true),
                    .init("key", .text, isRequired: true),
                ]),
            .mlflow(
                "POST", "registered-models/alias",
                [
                    .init("name", .text, isRequired: true), .init("alias", .text, isRequired: true),
                    .init("version", .text, isRequired: true),
                ]),
            .mlflow(
                "DELETE", "registered-models/alias",
                [.init("name", .text, isRequired: true), .init("alias", .text, isRequired: true)]),
            .mlflow(
                "GET", "registered-models/alias",
                [.init("name", .text, isRequired: true), .init("alias", .text, isRequired: true)]),
            .mlflow(
                "POST", "webhooks",
                [
                    .init("name", .text, isRequired: true), .init("description", .text), .init("url", .text, isRequired: true),
                    .init("events", .list(.object), isRequired: true), .init("secret", .text), .init("status", .text),
                ]),
            .mlflow("GET", "webhooks", [.init("max_results", .integer), .init("page_token", .text)]),
            .mlflow("GET", "webhooks/{webhook_id}", []),
            .mlflow(
                "PATCH", "webhooks/{webhook_id}",
                [
                    .init("name", .text), .init("description", .text), .init("url", .text), .init("events", .list(.object)),
                    .init("secret", .text), .init("status", .text),
                ]),
            .mlflow("DELETE", "webhooks/{webhook_id}", []),
            .mlflow("POST", "webhooks/{webhook_id}/test", [.init("event", .object)]),
        ] + artifacts + databricks

    private static let artifacts: [APIOperation] = [
        proxied("GET", "artifacts", query: [.init("path", .text)]),
        proxied("GET", "artifacts/{path}"),
        proxied("PUT", "artifacts/{path}", isUpload: true),
        proxied("DELETE", "artifacts/{path}"),
        proxied(
            "POST", "mpu/create/{path}", body: [.init("path", .text, isRequired: true), .init("num_parts", .integer)]),
        proxied(
            "POST", "mpu/complete/{path}",
            body: [
                .init("path", .text, isRequired: true), .init("upload_id", .text),
                .init("parts", .list(.object), isRequired: true),
            ]),
        proxied("POST", "mpu/abort/{path}", body: [.init("path", .text, isRequired: true), .init("upload_id", .text)]),
    ]

    private static func proxied(
        _ method: String, _ path: String, query: [Field] = [], body: [Field]? = nil, isUpload: Bool = false
    ) -> APIOperation {
        APIOperation(
            method, "\(MLflowPaths.artifactPrefixes[0])/\(path)", "MLflow: artifacts through the server", query: query,
            body: body,
            isUpload: isUpload)
    }
}
