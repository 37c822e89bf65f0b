extension APIOperation {
    private static let webhookMembers: [Field] = [
        .init("description", .text), .init("target", .text), .init("settings", .texts), .init("models", .list(.text)),
        .init("secret", .text), .init("authorization", .text), .init("verify_tls", .flag),
        .init("status", .oneOf(["ACTIVE", "PAUSED", "TEST_MODE", "DISABLED"])),
    ]

    static let webhooks: [APIOperation] = [
        .native(
            "POST", "webhooks", "Tell a URL of events",
            body: [
                .init("name", .text, isRequired: true), .init("url", .text, isRequired: true),
                .init("events", .list(.text), isRequired: true),
            ] + webhookMembers),
        .native("GET", "webhooks", "List the webhooks", query: page),
        .native("GET", "webhooks/{webhook}", "Show a webhook"),
        .native(
            "PATCH", "webhooks/{webhook}", "Change a webhook",
            body: [.init("name", .text), .init("url", .text), .init("events", .list(.text))] + webhookMembers),
        .native("DELETE", "webhooks/{webhook}", "Remove a webhook"),
        .native("POST", "webhooks/{webhook}/test", "Send an example of an event", body: [.init("event", .text)]),
        .native(
            "POST", "webhooks/{webhook}/rotate", "Replace the secret of a webhook",
            body: [.init("secret", .text), .init("overlap_seconds", .integer)]),
        .native(
            "GET", "webhooks/{webhook}/deliveries", "What was sent to a webhook", query: page + [.init("state", .text)]),
        .native("GET", "webhooks/{webhook}/deliveries/{delivery}", "A delivery with its attempts"),
        .native(
            "POST", "webhooks/{webhook}/replay", "Send deliveries again",
            body: [
                .init("delivery", .text), .init("from", .text), .init("until", .text), .init("states", .list(.text)),
            ]),
    ]

    private static let place: [Field] = [
        .init("http_url_spec", .object), .init("job_spec", .object), .init("description", .text), .init("status", .text),
    ]
    private static let transition: [Field] = [
        .init("name", .text, isRequired: true), .init("version", .text, isRequired: true),
        .init("stage", .text, isRequired: true), .init("comment", .text),
    ]

    /// Databricks' calls about webhooks and transition requests, which MLflow's own servers do not have.
    static let databricks: [APIOperation] = [
        .mlflow(
            "POST", "registry-webhooks/create",
            [.init("events", .list(.text), isRequired: true), .init("model_name", .text)] + place),
        .mlflow(
            "GET", "registry-webhooks/list",
            [
                .init("model_name", .text), .init("events", .list(.text)), .init("max_results", .integer),
                .init("page_token", .text),
            ]),
        .mlflow(
            "PATCH", "registry-webhooks/update",
            [.init("id", .text, isRequired: true), .init("events", .list(.text))] + place),
        .mlflow("DELETE", "registry-webhooks/delete", [.init("id", .text, isRequired: true)]),
        .mlflow("POST", "registry-webhooks/test", [.init("id", .text, isRequired: true), .init("event", .text)]),
        .mlflow("POST", "transition-requests/create", transition),
        .mlflow(
            "GET", "transition-requests/list",
            [.init("name", .text, isRequired: true), .init("version", .text, isRequired: true)]),
        .mlflow("POST", "transition-requests/approve", transition),
        .mlflow("POST", "transition-requests/reject", transition),
        .mlflow("DELETE", "transition-requests/delete", transition + [.init("creator", .text)]),
    ]
}
