// Gates for tools that move traffic themselves; docs/gates-for-others.md has the contracts.

extension APIOperation {
    static let gates: [APIOperation] = [
        .native(
            "POST", "hooks/flagger/{gate}", "Ask as a webhook of Flagger does whether a version may serve",
            body: [
                .init("name", .text), .init("namespace", .text), .init("phase", .text),
                .init("metadata", .texts, isRequired: true),
            ]),
        .native(
            "GET", "hooks/argo/{gate}", "Measure as Argo Rollouts does whether a version may serve",
            query: [
                .init("model", .text, isRequired: true), .init("version", .text, isRequired: true),
                .init("environment", .text), .init("segment", .text), .init("stage", .oneOf(["Staging", "Production"])),
                .init("digest", .text),
            ]),
    ]
}
