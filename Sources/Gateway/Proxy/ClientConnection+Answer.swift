import NIOCore
import Serving

/// Handing the version's answer to the client, or one of the gateway's own.
extension ClientConnection {
    private var keepsAfterAnswer: Bool { request.keepsAlive && core.isDraining == false && isStreaming == false }

    /// Head and body came at once.
    func answerWhole(_ head: AnswerHead, _ headBytes: ByteBuffer, _ answer: ByteBuffer, at now: NIODeadline) {
        upstream = nil
        note(head, at: now)
        let length = head.body == .none ? head.fields.contentLength : answer.readableBytes
        let isJoined = answer.readableBytes <= GatewayLimits.joinedBodyBytesMax
        writeHead(head, headBytes, length.map(AnswerLength.bytes) ?? .unsaid, followedBy: isJoined ? answer : nil)
        write(outbox, flush: isJoined)
        if isJoined == false { write(answer, flush: true) }
        exchange.answerBytes = answer.readableBytes
        if let segment = exchange.segment, answer.readableBytes <= segment.keptBodyBytesMax { exchange.keptAnswer = answer }
        complete(at: now)
    }

    /// The body comes in pieces.
    func answerStarted(_ head: AnswerHead, _ headBytes: ByteBuffer) {
        note(head, at: .now())
        exchange.hasStarted = true
        let length: AnswerLength
        if case .length(let bytes) = head.body {
            length = .bytes(bytes)
        } else if request.isVersion10 {
            exchange.endsByClosing = true
            length = .unsaid
        } else {
            exchange.isChunkedAnswer = true
            length = .chunked
        }
        writeHead(head, headBytes, length, followedBy: nil)
        write(outbox, flush: false)
        if let segment = exchange.segment, segment.keptBodyBytesMax > 0 { exchange.keptAnswer = ByteBuffer() }
    }

    func answerReceived(_ piece: ByteBuffer) {
        guard let context, phase == .answering else { return }
        exchange.answerBytes += piece.readableBytes
        if let kept = exchange.keptAnswer?.readableBytes, let segment = exchange.segment {
            if kept + piece.readableBytes <= segment.keptBodyBytesMax {
                exchange.keptAnswer?.writeImmutableBuffer(piece)
            } else {
                exchange.keptAnswer = nil
            }
        }
        if exchange.isChunkedAnswer {
            outbox.clear()
            writeChunk(piece)
            write(outbox, flush: false)
        } else {
            write(piece, flush: false)
        }
        if context.channel.isWritable == false {
            context.flush()
            if context.channel.isWritable == false { upstream?.setReading(false) }
        }
    }

    func answerEnded() {
        upstream = nil
        if exchange.isChunkedAnswer {
            write(ByteBuffer(string: "0\r\n\r\n"), flush: true)
        } else {
            context?.flush()
        }
        complete(at: .now())
    }

    private func note(_ head: AnswerHead, at now: NIODeadline) {
        exchange.status = head.status
        guard let version = exchange.serving?.version, let pool = exchange.routes?.pools[version.index] else { return }
        // 501 says that the version cannot do this at all, which is no sign of failing.
        if head.status >= 500, head.status != 501 { pool.breaker.failed(at: now) } else { pool.breaker.succeeded(at: now) }
    }

    /// What an answer's head says of its body.
    private enum AnswerLength {
        case bytes(Int)
        case chunked
        case unsaid
    }

    private func writeHead(_ head: AnswerHead, _ headBytes: ByteBuffer, _ length: AnswerLength, followedBy body: ByteBuffer?) {
        let arm = exchange.serving
        let room =
            headBytes.readableBytes + (arm?.answerFields.readableBytes ?? 0) + (body?.readableBytes ?? 0)
            + MessageWriter.ownBytesMax
        let closes = keepsAfterAnswer == false || exchange.endsByClosing
        outbox.clear()
        outbox.write(room: room) { message in
            message.append("HTTP/1.1 ")
            headBytes.withUnsafeReadableBytes { bytes in
                message.append(head.statusText, of: bytes)
                message.append("\r\n")
                head.fields.writeForwarded(from: bytes, into: &message)
            }
            if let arm, let id = exchange.requestID {
                message.append(arm.answerFields)
                message.append(id)
                message.append("\r\n")
            }
            switch length {
            case .bytes(let bytes):
                message.append("content-length: ")
                message.append(decimal: bytes)
                message.append("\r\n")
            case .chunked: message.append("transfer-encoding: chunked\r\n")
            case .unsaid: break
            }
            if closes {
                message.append("connection: close\r\n")
            } else if request.isVersion10 {
                message.append("connection: keep-alive\r\n")
            }
            message.append("\r\n")
            if let body { message.append(body) }
        }
    }

    /// Of an answer of the gateway's own.
    private func writeArm() {
        guard let id = exchange.requestID else { return }
        if let arm = exchange.serving {
            outbox.writeImmutableBuffer(arm.answerFields)
        } else {
            outbox.writeStaticString("x-gatehouse-request-id: ")
        }
        id.write(into: &outbox)
        outbox.writeStaticString("\r\n")
    }

    private func complete(at now: NIODeadline) {
        record(status: exchange.status, at: now)
        finishExchange(keepsConnection: exchange.endsByClosing == false, at: now)
    }

    /// Hands the exchange on. One that never had a route is nobody's.
    func record(status: Int, at now: NIODeadline = .now()) {
        guard let endpoint = exchange.endpoint, let segment = exchange.segment, let assigned = exchange.assigned, let startedAt,
            let routes = exchange.routes, let requestID = exchange.requestID
        else { return }
        let outcome = ExchangeOutcome(
            assigned: assigned, served: exchange.serving, reason: exchange.reason, status: status, failure: exchange.failure,
            requestBodyBytes: bodyBytes, latencyMicroseconds: (now - startedAt).nanoseconds / 1_000, finishedAt: now)
        core.recorder.finished(outcome, in: segment, of: endpoint) {
            Exchange(
                routes: routes.active, endpoint: endpoint, segment: segment, assigned: assigned, served: exchange.serving,
                reason: exchange.reason, requestID: requestID, unit: exchange.unit,
                target: slice(targetStart..<request.target.upperBound), contentType: contentType,
                requestBody: exchange.keptRequest, requestBodyBytes: bodyBytes, status: status, failure: exchange.failure,
                answerBody: exchange.keptAnswer, answerBodyBytes: exchange.answerBytes, startedAt: startedAt, finishedAt: now,
                atMilliseconds: core.wallMilliseconds(at: startedAt))
        }
    }

    /// Of the request.
    var contentType: ByteBuffer? { request.fields.contentType.map { slice($0) } }

    // MARK: the gateway's own answers

    func refuse(_ refusal: FramingRefusal) { refuse(status: refusal.status, refusal.reason) }

    /// Answers with an error. The connection is kept only where the request's end is known and has been read.
    func refuse(status: Int, _ message: String, keeps: Bool = false) {
        if phase != .answering { exchange.serving = nil }
        let isRead = request.body == .none || phase == .answering && isStreaming == false
        answerOwn(
            status: status, contentType: "application/json", GatewayPages.error(status: status, message), keeps: keeps && isRead)
    }

    func answerPage() {
        let page = core.pages.page(String(buffer: slice(request.target.lowerBound..<request.pathEnd)), of: core)
        answerOwn(status: page.status, contentType: page.contentType, page.body, keeps: request.body == .none)
    }

    func answerOwn(status: Int, contentType: String, _ answer: ByteBuffer, keeps: Bool) {
        let now = NIODeadline.now()
        phase = .answering
        exchange.status = status
        outbox.clear()
        outbox.writeString("HTTP/1.1 \(status) \(GatewayPages.reason(status))\r\ncontent-type: \(contentType)\r\n")
        outbox.writeString("content-length: \(answer.readableBytes)\r\n")
        if status == 503 { outbox.writeString("retry-after: \(GatewayLimits.retryAfterSeconds)\r\n") }
        if status == 405 { outbox.writeStaticString("allow: POST, GET, HEAD\r\n") }
        writeArm()
        let keepsConnection = keeps && keepsAfterAnswer
        if keepsConnection == false {
            outbox.writeStaticString("connection: close\r\n")
        } else if request.isVersion10 {
            outbox.writeStaticString("connection: keep-alive\r\n")
        }
        outbox.writeStaticString("\r\n")
        if request.method != .head { outbox.writeImmutableBuffer(answer) }
        write(outbox, flush: true)
        exchange.answerBytes = answer.readableBytes
        if let segment = exchange.segment, exchange.serving != nil, answer.readableBytes <= segment.keptBodyBytesMax {
            exchange.keptAnswer = answer
        }
        record(status: status, at: now)
        finishExchange(keepsConnection: keepsConnection, at: now)
    }
}
