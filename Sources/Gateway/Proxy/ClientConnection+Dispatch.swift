import GatehouseCore
import NIOCore
import Serving

/// Choosing the arm and getting the request to its version.
///
/// Retries: a request is sent a second time only when the first connection could not be opened, so that no byte of it has
/// left; or when it was GET or HEAD and a connection used before ended without a byte of an answer. A scoring request that
/// may have arrived is never repeated. What cannot be sent to its arm's version goes to another as a recorded fall-back.
extension ClientConnection {
    func dispatch() {
        phase = .answering
        guard let endpoint = exchange.endpoint else { return }
        noteRequest()
        guard let segment = segment(endpoint) else { return }
        exchange.segment = segment
        guard let arm = arm(endpoint, segment) else { return }
        exchange.assigned = arm
        if isStreaming == false, segment.keptBodyBytesMax > 0, body.readableBytes <= segment.keptBodyBytesMax {
            exchange.keptRequest = body
        }
        attempt(arm, at: startedAt ?? .now())
    }

    private func noteRequest() {
        let head = headBytes
        let span = head.readableBytesUInt8Span
        if let range = request.fields.requestID, RequestID.isSane(span.extracting(range)) {
            exchange.requestID = .taken(slice(range))
        } else {
            exchange.requestID = core.nextID()
        }
    }

    /// Nil when the request was refused.
    private func segment(_ endpoint: ActiveEndpoint) -> ActiveSegment? {
        var name: ByteBuffer?
        if let header = endpoint.segmentHeader {
            name = value(of: header)
        } else if let member = endpoint.segmentMember {
            name = FirstRow.cell(named: member, in: body)
        }
        let wanted = name ?? ByteBuffer()
        if let segment = endpoint.segment(named: wanted.readableBytesUInt8Span) { return segment }
        let said = name.map { "segment '\(String(buffer: $0).prefix(64))'" } ?? "a request without a segment"
        refuse(status: 404, "Endpoint '\(endpoint.name)' serves no \(said) and falls back to none.", keeps: true)
        return nil
    }

    /// Nil when the request was refused.
    private func arm(_ endpoint: ActiveEndpoint, _ segment: ActiveSegment) -> ActiveArm? {
        if let header = endpoint.unitHeader {
            exchange.unit = value(of: header)
        } else if let member = endpoint.unitMember {
            exchange.unit = FirstRow.cell(named: member, in: body)
        }
        if let unit = exchange.unit, unit.readableBytes == 0 || unit.readableBytes > GatewayLimits.unitBytesMax {
            exchange.unit = nil
        }
        if let wanted = request.fields.wantedVersion { return override(slice(wanted), endpoint, segment) }
        guard let split = segment.split, let challenger = segment.challenger else {
            exchange.reason = .assigned
            return segment.champion
        }
        let arm = exchange.unit?.withUnsafeReadableBytes { split.arm(ofBytes: $0) } ?? .champion(.noUnit)
        switch arm {
        case .challenger: return challenger
        case .champion(.assigned): exchange.reason = .assigned
        case .champion(.noUnit): exchange.reason = .noUnit
        case .champion(.holdout): exchange.reason = .holdout
        case .champion(.otherLayer): exchange.reason = .otherLayer
        }
        return segment.champion
    }

    private func value(of header: [UInt8]) -> ByteBuffer? {
        let head = headBytes
        return request.fields.value(of: header, in: head.readableBytesUInt8Span).map { slice($0) }
    }

    /// The version that a tester names, for those whose token the endpoint knows.
    private func override(_ wanted: ByteBuffer, _ endpoint: ActiveEndpoint, _ segment: ActiveSegment) -> ActiveArm? {
        exchange.reason = .override
        guard let range = request.fields.authorization, TesterToken.isKnown(slice(range), to: endpoint.rules.testerDigests) else {
            refuse(
                status: 403, "x-gatehouse-version needs the bearer token of a tester of endpoint '\(endpoint.name)'.", keeps: true
            )
            return nil
        }
        request.fields.drop(valueAt: range)
        guard let version = Int64(String(buffer: wanted)), let arm = segment.arm(ofVersion: version) else {
            refuse(
                status: 404,
                "Segment '\(segment.name)' of endpoint '\(endpoint.name)' serves no version "
                    + "'\(String(buffer: wanted).prefix(24))' now.", keeps: true)
            return nil
        }
        return arm
    }

    func slice(_ range: Range<Int>) -> ByteBuffer {
        headBytes.getSlice(at: headBytes.readerIndex + range.lowerBound, length: range.count) ?? ByteBuffer()
    }

    // MARK: attempts

    private func attempt(_ arm: ActiveArm, at now: NIODeadline) {
        exchange.serving = arm
        ticket &+= 1
        switch arm.version.place {
        case .process(let local): answerLocally(local)
        case .server:
            guard let pool = exchange.routes?.pools[arm.version.index] else { return fallBack(after: .notReady) }
            guard pool.breaker.admits(at: now) else { return fallBack(after: .open) }
            switch pool.lease(for: .client(self), ticket: ticket) {
            case .now(let connection): connected(connection)
            case .later: return
            case .refused:
                pool.breaker.withdrawn(at: now)
                fallBack(after: .overloaded)
            }
        }
    }

    func isWaiting(ticket: Int) -> Bool { phase == .answering && ticket == self.ticket && upstream == nil }

    func connected(_ connection: UpstreamConnection) {
        upstream = connection
        guard let version = exchange.serving?.version else { return }
        if request.method == .head { connection.expectsNoBody() }
        connection.isSending = isStreaming
        let isChunked = isStreaming && request.body == .chunked
        let body = body
        let isJoined = isChunked == false && body.readableBytes <= GatewayLimits.joinedBodyBytesMax
        outbox.clear()
        writeHead(version, followedBy: isJoined ? body : nil)
        connection.send(outbox, flush: isJoined || body.readableBytes == 0)
        if isChunked, body.readableBytes > 0 {
            outbox.clear()
            writeChunk(body)
            connection.send(outbox, flush: true)
        } else if isJoined == false {
            connection.send(body, flush: true)
        }
        if isStreaming {
            self.body = ByteBuffer()
            process()
            if phase == .answering { streamBody() }
        }
    }

    private func writeHead(_ version: ActiveVersion, followedBy body: ByteBuffer?) {
        let head = headBytes
        let room =
            head.readableBytes + version.basePath.readableBytes + version.requestFields.readableBytes
            + (body?.readableBytes ?? 0) + MessageWriter.ownBytesMax
        let length = isStreaming ? bodyRemaining : self.body.readableBytes
        let isChunked = isStreaming && request.body == .chunked
        outbox.write(room: room) { message in
            head.withUnsafeReadableBytes { head in
                message.append(0..<request.methodEnd, of: head)
                message.append(Byte.space)
                message.append(version.basePath)
                message.append(targetStart..<request.target.upperBound, of: head)
                message.append(" HTTP/1.1\r\n")
                request.fields.writeForwarded(from: head, into: &message)
            }
            message.append(version.requestFields)
            if let id = exchange.requestID { message.append(id) }
            if isChunked {
                message.append("\r\ntransfer-encoding: chunked\r\n\r\n")
            } else if request.body == .none, request.method != .post {
                message.append("\r\n\r\n")
            } else {
                message.append("\r\ncontent-length: ")
                message.append(decimal: length)
                message.append("\r\n\r\n")
            }
            if let body { message.append(body) }
        }
    }

    func writeChunk(_ piece: ByteBuffer) {
        outbox.writeHexadecimal(piece.readableBytes)
        outbox.writeStaticString("\r\n")
        outbox.writeImmutableBuffer(piece)
        outbox.writeStaticString("\r\n")
    }

    /// Passes on what has come of a body that is not held, as fast as the version takes it.
    func streamBody() {
        guard isStreaming, let upstream, let endpoint = exchange.endpoint else { return }
        while upstream.isWritable, inbound.readableBytes > 0 {
            guard chunks != nil || request.body != .chunked else { break }
            guard request.body == .chunked else {
                guard let piece = inbound.readSlice(length: min(bodyRemaining, inbound.readableBytes)) else { break }
                bodyRemaining -= piece.readableBytes
                bodyBytes += piece.readableBytes
                upstream.send(piece, flush: false)
                upstream.flush()
                guard bodyRemaining == 0 else { continue }
                isStreaming = false
                upstream.isSending = false
                break
            }
            do throws(FramingRefusal) {
                guard let piece = try nextChunk(endpoint) else { break }
                outbox.clear()
                writeChunk(piece)
                upstream.send(outbox, flush: false)
                upstream.flush()
            } catch {
                abandonUpstream()
                // Behind the head of an answer nothing can be said any more.
                return exchange.hasStarted ? close() : refuse(error)
            }
        }
        if isStreaming, request.body == .chunked, chunks == nil {
            isStreaming = false
            upstream.isSending = false
            upstream.send(ByteBuffer(string: "0\r\n\r\n"), flush: true)
        }
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        setReading(upstream.isWritable || inbound.readableBytes < GatewayLimits.readAheadBytesMax)
    }

    func upstreamWritabilityChanged(isWritable: Bool) {
        if isWritable, phase == .answering, isStreaming { process() }
    }

    // MARK: failures

    /// What was asked of a version came to nothing.
    func answerFailed(_ failure: UpstreamFailure, ticket: Int) {
        guard phase == .answering, ticket == self.ticket else { return }
        let now = NIODeadline.now()
        let wasReused = upstream?.isReused == true
        let hadAnswer = upstream?.hasAnswered == true
        upstream = nil
        if let version = exchange.serving?.version { exchange.routes?.pools[version.index]?.breaker.failed(at: now) }
        guard exchange.hasStarted == false else {
            // The client sees that the answer is cut off; nothing else could tell it.
            exchange.failure = failure
            record(status: exchange.status)
            phase = .closing
            return close()
        }
        if exchange.hasRetried == false, let arm = exchange.serving, now < deadline {
            let isSafe = request.method != .post && request.body == .none
            if failure == .connect || failure == .closed && wasReused && hadAnswer == false && isSafe {
                exchange.hasRetried = true
                return attempt(arm, at: now)
            }
        }
        if failure == .connect || failure == .tls { return fallBack(after: failure) }
        giveUp(failure)
    }

    /// Nothing of the request has left: another version may answer.
    private func fallBack(after failure: UpstreamFailure) {
        guard let segment = exchange.segment, let endpoint = exchange.endpoint, let serving = exchange.serving else { return }
        let now = NIODeadline.now()
        if exchange.reason != .override {
            if serving === segment.challenger, serving !== segment.champion {
                exchange.reason = .fallback
                return attempt(segment.champion, at: now)
            }
            if serving === segment.champion, endpoint.rules.whenChampionIsDown == .lastKnownGood, let last = segment.lastKnownGood
            {
                exchange.reason = .fallback
                return attempt(last, at: now)
            }
        }
        giveUp(failure)
    }

    private func giveUp(_ failure: UpstreamFailure) {
        let version = exchange.serving?.version.served.version ?? 0
        exchange.failure = failure
        exchange.serving = nil
        switch failure {
        case .deadline: refuse(status: 504, "Version \(version) did not answer in time.", keeps: true)
        case .closed, .malformed, .tooLarge:
            refuse(status: 502, "Version \(version) gave no answer that can be passed on.", keeps: true)
        case .connect, .overloaded, .open, .notReady, .tls:
            refuse(status: 503, "Version \(version) cannot take requests now (\(failure.rawValue)).", keeps: true)
        }
    }

    // MARK: versions of this process

    private func answerLocally(_ local: any LocalUpstream) {
        let request = LocalRequest(
            method: slice(0..<self.request.methodEnd), target: slice(targetStart..<self.request.target.upperBound),
            contentType: contentType, body: body, deadline: deadline)
        let box = NIOLoopBound(self, eventLoop: core.eventLoop)
        let ticket = ticket
        local.answer(request, on: core.eventLoop) { answer in box.value.answeredLocally(answer, ticket: ticket) }
    }

    private func answeredLocally(_ answer: LocalAnswer, ticket: Int) {
        guard phase == .answering, ticket == self.ticket else { return }
        answerOwn(status: answer.status, contentType: answer.contentType, answer.body, keeps: true)
    }
}
