// Champion–challenger experiments on real requests; docs/serving.md has the picture.

extension APIOperation {
    static let experiments: [APIOperation] = [
        .native(
            "POST", "experiments", "Compare a challenger with a slot's champion on real requests",
            body: [
                .init("model", .text, isRequired: true), .init("version", .integer, isRequired: true),
                .init("endpoint", .text, isRequired: true), .init("segment", .text), .init("percent", .number, isRequired: true),
                .init("outcome", .text, isRequired: true), .init("better", .oneOf(["higher", "lower"]), isRequired: true),
                .init("minimum_effect", .number, isRequired: true), .init("margin", .number), .init("covariate", .text),
                .init("maturity_seconds", .integer), .init("alpha", .number),
            ]),
        .native(
            "GET", "experiments", "List the experiments on slots",
            query: [.init("model", .text), .init("endpoint", .text), .init("open", .flag), .init("limit", .integer)]),
        .native("GET", "experiments/{id}", "Show an experiment on a slot"),
        .native("GET", "experiments/{id}/report", "What an experiment has shown so far"),
        .native(
            "POST", "experiments/{id}/stop", "End an experiment", body: [.init("reason", .text, isRequired: true)]),
    ]
}
