import GatehouseCore
import Gateway
import Logging
import ServiceLifecycle
import Serving
import WireAPI

/// Ships records while the gateway runs, and what is left when it ends.
struct RecordService: Service {
    static let lastSecondsMax: Int64 = 5

    let desk: RecordDesk
    let shipper: RecordShipper

    /// The last to stop: when the loops are closed, so that nothing comes any more.
    func run() async throws {
        await cancelWhenGracefulShutdown { await shipper.run() }
        try await desk.close()
        // What the registry does not take stays in the spool for the next start.
        await withTaskGroup { group in
            group.addTask { await shipper.shipRest() }
            group.addTask { try? await Task.sleep(for: .seconds(Self.lastSecondsMax)) }
            await group.next()
            group.cancelAll()
        }
    }
}

/// The loops: they run by themselves and are drained at the end.
struct TrafficService: Service {
    let server: GatewayServer
    let logger: Logger

    func run() async throws {
        try await gracefulShutdown()
        let cut = try await server.drain()
        if cut > 0 { logger.warning("cut connections off that were still busy", metadata: ["connections": "\(cut)"]) }
    }
}

/// Tells the registry what is served here: every few seconds, and soon after it changed.
struct GatewayReporter: Service {
    static let everySeconds: Int64 = 10
    static let lookMilliseconds: Int64 = 500

    let client: GatehouseClient
    let id: String
    let program: String
    let started: Timestamp
    let routes: ServedRoutes
    let local: LocalModels
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            var last: (number: Int64, served: [GatewayReportCall.Served])?
            var due = ContinuousClock.now
            while Task.isCancelled == false {
                let now = (number: routes.current.number, served: served())
                let isNews = last.map { $0.number != now.number || $0.served != now.served } ?? true
                if isNews || ContinuousClock.now >= due {
                    await report(now.number, now.served)
                    last = now
                    due = ContinuousClock.now + .seconds(Self.everySeconds)
                }
                try? await Task.sleep(for: .milliseconds(Self.lookMilliseconds))
            }
        }
    }

    private func report(_ number: Int64, _ served: [GatewayReportCall.Served]) async {
        let call = GatewayReportCall(
            program: program, startedAtMilliseconds: started.milliseconds, tableNumber: number == 0 ? nil : number, served: served
        )
        do {
            let _: GatewayReportAnswer = try await client.post(["serving", "gateways", id, "report"], call)
        } catch {
            if Task.isCancelled == false { logger.warning("the registry was not told", metadata: ["reason": "\(error)"]) }
        }
    }

    private func served() -> [GatewayReportCall.Served] {
        var served: [GatewayReportCall.Served] = []
        for endpoint in routes.current.endpoints {
            for segment in endpoint.segments {
                let held: [(role: String, version: ActiveVersion?)] = [
                    ("champion", segment.champion.version), ("challenger", segment.challenger?.version),
                    ("last_known_good", segment.lastKnownGood?.version), ("shadow", segment.shadowVersion),
                ]
                for case (let role, let version?) in held { served.append(line(role, version, segment, endpoint)) }
            }
        }
        return served
    }

    private func line(
        _ role: String, _ version: ActiveVersion, _ segment: ActiveSegment, _ endpoint: ActiveEndpoint
    ) -> GatewayReportCall.Served {
        // Of a server elsewhere only its requests tell, and those are in the metrics.
        let isReady = local.isReady(version.served, of: version.model)
        return GatewayReportCall.Served(
            endpoint: endpoint.name, segment: segment.name, role: role, version: version.served.version,
            digest: version.served.digest.description, state: isReady ? "ready" : "starting",
            reason: isReady ? nil : "its model is being fetched or loaded, or could not be: see the gateway's log")
    }
}
