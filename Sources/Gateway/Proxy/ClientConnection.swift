import NIOCore
import Serving

/// One connection of a client: reads a request, has it answered, writes the answer, one exchange at a time. A class, because
/// it is a channel's handler; used on its loop only. What it does in which phase stands in the extensions.
final class ClientConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    /// How long a client may take to fetch the last of its answer, and then to close.
    static let takingMilliseconds: Int64 = 30_000
    static let lingerMilliseconds: Int64 = 2_000

    enum Phase {
        case head
        case body
        case answering
        /// The last answer is out; what still comes is thrown away until the client closes.
        case closing
    }

    let core: LoopCore
    var slot = 0
    var context: ChannelHandlerContext?
    var phase = Phase.head
    var deadline: NIODeadline
    var inbound = ByteBuffer()
    var outbox = ByteBuffer()
    private var isProcessing = false
    private var isReading = true
    /// Whether the client's side of the connection was told that nothing more comes.
    private var hasSentAll = false
    /// As the channel says; kept because every request asks.
    private var isWritable = true

    // The request.
    var request = RequestHead()
    var headBytes = ByteBuffer()
    var scanned = 0
    var hasSkippedLine = false
    var startedAt: NIODeadline?
    /// Where the target that the version gets starts in the head.
    var targetStart = 0
    var chunks: ChunkedBody?
    /// Bytes of the body that have not been read yet; counts up instead for a chunked one.
    var bodyRemaining = 0
    var body = ByteBuffer()
    var bodyBytes = 0
    /// What the body takes of the loop's memory for long ones that are held back.
    var heldBytes = 0
    /// Whether the body is held until it is whole, however long.
    var holdsBody = false
    /// Whether the body goes to the version as it comes.
    var isStreaming = false

    // The exchange.
    var exchange = PendingExchange()
    /// Counts attempts, so that an answer to a former one is known.
    var ticket = 0
    var upstream: UpstreamConnection?

    init(core: LoopCore) {
        self.core = core
        deadline = .now() + .milliseconds(Int64(GatewayLimits.idleDeadlineMilliseconds))
    }

    // MARK: channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        guard core.add(self) else { return context.close(promise: nil) }
        if core.isDraining { drain(idle: core.drainIdle) }
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if inbound.readableBytes == 0 { inbound = buffer } else { inbound.writeBuffer(&buffer) }
        process()
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        isWritable = context.channel.isWritable
        guard isWritable else { return }
        upstream?.setReading(true)
        process()
    }

    func channelInactive(context: ChannelHandlerContext) {
        core.remove(self)
        abandonUpstream()
        releaseHeld()
        if phase == .answering { record(status: 499) }
        phase = .closing
        exchange = PendingExchange()
        self.context = nil
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) { context.close(promise: nil) }

    // MARK: phases

    /// Goes on with what has been read. Not entered twice: an answer that comes while it runs is followed up by its own loop.
    func process() {
        guard isProcessing == false else { return }
        isProcessing = true
        defer { isProcessing = false }
        while true {
            switch phase {
            case .head:
                // A client that takes no answers gets no more of them.
                guard inbound.readableBytes > 0, isWritable, context != nil, readHead() else { return limitReadAhead() }
            case .body: guard collectBody() else { return limitReadAhead() }
            case .answering:
                if isStreaming { streamBody() }
                if phase == .answering { return limitReadAhead() }
            case .closing:
                inbound = ByteBuffer()
                return
            }
        }
    }

    private func limitReadAhead() {
        switch phase {
        case .answering: setReading(inbound.readableBytes < GatewayLimits.readAheadBytesMax)
        case .head: setReading(inbound.readableBytes < GatewayLimits.headBytesMax + GatewayLimits.readAheadBytesMax)
        case .body, .closing: setReading(true)
        }
    }

    func setReading(_ reads: Bool) {
        guard reads != isReading, let context else { return }
        isReading = reads
        // Fails only on a closed channel, which reads nothing anyway.
        try? context.channel.syncOptions?.setOption(.autoRead, value: reads)
        if reads { context.read() }
    }

    /// The time of the phase is over.
    func expired(at now: NIODeadline) {
        switch phase {
        case .head where startedAt == nil, .closing: close()
        case .head, .body: refuse(status: 408, "The request did not come in time.")
        case .answering where isWaitingForClient:
            // Slow clients are no fault of the version.
            abandonUpstream()
            exchange.hasStarted ? close() : refuse(status: 408, "The request did not come in time.")
        case .answering:
            abandonUpstream(isToBlame: true)
            answerFailed(.deadline, ticket: ticket)
        }
    }

    /// Whether it is the client that neither sends its body nor takes its answer.
    private var isWaitingForClient: Bool {
        exchange.hasStarted ? context?.channel.isWritable == false : isStreaming && upstream?.isWritable == true
    }

    /// Whether the last answer is out and the client only has to close.
    var isDone: Bool { phase == .closing && (hasSentAll || context == nil) }

    /// Ends after the next answer. A silent connection gets a moment for a request that is on its way: closed at once, it
    /// would be lost.
    func drain(idle: TimeAmount) {
        if phase == .head, startedAt == nil { deadline = min(deadline, .now() + idle) }
    }

    func close() { context?.close(mode: .all, promise: nil) }

    /// Gives up what was asked of a version. Its breaker learns nothing from that, unless the caller says that it failed.
    func abandonUpstream(isToBlame: Bool = false) {
        ticket &+= 1
        if isToBlame == false, phase == .answering, let version = exchange.serving?.version {
            exchange.routes?.pools[version.index]?.breaker.withdrawn(at: .now())
        }
        upstream?.abandon()
        upstream = nil
    }

    func write(_ bytes: ByteBuffer, flush: Bool) {
        context?.write(wrapOutboundOut(bytes), promise: nil)
        if flush { core.flushRound.add(answer: self) }
    }

    func flush() { context?.flush() }

    /// Ready for the next request, or done with the connection.
    func finishExchange(keepsConnection: Bool, at now: NIODeadline) {
        let keeps = keepsConnection && request.keepsAlive && core.isDraining == false && isStreaming == false
        exchange = PendingExchange()
        upstream = nil
        body = ByteBuffer()
        releaseHeld()
        headBytes = ByteBuffer()
        chunks = nil
        (bodyBytes, bodyRemaining, scanned) = (0, 0, 0)
        (isStreaming, hasSkippedLine) = (false, false)
        startedAt = nil
        guard keeps else { return linger(at: now) }
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        phase = .head
        deadline = now + .milliseconds(Int64(GatewayLimits.idleDeadlineMilliseconds))
        process()
    }

    /// Ends the connection so that the client can still read what was written: closing with unread bytes would reset it.
    func linger(at now: NIODeadline) {
        phase = .closing
        deadline = now + .milliseconds(Self.takingMilliseconds)
        inbound = ByteBuffer()
        setReading(true)
        guard let context else { return }
        context.flush()
        let sent = context.eventLoop.makePromise(of: Void.self)
        sent.futureResult.assumeIsolated().whenComplete { _ in
            self.hasSentAll = true
            self.deadline = .now() + .milliseconds(Self.lingerMilliseconds)
        }
        context.close(mode: .output, promise: sent)
    }
}

/// What is known of an exchange until it is handed on.
struct PendingExchange {
    var routes: LoopRoutes?
    var endpoint: ActiveEndpoint?
    var segment: ActiveSegment?
    var assigned: ActiveArm?
    var serving: ActiveArm?
    var reason = Exposure.Reason.assigned
    var requestID: RequestID?
    var unit: ByteBuffer?
    var hasRetried = false
    /// The head of an answer has been written.
    var hasStarted = false
    var status = 0
    var failure: UpstreamFailure?
    var isChunkedAnswer = false
    var endsByClosing = false
    var keptRequest: ByteBuffer?
    var keptAnswer: ByteBuffer?
    var answerBytes = 0
}
