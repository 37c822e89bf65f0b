import GatehouseCore
import NIOCore

/// On a connection to a server that speaks MLflow's `/invocations` only: asks there what is asked in the Open Inference Protocol.
/// Everything else passes as it is. A class, because it is a channel's handler; used on its loop only.
final class InvocationsBridge: ChannelDuplexHandler, DialectBridge {
    typealias InboundIn = ByteBuffer
    typealias InboundOut = ByteBuffer
    typealias OutboundIn = ByteBuffer
    typealias OutboundOut = ByteBuffer

    private enum Phase {
        /// Bytes go through, both ways.
        case passing
        case collecting
        /// Asked the server something else than it was asked for.
        case waiting(Question)
        /// Answered by itself; what still comes of the request is thrown away.
        case answered
    }

    private enum Question {
        case infer(InvocationsRequest, model: String)
        case health(member: String)
    }

    private let basePath: String
    private let version: Int64?
    private var phase = Phase.passing
    private(set) var request = BridgedRequest()
    private var answer = WholeAnswer()

    /// `version` is what answers say they are of.
    init(basePath: String, version: Int64?) {
        self.basePath = basePath
        self.version = version
    }

    func begin() {
        phase = .collecting
        request = request.next
    }

    // MARK: requests

    func write(context: ChannelHandlerContext, data: NIOAny, promise: EventLoopPromise<Void>?) {
        switch phase {
        case .passing, .waiting: context.write(data, promise: promise)
        case .answered: promise?.succeed(())
        case .collecting:
            do throws(FramingRefusal) {
                try request.append(unwrapOutboundIn(data))
                if let target = request.target(behind: basePath) { try ask(target, context) }
                promise?.succeed(())
            } catch {
                context.close(promise: promise)
            }
        }
    }

    private func ask(_ target: String, _ context: ChannelHandlerContext) throws(FramingRefusal) {
        switch ScoringTarget(target) {
        case .invocations, .ping, .version, .unknown:
            phase = .passing
            context.write(wrapOutboundOut(request.bytes), promise: nil)
        case .live: send("GET", "/ping", nil, for: .health(member: "live"), context)
        case .ready: send("GET", "/ping", nil, for: .health(member: "ready"), context)
        case .modelMetadata, .serverMetadata:
            refuse(CallRefusal(.unimplemented, "The server of this version speaks /invocations and has no metadata."), context)
        case .infer:
            guard request.isPost else {
                return refuse(CallRefusal(.unimplemented, "A model is asked by POST."), context)
            }
            guard request.isWhole else { return }
            do throws(CallRefusal) {
                let asked = try InvocationsRequest(body: request.body)
                send("POST", "/invocations", asked.body, for: .infer(asked, model: ScoringTarget.model(in: target)), context)
            } catch {
                refuse(error, context)
            }
        }
    }

    private func send(
        _ method: String, _ path: String, _ body: [UInt8]?, for question: Question, _ context: ChannelHandlerContext
    ) {
        var bytes = ByteBuffer()
        bytes.reserveCapacity(1_024 + (body?.count ?? 0))
        bytes.writeString("\(method) \(basePath)\(path) HTTP/1.1\r\n")
        for (name, value) in request.fields { bytes.writeString("\(name): \(value)\r\n") }
        if let body {
            bytes.writeString("content-type: application/json\r\ncontent-length: \(body.count)\r\n\r\n")
            bytes.writeBytes(body)
        } else {
            bytes.writeStaticString("\r\n")
        }
        answer = WholeAnswer(mayEndByClosing: true)
        phase = .waiting(question)
        context.write(wrapOutboundOut(bytes), promise: nil)
    }

    private func refuse(_ refusal: CallRefusal, _ context: ChannelHandlerContext) {
        phase = .answered
        answerLater(refusal, context)
    }

    // MARK: answers

    func channelRead(context: ChannelHandlerContext, data: NIOAny) {
        guard case .waiting(let question) = phase else { return context.fireChannelRead(data) }
        do throws(FramingRefusal) {
            try answer.append(unwrapInboundIn(data))
        } catch {
            return context.close(promise: nil)
        }
        if answer.isDone { reply(to: question, context) }
    }

    func channelInactive(context: ChannelHandlerContext) {
        if case .waiting(let question) = phase {
            answer.closed()
            if answer.isDone { reply(to: question, context) }
        }
        context.fireChannelInactive()
    }

    private func reply(to question: Question, _ context: ChannelHandlerContext) {
        let answer = answer
        let hasBody = request.isHead == false
        self.answer = WholeAnswer()
        // Whoever reads the answer may write the next request at once.
        phase = .passing
        var bytes: ByteBuffer
        do throws(CallRefusal) {
            let body = try body(answer, question)
            bytes = BridgedAnswer.bytes(status: answer.status, body, keepsAlive: answer.keepsAlive, hasBody: hasBody)
        } catch {
            bytes = BridgedAnswer.bytes(error, keepsAlive: answer.keepsAlive, hasBody: hasBody)
        }
        context.fireChannelRead(wrapInboundOut(bytes))
    }

    private func body(_ answer: WholeAnswer, _ question: Question) throws(CallRefusal) -> [UInt8] {
        let document = try answer.document()
        switch question {
        case .health(let member):
            return JSONWriter.object { $0.member(member, answer.status == 200) }
        case .infer(let asked, let model):
            guard answer.status == 200 else {
                return Array(GatewayPages.error(status: answer.status, answer.saidError(document)).readableBytesView)
            }
            guard let document else { throw CallRefusal(.internal, "The version's answer is no JSON.") }
            return try InvocationsAnswer(document, to: asked).bytes(model: model, version: version, id: asked.id)
        }
    }
}
