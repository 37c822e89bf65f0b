package import NIOCore
import Serving
import Synchronization

/// Takes every exchange of one event loop, from which exposures, live counts and shadow copies start. On the loop it only
/// counts and copies bytes into a page; whatever reads, hashes or writes happens on the recording thread. A class, because one
/// object per loop is shared by all its connections; used on that loop only.
package final class LoopRecorder {
    private let desk: RecordDesk?
    private let eventLoop: (any EventLoop)?
    private let loops: Int
    private var page = RecordPage()
    /// Of the tables in use: a request in flight ends on the table it began with.
    private var segments: [ObjectIdentifier: SegmentRecorder] = [:]
    private var last: SegmentRecorder?
    private let shelf = PageShelf()
    private var lost = 0
    private var countsDue = NIODeadline.uptimeNanoseconds(0)

    static let countsEvery = TimeAmount.seconds(1)

    /// Records nothing.
    package init() {
        desk = nil
        eventLoop = nil
        loops = 1
    }

    /// Records for `desk`. `loops` of them share the limits of each shadow.
    package init(for desk: RecordDesk, on eventLoop: any EventLoop, loops: Int) {
        self.desk = desk
        self.eventLoop = eventLoop
        self.loops = loops
    }

    /// Called on the loop after the last byte of the answer was given to the client's connection.
    package func finished(_ exchange: Exchange) {
        finished(exchange.outcome, in: exchange.segment, of: exchange.endpoint) { exchange }
    }

    /// The same, where the exchange is only put together when something of it is kept: most are counted and forgotten.
    @inline(__always)
    func finished(
        _ outcome: borrowing ExchangeOutcome, in segment: ActiveSegment, of endpoint: ActiveEndpoint,
        _ exchange: () -> Exchange
    ) {
        guard desk != nil else { return }
        let recorder = recorder(of: segment, endpoint, at: outcome.finishedAt)
        if outcome.reason != .override { recorder.count(outcome) }
        let purpose = recorder.purpose(requestBodyBytes: outcome.requestBodyBytes)
        if purpose.isEmpty, segment.hasShadow == false { return }
        keep(exchange(), purpose, recorder)
    }

    private func keep(_ exchange: Exchange, _ purpose: RecordEntry.Purpose, _ segment: SegmentRecorder) {
        if purpose.isEmpty == false { note(exchange, purpose, segment) }
        if exchange.segment.hasShadow { segment.offerCopy(of: exchange, to: self) }
    }

    /// Called on the loop when another route table takes over. What a shadow of both tables does goes on.
    func routesChanged(
        to routes: ActiveRoutes, flushingWith flushRound: FlushRound? = nil, telling log: TLSFailureLog? = nil
    ) {
        guard desk != nil, let eventLoop else { return }
        handOver(withCounts: true)
        last = nil
        var old = segments
        segments.removeAll(keepingCapacity: true)
        for endpoint in routes.endpoints {
            for segment in endpoint.segments {
                let recorder = SegmentRecorder(
                    endpoint, segment, on: eventLoop, loops: loops, flushingWith: flushRound, telling: log)
                if let same = old.first(where: { $0.value.continues(as: recorder) }) {
                    recorder.takeLane(from: same.value)
                    old[same.key] = nil
                }
                segments[ObjectIdentifier(segment)] = recorder
            }
        }
        // Requests of the old table and copies of a shadow that was taken away still end, and are still counted.
        for (id, recorder) in old {
            recorder.retire(at: .now())
            segments[id] = recorder
        }
    }

    /// Called on the loop every `GatewayLimits.tickMilliseconds`.
    package func tick(at now: NIODeadline) {
        guard desk != nil else { return }
        for recorder in segments.values { recorder.tick(at: now) }
        let withCounts = now >= countsDue
        if withCounts {
            countsDue = now + Self.countsEvery
            segments = segments.filter { $0.value.isOver(at: now) == false }
            last = nil
        }
        handOver(withCounts: withCounts)
    }

    // MARK: - Pages

    private func recorder(of segment: ActiveSegment, _ endpoint: ActiveEndpoint, at now: NIODeadline) -> SegmentRecorder {
        if let last, last.segment === segment { return last }
        let id = ObjectIdentifier(segment)
        let recorder: SegmentRecorder
        if let known = segments[id] {
            recorder = known
        } else {
            // Of a table that was replaced long ago.
            recorder = SegmentRecorder(endpoint, segment, on: nil, loops: loops)
            recorder.retire(at: now)
            segments[id] = recorder
        }
        last = recorder
        return recorder
    }

    private func note(_ exchange: borrowing Exchange, _ purpose: RecordEntry.Purpose, _ segment: SegmentRecorder) {
        var entry = RecordEntry(exchange, purpose, segment)
        let copiesRequest = purpose.contains(.inspection)
        let copiesAnswer = copiesRequest || purpose.contains(.exposure)
        if copiesRequest { entry.requestBytes = Self.copied(exchange.requestBody, &entry.purpose) }
        if copiesAnswer, exchange.status < 300 { entry.answerBytes = Self.copied(exchange.answerBody, &entry.purpose) }
        guard makeRoom(for: entry) else { return }
        entry.segment = place(of: segment)
        var id: ByteBuffer?
        if case .taken(let bytes) = exchange.requestID { id = bytes }
        page.append(entry, id: id, unit: exchange.unit, request: exchange.requestBody, answer: exchange.answerBody)
    }

    private static func copied(_ body: ByteBuffer?, _ purpose: inout RecordEntry.Purpose) -> UInt32 {
        guard let body, body.readableBytes <= RecordPage.bodyBytesMax else {
            purpose.insert(.cut)
            return 0
        }
        return UInt32(body.readableBytes)
    }

    /// A copy came back, or will not.
    func note(_ pair: ShadowCopy, _ end: ShadowCopy.Answer, _ segment: SegmentRecorder) {
        var entry = pair.entry
        entry.shadowStatus = UInt16(clamping: end.status ?? 0)
        entry.shadowFailure =
            end.failure.flatMap { failure in UpstreamFailure.allCases.firstIndex(of: failure) }.map { UInt8($0) } ?? 255
        entry.shadowMicroseconds = end.latencyMicroseconds
        entry.requestBytes = Self.copied(pair.request, &entry.purpose)
        entry.answerBytes = Self.copied(pair.answer, &entry.purpose)
        entry.shadowAnswerBytes = end.body.map { Self.copied($0, &entry.purpose) } ?? 0
        guard makeRoom(for: entry) else { return }
        entry.segment = place(of: segment)
        page.append(
            entry, id: pair.id, unit: pair.unit, request: pair.request, answer: pair.answer, shadowAnswer: end.body)
    }

    private func makeRoom(for entry: RecordEntry) -> Bool {
        if page.hasRoom(for: entry) { return true }
        handOver(withCounts: false)
        if page.hasRoom(for: entry) { return true }
        lost += 1
        return false
    }

    private func place(of segment: SegmentRecorder) -> UInt16 {
        if segment.pageSlot == nil {
            segment.pageSlot = page.segments.count
            page.segments.append(RecordSegment(endpoint: segment.endpoint, segment: segment.segment))
        }
        return UInt16(truncatingIfNeeded: segment.pageSlot ?? 0)
    }

    /// Gives the page away, when there is anything in it and the recording thread keeps up; else it is filled on, and what
    /// finds no room is counted.
    private func handOver(withCounts: Bool) {
        guard let desk, let empty = shelf.take() else { return }
        if withCounts {
            for recorder in segments.values where recorder.hasCounts {
                let slot = Int(place(of: recorder))
                recorder.takeCounts(slot: slot, into: &page)
            }
        }
        page.lost = lost
        guard page.isEmpty == false else { return shelf.giveBack(empty) }
        lost = 0
        let full = page
        page = empty
        for recorder in segments.values { recorder.pageSlot = nil }
        let shelf = shelf
        desk.take(full) { shelf.giveBack($0) }
    }

    /// Hands in what is left. The last call, after the loop's connections are closed; what the shadow still has is given up.
    package func close() {
        guard desk != nil else { return }
        for recorder in segments.values { recorder.close() }
        handOver(withCounts: true)
    }
}

/// The pages of one loop that are not in its hand: empty ones, and a count of those with the recording thread. Locked once per
/// page, not per request; a class, because both threads have it.
private final class PageShelf: Sendable {
    private static let pagesOutMax = 16
    private let pages = Mutex<(empty: [RecordPage], out: Int)>(([], 0))

    /// Nil: the recording thread does not keep up.
    func take() -> RecordPage? {
        pages.withLock { pages in
            guard pages.out < Self.pagesOutMax else { return nil }
            pages.out += 1
            return pages.empty.popLast() ?? RecordPage()
        }
    }

    func giveBack(_ page: RecordPage) {
        pages.withLock { pages in
            pages.out -= 1
            pages.empty.append(page)
        }
    }
}
