/// Decides what is done with one mirror next. Neither waits nor writes.
package struct MirrorMachine: Sendable, Hashable {
    /// The first pause after a failure; it doubles up to the longest.
    package static let pauseSecondsMin: Int64 = 1
    package static let pauseSecondsMax: Int64 = 300
    /// How often a mirror that raised an alarm is looked at again: somebody may have put it right.
    package static let alarmSecondsBetweenLooks: Int64 = 60

    package enum State: Sendable, Hashable {
        /// Not looked at yet.
        case starting
        case catchingUp
        case inStep
        case unreachable
        case alarmed(MirrorAlarm)
    }

    package enum Action: Sendable, Hashable {
        case look
        case advance(from: Int64)
        /// Wait until the log has grown.
        case rest
    }

    package private(set) var state = State.starting
    /// Entries the mirror said it holds; nil: it has not said since the last failure.
    package private(set) var held: Int64?
    private var failures = 0

    package init() {}

    /// What to do, with so many entries in the log.
    package func next(logSize: Int64) -> Action {
        guard let held else { return .look }
        return held < logSize ? .advance(from: held) : .rest
    }

    /// The mirror answered. One that is ahead raises the alarm itself, in whatever way it was looked at.
    package mutating func holds(_ held: Int64, logSize: Int64) {
        failures = 0
        guard held <= logSize else { return raise(.ahead(mirror: held, log: logSize)) }
        self.held = held
        state = held < logSize ? .catchingUp : .inStep
    }

    /// The log grew while the mirror rested.
    package mutating func logGrew(to logSize: Int64) {
        guard let held, held < logSize, state == .inStep else { return }
        state = .catchingUp
    }

    /// Looks anew after the pause, as nobody knows what the failed call did.
    package mutating func failed() -> Duration {
        held = nil
        // An alarm is not forgotten because the mirror cannot be reached for a while.
        if case .alarmed = state {} else { state = .unreachable }
        let seconds = Self.pauseSecondsMin << Int64(min(failures, 16))
        failures += 1
        return .seconds(min(seconds, Self.pauseSecondsMax))
    }

    package mutating func raise(_ alarm: MirrorAlarm) {
        held = nil
        state = .alarmed(alarm)
    }
}
