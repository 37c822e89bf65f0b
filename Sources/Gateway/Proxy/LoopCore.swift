import GatehouseCore
package import NIOCore
import Serving

/// What one event loop owns: its routes, its pools, its connections. Nothing in it is shared, so nothing is locked. A class,
/// because all connections of the loop work on it.
package final class LoopCore {
    let eventLoop: any EventLoop
    let recorder: LoopRecorder
    let pages: GatewayPages
    let flushRound: FlushRound
    /// Is told why TLS fails, with clients and with model servers.
    let tlsFailures: TLSFailureLog?
    private(set) var routes: LoopRoutes
    /// The number of the table that every loop of the gateway serves, or a newer one; 0: there is none.
    private(set) var tableOfAll: Int64 = 0
    private(set) var isDraining = false
    private(set) var drainIdle = TimeAmount.zero
    private var clients: [ClientConnection] = []
    /// Connections that are being secured or carry streams.
    private var carriers: [ObjectIdentifier: CarrierConnection] = [:]
    private var heldBytes = 0
    private let heldBytesMax: Int
    private let idPrefix: UInt64
    private var idNumber: UInt64 = 0
    private let now: @Sendable () -> Int64
    /// Milliseconds since 1970 when the loop's own clock read `clockBase`; set anew with every tick.
    private var wallBase: Int64
    private var clockBase: NIODeadline

    /// `now` is the wall clock in milliseconds since 1970, `idPrefix` a random number.
    package init(
        on eventLoop: any EventLoop, recorder: LoopRecorder, pages: GatewayPages, idPrefix: UInt64,
        heldBytesMax: Int = GatewayLimits.loopHeldBytesMax, tlsFailures: TLSFailureLog? = nil,
        now: @escaping @Sendable () -> Int64
    ) {
        self.tlsFailures = tlsFailures
        self.heldBytesMax = heldBytesMax
        self.eventLoop = eventLoop
        self.recorder = recorder
        self.pages = pages
        flushRound = FlushRound(on: eventLoop)
        self.idPrefix = idPrefix
        self.now = now
        wallBase = now()
        clockBase = .now()
        routes = LoopRoutes(ActiveRoutes(), after: nil, on: eventLoop, flushRound, tlsFailures)
    }

    var connections: Int { clients.count }
    /// Connections with something to do: those that only wait for the client to close are none.
    var busyConnections: Int { clients.count { $0.isDone == false } }

    /// From the next request on. What is in flight ends on the table it began with; versions that stay keep their
    /// connections and what their breaker knows.
    func adopt(_ active: ActiveRoutes) {
        let old = routes
        routes = LoopRoutes(active, after: old, on: eventLoop, flushRound, tlsFailures)
        recorder.routesChanged(to: active, flushingWith: flushRound, telling: tlsFailures)
    }

    func everyLoopServes(table number: Int64) { tableOfAll = number }

    func add(_ client: ClientConnection) -> Bool {
        guard clients.count < GatewayLimits.clientConnectionsMax else { return false }
        client.slot = clients.count
        clients.append(client)
        flushRound.isOff = clients.count < FlushRound.clientsMin
        return true
    }

    func remove(_ client: ClientConnection) {
        guard client.slot < clients.count, clients[client.slot] === client else { return }
        let last = clients.removeLast()
        flushRound.isOff = clients.count < FlushRound.clientsMin
        guard last !== client else { return }
        last.slot = client.slot
        clients[client.slot] = last
    }

    func add(_ carrier: CarrierConnection) -> Bool {
        guard clients.count + carriers.count < GatewayLimits.clientConnectionsMax else { return false }
        carriers[ObjectIdentifier(carrier)] = carrier
        return true
    }

    func remove(_ carrier: CarrierConnection) { carriers[ObjectIdentifier(carrier)] = nil }

    /// Whether that many bytes of long bodies can be held back in place of as many before. False changes nothing.
    func holdsInstead(of before: Int, _ bytes: Int) -> Bool {
        guard heldBytes - before + bytes <= heldBytesMax else { return false }
        heldBytes += bytes - before
        return true
    }

    func nextID() -> RequestID {
        idNumber &+= 1
        return .made(prefix: idPrefix, number: idNumber)
    }

    func wallMilliseconds(at deadline: NIODeadline) -> Int64 { wallBase + (deadline - clockBase).nanoseconds / 1_000_000 }

    func tick() {
        let time = NIODeadline.now()
        (wallBase, clockBase) = (now(), time)
        // Backwards, because a connection that closes is replaced by the last one.
        for index in stride(from: clients.count - 1, through: 0, by: -1) where index < clients.count {
            if clients[index].deadline <= time { clients[index].expired(at: time) }
        }
        if carriers.isEmpty == false {
            for carrier in carriers.values where carrier.deadline <= time { carrier.expired(at: time) }
        }
        for pool in routes.pools { pool?.tick(at: time) }
        recorder.tick(at: time)
    }

    /// Ends connections after their next answer, and those that stay silent for `idle`.
    func drain(idle: TimeAmount) {
        isDraining = true
        drainIdle = idle
        for client in clients { client.drain(idle: idle) }
        for carrier in carriers.values { carrier.drain(at: .now()) }
    }

    func closeAll() {
        for client in clients { client.close() }
        for carrier in carriers.values { carrier.close() }
        recorder.close()
    }
}

/// A route table with this loop's pools. A class, so that a request in flight keeps both by one reference.
final class LoopRoutes {
    let active: ActiveRoutes
    /// At `ActiveVersion.index`; nil where the version runs in this process.
    let pools: [UpstreamPool?]

    private struct Key: Hashable {
        let version: ServedKey
        let connectNanoseconds: Int64
    }

    private struct ServedKey: Hashable {
        let model: String
        let version: Int64
        let digest: String
        let address: UpstreamAddress
    }

    init(
        _ active: ActiveRoutes, after old: LoopRoutes?, on eventLoop: any EventLoop, _ flushRound: FlushRound,
        _ log: TLSFailureLog?
    ) {
        var known: [Key: UpstreamPool] = [:]
        for version in old?.active.versions ?? [] {
            if let pool = old?.pools[version.index], let key = Self.key(version) { known[key] = pool }
        }
        pools = active.versions.map { version in
            guard case .server(let address) = version.place, let key = Self.key(version) else { return nil }
            if let pool = known.removeValue(forKey: key) { return pool }
            return UpstreamPool(address, of: version, on: eventLoop, flushingWith: flushRound, telling: log)
        }
        self.active = active
        for pool in known.values { pool.retire() }
    }

    private static func key(_ version: ActiveVersion) -> Key? {
        guard case .server(let address) = version.place else { return nil }
        return Key(
            version: ServedKey(
                model: version.model, version: version.served.version, digest: version.served.digest.hex, address: address),
            connectNanoseconds: version.connectDeadline.nanoseconds)
    }
}
