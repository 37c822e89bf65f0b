import NIOCore
import Serving

/// Reading a request and finding its route.
extension ClientConnection {
    /// Whether the head is whole, or the connection is done with.
    func readHead() -> Bool {
        if startedAt == nil {
            let now = NIODeadline.now()
            startedAt = now
            deadline = now + .milliseconds(Int64(GatewayLimits.headDeadlineMilliseconds))
        }
        // One empty line before a request is passed over (RFC 9112, section 2.2).
        if hasSkippedLine == false, byte(0) == Byte.cr {
            guard inbound.readableBytes >= 2 else { return false }
            hasSkippedLine = true
            if byte(1) == Byte.lf {
                inbound.moveReaderIndex(forwardBy: 2)
                guard inbound.readableBytes > 0 else { return false }
            }
        }
        // A reference of its own: nothing can change what the span shows.
        let buffer = inbound
        let bytes = buffer.readableBytesUInt8Span
        guard let end = Byte.headEnd(bytes, scanned: &scanned) else {
            if inbound.readableBytes >= GatewayLimits.headBytesMax { refuse(.headTooLarge) }
            return phase != .head
        }
        scanned = 0
        do throws(FramingRefusal) {
            guard end <= GatewayLimits.headBytesMax else { throw FramingRefusal.headTooLarge }
            try request.parse(bytes.extracting(first: end))
        } catch {
            if turnsToStreams() == false { refuse(error) }
            return true
        }
        guard let head = inbound.readSlice(length: end) else { return false }
        headBytes = head
        route()
        return true
    }

    private func byte(_ place: Int) -> UInt8? { inbound.getInteger(at: inbound.readerIndex + place) }

    /// Finds the endpoint and decides how the body is taken.
    private func route() {
        let head = headBytes
        let span = head.readableBytesUInt8Span
        let path = RequestPath(span, request.target.lowerBound..<request.pathEnd)
        switch path {
        case .endpoint(let name, let targetStart):
            let routes = core.routes
            guard let endpoint = routes.active.endpoint(named: span.extracting(name)) else {
                return refuseName(
                    String(
                        buffer: headBytes.getSlice(at: headBytes.readerIndex + name.lowerBound, length: name.count)
                            ?? ByteBuffer()))
            }
            self.targetStart = targetStart
            exchange.routes = routes
            exchange.endpoint = endpoint
            if let startedAt { deadline = startedAt + endpoint.deadline }
            takeBody(endpoint)
        case .page: answerPage()
        case .unpinned(let name): refuseUnpinned(name)
        case .unknown: refuse(status: 404, "There is nothing under this path.", keeps: true)
        case .malformed: refuse(status: 400, "The path holds something that no path here needs: %, \\, // or a dot segment.")
        }
    }

    private func takeBody(_ endpoint: ActiveEndpoint) {
        guard request.method != .other else { return refuse(status: 405, "An endpoint takes POST, GET and HEAD.", keeps: true) }
        let bytesMax = endpoint.bodyBytesMax
        holdsBody = endpoint.holdsBody || endpoint.holdsInference && isInference
        let heldMax = holdsBody ? bytesMax : GatewayLimits.heldBodyBytesMax
        switch request.body {
        case .none, .untilClose: return dispatch()
        case .length(let length):
            guard length <= bytesMax else { return refuse(.bodyTooLarge(bytesMax)) }
            bodyRemaining = length
            isStreaming = length > heldMax
        case .chunked: chunks = ChunkedBody()
        }
        if request.fields.expectsContinue, inbound.readableBytes == 0, request.isVersion10 == false {
            write(ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n"), flush: true)
        }
        if isStreaming { dispatch() } else { phase = .body }
    }

    /// Whether the Open Inference Protocol is spoken.
    private var isInference: Bool {
        let head = headBytes
        let path = targetStart..<request.pathEnd
        return path.count >= 3 && Byte.equals(head.readableBytesUInt8Span, path.lowerBound..<path.lowerBound + 3, "/v2")
    }

    /// Whether the body is whole, or the connection is done with.
    func collectBody() -> Bool {
        guard let endpoint = exchange.endpoint else { return true }
        if chunks == nil {
            guard inbound.readableBytes >= bodyRemaining, let whole = inbound.readSlice(length: bodyRemaining) else {
                return holdsMore() == false
            }
            body = whole
            bodyBytes = bodyRemaining
            bodyRemaining = 0
            dispatch()
            return true
        }
        do throws(FramingRefusal) {
            while let piece = try nextChunk(endpoint) { body.writeImmutableBuffer(piece) }
        } catch {
            refuse(error)
            return true
        }
        if chunks == nil {
            dispatch()
            return true
        }
        if holdsBody == false, body.readableBytes > GatewayLimits.heldBodyBytesMax {
            isStreaming = true
            dispatch()
            return true
        }
        if inbound.readableBytes == 0 { inbound = ByteBuffer() }
        return holdsMore() == false
    }

    /// Whether what has come of a body can be held back, until the rest is there. Refuses the request where it cannot.
    private func holdsMore() -> Bool {
        let bytes = body.readableBytes + inbound.readableBytes
        guard bytes > GatewayLimits.heldBodyBytesMax || heldBytes > 0 else { return true }
        if core.holdsInstead(of: heldBytes, bytes) {
            heldBytes = bytes
            return true
        }
        refuse(status: 503, "Too many long bodies are on their way.")
        return false
    }

    func releaseHeld() {
        guard heldBytes > 0 else { return }
        _ = core.holdsInstead(of: heldBytes, 0)
        heldBytes = 0
    }

    /// The next piece of a chunked body; nil when there is none yet, or, with `chunks` nil, when it has ended.
    func nextChunk(_ endpoint: ActiveEndpoint) throws(FramingRefusal) -> ByteBuffer? {
        guard var decoder = chunks else { return nil }
        let piece = try decoder.next(&inbound)
        chunks = decoder
        switch piece {
        case .needsMore: return nil
        case .end:
            chunks = nil
            return nil
        case .data(let bytes):
            bodyBytes += bytes.readableBytes
            guard bodyBytes <= endpoint.bodyBytesMax else { throw .bodyTooLarge(endpoint.bodyBytesMax) }
            return bytes
        }
    }

    private func refuseUnpinned(_ name: Range<Int>) {
        let text = String(
            buffer: headBytes.getSlice(at: headBytes.readerIndex + name.lowerBound, length: name.count) ?? ByteBuffer())
        refuse(
            status: 400,
            "'\(text)' names a stage or an alias, which may point elsewhere tomorrow. An endpoint serves a pinned version: "
                + "ask for /endpoints/NAME/invocations, and pin the version in the slot that the endpoint serves.", keeps: true)
    }

    private func refuseName(_ name: String) {
        refuse(status: 404, "There is no endpoint '\(name)' in route table \(core.routes.active.number).", keeps: true)
    }
}

/// What a path asks for.
enum RequestPath: Equatable {
    /// An endpoint's name, and where the target starts that its version gets.
    case endpoint(Range<Int>, targetStart: Int)
    /// A page of the gateway itself.
    case page
    /// A stage or an alias.
    case unpinned(Range<Int>)
    case unknown
    case malformed

    private static let stages: [StaticString] = ["production", "staging", "archived", "none"]

    init(_ bytes: Span<UInt8>, _ path: Range<Int>) {
        let isEndpoint = Self.starts(bytes, path, "/endpoints/")
        guard isEndpoint || Self.starts(bytes, path, "/v2/models/") else {
            self = Self.starts(bytes, path, "/models:/") ? .unpinned(path) : .page
            return
        }
        let start = path.lowerBound + 11
        var end = start
        while end < path.upperBound, bytes[end] != Byte.slash {
            if bytes[end] == UInt8(ascii: "@") {
                self = .unpinned(start..<Self.segmentEnd(bytes, end, path))
                return
            }
            end += 1
        }
        guard end > start else {
            self = .unknown
            return
        }
        guard Self.isPlain(bytes, end..<path.upperBound) else {
            self = .malformed
            return
        }
        let rest = end..<path.upperBound
        if isEndpoint == false {
            self = .endpoint(start..<end, targetStart: path.lowerBound)
        } else if Self.isScoring(bytes, rest) {
            self = .endpoint(start..<end, targetStart: end)
        } else {
            let next = min(end + 1, path.upperBound)..<Self.segmentEnd(bytes, min(end + 1, path.upperBound), path)
            self = Self.stages.contains { Byte.matches(bytes, next, $0) } ? .unpinned(start..<next.upperBound) : .unknown
        }
    }

    private static func isScoring(_ bytes: Span<UInt8>, _ rest: Range<Int>) -> Bool {
        switch rest.count {
        case 12: Byte.equals(bytes, rest, "/invocations") || starts(bytes, rest, "/v2/")
        case 5: Byte.equals(bytes, rest, "/ping") || starts(bytes, rest, "/v2/")
        case 3: Byte.equals(bytes, rest, "/v2")
        default: starts(bytes, rest, "/v2/") || Byte.equals(bytes, rest, "/version") || Byte.equals(bytes, rest, "/health")
        }
    }

    private static func starts(_ bytes: Span<UInt8>, _ range: Range<Int>, _ text: StaticString) -> Bool {
        let count = text.utf8CodeUnitCount
        return range.count >= count && Byte.equals(bytes, range.lowerBound..<range.lowerBound + count, text)
    }

    private static func segmentEnd(_ bytes: Span<UInt8>, _ from: Int, _ path: Range<Int>) -> Int {
        var at = from
        while at < path.upperBound, bytes[at] != Byte.slash { at += 1 }
        return at
    }

    /// No escapes, empty or dot segments: two programs may understand them differently.
    private static func isPlain(_ bytes: Span<UInt8>, _ range: Range<Int>) -> Bool {
        var previous: UInt8 = 0
        for at in range {
            let byte = bytes[at]
            if byte == UInt8(ascii: "%") || byte == UInt8(ascii: "\\") { return false }
            if previous == Byte.slash, byte == Byte.slash || byte == UInt8(ascii: ".") { return false }
            previous = byte
        }
        return true
    }
}
