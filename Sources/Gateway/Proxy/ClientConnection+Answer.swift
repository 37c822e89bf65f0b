import NIOCore
import Serving

/// Handing the version's answer to the client, or one of the gateway's own.
extension ClientConnection {
    private var keepsAfterAnswer: Bool { request.keepsAlive && core.isDraining == false && isStreaming == false }

    /// Head and body came at once.
    func answerWhole(_ head: AnswerHead, _ headBytes: ByteBuffer, _ answer: ByteBuffer) {
        upstream = nil
        let now = NIODeadline.now()
        note(head, at: now)
        outbox.clear()
        writeHead(head, headBytes)
        if head.body != .none {
            outbox.writeStaticString("content-length: ")
            outbox.writeDecimal(answer.readableBytes)
            outbox.writeStaticString("\r\n")
        } else if let length = head.fields.contentLength {
            outbox.writeStaticString("content-length: ")
            outbox.writeDecimal(length)
            outbox.writeStaticString("\r\n")
        }
        endHead()
        if answer.readableBytes <= GatewayLimits.joinedBodyBytesMax {
            outbox.writeImmutableBuffer(answer)
            write(outbox, flush: true)
        } else {
            write(outbox, flush: false)
            write(answer, flush: true)
        }
        exchange.answerBytes = answer.readableBytes
        if let segment = exchange.segment, answer.readableBytes <= segment.keptBodyBytesMax { exchange.keptAnswer = answer }
        complete(at: now)
    }

    /// The body comes in pieces.
    func answerStarted(_ head: AnswerHead, _ headBytes: ByteBuffer) {
        note(head, at: .now())
        exchange.hasStarted = true
        outbox.clear()
        writeHead(head, headBytes)
        if case .length(let length) = head.body {
            outbox.writeStaticString("content-length: ")
            outbox.writeDecimal(length)
            outbox.writeStaticString("\r\n")
        } else if request.isVersion10 {
            exchange.endsByClosing = true
        } else {
            exchange.isChunkedAnswer = true
            outbox.writeStaticString("transfer-encoding: chunked\r\n")
        }
        endHead()
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

    func flushAnswer() { context?.flush() }

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
        if head.status >= 500 { pool.breaker.failed(at: now) } else { pool.breaker.succeeded(at: now) }
    }

    private func writeHead(_ head: AnswerHead, _ headBytes: ByteBuffer) {
        outbox.writeStaticString("HTTP/1.1 ")
        if let status = headBytes.getSlice(at: headBytes.readerIndex + head.statusText.lowerBound, length: head.statusText.count)
        {
            outbox.writeImmutableBuffer(status)
        }
        outbox.writeStaticString("\r\n")
        head.fields.writeForwarded(from: headBytes, into: &outbox)
        writeArm()
    }

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

    private func endHead() {
        if keepsAfterAnswer == false || exchange.endsByClosing {
            outbox.writeStaticString("connection: close\r\n")
        } else if request.isVersion10 {
            outbox.writeStaticString("connection: keep-alive\r\n")
        }
        outbox.writeStaticString("\r\n")
    }

    private func complete(at now: NIODeadline) {
        record(status: exchange.status, at: now)
        finishExchange(keepsConnection: exchange.endsByClosing == false, at: now)
    }

    /// Hands the exchange on. One that never had a route is nobody's.
    func record(status: Int, at now: NIODeadline = .now()) {
        guard let routes = exchange.routes?.active, let endpoint = exchange.endpoint, let segment = exchange.segment,
            let assigned = exchange.assigned, let requestID = exchange.requestID, let startedAt
        else { return }
        core.recorder.finished(
            Exchange(
                routes: routes, endpoint: endpoint, segment: segment, assigned: assigned, served: exchange.serving,
                reason: exchange.reason, requestID: requestID, unit: exchange.unit,
                target: slice(targetStart..<request.target.upperBound), contentType: exchange.contentType,
                requestBody: exchange.keptRequest, requestBodyBytes: bodyBytes, status: status, failure: exchange.failure,
                answerBody: exchange.keptAnswer, answerBodyBytes: exchange.answerBytes, startedAt: startedAt, finishedAt: now,
                atMilliseconds: core.wallMilliseconds(at: startedAt)))
    }

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

extension ByteBuffer {
    /// Without a string on the way.
    mutating func writeDecimal(_ number: Int) {
        if number >= 10 { writeDecimal(number / 10) }
        writeInteger(UInt8(0x30 + number % 10))
    }

    mutating func writeHexadecimal(_ number: Int) {
        if number >= 16 { writeHexadecimal(number >> 4) }
        let digit = UInt8(number & 15)
        writeInteger(digit < 10 ? 0x30 + digit : 0x57 + digit)
    }
}
