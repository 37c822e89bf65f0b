import NIOCore
import NIOHPACK
import NIOHTTP2

/// On a connection of HTTP/2 to a server that speaks gRPC only: a request becomes a unary call on a stream of its own, one after
/// the other, and its reply an answer. A class, because it is a channel's handler; used on its loop only.
final class CallBridge: ChannelDuplexHandler, DialectBridge {
    typealias InboundIn = HTTP2Frame
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = HTTP2Frame

    private enum Phase {
        case idle
        case collecting
        case waiting
        /// Answered by itself; what still comes of the request is thrown away.
        case answered
    }

    /// A call on its way.
    private struct Call {
        let question: CallQuestion
        let stream: HTTP2StreamID
        var status: CallStatus?
        var inbound = ByteBuffer()
        var isTooLong = false
    }

    /// Stream numbers end at 2³¹ - 1; a connection ends before that.
    private static let streamsMax = 1_000_000_000

    private let scheme: String
    private let authority: String
    private let model: String?
    private var phase = Phase.idle
    private(set) var request = BridgedRequest()
    private var call: Call?
    private var nextStream = 1
    private var isEnding = false

    init(_ address: UpstreamAddress) {
        scheme = address.isTLS ? "https" : "http"
        authority = address.authority
        model = address.callModel
    }

    /// The handler of HTTP/2 in front of it.
    static func carrier() -> NIOHTTP2Handler {
        var connection = NIOHTTP2Handler.ConnectionConfiguration()
        connection.initialSettings = [
            HTTP2Setting(parameter: .enablePush, value: 0),
            HTTP2Setting(parameter: .initialWindowSize, value: StreamLimits.callWindowBytes),
            HTTP2Setting(parameter: .maxHeaderListSize, value: GatewayLimits.headBytesMax),
        ]
        // Servers measure the line with pings, several a second when it is busy.
        connection.controlFrameRateLimit.maximumCount = StreamLimits.callControlFramesMax
        return NIOHTTP2Handler(mode: .client, connectionConfiguration: connection)
    }

    func begin() {
        phase = .collecting
        request = request.next
    }

    // MARK: requests

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        promise?.succeed(())
        guard case .collecting = phase else { return }
        do throws(FramingRefusal) {
            try request.append(unwrapOutboundIn(data))
        } catch {
            return context.close(promise: nil)
        }
        guard let text = request.target(behind: "") else { return }
        let target = ScoringTarget(text)
        if target == .invocations || target == .unknown { return refuse(CallQuestion.notOverCalls, context) }
        guard request.isWhole else { return }
        do throws(CallRefusal) {
            send(try CallQuestion(target, model: model ?? ScoringTarget.model(in: text), body: request.body), context)
        } catch {
            refuse(error, context)
        }
    }

    private func send(_ question: CallQuestion, _ context: ChannelHandlerContext) {
        let stream = HTTP2StreamID(nextStream)
        nextStream += 2
        phase = .waiting
        call = Call(question: question, stream: stream)
        var headers = HPACKHeaders([
            (":method", "POST"), (":scheme", scheme), (":path", InferenceCall.service + question.method.rawValue),
            (":authority", authority), ("te", "trailers"), ("content-type", "application/grpc"),
        ])
        for (name, value) in request.fields where isPassedOn(name) { headers.add(name: name, value: value) }
        let message = HTTP2Frame.FramePayload.Data(data: .byteBuffer(CallFrame.bytes(question.message)), endStream: true)
        context.write(wrapOutboundOut(HTTP2Frame(streamID: stream, payload: .headers(.init(headers: headers)))), promise: nil)
        context.write(wrapOutboundOut(HTTP2Frame(streamID: stream, payload: .data(message))), promise: nil)
    }

    /// What is the call's own, and what gRPC reads as bytes, stays behind.
    private func isPassedOn(_ name: String) -> Bool {
        name != "host" && name.hasPrefix("grpc-") == false && name.hasSuffix("-bin") == false
    }

    private func refuse(_ refusal: CallRefusal, _ context: ChannelHandlerContext) {
        phase = .answered
        answerLater(refusal, context)
    }

    // MARK: replies

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        let frame = unwrapInboundIn(data)
        if case .goAway(let last, _, _) = frame.payload {
            isEnding = true
            // A call that the server did not begin never will be.
            if call.map({ $0.stream > last }) ?? true { context.close(promise: nil) }
            return
        }
        let isOurs = frame.streamID == call?.stream
        switch frame.payload {
        case .headers(let headers): if isOurs { received(headers.headers, isLast: headers.endStream, context) }
        case .data(let data):
            giveRoom(for: data, on: isOurs ? frame.streamID : nil, context)
            guard isOurs, case .byteBuffer(let bytes) = data.data else { return }
            received(bytes)
            if data.endStream { end(CallRefusal(.internal, "The version's reply has no status."), context) }
        case .rstStream(let code):
            guard isOurs else { return }
            let status: CallStatus = code == .refusedStream ? .unavailable : .internal
            end(CallRefusal(status, "The server of this version ended the call (\(code))."), context)
        case .priority, .settings, .pushPromise, .ping, .goAway, .windowUpdate, .alternativeService, .origin: return
        }
    }

    func channelReadComplete(context: ChannelHandlerContext) {
        context.flush()
        context.fireChannelReadComplete()
    }

    /// Whatever comes is taken at once; how much that may be is counted in `received`.
    private func giveRoom(for data: HTTP2Frame.FramePayload.Data, on stream: HTTP2StreamID?, _ context: ChannelHandlerContext) {
        let bytes = data.data.readableBytes + (data.paddingBytes.map { $0 + 1 } ?? 0)
        guard bytes > 0 else { return }
        for id in [.rootStream, data.endStream ? nil : stream].compactMap({ $0 }) {
            context.write(
                wrapOutboundOut(HTTP2Frame(streamID: id, payload: .windowUpdate(windowSizeIncrement: bytes))), promise: nil)
        }
    }

    private func received(_ bytes: ByteBuffer) {
        guard var call = call.take() else { return }
        call.isTooLong = call.isTooLong || call.inbound.readableBytes + bytes.readableBytes > StreamLimits.callAnswerBytesMax
        if call.isTooLong { call.inbound = ByteBuffer() } else { call.inbound.writeImmutableBuffer(bytes) }
        self.call = call
    }

    /// The head of a reply, or what ends it.
    private func received(_ headers: HPACKHeaders, isLast: Bool, _ context: ChannelHandlerContext) {
        if let status = headers.first(name: ":status"), status != "200" {
            guard status.hasPrefix("1") == false else { return }
            // What else comes on that stream is not waited for.
            isEnding = true
            return end(
                CallRefusal(CallStatus(http: Int(status) ?? 500), "The server of this version answered HTTP status \(status)."),
                context)
        }
        guard isLast else { return }
        guard let said = headers.first(name: "grpc-status") else {
            return end(CallRefusal(.internal, "The version's reply has no status."), context)
        }
        let status = CallStatus(said: said)
        let message = CallRefusal.decoded(headers.first(name: "grpc-message") ?? "")
        end(status == .ok ? nil : CallRefusal(status, message.isEmpty ? "The call ended with status \(said)." : message), context)
    }

    private func end(_ refusal: CallRefusal?, _ context: ChannelHandlerContext) {
        guard let call = call.take() else { return }
        let keepsAlive = isEnding == false && nextStream < Self.streamsMax
        let hasBody = request.isHead == false
        // Whoever reads the answer may write the next request at once.
        phase = .idle
        let bytes: ByteBuffer
        do throws(CallRefusal) {
            if let refusal { throw refusal }
            guard call.isTooLong == false else {
                throw CallRefusal(.resourceExhausted, "The answer is longer than \(StreamLimits.callAnswerBytesMax) bytes.")
            }
            let (status, body) = try call.question.answer(call.inbound)
            bytes = BridgedAnswer.bytes(status: status, body, keepsAlive: keepsAlive, hasBody: hasBody)
        } catch {
            bytes = BridgedAnswer.bytes(error, keepsAlive: keepsAlive, hasBody: hasBody)
        }
        context.fireChannelRead(wrapInboundOut(bytes))
    }
}
