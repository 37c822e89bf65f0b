import GatehouseCore
import Synchronization

/// Slows down guessing: failures fill a bucket that leaks. As long as one is full, nobody with that key is asked. A class,
/// because all requests count together.
final class FailureLimit: Sendable {
    static let keysMax = 10_000

    struct Rate: Sendable {
        /// Failures in a row before the first pause.
        let burst: Double
        /// After it, one try per so many seconds.
        let secondsPerTry: Double

        static let perUser = Rate(burst: 10, secondsPerTry: 6)
        static let perPeer = Rate(burst: 50, secondsPerTry: 1)
    }

    private struct Bucket {
        var level: Double
        var at: Timestamp
    }

    private let rate: Rate
    private let buckets = Mutex<[String: Bucket]>([:])

    init(_ rate: Rate) { self.rate = rate }

    /// Counts a try as a failure beforehand, so that tries at the same time cannot all pass. Answers the seconds to wait
    /// when the bucket is full.
    func take(_ key: String, at now: Timestamp) -> Int64? {
        buckets.withLock { buckets in
            let level = self.level(buckets[key], at: now)
            if level + 1 > rate.burst {
                let milliseconds = Int64(((level + 1 - rate.burst) * rate.secondsPerTry * 1000).rounded())
                return (milliseconds + 999) / 1000
            }
            if buckets.count >= Self.keysMax { makeRoom(&buckets, at: now) }
            buckets[key] = Bucket(level: level + 1, at: now)
            return nil
        }
    }

    /// The try was none of an intruder.
    func giveBack(_ key: String, at now: Timestamp) {
        buckets.withLock { buckets in
            let level = self.level(buckets[key], at: now) - 1
            buckets[key] = level > 0 ? Bucket(level: level, at: now) : nil
        }
    }

    private func level(_ bucket: Bucket?, at now: Timestamp) -> Double {
        guard let bucket else { return 0 }
        let seconds = Double(max(0, now.since(bucket.at).milliseconds)) / 1000
        return max(0, bucket.level - seconds / rate.secondsPerTry)
    }

    /// Drops what has leaked out, and where that is nothing, the emptier half: whoever is nearest to a pause stays counted.
    private func makeRoom(_ buckets: inout [String: Bucket], at now: Timestamp) {
        buckets = buckets.filter { level($0.value, at: now) > 0 }
        guard buckets.count >= Self.keysMax else { return }
        let fullest = buckets.sorted { level($0.value, at: now) > level($1.value, at: now) }.prefix(Self.keysMax / 2)
        buckets = Dictionary(uniqueKeysWithValues: fullest.map { ($0.key, $0.value) })
    }
}
