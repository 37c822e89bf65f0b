// What deployment jobs report; docs/deploying.md has the picture.

extension APIOperation {
    private static let filter: [Field] = [.init("environment", .text), .init("target", .text), .init("limit", .integer)]

    static let deployments: [APIOperation] = [
        .native(
            "POST", "models/{model}/versions/{version}/deployments", "Report what a deployment job does, or did",
            body: [
                .init("target", .text, isRequired: true), .init("job", .text, isRequired: true),
                .init(
                    "outcome", .oneOf(["running", "succeeded", "unchanged", "rolled_back", "failed", "rollback_failed"]),
                    isRequired: true),
                .init("environment", .text), .init("segment", .text), .init("allow_unpromoted", .flag), .init("job_url", .text),
                .init("commit", .text), .init("pins", .list(.object)), .init("revision", .text), .init("health", .object),
                .init("golden", .object), .init("reason", .text),
            ]),
        .native(
            "GET", "models/{model}/versions/{version}/deployments", "List the deployments of a version", query: filter),
        .native("GET", "models/{model}/deployments", "List the deployments of a model", query: filter),
    ]
}
