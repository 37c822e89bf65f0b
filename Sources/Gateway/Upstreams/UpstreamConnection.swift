import NIOCore
import NIOSSL

/// One connection to a model server: sends a request, reads its answer, one at a time. A class, because it is a channel's
/// handler; used on its loop only.
final class UpstreamConnection: ChannelInboundHandler {
    typealias InboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        case idle
        case head
        case body(remaining: Int)
        case chunks(ChunkedBody)
        case untilClose
    }

    let pool: UpstreamPool
    var idleSince = NIODeadline.uptimeNanoseconds(0)
    /// Whether the request's body is still on its way. After an answer that comes before its end, the version would take
    /// another request for the rest of it.
    var isSending = false
    /// Whether an answer was read from this connection before: only then can it have been closed between two requests.
    private(set) var isReused = false
    private(set) var isUsable = false
    /// Where the server does not speak what requests are written in.
    private let bridge: (any DialectBridge)?
    private var context: ChannelHandlerContext?
    private var peer: UpstreamPeer?
    private var ticket = 0
    private var phase = Phase.idle
    private var isAnswerToHead = false
    private var inbound = ByteBuffer()
    private var head = AnswerHead()
    private var scanned = 0
    private var isReading = true

    init(pool: UpstreamPool, behind bridge: (any DialectBridge)? = nil) {
        self.pool = pool
        self.bridge = bridge
    }

    var isIdle: Bool { peer == nil }
    var isWritable: Bool { context?.channel.isWritable ?? false }
    /// Whether a byte of the answer has come.
    var hasAnswered: Bool {
        switch phase {
        case .idle, .head: inbound.readableBytes > 0
        case .body, .chunks, .untilClose: true
        }
    }

    func begin(with peer: UpstreamPeer, ticket: Int) {
        self.peer = peer
        self.ticket = ticket
        phase = .head
        isAnswerToHead = false
        isSending = false
        bridge?.begin()
    }

    func send(_ bytes: ByteBuffer, flush: Bool) {
        context?.write(wrapOutboundOut(bytes), promise: nil)
        guard flush else { return }
        if case .call = peer { pool.flushRound.add(call: self) } else { pool.flushRound.add(request: self) }
    }

    func flush() { context?.flush() }

    func expectsNoBody() { isAnswerToHead = true }

    /// Stops reading while the client does not take what was read.
    func setReading(_ reads: Bool) {
        guard reads != isReading, let context else { return }
        isReading = reads
        // Fails only on a closed channel, which reads nothing anyway.
        try? context.channel.syncOptions?.setOption(.autoRead, value: reads)
        if reads { context.read() }
    }

    /// Nobody wants the rest of the answer.
    func abandon() {
        peer = nil
        close()
    }

    func close() {
        isUsable = false
        context?.close(mode: .all, promise: nil)
    }

    // MARK: channel

    func handlerAdded(context: ChannelHandlerContext) {
        self.context = context
        isUsable = true
    }

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        var buffer = unwrapInboundIn(data)
        if inbound.readableBytes == 0 { inbound = buffer } else { inbound.writeBuffer(&buffer) }
        do {
            try process()
        } catch {
            fail(.malformed)
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        if case .client(let client) = peer { client.flush() }
    }

    func channelWritabilityChanged(context: ChannelHandlerContext) {
        if case .client(let client) = peer { client.upstreamWritabilityChanged(isWritable: context.channel.isWritable) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        isUsable = false
        if case .untilClose = phase, peer != nil {
            deliverEnd(keepsAlive: false)
        } else if peer != nil {
            fail(.closed)
        }
        self.context = nil
        pool.ended(self)
    }

    func errorCaught(context: ChannelHandlerContext, error: any Error) {
        // Over TLS an end that was not said may be somebody's cut: no answer ends by it.
        if error is NIOSSLError, peer != nil { return fail(.closed) }
        context.close(promise: nil)
    }

    // MARK: answers

    private func process() throws(FramingRefusal) {
        while true {
            switch phase {
            case .idle:
                // Bytes nobody asked for: the connection's framing cannot be trusted any more.
                if inbound.readableBytes > 0 { fail(.malformed) }
                return
            case .head: guard try readHead() else { return }
            case .body(let remaining):
                let count = min(remaining, inbound.readableBytes)
                guard count > 0, let piece = inbound.readSlice(length: count) else { return }
                phase = .body(remaining: remaining - count)
                if remaining == count { releaseBuffer() }
                deliver(piece, isLast: remaining == count)
            case .chunks(var chunks):
                let piece = try chunks.next(&inbound)
                guard case .chunks = phase else { return }
                phase = .chunks(chunks)
                switch piece {
                case .needsMore: return
                case .data(let bytes): deliver(bytes, isLast: false)
                case .end: deliverEnd(keepsAlive: head.keepsAlive)
                }
            case .untilClose:
                guard inbound.readableBytes > 0, let piece = inbound.readSlice(length: inbound.readableBytes) else { return }
                deliver(piece, isLast: false)
            }
        }
    }

    /// Whether the head is whole. One of 100 to 199 is passed over.
    private func readHead() throws(FramingRefusal) -> Bool {
        // A reference of its own: nothing can change what the span shows.
        let buffer = inbound
        let bytes = buffer.readableBytesUInt8Span
        guard let end = Byte.headEnd(bytes, scanned: &scanned) else {
            guard inbound.readableBytes < GatewayLimits.headBytesMax else { throw .headTooLarge }
            return false
        }
        scanned = 0
        guard end <= GatewayLimits.headBytesMax else { throw .headTooLarge }
        let hasBody = isAnswerToHead == false
        try head.parse(bytes.extracting(first: end), hasBody: hasBody)
        guard let headBytes = inbound.readSlice(length: end) else { return false }
        if head.status < 200 {
            guard head.status != 101 else { throw .malformed("Nobody asked to switch protocols.") }
            return true
        }
        switch head.body {
        case .none, .length(0): deliverWhole(headBytes, ByteBuffer())
        case .length(let length):
            if inbound.readableBytes >= length, let body = inbound.readSlice(length: length) {
                deliverWhole(headBytes, body)
            } else {
                phase = .body(remaining: length)
                deliverStart(headBytes)
            }
        case .chunked:
            phase = .chunks(ChunkedBody())
            deliverStart(headBytes)
        case .untilClose:
            phase = .untilClose
            deliverStart(headBytes)
        }
        return true
    }

    /// The usual case: head and body came in one read.
    private func deliverWhole(_ headBytes: ByteBuffer, _ body: ByteBuffer) {
        guard let peer else { return }
        let now = NIODeadline.now()
        finishExchange(keepsAlive: head.keepsAlive, at: now)
        switch peer {
        case .client(let client): client.answerWhole(head, headBytes, body, at: now)
        case .call(let call):
            call.started(head)
            call.received(body)
            call.ended()
        }
    }

    private func deliverStart(_ headBytes: ByteBuffer) {
        switch peer {
        case .client(let client): client.answerStarted(head, headBytes)
        case .call(let call): call.started(head)
        case nil: return
        }
    }

    private func deliver(_ piece: ByteBuffer, isLast: Bool) {
        switch peer {
        case .client(let client): client.answerReceived(piece)
        case .call(let call): call.received(piece)
        case nil: return
        }
        if isLast { deliverEnd(keepsAlive: head.keepsAlive) }
    }

    private func deliverEnd(keepsAlive: Bool) {
        guard let peer else { return }
        finishExchange(keepsAlive: keepsAlive, at: .now())
        switch peer {
        case .client(let client): client.answerEnded()
        case .call(let call): call.ended()
        }
    }

    /// Before the answer is handed over: what comes next on the client's connection finds this one free.
    private func finishExchange(keepsAlive: Bool, at now: NIODeadline) {
        peer = nil
        phase = .idle
        isReused = true
        setReading(true)
        if keepsAlive, isUsable, isSending == false, inbound.readableBytes == 0 {
            releaseBuffer()
            pool.release(self, at: now)
        } else {
            close()
        }
    }

    /// Gives the memory back, so that the next read can use it again once nobody else holds it.
    private func releaseBuffer() {
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
    }

    private func fail(_ failure: UpstreamFailure) {
        let peer = peer
        self.peer = nil
        phase = .idle
        close()
        peer?.failed(failure, ticket: ticket)
    }
}
