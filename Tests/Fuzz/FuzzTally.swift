import GatehouseCore
import Glibc

/// What became of some inputs.
struct FuzzTally: Equatable {
    var read = 0
    var refused: [String: Int] = [:]
    var crashed = 0
    var slow = 0
    /// Broken rules: a refusal of the wrong kind, two answers for one input.
    var wrong = 0
    var hung = 0
    var peakMegabytes = 0

    var inputs: Int { read + refusedCount + crashed + wrong + hung }
    var refusedCount: Int { refused.values.reduce(0, +) }
    var isClean: Bool { crashed == 0 && slow == 0 && hung == 0 && wrong == 0 }

    var summary: String {
        "inputs \(inputs), read \(read), refused \(refusedCount), crashed \(crashed), slow \(slow + hung), peak MB \(peakMegabytes)"
    }

    var refusals: String {
        let kinds = refused.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) \($0.value)" }
        return kinds.isEmpty ? "" : " (\(kinds.joined(separator: ", ")))"
    }

    mutating func add(_ other: FuzzTally) {
        read += other.read
        refused.merge(other.refused, uniquingKeysWith: +)
        crashed += other.crashed
        slow += other.slow
        wrong += other.wrong
        hung += other.hung
        peakMegabytes = max(peakMegabytes, other.peakMegabytes)
    }
}

/// Counters in a file that two processes map: they outlive the one that counts.
struct SharedCounts {
    enum Slot: Int, CaseIterable {
        case index, read, slow, wrong
    }

    private static let slotCount = Slot.allCases.count + ErrorCode.allCases.count
    private let slots: UnsafeMutablePointer<Int>

    /// Maps the file, made large enough. Fails with `unavailable`.
    init(path: String) throws {
        let bytes = Self.slotCount * MemoryLayout<Int>.stride
        let descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw GatehouseError(.unavailable, "\(path) cannot be opened.") }
        defer { close(descriptor) }
        guard ftruncate(descriptor, bytes) == 0,
            let memory = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0), memory != MAP_FAILED
        else { throw GatehouseError(.unavailable, "\(path) cannot be mapped.") }
        slots = memory.bindMemory(to: Int.self, capacity: Self.slotCount)
    }

    subscript(slot: Slot) -> Int {
        get { slots[slot.rawValue] }
        nonmutating set { slots[slot.rawValue] = newValue }
    }

    func countRefusal(_ code: ErrorCode) {
        guard let place = ErrorCode.allCases.firstIndex(of: code) else { return }
        slots[Slot.allCases.count + place] += 1
    }

    var tally: FuzzTally {
        var tally = FuzzTally()
        tally.read = self[.read]
        tally.slow = self[.slow]
        tally.wrong = self[.wrong]
        for (place, code) in ErrorCode.allCases.enumerated() where slots[Slot.allCases.count + place] > 0 {
            tally.refused[code.rawValue] = slots[Slot.allCases.count + place]
        }
        return tally
    }
}

enum ProcessClock {
    static func cpuSeconds() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }
    static func wallSeconds() -> Double { seconds(CLOCK_MONOTONIC) }

    private static func seconds(_ clock: clockid_t) -> Double {
        var time = timespec()
        clock_gettime(clock, &time)
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}

enum AddressSpace {
    static let bytesMax: rlim_t = 2 << 30

    /// An allocation beyond it fails, and with it the process. Fails with `unavailable`.
    static func limit() throws {
        var limit = rlimit(rlim_cur: bytesMax, rlim_max: bytesMax)
        guard setrlimit(__rlimit_resource_t(RLIMIT_AS.rawValue), &limit) == 0 else {
            throw GatehouseError(.unavailable, "The address space cannot be limited.")
        }
    }
}
