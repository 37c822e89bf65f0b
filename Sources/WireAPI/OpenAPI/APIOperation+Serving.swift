// The calls around serving: endpoints, gateways, shadow runs, outcomes; docs/serving.md has the picture.

extension APIOperation {
    static let serving: [APIOperation] =
        [
            .native(
                "PUT", "serving/endpoints/{name}", "Make or change an endpoint",
                body: [
                    .init("model", .text, isRequired: true), .init("upstream", .text, isRequired: true),
                    .init("environment", .text),
                    .init("versions", .texts), .init("unit", .object), .init("segment", .object), .init("no_default", .flag),
                    .init("tester_digests", .list(.text)), .init("body_bytes_max", .integer), .init("deadline_ms", .integer),
                    .init("connect_deadline_ms", .integer),
                    .init("when_champion_is_down", .oneOf(["unavailable", "last_known_good"])),
                    .init("live_statistics_every", .integer), .init("access_log_every", .integer),
                ]),
            .native("GET", "serving/endpoints", "List the endpoints and what answers there"),
            .native("GET", "serving/endpoints/{name}", "Show an endpoint and its routes"),
            .native("DELETE", "serving/endpoints/{name}", "Take an endpoint away"),
            .native("GET", "serving/inventory", "Which digest serves which slot on which gateway now"),
            .native(
                "POST", "serving/shadows", "Copy requests of an endpoint to a version",
                body: [
                    .init("model", .text, isRequired: true), .init("version", .integer, isRequired: true),
                    .init("endpoint", .text, isRequired: true), .init("segment", .text), .init("fraction", .number),
                ]),
            .native(
                "GET", "serving/shadows", "List the shadow runs",
                query: [
                    .init("model", .text), .init("version", .integer), .init("endpoint", .text), .init("open", .flag),
                    .init("limit", .integer),
                ]),
            .native("GET", "serving/shadows/{id}/report", "What a shadow run has shown"),
            .native("POST", "serving/shadows/{id}/stop", "End a shadow run", body: [.init("reason", .text, isRequired: true)]),
            .native(
                "GET", "serving/routes", "The newest signed route table, for gateways",
                query: [.init("after", .integer), .init("wait_seconds", .integer)]),
            .native("GET", "serving/record-key", "The key under which gateways hash units and features"),
            .native(
                "POST", "serving/gateways/{gateway}/report", "What a gateway serves",
                body: [
                    .init("program", .text, isRequired: true), .init("started_at_ms", .integer, isRequired: true),
                    .init("table_number", .integer), .init("served", .list(.object), isRequired: true),
                ]),
            .native(
                "POST", "serving/gateways/{gateway}/batches/{number}", "Ship a batch of records of what was served, JSON Lines",
                isUpload: true),
            .native(
                "POST", "serving/endpoints/{name}/outcomes", "Say what became of predictions",
                body: [.init("outcomes", .list(.object), isRequired: true)]),
        ] + rollouts

    private static let rollouts: [APIOperation] =
        [
            .native(
                "POST", "rollouts", "Give a version its first share of the traffic",
                body: [
                    .init("model", .text, isRequired: true), .init("version", .integer, isRequired: true),
                    .init("environment", .text), .init("segment", .text), .init("reason", .text),
                ]),
            .native(
                "GET", "rollouts", "List the rollouts",
                query: [.init("model", .text), .init("open", .flag), .init("limit", .integer)]),
            .native("GET", "rollouts/{id}", "Where a rollout is and what it has measured"),
            .native("POST", "rollouts/{id}/hold", "Keep the share as it is", body: [.init("reason", .text)]),
            .native("POST", "rollouts/{id}/resume", "Let a rollout go on watching", body: [.init("reason", .text)]),
            .native(
                "POST", "rollouts/{id}/advance", "Go to the next step without the numbers",
                body: [.init("reason", .text, isRequired: true)]),
            .native(
                "POST", "rollouts/{id}/rollback", "Give all traffic back to the champion",
                body: [.init("reason", .text, isRequired: true)]),
        ]
}
