import GatehouseCore
import NIOCore
import Serving

/// The copies of one loop for one shadow: connections, time limit and counts of its own, so that nothing of it can be felt by
/// production but the memory and time that its limits allow. Never tries twice. A class, because answers come back to it.
final class ShadowLane {
    private let route: ShadowRoute
    private let upstream: ShadowUpstream
    private var admission: ShadowAdmission
    private var pause: ShadowPause
    private var waiting = CircularBuffer<Waiting>()

    private struct Waiting {
        let copy: ShadowCopy
        let segment: SegmentRecorder
    }

    init(_ route: ShadowRoute, to upstream: ShadowUpstream, loops: Int) {
        self.route = route
        self.upstream = upstream
        admission = ShadowAdmission(limits: route.limits, loops: loops)
        pause = ShadowPause(aboveP95Ratio: route.limits.pauseAboveP95Ratio, salt: route.salt)
    }

    // MARK: - On the loop, after production's answer

    func offer(_ exchange: borrowing Exchange, from segment: SegmentRecorder, to recorder: LoopRecorder) {
        // Without a body it asked for health or metadata, of which there is nothing to compare.
        guard exchange.requestBodyBytes > 0, exchange.reason != .override else { return }
        let now = exchange.atMilliseconds + exchange.latencyMicroseconds / 1_000
        let hold = pause.hold(at: now)
        if exchange.failure == nil { pause.observed(microseconds: exchange.latencyMicroseconds, at: now) }
        guard isChosen(exchange) else { return }
        segment.copyEnded()
        switch admission.offered(bytes: exchange.requestBodyBytes, isWhole: exchange.requestBody != nil, hold: hold) {
        case .drop: return
        case .send:
            guard let copy = ShadowCopy(exchange, segment) else { return }
            send(copy, segment, recorder)
        case .wait:
            guard let copy = ShadowCopy(exchange, segment) else { return }
            waiting.append(Waiting(copy: copy, segment: segment))
        }
    }

    /// By unit where there is one, so that a shadow sees all requests of some units; else by request id.
    private func isChosen(_ exchange: borrowing Exchange) -> Bool {
        if route.buckets >= Bucketing.total { return true }
        if route.buckets <= 0 { return false }
        if let unit = exchange.unit {
            return Bucketing.gh1.bucket(of: unit.readableBytesView, salt: route.salt) < route.buckets
        }
        return Bucketing.gh1.bucket(of: exchange.requestID.text.utf8, salt: route.salt) < route.buckets
    }

    private func send(_ copy: ShadowCopy, _ segment: SegmentRecorder, _ recorder: LoopRecorder) {
        let start = NIODeadline.now()
        let deadline = start + .milliseconds(Int64(max(1, route.limits.deadlineMilliseconds)))
        upstream.send(copy, deadline) { result in
            let microseconds = (NIODeadline.now() - start).nanoseconds / 1_000
            self.ended(copy, ShadowCopy.Answer(result, microseconds), segment, recorder)
        }
    }

    private func ended(_ copy: ShadowCopy, _ answer: ShadowCopy.Answer, _ segment: SegmentRecorder, _ recorder: LoopRecorder) {
        let end: ShadowAdmission.End =
            switch answer.failure {
            case nil: .answered
            case .deadline: .late
            case .connect, .overloaded, .open, .notReady, .tls: .dropped(.noConnection)
            case .closed, .malformed, .tooLarge: .failed
            }
        segment.copyEnded()
        recorder.note(copy, answer, segment)
        if admission.finished(bytes: copy.request.readableBytes, end), let next = waiting.popFirst() {
            send(next.copy, next.segment, recorder)
        }
    }

    // MARK: - From time to time

    func tick(at now: NIODeadline) { upstream.tick(now) }

    /// The shadow is taken away: what waits is dropped, what is in flight ends by its deadline.
    func stop() {
        admission.stopped(waitingBytes: waiting.reduce(0) { $0 + $1.copy.request.readableBytes })
        waiting.removeAll()
        upstream.retire()
    }

    /// The gateway ends: nobody is left to hear how copies in flight end.
    func close() {
        stop()
        admission.abandoned()
    }

    var isQuiet: Bool { admission.inFlight == 0 && admission.waiting == 0 }

    func takeCounts() -> ShadowCounts { admission.takeCounts() }
}

/// A request that goes to the shadow, and what production answered. Short ones are copied together: sharing the memory that they
/// were read into would keep sixteen kilobytes of it for each, of which limits know nothing, until the shadow has answered.
struct ShadowCopy {
    struct Answer {
        let status: Int?
        let body: ByteBuffer?
        let failure: UpstreamFailure?
        let latencyMicroseconds: Int64

        init(_ result: Result<ShadowUpstream.Answer, UpstreamFailure>, _ latencyMicroseconds: Int64) {
            self.latencyMicroseconds = latencyMicroseconds
            switch result {
            case .success(let answer): (status, body, failure) = (answer.status, answer.body, nil)
            case .failure(let failure): (status, body, self.failure) = (nil, nil, failure)
            }
        }
    }

    static let togetherBytesMax = 4_096

    let entry: RecordEntry
    let target: ByteBuffer
    let contentType: ByteBuffer?
    let request: ByteBuffer
    let answer: ByteBuffer?
    let id: ByteBuffer?
    let unit: ByteBuffer?

    init?(_ exchange: borrowing Exchange, _ segment: SegmentRecorder) {
        guard let body = exchange.requestBody else { return nil }
        entry = RecordEntry(exchange, .shadowPair, segment)
        var named: ByteBuffer?
        if case .taken(let bytes) = exchange.requestID { named = bytes }
        let pieces = [exchange.target, exchange.contentType, body, exchange.answerBody, exchange.unit, named]
        let bytes = pieces.reduce(0) { $0 + ($1?.readableBytes ?? 0) }
        guard bytes <= Self.togetherBytesMax else {
            (target, contentType, request) = (exchange.target, exchange.contentType, body)
            (answer, unit, id) = (exchange.answerBody, exchange.unit, named)
            return
        }
        var all = ByteBuffer()
        all.write(room: bytes) { memory in for case let piece? in pieces { memory.append(piece) } }
        func take(_ piece: ByteBuffer?) -> ByteBuffer? { piece.flatMap { all.readSlice(length: $0.readableBytes) } }
        target = take(exchange.target) ?? ByteBuffer()
        contentType = take(exchange.contentType)
        request = take(body) ?? ByteBuffer()
        answer = take(exchange.answerBody)
        unit = take(exchange.unit)
        id = take(named)
    }

    /// The whole request. `head` is what is the same in all of them, from behind the target on.
    func bytes(basePath: ByteBuffer, _ head: ByteBuffer) -> ByteBuffer {
        let room =
            MessageWriter.ownBytesMax + basePath.readableBytes + target.readableBytes + head.readableBytes
            + (contentType?.readableBytes ?? 0) + request.readableBytes
        var bytes = ByteBuffer()
        bytes.write(room: room) { message in
            message.append("POST ")
            message.append(basePath)
            message.append(target)
            message.append(head)
            if let contentType {
                message.append("content-type: ")
                message.append(contentType)
                message.append("\r\n")
            }
            message.append("content-length: ")
            message.append(decimal: request.readableBytes)
            message.append("\r\n\r\n")
            message.append(request)
        }
        return bytes
    }
}
