import Access
import GatehouseCore
import HTTPTypes
import Hummingbird
import NIOCore
import Promotions
import Serving
import WireAPI

/// What gateways ask and tell.
struct ServingGatewayRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.get("serving/routes") { request, context in
            _ = try context.caller(who: .serveTraffic)
            return try await routes(request)
        }
        group.get("serving/record-key") { _, context in
            _ = try context.caller(who: .serveTraffic)
            return try Response.json(RecordKeyAnswer(key: services.serving.recordKey.text))
        }
        group.post("serving/gateways/:gateway/report") { request, context in
            _ = try context.caller(who: .serveTraffic)
            let call: GatewayReportCall = try await request.decode()
            let newest = try await services.serving.gateways.report(
                id: context.segment("gateway"), program: call.program, tableNumber: call.tableNumber,
                served: call.served.map { try $0.value }, started: Timestamp(milliseconds: call.startedAtMilliseconds))
            return try Response.json(
                GatewayReportAnswer(tableNumber: newest, staleAfterSeconds: ServingGateway.staleAfterSeconds))
        }
        group.post("serving/gateways/:gateway/batches/:number") { request, context in
            _ = try context.caller(who: .serveTraffic)
            guard let number = Int64(try context.segment("number")) else {
                throw GatehouseError(.invalidArgument, "A batch's number is a whole number from 1.")
            }
            let taken = try await services.serving.intake.take(
                request.bytes(max: ServingRecord.batchBytesMax), from: context.segment("gateway"), number: number)
            return try Response.json(BatchAnswer(taken))
        }
        group.post("serving/endpoints/:name/outcomes") { request, context in
            let caller = try context.authenticated()
            // A gateway may post and not read; whoever may do neither learns nothing of what a body should be.
            if !caller.grants.allows(.serveTraffic) { try caller.require(.read) }
            let call: OutcomesCall = try await request.decode()
            let outcomes = try call.outcomes.enumerated().map { index, outcome in
                try outcome.value(number: index + 1, key: services.serving.recordKey)
            }
            let taken = try await services.serving.outcomes.post(outcomes, of: context.segment("name"), by: caller)
            return try Response.json(
                OutcomesAnswer(
                    new: taken.new, repeated: taken.repeated, replaced: taken.replaced, outdated: taken.outdated))
        }
    }

    /// The newest table, when it is newer than the number in `after` or in `If-None-Match`; with `wait_seconds` as soon as it
    /// is. Else 204, or 304 for `If-None-Match`.
    private func routes(_ request: Request) async throws -> Response {
        let wait = try request.integer("wait_seconds", default: 0, in: 0...RouteDesk.waitSecondsMax)
        let seen = request.headers[.ifNoneMatch].flatMap { Self.number(inTag: $0) }
        let after = Int64(try request.integer("after", default: 0, in: 0...Int.max))
        guard let found = try await services.serving.routes.routes(after: max(after, seen ?? 0), wait: .seconds(wait)) else {
            return Response(status: seen == nil ? .noContent : .notModified)
        }
        return Response(
            status: .ok, headers: [.contentType: "application/vnd.dsse+json", .eTag: "W/\"\(found.number)\""],
            body: .init(byteBuffer: ByteBuffer(bytes: found.bytes)))
    }

    /// A weak tag: two signatures of one table are equal in what they say and not in their bytes.
    private static func number(inTag tag: String) -> Int64? {
        let text = tag.trimmingPrefix("W/")
        guard text.first == "\"", text.last == "\"", text.count > 2 else { return nil }
        return Int64(text.dropFirst().dropLast()).flatMap { $0 >= 0 ? $0 : nil }
    }
}

extension GatewayReportCall.Served {
    /// Fails with `invalidArgument`.
    fileprivate var value: ServedHere {
        get throws(GatehouseError) {
            guard let role = ServedHere.Role(rawValue: role), let state = ServedHere.State(rawValue: state) else {
                throw GatehouseError(
                    .invalidArgument,
                    "'\(self.role.prefix(40))' or '\(self.state.prefix(40))' is no role or state of a served version.")
            }
            guard [endpoint, segment, reason ?? ""].allSatisfy({ $0.utf8.count <= 1_000 }) else {
                throw GatehouseError(.tooLarge, "A name or reason in a report has more than 1000 bytes.")
            }
            return ServedHere(
                endpoint: endpoint, segment: segment, role: role, version: version, digest: try Digest(parsing: digest),
                state: state, reason: reason)
        }
    }
}

extension BatchAnswer {
    fileprivate init(_ taken: TakenBatch) {
        self.init(
            repeated: taken.isRepeated, windows: taken.windows, exposures: taken.exposures, pairs: taken.pairs,
            unsplit: taken.unsplit, sampledOut: taken.sampledOut, mismatched: taken.mismatched)
    }
}

extension OutcomesCall.Outcome {
    /// A unit in clear is hashed here as gateways hash it, and forgotten. Fails with `invalidArgument` naming the outcome.
    fileprivate func value(number: Int, key: RecordKey) throws(GatehouseError) -> Promotions.Outcome {
        do throws(GatehouseError) {
            return try Promotions.Outcome(subject: subject(key), label: label, value: value, event: Timestamp(parsing: eventAt))
        } catch {
            throw GatehouseError(error.code, "Outcome \(number): \(error.message)", hint: error.hint)
        }
    }

    private func subject(_ key: RecordKey) throws(GatehouseError) -> Promotions.Outcome.Subject {
        switch (requestID, unit) {
        case (let request?, nil) where window == nil && !request.isEmpty: return .request(request)
        case (nil, let unit?) where !unit.isEmpty:
            return .unit(hash: key.hash(unit: unit.utf8), window: window ?? "")
        case (.some, .some), (nil, nil), (.some, nil), (nil, .some):
            throw GatehouseError(
                .invalidArgument, "an outcome names a request_id, or a unit with or without a window.",
                hint: "{\"request_id\": \"…\", \"label\": \"defaulted\", \"value\": 1, \"event_at\": \"2026-01-15\"}")
        }
    }
}
