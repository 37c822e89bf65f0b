// The calls that copies between registries are made of; docs/copying.md has the whole.

extension APIOperation {
    static let copies: [APIOperation] = [
        .native(
            "GET", "models/{model}/versions/{version}/proofs", "Receipts for the registration and the newest move of a version",
            query: [.init("wait", .integer)]),
        .native("GET", "models/{model}/versions/{version}/provenance", "Where a copied version comes from"),
        .native(
            "GET", "models/{model}/copies", "Find the copy of a version of another registry",
            query: [
                .init("registry", .text), .init("model", .text), .init("version", .text),
                .init("artifact", .text, isRequired: true),
            ]),
        .native(
            "POST", "models/{model}/copies", "Register uploaded bytes as the copy of a version of another registry",
            body: [
                .init("source", .object, isRequired: true), .init("artifact_digest", .text, isRequired: true),
                .init("files", .list(.object), isRequired: true), .init("receipts", .list(.text)),
                .init("description", .text), .init("tags", .list(.object)), .init("signature", .object), .init("run", .object),
                .init("experiment", .text), .init("metrics", .list(.object)), .init("standing", .object),
                .init("first_registry", .text), .init("first_version", .text), .init("number", .integer),
            ]),
    ]
}
