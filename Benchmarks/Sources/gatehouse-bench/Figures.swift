import GatehouseCore
import Glibc

/// What one computation took. A peer reports the same of itself.
struct Figures {
    let wallSeconds: Double
    /// Of all threads, in user and system mode.
    let cpuSeconds: Double
    /// The most memory the process ever held until now, its input included.
    let peakMegabytes: Double
    /// The same just before the clock started.
    let peakMegabytesBefore: Double

    private struct Reading {
        let wallSeconds = Self.seconds(CLOCK_MONOTONIC)
        let cpuSeconds = Self.seconds(CLOCK_PROCESS_CPUTIME_ID)
        let peakMegabytes = Self.peakMegabytes()

        private static func seconds(_ clock: clockid_t) -> Double {
            var time = timespec()
            clock_gettime(clock, &time)
            return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
        }

        /// From /proc: what getrusage says includes the program that started this one.
        private static func peakMegabytes() -> Double {
            guard let file = fopen("/proc/self/status", "r") else { return .nan }
            defer { fclose(file) }
            let name = "VmHWM:"
            var line = [CChar](repeating: 0, count: 256)
            while fgets(&line, Int32(line.count), file) != nil {
                guard line.starts(with: name.utf8.map { CChar($0) }) else { continue }
                return Double(atol(Array(line.dropFirst(name.utf8.count)))) / 1024
            }
            return .nan
        }
    }

    private init(_ before: Reading, _ after: Reading) {
        wallSeconds = after.wallSeconds - before.wallSeconds
        cpuSeconds = after.cpuSeconds - before.cpuSeconds
        peakMegabytes = after.peakMegabytes
        peakMegabytesBefore = before.peakMegabytes
    }

    static func measure<Result>(_ work: () throws -> Result) rethrows -> (Result, Figures) {
        let before = Reading()
        let result = try work()
        return (result, Figures(before, Reading()))
    }

    static func measure<Result>(_ work: () async throws -> Result) async rethrows -> (Result, Figures) {
        let before = Reading()
        let result = try await work()
        return (result, Figures(before, Reading()))
    }

    /// One line of JSON on standard output.
    func report(_ result: JSONValue) {
        let object: JSONValue = [
            "wall_s": .number(wallSeconds), "cpu_s": .number(cpuSeconds), "peak_mb": .number(peakMegabytes),
            "before_mb": .number(peakMegabytesBefore), "result": result,
        ]
        print(object.canonicalText)
    }
}
