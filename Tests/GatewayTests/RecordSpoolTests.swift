import GatehouseCore
import Glibc
import Synchronization
import Testing

@testable import Gateway

/// A directory that is gone after the test.
struct ScratchDirectory: ~Copyable {
    let path: String

    init() {
        var template = Array("/tmp/gatehouse-spool-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? ""
    }

    deinit {
        for name in names { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    var names: [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
            if name.hasPrefix(".") == false { names.append(name) }
        }
        return names.sorted()
    }

    /// Cuts off the end of the newest file that holds anything, as a crash of the machine would.
    func tearNewest(by bytes: Int) {
        for name in names.reversed() where name.hasSuffix(".batch") {
            var status = stat()
            let file = "\(path)/\(name)"
            guard stat(file, &status) == 0, status.st_size > 0 else { continue }
            truncate(file, max(0, status.st_size - bytes))
            return
        }
    }
}

private func line(_ number: Int) -> [UInt8] { Array("{\"n\":\(number)}\n".utf8) }

private func numbers(_ lines: [UInt8]) -> [Int] {
    String(decoding: lines, as: UTF8.self).split(separator: "\n").compactMap { Int($0.dropFirst(5).dropLast()) }
}

@Suite struct RecordSpoolTests {
    @Test("What was sealed is shipped in order, under numbers that go on after a restart")
    func order() throws {
        let directory = ScratchDirectory()
        var spool: RecordSpool? = try RecordSpool(directory: directory.path)
        for number in 0..<3 {
            #expect(spool?.append(lines: line(number), records: 1) == true)
            #expect(spool?.seal() == true)
        }
        let first = try #require(spool?.oldest())
        #expect(first == RecordSpool.Batch(number: 1, lines: line(0)))
        for _ in 0..<3 { spool?.acknowledge(try #require(spool?.oldest()).number) }
        #expect(spool?.oldest() == nil)

        spool = nil
        let again = try RecordSpool(directory: directory.path)
        #expect(again.append(lines: line(9), records: 1))
        #expect(again.seal())
        // Had the numbers begun anew, the registry would take this for a batch it has.
        #expect(try #require(again.oldest()).number > 3)
        #expect(again.oldest()?.lines == line(9))
    }

    @Test("A frame that a crash tore at any byte is cut off, and those before it stay", arguments: 1...24)
    func torn(bytes: Int) throws {
        let directory = ScratchDirectory()
        var spool: RecordSpool? = try RecordSpool(directory: directory.path)
        #expect(spool?.append(lines: line(1), records: 1) == true)
        #expect(spool?.sync() == true)
        #expect(spool?.append(lines: line(2), records: 1) == true)
        spool = nil
        // The last frame has 12 bytes of head and 8 of lines; what was synced cannot be torn, so no more than that is.
        let frame = SpoolFrame.headBytes + line(2).count
        directory.tearNewest(by: min(bytes, frame))
        let again = try RecordSpool(directory: directory.path)
        #expect(numbers(try #require(again.oldest()).lines) == [1])
        #expect(again.counts.tornBytes == max(0, frame - bytes))
    }

    @Test("A flipped bit ends the file there instead of being shipped")
    func damaged() throws {
        let directory = ScratchDirectory()
        var spool: RecordSpool? = try RecordSpool(directory: directory.path)
        for number in 1...2 { #expect(spool?.append(lines: line(number), records: 1) == true) }
        #expect(spool?.seal() == true)
        let file = try #require(directory.names.first)
        let descriptor = open("\(directory.path)/\(file)", O_RDWR)
        var letter = UInt8(ascii: "7")
        #expect(pwrite(descriptor, &letter, 1, off_t(2 * SpoolFrame.headBytes + line(1).count + 4)) == 1)
        close(descriptor)
        #expect(numbers(try #require(spool?.oldest()).lines) == [1])
        spool = nil
    }

    @Test("A full spool refuses the newest records and keeps what it has")
    func full() throws {
        let directory = ScratchDirectory()
        var limits = RecordSpool.Limits()
        limits.bytesMax = 100
        let spool = try RecordSpool(directory: directory.path, limits: limits)
        var taken: [Int] = []
        for number in 0..<20 where spool.append(lines: line(number), records: 1) { taken.append(number) }
        #expect(taken == [0, 1, 2, 3, 4])
        #expect(spool.counts.refused == 15)
        #expect(spool.seal())
        let batch = try #require(spool.oldest())
        #expect(numbers(batch.lines) == taken)
        spool.acknowledge(batch.number)
        #expect(spool.append(lines: line(20), records: 1))
    }

    @Test("A batch ends at its limits, and one the registry refuses does not hold up the next")
    func limits() throws {
        let directory = ScratchDirectory()
        var limits = RecordSpool.Limits()
        limits.batchRecordsMax = 2
        let spool = try RecordSpool(directory: directory.path, limits: limits)
        for number in 0..<5 { #expect(spool.append(lines: line(number), records: 1)) }
        #expect(spool.seal())
        #expect(spool.batchesWaiting == 3)
        let first = try #require(spool.oldest())
        #expect(numbers(first.lines) == [0, 1])
        spool.setAside(first.number)
        #expect(numbers(try #require(spool.oldest()).lines) == [2, 3])
        #expect(directory.names.contains { $0.hasSuffix(".refused") })
        #expect(spool.append(lines: [UInt8](repeating: 0x61, count: limits.batchBytesMax + 1), records: 1) == false)
    }

    @Test("Whatever crashes where, the registry gets every acknowledged record once and none twice", arguments: 1...25)
    func crashes(seed: UInt64) throws {
        let run = try CrashRun(seed: seed)
        for _ in 0..<200 { try run.step() }
        run.shipAll()
        let all = run.taken.values.flatMap(\.self)
        #expect(Set(all).count == all.count)
        #expect(run.acknowledged.subtracting(all).isEmpty)
    }

    @Test("A shipper repeats a batch with growing waits until it is taken, and sets a refused one aside")
    func shipping() async throws {
        let log = Mutex<[String]>([])
        let source = ListedBatches([1, 2, 3])
        let shipper = RecordShipper(
            from: source,
            sleep: { duration in
                log.withLock { $0.append("wait \(duration.milliseconds)") }
                if source.isEmpty { throw CancellationError() }
            },
            ship: { number, _ in
                let attempts = log.withLock { entries in
                    entries.append("ship \(number)")
                    return entries.count { $0 == "ship \(number)" }
                }
                if number == 2, attempts < 4 { throw GatehouseError(.unavailable, "down") }
                if number == 3 { throw GatehouseError(.invalidArgument, "no") }
            })
        await shipper.run()
        #expect(
            log.withLock(\.self) == [
                "ship 1", "ship 2", "wait 250", "ship 2", "wait 500", "ship 2", "wait 1000", "ship 2", "ship 3", "wait 250",
            ])
        #expect(source.refused == [3])
    }
}

private final class ListedBatches: RecordShipper.Source {
    private let numbers: Mutex<(waiting: [Int64], refused: [Int64])>
    init(_ numbers: [Int64]) { self.numbers = Mutex((numbers, [])) }
    var isEmpty: Bool { numbers.withLock { $0.waiting.isEmpty } }
    var refused: [Int64] { numbers.withLock { $0.refused } }
    func oldest() -> RecordSpool.Batch? {
        numbers.withLock { $0.waiting.first.map { RecordSpool.Batch(number: $0, lines: []) } }
    }
    func acknowledge(_ number: Int64) { numbers.withLock { $0.waiting.removeAll { $0 == number } } }
    func setAside(_ number: Int64) {
        acknowledge(number)
        numbers.withLock { $0.refused.append(number) }
    }
}

struct SeededChoices {
    var state: UInt64
    mutating func next(below bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int((state >> 33) % UInt64(bound))
    }
}

/// A spool that is written, shipped and broken at random, beside a registry that takes each number once.
/// A class, because it owns a folder that is removed once.
private final class CrashRun {
    let directory = ScratchDirectory()
    private var random: SeededChoices
    private var limits = RecordSpool.Limits()
    private var spool: RecordSpool?
    private(set) var acknowledged: Set<Int> = []
    private var unsynced: [Int] = []
    private(set) var taken: [Int64: [Int]] = [:]
    private var next = 0

    init(seed: UInt64) throws {
        random = SeededChoices(state: seed)
        limits.batchRecordsMax = 7
        spool = try RecordSpool(directory: directory.path, limits: limits)
    }

    func step() throws {
        switch random.next(below: 8) {
        case 0...2:
            #expect(spool?.append(lines: line(next), records: 1) == true)
            unsynced.append(next)
            next += 1
        case 3:
            #expect(spool?.sync() == true)
            acknowledge()
        case 4:
            #expect(spool?.seal() == true)
            acknowledge()
        case 5:
            guard let batch = spool?.oldest() else { return }
            ship(batch)
            spool?.acknowledge(batch.number)
        case 6: try killProcess()
        default: try cutPower()
        }
    }

    func shipAll() {
        #expect(spool?.seal() == true)
        while let batch = spool?.oldest() {
            ship(batch)
            spool?.acknowledge(batch.number)
        }
    }

    /// Shipped, and gone before the answer was read. The machine goes on, so opening makes durable what was written.
    private func killProcess() throws {
        if let batch = spool?.oldest() { ship(batch) }
        spool = try RecordSpool(directory: directory.path, limits: limits)
        acknowledge()
    }

    /// Only what no sync has returned for can be lost.
    private func cutPower() throws {
        spool = nil
        if unsynced.isEmpty == false, random.next(below: 2) == 0 { directory.tearNewest(by: 1 + random.next(below: 10)) }
        unsynced = []
        spool = try RecordSpool(directory: directory.path, limits: limits)
    }

    private func acknowledge() {
        acknowledged.formUnion(unsynced)
        unsynced = []
    }

    private func ship(_ batch: RecordSpool.Batch) {
        let records = numbers(batch.lines)
        if let before = taken[batch.number] {
            #expect(before == records, "A number must always stand for the same records.")
        } else {
            taken[batch.number] = records
        }
    }
}
