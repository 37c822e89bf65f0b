import Access
import GatehouseCore
import HTTPTypes
import Hummingbird
import Promotions
import Rollouts
import Serving
import Storage
import WireAPI

/// Endpoints, shadow runs and the inventory: what people do. `ServingGatewayRoutes` is for gateways.
struct ServingRoutes {
    let services: APIServices

    func add(to group: RouterGroup<APIContext>) {
        group.put("serving/endpoints/:name") { request, context in
            let caller = try context.caller(who: .read)
            let call: EndpointCall = try await request.decode()
            let endpoint = try call.endpoint(named: context.segment("name"))
            return try await Response.json(answer(services.serving.endpoints.apply(endpoint, by: caller)))
        }
        group.get("serving/endpoints") { _, context in
            _ = try context.caller(who: .read)
            let (kept, table) = try await services.store.read { tx in (try tx.servingEndpoints(), try tx.newestRouteTable()) }
            return try Response.json(PageAnswer(items: kept.map { EndpointAnswer($0, table) }))
        }
        group.get("serving/endpoints/:name") { _, context in
            _ = try context.caller(who: .read)
            let name = try context.segment("name")
            return try await Response.json(answer(services.store.read { tx in try tx.requiredEndpoint(name) }))
        }
        group.delete("serving/endpoints/:name") { _, context in
            let caller = try context.caller(who: .read)
            try await services.serving.endpoints.remove(context.segment("name"), by: caller)
            return Response(status: .noContent)
        }
        group.get("serving/inventory") { _, context in
            _ = try context.caller(who: .read)
            return try await Response.json(InventoryAnswer(services.serving.gateways.inventory()))
        }
        addShadows(to: group)
    }

    private func addShadows(to group: RouterGroup<APIContext>) {
        group.post("serving/shadows") { request, context in
            let caller = try context.caller(who: .read)
            let call: StartShadowCall = try await request.decode()
            var start = ShadowStart(
                model: try ModelName(call.model), version: try VersionNumber(call.version), endpoint: call.endpoint)
            start.segment = call.segment
            start.fraction = call.fraction
            let run = try await services.serving.shadows.start(start, by: caller)
            return try Response.json(ShadowRunAnswer(run), status: .created)
        }
        group.get("serving/shadows") { request, context in
            _ = try context.caller(who: .read)
            let model = try request.text("model").map { try ModelName($0) }
            let version = try request.text("version").map { try VersionNumber(parsing: $0) }
            let endpoint = request.text("endpoint")
            let isOpen = try request.flag("open")
            let limit = try request.integer("limit", default: 100, in: 1...1000)
            let runs = try await services.store.read { tx in
                try tx.shadowRuns(endpoint: endpoint, model: model, version: version, isOpen: isOpen, limit: limit)
            }
            return try Response.json(PageAnswer(items: runs.map { ShadowRunAnswer($0) }))
        }
        group.get("serving/shadows/:id/report") { _, context in
            _ = try context.caller(who: .read)
            let id = try context.segment("id")
            let now = services.now()
            let ledger = services.serving.shadowLedger
            guard let run = try await services.store.read({ tx in try tx.shadowRun(id: id) }) else {
                throw GatehouseError(.notFound, "There is no shadow run '\(id.prefix(80))'.", hint: "gatehouse shadow list")
            }
            let report = try await ledger.inTurn(at: run.endpoint) {
                try await services.store.read { tx in
                    try ledger.picture(of: run, under: services.policies, at: now, tx).report
                }
            }
            return try Response.json(
                ShadowReportAnswer(run: ShadowRunAnswer(run), report: report.json, lines: report.lines))
        }
        group.post("serving/shadows/:id/stop") { request, context in
            let caller = try context.caller(who: .read)
            let call: ReasonCall = try await request.decode()
            let run = try await services.serving.shadows.stop(context.segment("id"), reason: call.reason, by: caller)
            return try Response.json(ShadowRunAnswer(run))
        }
    }

    private func answer(_ kept: KeptEndpoint) async throws -> EndpointAnswer {
        EndpointAnswer(kept, try await services.store.read { tx in try tx.newestRouteTable() })
    }
}

// MARK: - From the wire

extension EndpointCall {
    /// Fails with `invalidArgument` naming the member.
    fileprivate func endpoint(named name: String) throws -> ServingEndpoint {
        var rules = EndpointRules()
        rules.unit = try unit?.field("unit")
        rules.segment = try segment?.field("segment")
        rules.noDefault = noDefault ?? rules.noDefault
        rules.testerDigests = try testerDigests?.map { try Digest(parsing: $0) } ?? rules.testerDigests
        rules.bodyBytesMax = bodyBytesMax ?? rules.bodyBytesMax
        rules.deadlineMilliseconds = deadlineMilliseconds ?? rules.deadlineMilliseconds
        rules.connectDeadlineMilliseconds =
            connectDeadlineMilliseconds ?? min(rules.connectDeadlineMilliseconds, rules.deadlineMilliseconds)
        if let word = whenChampionIsDown {
            guard let meant = ChampionDown(rawValue: word) else {
                throw GatehouseError(
                    .invalidArgument, "'when_champion_is_down' is unavailable or last_known_good, not '\(word.prefix(80))'.")
            }
            rules.whenChampionIsDown = meant
        }
        if let every = liveStatisticsEvery {
            var live = LiveStatisticsRules()
            live.every = every
            rules.liveStatistics = live
        }
        rules.accessLogEvery = accessLogEvery ?? rules.accessLogEvery
        let model = try ModelName(model)
        let environment = try Slot.named(model, environment: environment, segment: nil).environment
        return try ServingEndpoint(
            name: name, model: model, environment: environment,
            upstreams: UpstreamPlan(pattern: upstream, overrides: versions ?? [:]), rules: rules)
    }
}

extension RequestFieldWire {
    fileprivate func field(_ key: String) throws -> RequestField {
        switch (header, member) {
        case (let header?, nil): return .header(header.lowercased())
        case (nil, let member?): return .member(member)
        case (nil, nil), (.some, .some):
            throw GatehouseError(
                .invalidArgument, "'\(key)' names a header or a member.", hint: "Write {\"header\": \"x-customer\"}.")
        }
    }

    fileprivate init(_ field: RequestField) {
        switch field {
        case .header(let name): self.init(header: name)
        case .member(let name): self.init(member: name)
        }
    }
}

// MARK: - To the wire

extension EndpointAnswer {
    fileprivate init(_ kept: KeptEndpoint, _ table: RouteTable?) {
        let endpoint = kept.endpoint
        let segments = table?.endpoints.first { $0.name == endpoint.name }?.segments ?? []
        self.init(
            name: endpoint.name, settings: EndpointCall(endpoint), routes: segments.flatMap(\.answers),
            tableNumber: table?.number, changedAt: kept.changed.description, auditSequence: kept.auditSequence)
    }
}

extension EndpointCall {
    fileprivate init(_ endpoint: ServingEndpoint) {
        let rules = endpoint.rules
        self.init(model: endpoint.model.text, upstream: endpoint.upstreams.pattern)
        environment = endpoint.environment
        versions = endpoint.upstreams.overrides.isEmpty ? nil : endpoint.upstreams.overrides
        unit = rules.unit.map { RequestFieldWire($0) }
        segment = rules.segment.map { RequestFieldWire($0) }
        noDefault = rules.noDefault
        testerDigests = rules.testerDigests.isEmpty ? nil : rules.testerDigests.map(\.description)
        bodyBytesMax = rules.bodyBytesMax
        deadlineMilliseconds = rules.deadlineMilliseconds
        connectDeadlineMilliseconds = rules.connectDeadlineMilliseconds
        whenChampionIsDown = rules.whenChampionIsDown.rawValue
        liveStatisticsEvery = rules.liveStatistics?.every
        accessLogEvery = rules.accessLogEvery
    }
}

extension SegmentRoute {
    fileprivate var answers: [RouteAnswer] {
        func answer(_ role: ServedHere.Role, _ version: ServedVersion, _ buckets: Int?) -> RouteAnswer {
            RouteAnswer(
                segment: segment, role: role.rawValue, version: version.version, digest: version.digest.description,
                upstream: version.upstream.text, share: buckets.map { Double($0) / Double(Bucketing.total) })
        }
        return [answer(.champion, champion, nil)]
            + (split.map { [answer(.challenger, $0.challenger, $0.buckets)] } ?? [])
            + (shadow.map { [answer(.shadow, $0.version, $0.buckets)] } ?? [])
            + (lastKnownGood.map { [answer(.lastKnownGood, $0, nil)] } ?? [])
    }
}

extension Upstream {
    fileprivate var text: String {
        switch self {
        case .native: UpstreamPlan.native
        case .managed: UpstreamPlan.managed
        case .url(let address): address
        }
    }
}

extension ShadowRunAnswer {
    fileprivate init(_ run: ShadowRun) {
        self.init(
            id: run.id, endpoint: run.endpoint, segment: run.segment, modelName: run.model.text,
            modelVersion: run.version.value, digest: run.artifact.description,
            fraction: Double(run.buckets) / Double(Bucketing.total), startedAt: run.started.description,
            stoppedAt: run.stopped?.description, auditSequence: run.startEntry)
    }
}

extension InventoryAnswer {
    fileprivate init(_ inventory: ServingInventory) {
        self.init(
            tableNumber: inventory.table?.number,
            publishedAt: inventory.table.map { Timestamp(milliseconds: $0.createdAtMilliseconds).description },
            gateways: inventory.gateways.map { entry in
                Gateway(
                    id: entry.gateway.id, state: entry.state.rawValue, tableNumber: entry.gateway.tableNumber,
                    program: entry.gateway.program, startedAt: entry.gateway.started.description,
                    lastSeenAt: entry.gateway.lastSeen.description)
            },
            served: inventory.rows.map { row in
                Row(
                    gateway: row.gateway, endpoint: row.endpoint, segment: row.segment, role: row.role.rawValue,
                    version: row.served?.version, digest: row.served?.digest.description, state: row.served?.state.rawValue,
                    expectedVersion: row.expected?.version, expectedDigest: row.expected?.digest.description,
                    difference: row.difference?.rawValue)
            })
    }
}
