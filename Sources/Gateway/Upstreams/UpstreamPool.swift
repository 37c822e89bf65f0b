package import NIOCore
import NIOPosix
import NIOSSL
import Serving

/// The connections of one event loop to one version: kept alive, bounded, the youngest used first so that the old ones can
/// end. A class, because connections come back to it; used on its loop only.
package final class UpstreamPool {
    package let address: UpstreamAddress
    package var breaker = CircuitBreaker()
    let eventLoop: any EventLoop
    let flushRound: FlushRound
    private let version: Int64
    private let tls: NIOSSLContext?
    private let log: TLSFailureLog?
    private let connectDeadline: TimeAmount
    private let connectionsMax: Int
    private var idle: [UpstreamConnection] = []
    private var waiting = CircularBuffer<Waiting>()
    private var calls: [UpstreamCall] = []
    private(set) var connections = 0
    private var isRetired = false

    private struct Waiting {
        let peer: UpstreamPeer
        let ticket: Int
    }

    /// Without `flushRound` there is one of its own; `log` is told why TLS fails.
    init(
        _ address: UpstreamAddress, of version: ActiveVersion, connectionsMax: Int = GatewayLimits.upstreamConnectionsMax,
        on eventLoop: any EventLoop, flushingWith flushRound: FlushRound? = nil, telling log: TLSFailureLog? = nil
    ) {
        self.address = address
        self.version = version.served.version
        tls = version.tls
        connectDeadline = version.connectDeadline
        self.log = log
        self.connectionsMax = connectionsMax
        self.eventLoop = eventLoop
        self.flushRound = flushRound ?? FlushRound(on: eventLoop)
    }

    /// Gives `peer` a connection: now, as the answer, or later by `connected`. Nil with `isRefused` when too many wait.
    func lease(for peer: UpstreamPeer, ticket: Int) -> Lease {
        while let connection = idle.popLast() {
            guard connection.isUsable else { continue }
            connection.begin(with: peer, ticket: ticket)
            return .now(connection)
        }
        guard waiting.count < GatewayLimits.upstreamWaitingMax else { return .refused }
        waiting.append(Waiting(peer: peer, ticket: ticket))
        if connections < connectionsMax, isRetired == false || connections == 0 { connect() }
        return .later
    }

    enum Lease {
        case now(UpstreamConnection)
        case later
        case refused
    }

    /// A connection that is free again.
    func release(_ connection: UpstreamConnection, at now: NIODeadline) {
        while let next = waiting.popFirst() {
            guard next.peer.isWaiting(ticket: next.ticket) else { continue }
            connection.begin(with: next.peer, ticket: next.ticket)
            next.peer.connected(connection)
            return
        }
        if isRetired {
            connection.close()
        } else {
            connection.idleSince = now
            idle.append(connection)
        }
    }

    func ended(_ connection: UpstreamConnection) {
        connections -= 1
        if connection.isIdle, let index = idle.firstIndex(where: { $0 === connection }) { idle.remove(at: index) }
        serveWaiting()
    }

    /// No route names this version any longer: what is in flight ends, nothing new is kept.
    func retire() {
        isRetired = true
        for connection in idle { connection.close() }
        idle.removeAll()
    }

    /// Closes what was idle for long and gives up calls whose time is over.
    func tick(at now: NIODeadline) {
        let kept =
            idle.firstIndex { now - $0.idleSince < .milliseconds(Int64(GatewayLimits.upstreamIdleMilliseconds)) } ?? idle.count
        if kept > 0 {
            let old = idle[..<kept]
            idle.removeFirst(kept)
            for connection in old { connection.close() }
        }
        // Backwards, because a call that ends is replaced by the last one.
        for index in stride(from: calls.count - 1, through: 0, by: -1) where index < calls.count {
            if calls[index].deadline <= now { calls[index].expire() }
        }
    }

    func forget(_ call: UpstreamCall) {
        guard call.slot < calls.count, calls[call.slot] === call else { return }
        let last = calls.removeLast()
        guard last !== call else { return }
        last.slot = call.slot
        calls[call.slot] = last
    }

    private func serveWaiting() {
        while let next = waiting.first, next.peer.isWaiting(ticket: next.ticket) == false { waiting.removeFirst() }
        if waiting.isEmpty == false, connections < connectionsMax { connect() }
    }

    private func connect() {
        connections += 1
        let box = NIOLoopBound(self, eventLoop: eventLoop)
        let tls = address.isTLS ? tls : nil
        let deadline = NIODeadline.now() + connectDeadline
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(connectDeadline)
            .channelOption(.tcpOption(.tcp_nodelay), value: 1)
            .channelOption(.maxMessagesPerRead, value: 1)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 16_384))
            .channelInitializer { channel in
                channel.eventLoop.makeCompletedFuture {
                    guard tls == nil else { return }
                    try box.value.equip(channel)
                }
            }
        let address = try? SocketAddress(ipAddress: address.host, port: address.port)
        var future =
            address.map { bootstrap.connect(to: $0) } ?? bootstrap.connect(host: self.address.host, port: self.address.port)
        if let tls {
            future = future.flatMap { box.value.secure($0, tls, until: deadline) }
        } else if self.address.dialect == .calls {
            // HTTP/2 says its preface when the channel is active, of which it hears after this future.
            future = future.flatMap { channel in channel.eventLoop.submit { channel } }
        }
        future.whenComplete { result in box.value.opened(result.map { NIOLoopBound($0, eventLoop: $0.eventLoop) }) }
    }

    /// What stands on a connection: where the server speaks something else, a bridge to that.
    private func equip(_ channel: any Channel) throws {
        let operations = channel.pipeline.syncOperations
        switch address.dialect {
        case .http: try operations.addHandler(UpstreamConnection(pool: self))
        case .invocations:
            let bridge = InvocationsBridge(basePath: address.basePath, version: version)
            try operations.addHandlers([bridge, UpstreamConnection(pool: self, behind: bridge)])
        case .calls:
            let bridge = CallBridge(address)
            try operations.addHandlers([CallBridge.carrier(), bridge, UpstreamConnection(pool: self, behind: bridge)])
        }
    }

    /// The handshake counts as connecting: the same deadline, and nobody is handed the connection before.
    private func secure(_ channel: any Channel, _ tls: NIOSSLContext, until deadline: NIODeadline) -> EventLoopFuture<any Channel>
    {
        let handshake = UpstreamHandshake(with: address, on: eventLoop, telling: log)
        do {
            try handshake.start(on: channel, tls, until: deadline)
        } catch {
            channel.close(promise: nil)
            return eventLoop.makeFailedFuture(UpstreamFailure.tls)
        }
        let box = NIOLoopBound((self, handshake), eventLoop: eventLoop)
        return handshake.done.flatMapThrowing {
            let (pool, handshake) = box.value
            try pool.equip(channel)
            channel.pipeline.syncOperations.removeHandler(handshake, promise: nil)
            return channel
        }
    }

    private func opened(_ result: Result<NIOLoopBound<any Channel>, any Error>) {
        switch result {
        case .success(let channel):
            if let connection = try? channel.value.pipeline.syncOperations.handler(type: UpstreamConnection.self),
                connection.isUsable
            {
                release(connection, at: .now())
            }
        case .failure(let error):
            connections -= 1
            let failure = error as? UpstreamFailure ?? .connect
            // Each connection was opened for one who waits, so one is told; the others have their own attempts.
            while let next = waiting.popFirst() {
                guard next.peer.isWaiting(ticket: next.ticket) else { continue }
                next.peer.failed(failure, ticket: next.ticket)
                break
            }
            serveWaiting()
        }
    }
}

extension UpstreamPool {
    /// Sends one request, all of its bytes given, and hands over the whole answer, or why there is none, once. For copies
    /// and probes; on the loop. `isHead`: the answer has no body.
    package func call(
        _ request: ByteBuffer, deadline: NIODeadline, bodyBytesMax: Int,
        _ done: @escaping (Result<UpstreamCall.Answer, UpstreamFailure>) -> Void
    ) {
        let call = UpstreamCall(request, deadline: deadline, bodyBytesMax: bodyBytesMax, done)
        call.slot = calls.count
        call.pool = self
        calls.append(call)
        switch lease(for: .call(call), ticket: 0) {
        case .now(let connection): call.connected(connection)
        case .later: return
        case .refused: call.failed(.overloaded)
        }
    }
}
