import GatehouseCore
import Glibc

/// Runs a reader's inputs in processes of their own. One that dies or hangs is counted, named with what replays it, and
/// replaced by one that starts at the next input.
struct FuzzSupervisor {
    private struct Shard {
        let end: Int
        let path: String
        let counts: SharedCounts
        var process: pid_t = 0
        var isRunning = false
        /// The input it was last seen at, and since when.
        var index = -1
        var since = 0.0
    }

    private static let pollMilliseconds: Int32 = 20
    /// A reader that fails this often is broken; more of the same says nothing new.
    private static let failuresMax = 50

    private let reader: FuzzReader
    private let seed: UInt64
    private let secondsMax: Double
    private let root: String
    private var shards: [Shard] = []
    private var tally = FuzzTally()

    /// Fails with `unavailable` when counters cannot be shared.
    init(reader: FuzzReader, inputs: Int, seed: UInt64, processes: Int, secondsMax: Double, root: String) throws {
        self.reader = reader
        self.seed = seed
        self.secondsMax = secondsMax
        self.root = root
        let count = min(processes, inputs)
        for shard in 0..<count {
            let path = "\(Self.temporaryFolder)/gatehouse-fuzz-\(getpid())-\(reader.rawValue)-\(shard)"
            let counts = try SharedCounts(path: path)
            counts[.index] = inputs * shard / count - 1
            shards.append(Shard(end: inputs * (shard + 1) / count, path: path, counts: counts))
        }
    }

    mutating func run() throws -> FuzzTally {
        defer { for shard in shards { unlink(shard.path) } }
        for place in shards.indices { try start(place) }
        while shards.contains(where: \.isRunning) {
            poll(nil, 0, Self.pollMilliseconds)
            for place in shards.indices where shards[place].isRunning { try look(at: place) }
        }
        for shard in shards { tally.add(shard.counts.tally) }
        return tally
    }

    /// Starts a process at the input behind the last one.
    private mutating func start(_ place: Int) throws {
        let from = shards[place].counts[.index] + 1
        guard from < shards[place].end, tally.crashed + tally.hung < Self.failuresMax else {
            shards[place].isRunning = false
            return
        }
        let arguments = [
            CommandLine.arguments[0], "worker", "--reader", reader.rawValue, "--seed", "\(seed)", "--from", "\(from)", "--to",
            "\(shards[place].end)", "--seconds-max", "\(secondsMax)", "--root", root, "--tally", shards[place].path,
        ]
        var words = arguments.map { strdup($0) } + [nil]
        defer { for word in words { free(word) } }
        let failure = posix_spawn(&shards[place].process, "/proc/self/exe", nil, nil, &words, environ)
        guard failure == 0 else {
            throw GatehouseError(.unavailable, "No process can be started: \(String(cString: strerror(failure))).")
        }
        shards[place].isRunning = true
        shards[place].since = ProcessClock.wallSeconds()
    }

    private mutating func look(at place: Int) throws {
        var status: Int32 = 0
        var usage = rusage()
        let shard = shards[place]
        let ended = wait4(shard.process, &status, WNOHANG, &usage)
        if ended == 0 {
            let index = shard.counts[.index]
            if index != shard.index {
                (shards[place].index, shards[place].since) = (index, ProcessClock.wallSeconds())
            } else if ProcessClock.wallSeconds() - shard.since > secondsMax * 10 {
                kill(shard.process, SIGKILL)
                wait4(shard.process, &status, 0, &usage)
                tally.hung += 1
                Report.finding(reader, seed: seed, index: index, "did not end and was killed")
                try start(place)
            }
            return
        }
        guard ended == shard.process else { throw GatehouseError(.unavailable, "A process cannot be waited for.") }
        tally.peakMegabytes = max(tally.peakMegabytes, usage.ru_maxrss / 1024)
        if status == 0 {
            shards[place].isRunning = false
            return
        }
        // The low seven bits are the signal that ended it, and 0 when it exited by itself.
        let signal = status & 0x7F
        let what = signal == 0 ? "exited with \((status >> 8) & 0xFF)" : "crashed by signal \(signal)"
        guard shard.counts[.index] >= 0 else { throw GatehouseError(.unavailable, "The first process \(what).") }
        tally.crashed += 1
        Report.finding(reader, seed: seed, index: shard.counts[.index], what)
        try start(place)
    }

    private static var temporaryFolder: String { getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp" }
}
