import NIOCore
import NIOHPACK
import NIOHTTP2

/// Stands between a stream of HTTP/2 and the `ClientConnection` that answers it: frames become the bytes of HTTP/1.1 and back,
/// so that a request takes one way however it came. Calls of gRPC are turned into requests of the Open Inference Protocol on
/// the way. A class, because it is a channel's handler; used on its loop only.
final class StreamBridge: ChannelDuplexHandler {
    typealias InboundIn = HTTP2Frame.FramePayload
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = HTTP2Frame.FramePayload

    private enum Request {
        case head
        case body(remaining: Int)
        case chunks
        case call(InferenceCall)
        case ended
    }

    private enum Answer {
        case none
        case reading(AnswerReader)
        case call(CallAnswer)
        case ended
    }

    private var request = Request.head
    private var answer = Answer.none
    /// The last frame of the answer, once it is written.
    private var sent: EventLoopFuture<Void>?

    // MARK: what comes in

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        switch unwrapInboundIn(data) {
        case .headers(let headers):
            if case .head = request {
                begin(headers.headers, isLast: headers.endStream, context)
            } else if headers.endStream {
                // Trailers: nobody asks for them.
                end(context)
            }
        case .data(let data):
            guard case .byteBuffer(let bytes) = data.data else { return }
            if bytes.readableBytes > 0 { received(bytes, context) }
            if data.endStream { end(context) }
        case .priority, .rstStream, .settings, .pushPromise, .ping, .goAway, .windowUpdate, .alternativeService, .origin: return
        }
    }

    private func begin(_ headers: HPACKHeaders, isLast: Bool, _ context: ChannelHandlerContext) {
        do throws(FramingRefusal) {
            let head = try StreamHead(headers)
            if InferenceCall.isCall(head) { return beginCall(head, isLast: isLast, context) }
            answer = .reading(AnswerReader(isToHead: head.method == "HEAD"))
            if isLast {
                guard head.contentLength ?? 0 == 0 else { throw .malformed("The body is shorter than Content-Length.") }
                request = .ended
                pass(head.bytes(.none), context)
            } else if let length = head.contentLength {
                request = .body(remaining: length)
                pass(head.bytes(.length(length)), context)
            } else {
                request = .chunks
                pass(head.bytes(.chunked), context)
            }
        } catch {
            refuse(error, isLast: isLast, context)
        }
    }

    private func received(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) {
        switch request {
        case .head, .ended: return
        case .body(let remaining):
            guard bytes.readableBytes <= remaining else { return reset(.protocolError, context) }
            request = .body(remaining: remaining - bytes.readableBytes)
            pass(bytes, context)
        case .chunks:
            var chunk = ByteBuffer()
            chunk.writeHexadecimal(bytes.readableBytes)
            chunk.writeStaticString("\r\n")
            chunk.writeImmutableBuffer(bytes)
            chunk.writeStaticString("\r\n")
            pass(chunk, context)
        case .call(var call):
            // Not in two places while it grows.
            request = .body(remaining: 0)
            do throws(CallRefusal) {
                try call.take(bytes)
                request = .call(call)
            } catch {
                answerCall(refusal: error, context)
            }
        }
    }

    private func end(_ context: ChannelHandlerContext) {
        let before = request
        request = .ended
        switch before {
        case .head, .ended: return
        case .body(let remaining): if remaining > 0 { reset(.protocolError, context) }
        case .chunks: pass(ByteBuffer(string: "0\r\n\r\n"), context)
        case .call(let call):
            do throws(CallRefusal) {
                let (bytes, answer) = try call.asked()
                self.answer = .call(answer)
                pass(bytes, context)
            } catch {
                answerCall(refusal: error, context)
            }
        }
    }

    private func pass(_ bytes: ByteBuffer, _ context: ChannelHandlerContext) { context.fireChannelRead(wrapInboundOut(bytes)) }

    // MARK: what goes out

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        let bytes = unwrapOutboundIn(data)
        let before = answer
        // Not in two places while it grows.
        answer = .none
        do throws(FramingRefusal) {
            switch before {
            case .none, .ended: answer = before
            case .reading(var reader):
                reader.append(bytes)
                while let piece = try reader.next() { send(piece, context) }
                answer = reader.isDone ? .ended : .reading(reader)
            case .call(var call):
                try call.append(bytes)
                if let reply = call.reply() {
                    answer = .ended
                    send(reply, context)
                } else {
                    answer = .call(call)
                }
            }
        } catch {
            reset(.internalError, context)
        }
        promise?.succeed(())
        if case .ended = answer { stopReading(context) }
    }

    private func send(_ piece: AnswerReader.Piece, _ context: ChannelHandlerContext) {
        switch piece {
        case .head(_, let headers, let isLast): send(headers, isLast: isLast, context)
        case .body(let bytes, let isLast): send(bytes, isLast: isLast, context)
        case .end: send(ByteBuffer(), isLast: true, context)
        }
    }

    private func send(_ reply: CallReply, _ context: ChannelHandlerContext) {
        send(reply.headers, isLast: reply.message == nil, context)
        guard let message = reply.message else { return }
        send(message, isLast: false, context)
        send(reply.trailers, isLast: true, context)
    }

    private func send(_ headers: HPACKHeaders, isLast: Bool, _ context: ChannelHandlerContext) {
        send(.headers(.init(headers: headers, endStream: isLast)), isLast: isLast, context)
    }

    private func send(_ bytes: ByteBuffer, isLast: Bool, _ context: ChannelHandlerContext) {
        send(.data(.init(data: .byteBuffer(bytes), endStream: isLast)), isLast: isLast, context)
    }

    private func send(_ frame: HTTP2Frame.FramePayload, isLast: Bool, _ context: ChannelHandlerContext) {
        let promise = isLast ? context.eventLoop.makePromise(of: Void.self) : nil
        if isLast { sent = promise?.futureResult }
        context.write(wrapOutboundOut(frame), promise: promise)
    }

    /// The answer is out: what still comes of the request is thrown away for a while, then refused (RFC 9113, section 8.1). Not
    /// at once, because clients lose an answer that a reset follows closely.
    private func stopReading(_ context: ChannelHandlerContext) {
        if case .ended = request { return }
        request = .ended
        let channel = context.channel
        context.eventLoop.scheduleTask(in: .milliseconds(ClientConnection.lingerMilliseconds)) {
            channel.writeAndFlush(HTTP2Frame.FramePayload.rstStream(.noError), promise: nil)
        }
    }

    private func reset(_ code: HTTP2ErrorCode, _ context: ChannelHandlerContext) {
        request = .ended
        answer = .ended
        context.writeAndFlush(wrapOutboundOut(.rstStream(code)), promise: nil)
    }

    /// The connection behind ends its side after an answer; a stream has ended with the answer's last frame.
    func close(context: ChannelHandlerContext, mode: CloseMode, promise: EventLoopPromise<Void>?) {
        guard case .output = mode else { return context.close(mode: mode, promise: promise) }
        if let sent { sent.cascade(to: promise) } else { promise?.succeed(()) }
    }

    // MARK: own answers

    private func refuse(_ refusal: FramingRefusal, isLast: Bool, _ context: ChannelHandlerContext) {
        let page = GatewayPages.error(status: refusal.status, refusal.reason)
        let headers = HPACKHeaders([
            (":status", "\(refusal.status)"), ("content-type", "application/json"), ("content-length", "\(page.readableBytes)"),
        ])
        request = isLast ? .ended : .body(remaining: 0)
        answer = .ended
        send(headers, isLast: false, context)
        send(page, isLast: true, context)
        context.flush()
        stopReading(context)
    }

    private func beginCall(_ head: StreamHead, isLast: Bool, _ context: ChannelHandlerContext) {
        do throws(CallRefusal) {
            request = .call(try InferenceCall(head))
            if isLast { end(context) }
        } catch {
            request = isLast ? .ended : .body(remaining: 0)
            answerCall(refusal: error, context)
        }
    }

    private func answerCall(refusal: CallRefusal, _ context: ChannelHandlerContext) {
        answer = .ended
        send(CallReply(refusal), context)
        context.flush()
        stopReading(context)
    }
}
