import GatehouseCore
import Glibc
package import NIOCore
import NIOPosix
package import NIOSSL

/// The loops, listeners and connections of a gateway. One listener per loop on the same port: the kernel shares the
/// connections out, and each is served where it was accepted.
package struct GatewayServer: Sendable {
    package struct Settings: Sendable {
        package var host = "127.0.0.1"
        /// 0 lets the system choose.
        package var port = 8080
        package var loops = 1
        /// How long connections may wait to be accepted.
        package var backlog = 4_096
        /// Of long bodies, per loop.
        package var heldBytesMax = GatewayLimits.loopHeldBytesMax
        package var drainMilliseconds = GatewayLimits.drainMilliseconds
        package var drainIdleMilliseconds = GatewayLimits.drainIdleMilliseconds
        /// Nil: plain TCP. Clients that offer HTTP/2 in the handshake get it.
        package var tls: NIOSSLContext?

        package init() {}
    }

    /// Time and chance come in.
    package struct Roots: Sendable {
        let milliseconds: @Sendable () -> Int64
        let randomNumber: @Sendable () -> UInt64

        /// The wall clock in milliseconds since 1970, and random numbers.
        package init(milliseconds: @escaping @Sendable () -> Int64, randomNumber: @escaping @Sendable () -> UInt64) {
            self.milliseconds = milliseconds
            self.randomNumber = randomNumber
        }
    }

    private struct Loop: Sendable {
        let eventLoop: any EventLoop
        let core: NIOLoopBound<LoopCore>
        let ticks: RepeatedTask
    }

    /// SO_REUSEPORT, which NIO has no name for.
    private static let reusePort = ChannelOptions.Types.SocketOption(
        level: .socket, name: NIOBSDSocket.Option(rawValue: CInt(SO_REUSEPORT)))

    package let port: Int
    /// Those that will ask versions which run in this process.
    package var eventLoops: [any EventLoop] { loops.map(\.eventLoop) }
    private let group: MultiThreadedEventLoopGroup
    private let loops: [Loop]
    private let listeners: [any Channel]
    private let settings: Settings

    /// Listens with an empty route table. `recorder` makes each loop's recorder, on that loop; `tlsFailures` is
    /// told why TLS fails. Fails with `unavailable` when
    /// the port is not free.
    package init(
        _ settings: Settings, pages: GatewayPages, roots: Roots, tlsFailures: TLSFailureLog? = nil,
        recorder: @escaping @Sendable (any EventLoop) -> LoopRecorder = { _ in LoopRecorder() }
    ) async throws {
        self.settings = settings
        group = MultiThreadedEventLoopGroup(numberOfThreads: max(1, settings.loops))
        var loops: [Loop] = []
        for eventLoop in group.makeIterator() {
            let prefix = roots.randomNumber()
            let loop = try await eventLoop.submit {
                let core = LoopCore(
                    on: eventLoop, recorder: recorder(eventLoop), pages: pages, idPrefix: prefix,
                    heldBytesMax: settings.heldBytesMax, tlsFailures: tlsFailures, now: roots.milliseconds)
                let box = NIOLoopBound(core, eventLoop: eventLoop)
                let tick = TimeAmount.milliseconds(GatewayLimits.tickMilliseconds)
                let ticks = eventLoop.scheduleRepeatedTask(initialDelay: tick, delay: tick) { _ in box.value.tick() }
                return Loop(eventLoop: eventLoop, core: box, ticks: ticks)
            }.get()
            loops.append(loop)
        }
        var listeners: [any Channel] = []
        var port = settings.port
        do {
            for loop in loops {
                let listener = try await Self.bootstrap(loop, settings).bind(host: settings.host, port: port).get()
                listeners.append(listener)
                port = listener.localAddress?.port ?? port
            }
        } catch {
            try? await group.shutdownGracefully()
            throw GatehouseError(
                .unavailable, "Port \(settings.port) of \(settings.host) is taken or not ours to use.",
                hint: "Choose another with --listen, or port 0 for any.", cause: error)
        }
        self.port = port
        self.loops = loops
        self.listeners = listeners
    }

    private static func bootstrap(_ loop: Loop, _ settings: Settings) -> ServerBootstrap {
        ServerBootstrap(group: loop.eventLoop)
            .serverChannelOption(.backlog, value: Int32(clamping: settings.backlog))
            .serverChannelOption(.socketOption(.so_reuseaddr), value: 1)
            .serverChannelOption(reusePort, value: 1)
            .childChannelOption(.tcpOption(.tcp_nodelay), value: 1)
            .childChannelOption(.maxMessagesPerRead, value: 1)
            .childChannelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16_384))
            .childChannelOption(.allowRemoteHalfClosure, value: false)
            .childChannelInitializer(initializer(loop, settings.tls))
    }

    /// What a new connection begins with. Chosen once, so that plain connections have nothing to do with TLS.
    private static func initializer(
        _ loop: Loop, _ tls: NIOSSLContext?
    ) -> @Sendable (any Channel) -> EventLoopFuture<Void> {
        guard let tls else {
            return { channel in
                channel.eventLoop.makeCompletedFuture {
                    try channel.pipeline.syncOperations.addHandler(ClientConnection(core: loop.core.value))
                }
            }
        }
        return { channel in
            channel.eventLoop.makeCompletedFuture { try CarrierConnection.secure(channel, tls, loop.core.value) }
        }
    }

    /// Serves from this table from the next request on; a request in flight ends on the one it began with.
    package func swap(to routes: ActiveRoutes) async throws {
        for loop in loops { try await loop.eventLoop.submit { loop.core.value.adopt(routes) }.get() }
        // Whoever hears that the gateway is ready may send the next request to another loop.
        for loop in loops { try await loop.eventLoop.submit { loop.core.value.everyLoopServes(table: routes.number) }.get() }
    }

    /// Stops accepting, lets what is in flight end within `drainMilliseconds`, then closes what is left. Returns how many
    /// connections were cut off.
    package func drain() async throws -> Int {
        for listener in listeners { await HandshakeStop.apply(to: listener) }
        let idle = TimeAmount.milliseconds(settings.drainIdleMilliseconds)
        for loop in loops { try await loop.eventLoop.submit { loop.core.value.drain(idle: idle) }.get() }
        try await Task.sleep(for: .milliseconds(min(settings.drainIdleMilliseconds, GatewayLimits.handshakeMilliseconds)))
        for listener in listeners { try? await listener.close() }
        let deadline = ContinuousClock.now + .milliseconds(settings.drainMilliseconds)
        var open = try await busyConnections()
        while open > 0, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(GatewayLimits.tickMilliseconds))
            open = try await busyConnections()
        }
        for loop in loops {
            loop.ticks.cancel()
            try await loop.eventLoop.submit { loop.core.value.closeAll() }.get()
        }
        try await group.shutdownGracefully()
        return open
    }

    private func busyConnections() async throws -> Int {
        var count = 0
        for loop in loops { count += try await loop.eventLoop.submit { loop.core.value.busyConnections }.get() }
        return count
    }

    package func connections() async throws -> Int {
        var count = 0
        for loop in loops { count += try await loop.eventLoop.submit { loop.core.value.connections }.get() }
        return count
    }
}
