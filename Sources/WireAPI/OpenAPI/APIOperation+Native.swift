// The native calls; docs/api.md has their meaning. A test fails when a route has no line here.

extension APIOperation {
    package static let native: [APIOperation] =
        models + versions + copies + decisions + reviews + exceptions + policies + attestations + access + records + webhooks
        + auditLog + serving + experiments + gates + deployments

    static let page: [Field] = [.init("limit", .integer), .init("page_token", .text)]
    private static let version = "models/{model}/versions/{version}"
    private static let auditFilter: [Field] = [
        .init("model", .text), .init("version", .integer), .init("action", .text), .init("outcome", .text),
        .init("principal", .text), .init("from", .text), .init("until", .text),
    ]

    private static let models: [APIOperation] = [
        .native("HEAD", "blobs/{digest}", "Ask whether the server holds these bytes"),
        .native("PUT", "blobs/{digest}", "Upload bytes under their digest", isUpload: true),
        .native(
            "POST", "maintenance/collect", "Remove stored bytes that nobody refers to",
            body: [.init("min_age_seconds", .integer), .init("dry_run", .flag), .init("after", .text)]),
        .native(
            "POST", "maintenance/scrub", "Compare stored bytes with their digests",
            body: [.init("bytes_per_second_max", .integer), .init("after", .text)]),
        .native(
            "POST", "models", "Register a model", body: [.init("name", .text, isRequired: true), .init("description", .text)]),
        .native("GET", "models", "List the models", query: page),
        .native("GET", "models/{model}", "Show a model"),
        .native(
            "PUT", "models/{model}/aliases/{alias}", "Point an alias at a version",
            body: [.init("version", .integer, isRequired: true), .init("reason", .text)]),
        .native("DELETE", "models/{model}/aliases/{alias}", "Remove an alias"),
        .native(
            "GET", "models/{model}/history", "Which version was active in a slot, and when",
            query: [
                .init("environment", .text), .init("segment", .text), .init("at", .text), .init("limit", .integer),
            ]),
        .native("GET", "models/{model}/policy", "The policy in force for a model"),
    ]

    private static let versions: [APIOperation] = [
        .native(
            "POST", "models/{model}/versions", "Register uploaded bytes as the next version",
            body: [
                .init("files", .list(.object)), .init("tags", .texts), .init("signature", .object), .init("source", .text),
                .init("run_id", .text), .init("description", .text), .init("idempotency_key", .text),
            ]),
        .native("GET", "models/{model}/versions", "List the versions of a model", query: page),
        .native("GET", version, "Show a version"),
        .native("DELETE", version, "Hide a version"),
        .native(
            "PUT", "\(version)/tags/{key}", "Set a tag of a version", body: [.init("value", .text, isRequired: true)]),
        .native("DELETE", "\(version)/tags/{key}", "Remove a tag of a version"),
        .native(
            "POST", "\(version)/transitions", "Move a version to a stage",
            body: [
                .init("to", .oneOf(["None", "Staging", "Production", "Archived"]), isRequired: true), .init("reason", .text),
                .init("expected_stage", .text), .init("archive_existing_versions", .flag), .init("idempotency_key", .text),
                .init("environment", .text), .init("segment", .text),
            ]),
        .native(
            "POST", "\(version)/adopt", "Enter a version that was in production before Gatehouse came",
            body: [.init("reason", .text, isRequired: true), .init("environment", .text), .init("segment", .text)]),
    ]

    private static let decisions: [APIOperation] = [
        .native("POST", "\(version)/evaluations", "Queue an evaluation"),
        .native("GET", "\(version)/evaluations", "List the evaluations of a version", query: [.init("limit", .integer)]),
        .native("GET", "evaluations/{id}", "Show an evaluation"),
        .native(
            "POST", "\(version)/promotions", "Ask to bring a version to a stage",
            body: [
                .init("to", .text, isRequired: true), .init("reason", .text), .init("idempotency_key", .text),
                .init("environment", .text), .init("segment", .text),
            ]),
        .native(
            "GET", "promotions", "List promotions, newest first",
            query: [
                .init("model", .text), .init("version", .integer),
                .init("state", .oneOf(["open", "evaluating", "awaiting_review", "approved", "blocked", "withdrawn"])),
                .init("limit", .integer),
            ]),
        .native("GET", "promotions/{id}", "Show a promotion"),
        .native(
            "POST", "promotions/{id}/withdraw", "Take back a promotion that is not decided",
            body: [.init("reason", .text, isRequired: true)]),
        .native("PUT", "artifacts/{digest}/evidence/{check}", "File what another system measured", body: []),
        .native(
            "PUT", "artifacts/{digest}/attestations/{check}", "File a named approval",
            body: [.init("note", .text, isRequired: true)]),
        .native(
            "GET", "audit", "Read the audit log",
            query: auditFilter + [
                .init("after", .integer), .init("before", .integer), .init("newest_first", .flag), .init("limit", .integer),
            ]),
        .native(
            "GET", "audit/bundle", "Entries with their proofs, as lines of a file",
            query: auditFilter + page + [
                .init("explain", .flag), .init("without_texts", .flag),
            ]),
        .native("GET", "\(version)/why", "Why a version is where it is", query: [.init("at", .text)]),
        .native(
            "GET", "\(version)/evidence-packs/{pack}", "What the record holds for a set of rules", query: [.init("at", .text)]),
        .native(
            "POST", "users/{user}/erasure", "Forget a person's name and words",
            body: [.init("reason", .text, isRequired: true)]),
    ]

    private static let attestations: [APIOperation] = [
        .native("GET", "attestation-key", "The public key that statements are verified with"),
        .native("GET", "attestations/{digest}", "A signed statement, byte for byte"),
        .native("GET", "\(version)/attestations", "List what was signed about a version"),
        .native("GET", "\(version)/attestations/bundle", "All signed statements about a version, one per line"),
        .native("GET", "\(version)/signature", "The signature over a model's files, model.sig"),
        .native("GET", "\(version)/signature/verification", "How a model's files are verified where they are served"),
        .native("GET", "\(version)/card", "A version's model card", query: [.init("format", .oneOf(["hf", "mct"]))]),
    ]

    private static let reviews: [APIOperation] = [
        .native(
            "GET", "reviews", "List what reviewers were asked",
            query: [
                .init("mine", .flag), .init("state", .oneOf(["open", "over"])), .init("model", .text),
                .init("promotion", .text), .init("reviewer", .text), .init("limit", .integer),
            ]),
        .native("GET", "reviews/{review}", "Show a review"),
        .native("POST", "reviews/{review}/open", "Open a review: the reviewer's clock starts"),
        .native("POST", "reviews/{review}/evidence/{panel}", "Look at a panel of the evidence"),
        .native("GET", "reviews/{review}/trials", "Which edge cases can be tried, and which were"),
        .native(
            "POST", "reviews/{review}/trials", "Try a row on the version under review and on the champion",
            body: [.init("row", .object, isRequired: true)]),
        .native(
            "POST", "reviews/{review}/answers", "Answer the questionnaire and get its token",
            body: [.init("answers", .texts, isRequired: true), .init("limitations", .list(.text), isRequired: true)]),
        .native(
            "POST", "reviews/{review}/approve", "Approve, with the token", body: [.init("token", .text, isRequired: true)]),
        .native("POST", "reviews/{review}/reject", "Reject, with a reason", body: [.init("reason", .text, isRequired: true)]),
        .native("POST", "reviews/{review}/comments", "Comment on a review", body: [.init("text", .text, isRequired: true)]),
    ]

    private static let slot: [Field] = [.init("environment", .text), .init("segment", .text)]

    private static let exceptions: [APIOperation] = [
        .native(
            "POST", "\(version)/waivers", "Ask to waive a check of a version",
            body: [
                .init("check", .text, isRequired: true), .init("days", .integer, isRequired: true),
                .init("reason", .text, isRequired: true),
            ]),
        .native(
            "GET", "waivers", "List waivers",
            query: [.init("model", .text), .init("version", .integer), .init("limit", .integer)]),
        .native("GET", "waivers/{id}", "Show a waiver"),
        .native("POST", "waivers/{id}/approve", "Approve a waiver", body: [.init("comment", .text)]),
        .native("POST", "waivers/{id}/revoke", "Revoke a waiver", body: [.init("reason", .text, isRequired: true)]),
        .native(
            "POST", "\(version)/break-glass", "Ask to bring a version into Production past its gates",
            body: [.init("incident", .text), .init("reason", .text)] + slot),
        .native("GET", "break-glass", "List break-glass", query: [.init("model", .text), .init("limit", .integer)]),
        .native("POST", "break-glass/{id}/second", "Carry out break-glass as the second person"),
        .native(
            "POST", "models/{model}/rollback", "Return a slot to a version that was active in it",
            body: [
                .init("to", .integer), .init("reason", .text, isRequired: true), .init("idempotency_key", .text),
            ] + slot),
        .native(
            "GET", "after-reviews", "List reviews after the fact",
            query: [.init("model", .text), .init("open", .flag), .init("limit", .integer)]),
        .native(
            "POST", "after-reviews/{id}/close", "Close a review after the fact",
            body: [.init("finding", .text, isRequired: true)]),
    ]

    private static let policies: [APIOperation] = [
        .native("POST", "policies", "Apply a policy, or propose it", body: [.init("yaml", .text, isRequired: true)]),
        .native("GET", "policies", "List the policies", query: page),
        .native(
            "GET", "policies/proposals", "List the edits that take a second person",
            query: [.init("model", .text), .init("limit", .integer)]),
        .native("GET", "policies/proposals/{id}", "Show a proposal and what it changes"),
        .native(
            "POST", "policies/proposals/{id}/approve", "Put a proposal in force",
            body: [.init("digest", .text, isRequired: true)]),
        .native("POST", "policies/proposals/{id}/withdraw", "Take a proposal back"),
        .native(
            "POST", "policies/confirm", "Confirm that a policy still holds",
            body: [
                .init("model", .text, isRequired: true), .init("reason", .text, isRequired: true), .init("until", .text),
            ]),
        .native(
            "POST", "policies/backtest", "Say what a draft would have made of past versions",
            body: [.init("yaml", .text, isRequired: true), .init("model", .text), .init("limit", .integer)]),
    ]

    private static let access: [APIOperation] = [
        .native("GET", "whoami", "Show who the server takes the caller for"),
        .native(
            "GET", "who-can", "List who may do something",
            query: [
                .init("permission", .text, isRequired: true), .init("model", .text), .init("from", .text), .init("to", .text),
                .init("environment", .text), .init("segment", .text),
            ]),
        .native(
            "POST", "users", "Add a user",
            body: [
                .init("name", .text, isRequired: true), .init("password", .text), .init("subject", .text),
                .init("grants", .list(.text)),
            ]),
        .native("GET", "users", "List the users", query: page),
        .native("DELETE", "users/{user}", "Remove a user"),
        .native(
            "PUT", "users/{user}/password", "Set a user's password",
            body: [.init("password", .text, isRequired: true), .init("current_password", .text)]),
        .native(
            "POST", "users/{user}/grants", "Grant a role to a user", body: [.init("grant", .text, isRequired: true)]),
        .native("DELETE", "users/{user}/grants/{grant}", "Take a grant from a user"),
        .native("POST", "slack/link-codes", "Get a code that links you to your account in Slack"),
        .native("GET", "users/{user}/slack", "Say who a user is in Slack"),
        .native("PUT", "users/{user}/slack/{team}/{member}", "Link a user to an account in Slack"),
        .native("DELETE", "users/{user}/slack/{team}/{member}", "Undo the link of a user to an account in Slack"),
        .native("GET", "teams", "List the teams and their members", query: page),
        .native("PUT", "teams/{team}/members/{user}", "Add a user to a team"),
        .native("DELETE", "teams/{team}/members/{user}", "Take a user out of a team"),
        .native(
            "POST", "tokens", "Make a service token",
            body: [.init("name", .text, isRequired: true), .init("grants", .list(.text)), .init("expires_at", .text)]),
        .native("GET", "tokens", "List the service tokens", query: page),
        .native("DELETE", "tokens/{token}", "Revoke a service token"),
        .native(
            "POST", "tokens/{token}/grants", "Grant a role to a service token",
            body: [.init("grant", .text, isRequired: true)]),
        .native("DELETE", "tokens/{token}/grants/{grant}", "Take a grant from a service token"),
    ]

    private static let records: [APIOperation] = [
        .native(
            "POST", "datasets/{name}/versions", "Add a version of a dataset",
            body: [
                .init("digest", .text, isRequired: true), .init("format", .oneOf(["csv", "jsonl"]), isRequired: true),
                .init("text_columns", .list(.text)),
            ]),
        .native("GET", "datasets", "List the datasets", query: page),
        .native("GET", "datasets/{name}", "Show a dataset"),
        .native(
            "POST", "pipelines/{name}/versions", "Add a version of a feature pipeline",
            body: [.init("schema", .list(.object), isRequired: true)]),
        .native("GET", "pipelines", "List the feature pipelines", query: page),
        .native(
            "POST", "imports", "Bring in records of another tracking server",
            body: [
                .init("origin", .text, isRequired: true), .init("dry_run", .flag), .init("experiments", .list(.object)),
                .init("runs", .list(.object)), .init("metrics", .list(.object)), .init("logged_models", .list(.object)),
                .init("models", .list(.object)), .init("versions", .list(.object)), .init("aliases", .list(.object)),
                .init("stages", .list(.object)), .init("reason", .text),
            ]),
        .native("GET", "pipelines/{name}", "Show a feature pipeline"),
        .native("POST", "pipelines/{name}/versions/{version}/activate", "Put a feature pipeline's version into production"),
    ]
}
