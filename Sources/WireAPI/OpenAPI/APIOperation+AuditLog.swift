// The calls around the tamper-evident log; docs/audit-log.md has the formats.

extension APIOperation {
    static let auditLog: [APIOperation] = [
        .native("GET", "audit/checkpoint", "The log's newest signed checkpoint, a signed note"),
        .native("GET", "audit/tile/**", "A tile of the log, or a bundle of its entries"),
        .native("GET", "audit/key", "The public key of the log"),
        .native("GET", "audit/mirrors", "How far the copies of the log and its witnesses are"),
        .native(
            "GET", "audit/receipt", "A receipt for an audit entry",
            query: [.init("entry", .integer), .init("model", .text), .init("version", .integer), .init("wait", .integer)]),
        .native(
            "GET", "audit/proofs/inclusion", "Prove that an entry is in the log",
            query: [.init("index", .integer, isRequired: true), .init("size", .integer)]),
        .native(
            "GET", "audit/proofs/consistency", "Prove that the log only grew",
            query: [.init("from", .integer, isRequired: true), .init("to", .integer)]),
    ]
}
