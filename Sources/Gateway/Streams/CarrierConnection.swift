import NIOCore
import NIOHTTP2
import NIOSSL
import NIOTLS

/// A client's connection while it is being secured, and for good when it carries streams of HTTP/2: each of those is a channel
/// with a `ClientConnection` of its own. A class, because it is a channel's handler; used on its loop only.
final class CarrierConnection: ChannelInboundHandler, RemovableChannelHandler {
    typealias InboundIn = HTTP2Frame

    private enum Phase {
        case greeting
        case streams(open: Int)
        /// Told to end; closes with its last stream.
        case ending
    }

    private let core: LoopCore
    private var phase = Phase.greeting
    private var context: ChannelHandlerContext?
    private(set) var deadline: NIODeadline

    init(core: LoopCore) {
        self.core = core
        deadline = .now() + .milliseconds(Int64(GatewayLimits.headDeadlineMilliseconds))
    }

    /// A connection over TLS: its client says in the handshake which HTTP it speaks.
    static func secure(_ channel: any Channel, _ tls: NIOSSLContext, _ core: LoopCore) throws {
        try channel.pipeline.syncOperations.addHandlers([NIOSSLServerHandler(context: tls), CarrierConnection(core: core)])
    }

    /// A connection that speaks HTTP/2 from its first byte on.
    static func carryStreams(_ channel: any Channel, _ core: LoopCore) throws {
        let carrier = CarrierConnection(core: core)
        try channel.pipeline.syncOperations.addHandler(carrier)
        try carrier.carryStreams(on: channel)
    }

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        if core.add(self) == false { context.close(promise: nil) }
    }

    func handlerRemoved(context: ChannelHandlerContext) {
        self.context = nil
        core.remove(self)
    }

    func channelInactive(context: ChannelHandlerContext) {
        core.remove(self)
        context.fireChannelInactive()
    }

    func userInboundEventTriggered(context: ChannelHandlerContext, event: Any) {
        switch event {
        case TLSUserEvent.handshakeCompleted(let negotiated):
            do {
                if negotiated == "h2" {
                    try carryStreams(on: context.channel)
                } else {
                    core.remove(self)
                    try context.pipeline.syncOperations.addHandler(ClientConnection(core: core))
                    context.pipeline.syncOperations.removeHandler(self, promise: nil)
                }
            } catch {
                context.close(promise: nil)
            }
        default: context.fireUserInboundEventTriggered(event)
        }
    }

    /// What went wrong with one stream ended that stream.
    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        if error is NIOHTTP2Errors.StreamError { return }
        if case .greeting = phase, error is NIOSSLError || error is NIOSSLExtraError { note(error, context) }
        context.close(promise: nil)
    }

    private func note(_ error: any Error, _ context: ChannelHandlerContext) {
        guard let log = core.tlsFailures else { return }
        let failure = TLSFailure(error, certificate: nil, host: nil, atSeconds: log.nowSeconds)
        // Whoever only looks whether the port is open closes like this.
        if failure.reason != .closed { log.note(failure, of: .client, from: context.remoteAddress?.ipAddress) }
    }

    /// The time of the phase is over.
    func expired(at now: NIODeadline) {
        switch phase {
        case .greeting, .ending: close()
        case .streams: end(at: now)
        }
    }

    /// Ends soon, but one that is being secured may still bring a request.
    func drain(at now: NIODeadline) {
        if case .streams = phase { end(at: now) }
    }

    /// No new streams; closes when the last one has ended.
    private func end(at now: NIODeadline) {
        phase = .ending
        deadline = now + .milliseconds(StreamLimits.graceMilliseconds)
        context?.channel.pipeline.fireUserInboundEventTriggered(ChannelShouldQuiesceEvent())
    }

    func close() { context?.close(mode: .all, promise: nil) }

    fileprivate func streamsChanged(by change: Int) {
        guard case .streams(let before) = phase else { return }
        phase = .streams(open: before + change)
        deadline =
            before + change > 0 ? .distantFuture : .now() + .milliseconds(Int64(GatewayLimits.idleDeadlineMilliseconds))
    }

    private func carryStreams(on channel: any Channel) throws {
        phase = .streams(open: 0)
        deadline = .now() + .milliseconds(Int64(GatewayLimits.idleDeadlineMilliseconds))
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .maxConcurrentStreams, value: StreamLimits.streamsMax),
            HTTP2Setting(parameter: .maxHeaderListSize, value: GatewayLimits.headBytesMax),
            HTTP2Setting(parameter: .initialWindowSize, value: StreamLimits.windowBytes),
        ]
        connection.targetWindowSize = StreamLimits.connectionWindowBytes
        var stream = NIOHTTP2Handler.StreamConfiguration()
        stream.targetWindowSize = StreamLimits.windowBytes
        stream.outboundBufferSizeHighWatermark = StreamLimits.outboundHighBytes
        stream.outboundBufferSizeLowWatermark = StreamLimits.outboundLowBytes
        // Says goodbye in the right order; idle connections are ended by the loop's tick.
        let goodbye = NIOHTTP2ServerConnectionManagementHandler(
            eventLoop: channel.eventLoop,
            configuration: .init(maxIdleTime: nil, maxAge: nil, maxGraceTime: nil, keepalive: nil))
        let core = NIOLoopBound(core, eventLoop: channel.eventLoop)
        let watch = StreamWatch(goodbye: goodbye.http2StreamDelegate, carrier: NIOLoopBound(self, eventLoop: channel.eventLoop))
        let handler = NIOHTTP2Handler(
            mode: .server, eventLoop: channel.eventLoop, connectionConfiguration: connection, streamConfiguration: stream,
            streamDelegate: watch
        ) { stream in
            stream.eventLoop.makeCompletedFuture {
                try stream.pipeline.syncOperations.addHandlers([StreamBridge(), ClientConnection(core: core.value)])
            }
        }
        try channel.pipeline.syncOperations.addHandlers([handler, goodbye], position: .before(self))
        if self.core.isDraining { end(at: .now()) }
    }
}

/// Tells both who keep count of a connection's streams.
private struct StreamWatch: NIOHTTP2StreamDelegate {
    let goodbye: NIOHTTP2ServerConnectionManagementHandler.HTTP2StreamDelegate
    let carrier: NIOLoopBound<CarrierConnection>

    func streamCreated(_ id: HTTP2StreamID, channel: any Channel) {
        goodbye.streamCreated(id, channel: channel)
        carrier.value.streamsChanged(by: 1)
    }

    func streamClosed(_ id: HTTP2StreamID, channel: any Channel) {
        goodbye.streamClosed(id, channel: channel)
        carrier.value.streamsChanged(by: -1)
    }
}

extension ClientConnection: RemovableChannelHandler {
    /// Where a request line is refused, a client may have begun to speak HTTP/2: then the connection carries streams from
    /// here on. Only before anything was asked, so that no request hides behind another.
    func turnsToStreams() -> Bool {
        guard ticket == 0, let context, Self.isPreface(inbound) else { return false }
        let (channel, bytes) = (context.channel, inbound)
        core.remove(self)
        phase = .closing
        inbound = ByteBuffer()
        do {
            try CarrierConnection.carryStreams(channel, core)
        } catch {
            close()
            return true
        }
        context.pipeline.syncOperations.removeHandler(self, promise: nil)
        self.context = nil
        channel.pipeline.fireChannelRead(bytes)
        return true
    }

    private static func isPreface(_ bytes: ByteBuffer) -> Bool {
        let span = bytes.readableBytesUInt8Span
        return span.count >= 18 && Byte.equals(span, 0..<18, "PRI * HTTP/2.0\r\n\r\n")
    }
}
