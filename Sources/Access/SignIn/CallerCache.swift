import GatehouseCore
import Synchronization

/// Who was verified a moment ago, so that a request with known credentials costs neither a database read nor a password
/// hash. A class, because requests and changes share it.
///
/// Every change to users, tokens, grants and sessions empties it. A reader that began before the change has an older
/// generation and may not write what it read.
package final class CallerCache: Sendable {
    static let callersMax = 10_000
    /// Bounds what another process on the same database may have changed unseen.
    static let secondsMax: Int64 = 120

    private struct Entry {
        let caller: Caller
        let until: Timestamp
    }

    private struct State {
        var generation: Int64 = 0
        var entries: [[UInt8]: Entry] = [:]
    }

    private let state = Mutex(State())

    package init() {}

    var generation: Int64 { state.withLock { $0.generation } }

    func caller(_ key: [UInt8], at now: Timestamp) -> Caller? {
        state.withLock { state in
            guard let entry = state.entries[key] else { return nil }
            if now < entry.until { return entry.caller }
            state.entries[key] = nil
            return nil
        }
    }

    /// Keeps a caller for a while, but not beyond the end of what was shown, and not past a change since `generation`.
    func keep(_ verified: VerifiedCaller, _ key: [UInt8], generation: Int64, at now: Timestamp) {
        let end = now.adding(.seconds(Self.secondsMax))
        let until = verified.expires.map { min($0, end) } ?? end
        state.withLock { state in
            guard state.generation == generation else { return }
            // All of them were verified, so nobody fills it without accounts; starting again is cheap.
            if state.entries.count >= Self.callersMax { state.entries.removeAll(keepingCapacity: true) }
            state.entries[key] = Entry(caller: verified.caller, until: until)
        }
    }

    /// Call after the commit of any change to who may do what.
    package func forgetAll() {
        state.withLock { state in
            state.generation += 1
            state.entries.removeAll(keepingCapacity: true)
        }
    }
}

/// Who credentials belong to, and until when they are good.
struct VerifiedCaller: Sendable {
    let caller: Caller
    let expires: Timestamp?
}
