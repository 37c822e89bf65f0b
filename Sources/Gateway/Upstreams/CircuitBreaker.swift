package import NIOCore

/// Keeps requests away from a version that fails: opens after failures in a row or a failing share of a window, lets one
/// request through after a pause, closes when that one is answered. A failure is a request without a whole answer, or an
/// answer of 500 and more. Pure: what happened and when comes in.
package struct CircuitBreaker: Sendable, Equatable {
    package struct Rules: Sendable, Equatable {
        package var failuresInARowMax = 10
        package var windowMilliseconds: Int64 = 10_000
        /// A share is looked at from so many requests in the window.
        package var windowRequestsMin = 20
        package var failingShareMax = 0.5
        package var pauseMilliseconds: Int64 = 1_000
        /// Each probe that fails doubles the pause, up to here.
        package var pauseMillisecondsMax: Int64 = 30_000

        package init() {}
    }

    package enum State: Sendable, Equatable {
        case closed
        case open(until: NIODeadline)
        /// One request is on its way to find out.
        case probing(since: NIODeadline)
    }

    package private(set) var state = State.closed
    /// How often it opened, for good.
    package private(set) var openings = 0
    private let rules: Rules
    private var failuresInARow = 0
    private var windowStart = NIODeadline.uptimeNanoseconds(0)
    private var windowRequests = 0
    private var windowFailures = 0
    private var pauseMilliseconds: Int64

    package init(_ rules: Rules = Rules()) {
        self.rules = rules
        pauseMilliseconds = rules.pauseMilliseconds
    }

    /// Whether a request may go to the version now. A true while it is not closed makes that request the probe. A probe of
    /// which nothing was heard for the longest pause is given up.
    package mutating func admits(at now: NIODeadline) -> Bool {
        switch state {
        case .closed: return true
        case .open(let until):
            guard now >= until else { return false }
            state = .probing(since: now)
            return true
        case .probing(let since):
            guard now - since >= .milliseconds(rules.pauseMillisecondsMax) else { return false }
            state = .probing(since: now)
            return true
        }
    }

    package mutating func succeeded(at now: NIODeadline) {
        failuresInARow = 0
        switch state {
        case .closed: count(at: now, isFailure: false)
        // An answer to what was asked before the breaker opened says nothing about now.
        case .open: return
        case .probing:
            state = .closed
            pauseMilliseconds = rules.pauseMilliseconds
            (windowRequests, windowFailures, windowStart) = (0, 0, now)
        }
    }

    package mutating func failed(at now: NIODeadline) {
        failuresInARow += 1
        switch state {
        case .closed:
            count(at: now, isFailure: true)
            let isFailing =
                windowRequests >= rules.windowRequestsMin
                && Double(windowFailures) > rules.failingShareMax * Double(windowRequests)
            if isFailing || failuresInARow >= rules.failuresInARowMax { open(at: now) }
        case .open: return
        case .probing:
            pauseMilliseconds = min(rules.pauseMillisecondsMax, pauseMilliseconds * 2)
            open(at: now)
        }
    }

    /// The request that was admitted never reached the version: nothing was learned, and somebody else may probe.
    package mutating func withdrawn(at now: NIODeadline) {
        if case .probing = state { state = .open(until: now) }
    }

    private mutating func open(at now: NIODeadline) {
        state = .open(until: now + .milliseconds(pauseMilliseconds))
        openings += 1
        failuresInARow = 0
        (windowRequests, windowFailures) = (0, 0)
    }

    private mutating func count(at now: NIODeadline, isFailure: Bool) {
        if now - windowStart >= .milliseconds(rules.windowMilliseconds) {
            (windowRequests, windowFailures, windowStart) = (0, 0, now)
        }
        windowRequests += 1
        if isFailure { windowFailures += 1 }
    }
}
