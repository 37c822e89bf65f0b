package import Serving

/// Which requests are copied to the shadow, and which may not be: bounded by count, bytes and concurrency, so that a shadow can
/// never take more from production than its limits say. Decides only; one per event loop, shadow version and route table.
///
/// At rest, when nothing waits and nothing is in flight, `eligible == mirrored + dropped + late`.
package struct ShadowAdmission: Sendable {
    package enum Decision: Sendable, Equatable {
        /// Send it now.
        case send
        /// Keep it until `finished` gives it a place.
        case wait
        case drop(ShadowCounts.DropReason)
    }

    /// How a copy ended.
    package enum End: Sendable, Equatable {
        case answered
        /// In time, but with no answer that can be read.
        case failed
        case late
        /// It was never sent.
        case dropped(ShadowCounts.DropReason)
    }

    private let limits: ShadowLimits
    private var tally = Tally()
    package private(set) var waiting = 0
    package private(set) var waitingBytes = 0
    package private(set) var inFlight = 0
    private var isStopping = false

    /// Numbers instead of the names in `ShadowCounts`: a request costs no look-up of a text.
    private struct Tally {
        var eligible = 0
        var mirrored = 0
        var late = 0
        var failed = 0
        var dropped = [Int](repeating: 0, count: ShadowCounts.DropReason.allCases.count)
        var tooLarge = [Int](repeating: 0, count: Int.bitWidth)
    }

    /// `loops` event loops share the limits; each has at least one place.
    package init(limits: ShadowLimits, loops: Int = 1) {
        func share(_ total: Int) -> Int { total <= 0 ? 0 : max(1, total / max(1, loops)) }
        var own = limits
        own.waitingMax = share(limits.waitingMax)
        own.waitingBytesMax = share(limits.waitingBytesMax)
        own.concurrencyMax = share(limits.concurrencyMax)
        self.limits = own
    }

    /// A request that the shadow's salt chose. `bytes`: of its body; `isWhole`: the body was kept, not streamed.
    package mutating func offered(bytes: Int, isWhole: Bool, hold: ShadowCounts.DropReason?) -> Decision {
        tally.eligible += 1
        if bytes > limits.bodyBytesMax {
            tally.tooLarge[Int.bitWidth - 1 - max(1, bytes).leadingZeroBitCount] += 1
            return drop(.bodyTooLarge)
        }
        if isStopping { return drop(.stopping) }
        if let hold { return drop(hold) }
        if isWhole == false { return drop(.streamed) }
        if waitingBytes + bytes > limits.waitingBytesMax { return drop(.bytesFull) }
        if inFlight < limits.concurrencyMax, waiting == 0 {
            inFlight += 1
            waitingBytes += bytes
            return .send
        }
        // Without a place that could become free, nothing may wait for one.
        if waiting >= limits.waitingMax || limits.concurrencyMax == 0 { return drop(.countFull) }
        waiting += 1
        waitingBytes += bytes
        return .wait
    }

    /// A copy in flight ended. True: the oldest that waits is now in flight, and is to be sent.
    package mutating func finished(bytes: Int, _ end: End) -> Bool {
        guard inFlight > 0 else { return false }
        inFlight -= 1
        waitingBytes -= bytes
        count(end)
        guard waiting > 0, isStopping == false else { return false }
        waiting -= 1
        inFlight += 1
        return true
    }

    /// Everything that waits is given up; what is in flight ends by itself.
    package mutating func stopped(waitingBytes bytes: Int) {
        isStopping = true
        for _ in 0..<waiting { _ = drop(.stopping) }
        waiting = 0
        waitingBytes -= bytes
    }

    /// What is in flight is not waited for: how it ends will not be known.
    package mutating func abandoned() {
        for _ in 0..<inFlight { _ = drop(.stopping) }
        inFlight = 0
        waitingBytes = 0
    }

    private mutating func count(_ end: End) {
        switch end {
        case .answered: tally.mirrored += 1
        case .failed:
            tally.mirrored += 1
            tally.failed += 1
        case .late: tally.late += 1
        case .dropped(let reason): _ = drop(reason)
        }
    }

    private mutating func drop(_ reason: ShadowCounts.DropReason) -> Decision {
        if let index = ShadowCounts.DropReason.allCases.firstIndex(of: reason) { tally.dropped[index] += 1 }
        return .drop(reason)
    }

    /// What was counted since the last time.
    package mutating func takeCounts() -> ShadowCounts {
        var counts = ShadowCounts()
        counts.eligible = tally.eligible
        counts.mirrored = tally.mirrored
        counts.late = tally.late
        counts.failed = tally.failed
        for (index, reason) in ShadowCounts.DropReason.allCases.enumerated() where tally.dropped[index] > 0 {
            counts.drop(reason, count: tally.dropped[index])
        }
        for (power, count) in tally.tooLarge.enumerated() where count > 0 { counts.tooLarge["2^\(power)"] = count }
        tally = Tally()
        return counts
    }
}
