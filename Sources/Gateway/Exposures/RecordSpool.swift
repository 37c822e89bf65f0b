import Crypto
package import GatehouseCore
import Glibc
import Serving

/// Records on their way to the registry, in files that survive a crash. One file is one numbered batch: the file with the
/// highest number is being written, all others are sealed, never change again, and wait to be shipped.
///
/// What `sync` has returned for is durable; only that is acknowledged. A file is made of frames (length, digest, lines); a frame
/// that was torn by a crash is cut off when the spool is opened, and was acknowledged to nobody. When the spool is full the newest
/// records are refused and counted: what was acknowledged is never taken back.
///
/// A class, because it owns a file descriptor; used from one thread.
package final class RecordSpool {
    package struct Limits: Sendable {
        /// All files together.
        package var bytesMax = 1 << 30
        package var batchBytesMax = ServingRecord.batchBytesMax / 4
        package var batchRecordsMax = ServingRecord.batchLinesMax / 2
        package init() {}
    }

    package struct Counts: Sendable, Equatable {
        package var appended = 0
        package var durable = 0
        /// Refused because the spool was full, or because the disk would not take them.
        package var refused = 0
        /// Bytes that were cut off or passed over because their frame was torn.
        package var tornBytes = 0
        package var acknowledgedBatches = 0
        /// Batches that the registry will never take; their files stay beside the others, as `N.refused`.
        package var refusedBatches = 0
    }

    package struct Batch: Sendable, Equatable {
        package let number: Int64
        package let lines: [UInt8]
    }

    private let directory: String
    private let limits: Limits
    private var open: OpenFile
    /// Sealed files by number, ascending, and their sizes.
    private var sealed: [(number: Int64, bytes: Int)] = []
    private var refusedBytes = 0
    package private(set) var counts = Counts()

    private struct OpenFile {
        let number: Int64
        let descriptor: Int32
        var bytes: Int
        var records: Int
        /// Records that were written and not yet synced.
        var unsynced: Int
    }

    /// Opens or makes the spool. What an earlier process left is sealed, so that a number always stands for the same bytes.
    /// Fails with `unavailable` when the directory cannot be read or written.
    package init(directory: String, limits: Limits = Limits()) throws(GatehouseError) {
        self.directory = directory
        self.limits = limits
        if mkdir(directory, 0o700) != 0, errno != EEXIST { throw Self.failure("make", directory) }
        var found: [(number: Int64, bytes: Int)] = []
        for name in try Self.names(in: directory) {
            let path = "\(directory)/\(name)"
            if name.hasSuffix(SpoolName.refused) { refusedBytes += Self.size(of: path) }
            guard let number = SpoolName.number(of: name) else { continue }
            found.append((number, Self.size(of: path)))
        }
        found.sort { $0.number < $1.number }
        let last = found.last
        open = try Self.create(number: (last?.number ?? 0) + 1, in: directory)
        if let last {
            let path = SpoolName.path(last.number, in: directory)
            let content = try Self.content(of: path)
            let whole = SpoolFrame.wholeBytes(of: content)
            if whole < content.count {
                counts.tornBytes += content.count - whole
                guard truncate(path, off_t(whole)) == 0 else { throw Self.failure("cut", path) }
                found[found.count - 1].bytes = whole
            }
            // A killed process may have left what the disk has not got yet: a batch that is shipped must not shrink later.
            try Self.sync(path)
        }
        for file in found {
            if file.bytes == 0 { unlink(SpoolName.path(file.number, in: directory)) } else { sealed.append(file) }
        }
    }

    deinit { close(open.descriptor) }

    /// Bytes on disk, sealed or not.
    package var bytes: Int { sealed.reduce(open.bytes + refusedBytes) { $0 + $1.bytes } }
    package var batchesWaiting: Int { sealed.count }

    /// Writes whole lines as one frame; false: they were refused and counted. They are durable after the next `sync`.
    package func append(lines: [UInt8], records: Int) -> Bool {
        guard records > 0, lines.isEmpty == false else { return true }
        let frame = SpoolFrame.bytes(of: lines)
        guard lines.count <= limits.batchBytesMax, bytes + frame.count <= limits.bytesMax else {
            counts.refused += records
            return false
        }
        if open.bytes > 0, open.bytes + frame.count > limits.batchBytesMax || open.records + records > limits.batchRecordsMax {
            guard seal() else {
                counts.refused += records
                return false
            }
        }
        guard Self.write(frame, to: open.descriptor) else {
            // Half a frame must not stay in front of the next one.
            ftruncate(open.descriptor, off_t(open.bytes))
            lseek(open.descriptor, off_t(open.bytes), SEEK_SET)
            counts.refused += records
            return false
        }
        open.bytes += frame.count
        open.records += records
        open.unsynced += records
        counts.appended += records
        return true
    }

    /// Makes everything appended durable; false when the disk will not.
    package func sync() -> Bool {
        guard open.unsynced > 0 else { return true }
        guard fsync(open.descriptor) == 0 else { return false }
        counts.durable += open.unsynced
        open.unsynced = 0
        return true
    }

    /// Ends the open file, if it holds anything, so that it can be shipped. The next file exists before this one is sealed:
    /// the highest number on disk tells a restarted process where to go on even when every batch has been taken and deleted.
    package func seal() -> Bool {
        guard open.bytes > 0 else { return true }
        guard sync(), let next = try? Self.create(number: open.number + 1, in: directory) else { return false }
        close(open.descriptor)
        sealed.append((open.number, open.bytes))
        open = next
        return true
    }

    /// The oldest sealed batch; the same number and bytes until it is acknowledged. Nil: nothing waits.
    package func oldest() -> Batch? {
        while let first = sealed.first {
            let content = (try? Self.content(of: SpoolName.path(first.number, in: directory))) ?? []
            let (lines, torn) = SpoolFrame.lines(of: consume content)
            counts.tornBytes += torn
            if lines.isEmpty == false { return Batch(number: first.number, lines: lines) }
            acknowledge(first.number)
        }
        return nil
    }

    /// Forgets a batch that the registry has made durable.
    package func acknowledge(_ number: Int64) {
        guard let index = sealed.firstIndex(where: { $0.number == number }) else { return }
        unlink(SpoolName.path(number, in: directory))
        sealed.remove(at: index)
        counts.acknowledgedBatches += 1
    }

    /// Sets a batch aside that the registry will never take, so that the next one is not held up. It still counts as bytes.
    package func setAside(_ number: Int64) {
        guard let index = sealed.firstIndex(where: { $0.number == number }) else { return }
        let path = SpoolName.path(number, in: directory)
        guard rename(path, path + SpoolName.refused) == 0 else { return }
        refusedBytes += sealed.remove(at: index).bytes
        counts.refusedBatches += 1
    }

    // MARK: - Files

    private static func create(number: Int64, in directory: String) throws(GatehouseError) -> OpenFile {
        let path = SpoolName.path(number, in: directory)
        let descriptor = Glibc.open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw failure("make", path) }
        let folder = Glibc.open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        defer { close(folder) }
        guard folder >= 0, fsync(folder) == 0 else {
            close(descriptor)
            throw failure("sync", directory)
        }
        return OpenFile(number: number, descriptor: descriptor, bytes: 0, records: 0, unsynced: 0)
    }

    private static func names(in directory: String) throws(GatehouseError) -> [String] {
        guard let folder = opendir(directory) else { throw failure("read", directory) }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            names.append(
                withUnsafeBytes(of: entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) })
        }
        return names
    }

    private static func size(of path: String) -> Int {
        var status = stat()
        return stat(path, &status) == 0 ? Int(status.st_size) : 0
    }

    private static func content(of path: String) throws(GatehouseError) -> [UInt8] {
        let descriptor = Glibc.open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure("read", path) }
        defer { close(descriptor) }
        // Twice the largest file that `append` can make is more than any of ours: a larger one is not read into memory.
        var content = [UInt8](repeating: 0, count: min(size(of: path), 2 * ServingRecord.batchBytesMax))
        var filled = 0
        while filled < content.count {
            let count = content.withUnsafeMutableBytes {
                read(descriptor, $0.baseAddress?.advanced(by: filled), $0.count - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { break }
            filled += count
        }
        content.removeLast(content.count - filled)
        return content
    }

    private static func sync(_ path: String) throws(GatehouseError) {
        let descriptor = Glibc.open(path, O_WRONLY | O_CLOEXEC)
        defer { close(descriptor) }
        guard descriptor >= 0, fsync(descriptor) == 0 else { throw failure("sync", path) }
    }

    private static func write(_ bytes: [UInt8], to descriptor: Int32) -> Bool {
        var written = 0
        while written < bytes.count {
            let count = bytes.withUnsafeBytes {
                Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), $0.count - written)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            written += count
        }
        return true
    }

    private static func failure(_ verb: String, _ path: String) -> GatehouseError {
        GatehouseError(
            .unavailable, "Cannot \(verb) '\(path)': \(String(cString: strerror(errno))).",
            hint: "The gateway needs a directory of its own that it may write.")
    }
}

/// The names of spool files: the number in sixteen digits, so that a listing is in order.
private enum SpoolName {
    static let ending = ".batch"
    static let refused = ".refused"

    static func path(_ number: Int64, in directory: String) -> String {
        let digits = String(number)
        return "\(directory)/\(String(repeating: "0", count: max(0, 16 - digits.utf8.count)))\(digits)\(ending)"
    }

    static func number(of name: String) -> Int64? {
        guard name.hasSuffix(ending) else { return nil }
        return Int64(name.dropLast(ending.utf8.count))
    }
}

/// A frame: length of the lines (4 bytes, little endian), the first 8 bytes of their SHA-256, the lines. One frame holds what
/// one loop gave at once, some tens of kilobytes: the digest then costs less per record than a checksum in a loop of our own.
enum SpoolFrame {
    static let headBytes = 12

    static func bytes(of lines: [UInt8]) -> [UInt8] {
        var frame: [UInt8] = []
        frame.reserveCapacity(headBytes + lines.count)
        withUnsafeBytes(of: UInt32(truncatingIfNeeded: lines.count).littleEndian) { frame += $0 }
        frame += SHA256.hash(data: lines).prefix(8)
        frame += lines
        return frame
    }

    /// Where the next frame's lines are, or nil when no whole frame begins there.
    private static func frame(at start: Int, of bytes: [UInt8]) -> Range<Int>? {
        guard bytes.count - start >= headBytes else { return nil }
        let length = (0..<4).reduce(0) { $0 | Int(bytes[start + $1]) << (8 * $1) }
        let from = start + headBytes
        guard length > 0, length <= bytes.count - from else { return nil }
        let lines = bytes[from..<from + length]
        return SHA256.hash(data: lines).prefix(8).elementsEqual(bytes[start + 4..<from]) ? from..<from + length : nil
    }

    /// How many bytes the whole frames at the beginning have.
    static func wholeBytes(of bytes: [UInt8]) -> Int {
        var end = 0
        while let lines = frame(at: end, of: bytes) { end = lines.upperBound }
        return end
    }

    /// The lines of the whole frames, and how many bytes behind them are none. They are moved together where they lie: a batch is
    /// long, and two more of it would be the most memory that a gateway ever needs.
    static func lines(of content: consuming [UInt8]) -> (lines: [UInt8], torn: Int) {
        var bytes = content
        var (end, kept) = (0, 0)
        while let lines = frame(at: end, of: bytes) {
            bytes.withUnsafeMutableBytes { memory in
                UnsafeMutableRawBufferPointer(rebasing: memory[kept..<kept + lines.count])
                    .copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[lines]))
            }
            kept += lines.count
            end = lines.upperBound
        }
        let torn = bytes.count - end
        bytes.removeLast(bytes.count - kept)
        return (bytes, torn)
    }
}
