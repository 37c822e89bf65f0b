package import GatehouseCore
import Glibc

/// Response times that somebody else measured: one number of milliseconds per line.
package enum LatencySamples {
    package static let bytesMax = 256 << 20
    package static let samplesMax = 10_000_000
    /// Three centuries: what is above is no time, and sums stay far from the end of the numbers.
    package static let millisecondsMax = 1e13

    /// The times of a file, in its order; empty lines are skipped.
    ///
    /// Fails with `invalidArgument` naming the line that is no time (no number, negative, above `millisecondsMax`); with
    /// `tooLarge`; and as opening a data file does.
    package static func read(_ path: String) throws(GatehouseError) -> [Double] {
        let (descriptor, bytesTotal) = try ByteSource.open(path)
        defer { close(descriptor) }
        guard bytesTotal <= Int64(bytesMax) else { throw tooLarge(path) }
        var source = ByteSource.descriptor(descriptor)
        var bytes: [UInt8] = []
        let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 20, alignment: 1)
        defer { buffer.deallocate() }
        while true {
            let count = try source.read(into: buffer)
            bytes += buffer.prefix(count)
            guard bytes.count <= bytesMax else { throw tooLarge(path) }
            if count < buffer.count { break }
        }
        return try parse(bytes, name: path)
    }

    /// As `read`, of text in memory; `name` stands for it in errors.
    package static func parse(_ bytes: [UInt8], name: String) throws(GatehouseError) -> [Double] {
        var times: [Double] = []
        var line = 0
        for part in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            line += 1
            let text = trimmed(part)
            guard !text.isEmpty else { continue }
            // `Double` reads "nan", "inf" and hexadecimal too; only the first two are caught by the check of the value.
            let time = Double(String(decoding: text.prefix(400), as: UTF8.self))
            guard let time, time >= 0, time <= millisecondsMax else { throw notATime(text, line: line, name: name) }
            guard times.count < samplesMax else { throw tooLarge(name) }
            times.append(time)
        }
        return times
    }

    private static func trimmed(_ part: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func isBlank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        var part = part
        while let last = part.last, isBlank(last) { part.removeLast() }
        while let first = part.first, isBlank(first) { part.removeFirst() }
        return part
    }

    private static func notATime(_ text: ArraySlice<UInt8>, line: Int, name: String) -> GatehouseError {
        let excerpt = String(decoding: text.prefix(40), as: UTF8.self)
        return GatehouseError(
            .invalidArgument, "\(name): line \(line) is no response time: '\(excerpt)'.",
            hint: line == 1
                ? "Write one number of milliseconds per line, or name the column of a CSV file with --column."
                : "Times are numbers of milliseconds from 0 to \(Int(millisecondsMax)).")
    }

    private static func tooLarge(_ name: String) -> GatehouseError {
        GatehouseError(.tooLarge, "\(name) holds more than \(samplesMax) times or \(bytesMax >> 20) MiB.")
    }
}
