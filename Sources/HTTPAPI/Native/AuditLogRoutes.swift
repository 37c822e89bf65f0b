import Access
import AuditLog
import GatehouseCore
import HTTPTypes
import Hummingbird
import NIOCore
import Storage
import WireAPI

/// The log as C2SP tlog-tiles has it, and proofs for those who do not want to compute them from tiles. Below
/// `…/audit` lies what any client of such logs asks for: `checkpoint` and `tile/…`.
struct AuditLogRoutes {
    /// How long `wait` may ask an answer to be held back.
    static let waitSecondsMax = 10
    static let pollMilliseconds: Int64 = 50

    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.get("audit/checkpoint") { _, context in
            _ = try context.caller(who: .readAudit)
            return Self.text(try services.auditLog.latest().note.serialized)
        }
        group.get("audit/tile/**") { _, context in
            _ = try context.caller(who: .readAudit)
            let path = try TilePath(parsing: "tile/" + context.parameters.getCatchAll().joined(separator: "/"))
            guard let bytes = try services.auditLog.directory.tile(path) else {
                throw GatehouseError(.notFound, "The log has no '\(path.text)'.")
            }
            return Response(
                status: .ok,
                headers: [.contentType: "application/octet-stream", .cacheControl: path.isFull ? Self.forEver : Self.briefly],
                body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
        }
        group.get("audit/key") { _, context in
            _ = try context.caller(who: .readAudit)
            let key = services.auditLog.key
            return try Response.json(LogKeyAnswer(origin: key.name, key: key.vkey))
        }
        group.get("audit/receipt") { request, context in
            _ = try context.caller(who: .readAudit)
            let wait = try request.integer("wait", default: 0, in: 0...Self.waitSecondsMax)
            let receipt = try await receipt(for: try await entry(request), wait: .seconds(wait))
            return Self.text(receipt.text)
        }
        addProofs(to: group)
    }

    private func addProofs(to group: RouterGroup<APIContext>) {
        group.get("audit/proofs/inclusion") { request, context in
            _ = try context.caller(who: .readAudit)
            let proof = try services.auditLog.inclusionProof(
                of: try Self.required("index", request), treeSize: try Self.size("size", request))
            return try Response.json(
                InclusionProofAnswer(index: proof.index, treeSize: proof.treeSize, hashes: proof.hashes.map(\.base64)))
        }
        group.get("audit/proofs/consistency") { request, context in
            _ = try context.caller(who: .readAudit)
            let proof = try services.auditLog.consistencyProof(
                from: try Self.required("from", request), to: try Self.size("to", request))
            return try Response.json(
                ConsistencyProofAnswer(from: proof.oldSize, to: proof.newSize, hashes: proof.hashes.map(\.base64)))
        }
    }

    // MARK: - Receipts

    /// The entry that is named, or the one that decided about the version last: its newest granted transition, else its newest
    /// entry of any kind.
    private func entry(_ request: Request) async throws -> Int64 {
        if request.text("entry") != nil { return Int64(try request.integer("entry", default: 0, in: 1...Int.max)) }
        guard let model = try request.text("model").map({ try ModelName($0) }),
            let version = try request.text("version").map({ try VersionNumber(parsing: $0) })
        else { throw GatehouseError(.invalidArgument, "A receipt is for an 'entry', or for a 'model' and its 'version'.") }
        let found = try await services.store.read { tx in
            try tx.auditEntries(.init(model: model, version: version, action: .transitionGranted), limit: 1).first
                ?? tx.auditEntries(.init(model: model, version: version), limit: 1).first
        }
        guard let found else {
            throw GatehouseError(.notFound, "The audit log has no entry about \(model.text) v\(version.value).")
        }
        return found.sequence
    }

    /// Fails with `undecided` when no checkpoint covers it in time.
    func receipt(for sequence: Int64, wait: Duration) async throws -> TLogProof {
        let deadline = ContinuousClock.now + wait
        while true {
            do {
                return try services.auditLog.receipt(for: sequence)
            } catch let error as GatehouseError where error.code == .undecided && ContinuousClock.now < deadline {
                try await Task.sleep(for: .milliseconds(Self.pollMilliseconds))
            }
        }
    }

    // MARK: - Answers

    /// A full tile never changes; the log asks for a token, so only the caller's own cache may keep it.
    private static let forEver = "private, max-age=31536000, immutable"
    /// A partial tile gives way to the full one.
    private static let briefly = "private, max-age=60"

    private static func text(_ text: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "text/plain; charset=utf-8", .cacheControl: "no-cache"],
            body: .init(byteBuffer: ByteBuffer(string: text)))
    }

    private static func required(_ name: String, _ request: Request) throws -> Int64 {
        guard request.text(name) != nil else { throw GatehouseError(.invalidArgument, "'\(name)' is missing.") }
        return Int64(try request.integer(name, default: 0, in: 0...Int.max))
    }

    private static func size(_ name: String, _ request: Request) throws -> Int64? {
        guard request.text(name) != nil else { return nil }
        return Int64(try request.integer(name, default: 0, in: 0...Int.max))
    }
}
