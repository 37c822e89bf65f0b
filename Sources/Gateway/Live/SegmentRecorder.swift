import NIOCore
import Serving

/// What one loop counts of one segment. A class, because requests find it by their segment and count in it; used on its loop.
final class SegmentRecorder {
    let endpoint: ActiveEndpoint
    let segment: ActiveSegment
    /// Its place in the page that is being filled.
    var pageSlot: Int?
    private(set) var hasCounts = false
    private var champion = ArmTally()
    private var challenger = ArmTally()
    private var lastKnownGood = ArmTally()
    private let inspectEvery: Int
    private let logEvery: Int
    private var untilInspection: Int
    private var untilLog: Int
    private var lane: ShadowLane?
    private var retiredAt: NIODeadline?
    static let keptAfterRetirement = TimeAmount.minutes(2)

    /// One arm's counts. The latency buckets have their full number from the start: counting allocates nothing.
    private struct ArmTally {
        var requests = 0
        var errors = 0
        var rejected = 0
        var latency = LatencyTally()
    }

    /// Without an event loop no copies are made.
    init(
        _ endpoint: ActiveEndpoint, _ segment: ActiveSegment, on eventLoop: (any EventLoop)?, loops: Int,
        flushingWith flushRound: FlushRound? = nil, telling log: TLSFailureLog? = nil
    ) {
        self.endpoint = endpoint
        self.segment = segment
        inspectEvery = max(0, endpoint.rules.liveStatistics?.every ?? 0)
        logEvery = max(0, endpoint.rules.accessLogEvery)
        untilInspection = inspectEvery
        untilLog = logEvery
        if let eventLoop, let route = segment.shadow, let version = segment.shadowVersion {
            switch version.place {
            case .server(let address):
                let pool = UpstreamPool(
                    address, of: version, connectionsMax: max(1, route.limits.concurrencyMax / max(1, loops)), on: eventLoop,
                    flushingWith: flushRound, telling: log)
                lane = ShadowLane(route, to: .server(pool), loops: loops)
            case .process(let local):
                lane = ShadowLane(route, to: .process(local, on: eventLoop), loops: loops)
            }
        }
    }

    // MARK: - Every request

    /// A request that fell back counts for both arms: as an error of the one it was assigned to, and by its answer for the one
    /// that answered.
    func count(_ exchange: borrowing ExchangeOutcome) {
        hasCounts = true
        let served = exchange.served ?? exchange.assigned
        let isError = exchange.status >= 500 || (exchange.failure != nil && exchange.reason != .fallback)
        let isRejected = isError == false && exchange.status >= 400
        update(served) { tally in
            tally.requests += 1
            if isError { tally.errors += 1 }
            if isRejected { tally.rejected += 1 }
            tally.latency.observe(exchange.latencyMicroseconds)
        }
        if exchange.reason == .fallback {
            update(exchange.assigned) { tally in
                tally.requests += 1
                tally.errors += 1
            }
        }
    }

    @inline(__always)
    private func update(_ arm: ActiveArm, _ change: (inout ArmTally) -> Void) {
        switch place(of: arm) {
        case .challenger: change(&challenger)
        case .lastKnownGood: change(&lastKnownGood)
        case .champion, .nobody: change(&champion)
        }
    }

    func place(of arm: ActiveArm?) -> ArmPlace {
        guard let arm else { return .nobody }
        if arm === segment.champion { return .champion }
        if arm === segment.challenger { return .challenger }
        return arm === segment.lastKnownGood ? .lastKnownGood : .nobody
    }

    /// What an exchange is noted for. An exposure is of a split: where nothing is compared, nothing is kept of a unit.
    func purpose(requestBodyBytes: Int) -> RecordEntry.Purpose {
        var purpose: RecordEntry.Purpose = segment.hasSplit ? .exposure : []
        if inspectEvery > 0, requestBodyBytes > 0 {
            untilInspection -= 1
            if untilInspection <= 0 {
                untilInspection = inspectEvery
                purpose.insert(.inspection)
            }
        }
        if logEvery > 0 {
            untilLog -= 1
            if untilLog <= 0 {
                untilLog = logEvery
                purpose.insert(.accessLog)
            }
        }
        return purpose
    }

    // MARK: - Shadow

    func offerCopy(of exchange: borrowing Exchange, to recorder: LoopRecorder) {
        lane?.offer(exchange, from: self, to: recorder)
    }

    /// Whether the other one is this segment's place in a newer table, with the same shadow.
    func continues(as other: SegmentRecorder) -> Bool {
        lane != nil && other.lane != nil && endpoint.name == other.endpoint.name && segment.name == other.segment.name
            && segment.shadow == other.segment.shadow
    }

    func takeLane(from other: SegmentRecorder) {
        lane = other.lane
        other.lane = nil
    }

    /// No table names this segment any longer.
    func retire(at now: NIODeadline) {
        lane?.stop()
        retiredAt = now
    }

    func close() {
        guard let lane else { return }
        lane.close()
        hasCounts = true
    }

    func isOver(at now: NIODeadline) -> Bool {
        guard let retiredAt else { return false }
        return hasCounts == false && lane?.isQuiet ?? true && now - retiredAt > Self.keptAfterRetirement
    }

    func tick(at now: NIODeadline) { lane?.tick(at: now) }

    func copyEnded() { hasCounts = true }

    // MARK: - Handing over

    func takeCounts(slot: Int, into page: inout RecordPage) {
        for (place, tally) in [(ArmPlace.champion, champion), (.challenger, challenger), (.lastKnownGood, lastKnownGood)]
        where tally.requests > 0 {
            page.counts.append(
                ArmCountsOfLoop(
                    segment: slot, place: place, requests: tally.requests, errors: tally.errors, rejected: tally.rejected,
                    latency: LatencyCounts(counts: tally.latency.counts)))
        }
        if champion.requests > 0 { champion = ArmTally() }
        if challenger.requests > 0 { challenger = ArmTally() }
        if lastKnownGood.requests > 0 { lastKnownGood = ArmTally() }
        if let lane {
            let counts = lane.takeCounts()
            if counts != ShadowCounts() { page.shadows.append(ShadowCountsOfLoop(segment: slot, counts: counts)) }
        }
        hasCounts = false
    }
}

extension RecordEntry {
    init(_ exchange: borrowing Exchange, _ purpose: Purpose, _ segment: SegmentRecorder) {
        self.purpose = purpose
        reason = Self.number(of: exchange.reason)
        assigned = segment.place(of: exchange.assigned)
        served = segment.place(of: exchange.served)
        if let failure = exchange.failure, let index = UpstreamFailure.allCases.firstIndex(of: failure) {
            self.failure = UInt8(index)
        }
        status = UInt16(clamping: exchange.status)
        atMilliseconds = exchange.atMilliseconds
        latencyMicroseconds = exchange.latencyMicroseconds
        requestBodyBytes = Int64(exchange.requestBodyBytes)
        answerBodyBytes = Int64(exchange.answerBodyBytes)
        unitBytes = UInt16(clamping: exchange.unit?.readableBytes ?? 0)
        switch exchange.requestID {
        case .made(let prefix, let number): (idPrefix, idNumber) = (prefix, number)
        case .taken(let bytes): idBytes = UInt16(clamping: bytes.readableBytes)
        }
    }

    /// As `Exposure.Reason.allCases` counts them, without searching.
    private static func number(of reason: Exposure.Reason) -> UInt8 {
        switch reason {
        case .assigned: 0
        case .override: 1
        case .fallback: 2
        case .noUnit: 3
        case .holdout: 4
        case .otherLayer: 5
        }
    }
}
