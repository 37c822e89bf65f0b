import AuditLog
import Foundation
import GatehouseCore

/// An audit bundle as a file: read line by line, so that its size does not matter to memory.
enum BundleFile {
    private static let pieceBytes = 1 << 20
    private static let lineFeed = UInt8(ascii: "\n")

    /// Fails with `notFound` when the file cannot be read, with `tooLarge` when a line is longer than any of a bundle.
    static func lines(of path: String, each take: ([UInt8]) throws -> Void) throws {
        guard let file = FileHandle(forReadingAtPath: path) else {
            throw GatehouseError(.notFound, "There is no readable file '\(path)'.")
        }
        defer { try? file.close() }
        var rest: [UInt8] = []
        while let piece = try read(file, path), !piece.isEmpty {
            // Only the new piece is searched: a long line is not looked through again and again.
            var start = piece.startIndex
            while let end = piece[start...].firstIndex(of: lineFeed) {
                rest += piece[start..<end]
                try take(rest)
                rest.removeAll(keepingCapacity: true)
                start = end + 1
            }
            rest += piece[start...]
            guard rest.count <= AuditBundle.lineBytesMax else {
                throw GatehouseError(
                    .tooLarge, "'\(path)' has a line of more than \(AuditBundle.lineBytesMax) bytes.",
                    hint: "Is it an audit bundle?")
            }
        }
        if !rest.isEmpty { try take(rest) }
    }

    private static func read(_ file: FileHandle, _ path: String) throws(GatehouseError) -> Data? {
        do {
            return try file.read(upToCount: pieceBytes)
        } catch {
            throw GatehouseError(.unavailable, "'\(path)' cannot be read.", cause: error)
        }
    }

    /// The line that closes a bundle of these lines. Its counts are of the lines as they are written, whatever they hold.
    static func end(of lines: [String]) -> AuditBundle.Line {
        var counts = BundleCounts()
        for line in lines { counts.add(line) }
        return counts.end
    }
}

/// Counts lines for the last one.
struct BundleCounts {
    private(set) var entries: Int64 = 0
    private(set) var documents: Int64 = 0

    /// Lines are canonical JSON, so their first member tells them apart.
    mutating func add(_ line: String) {
        if line.hasPrefix(#"{"entry":"#) { entries += 1 }
        if line.hasPrefix(#"{"digest":"#) { documents += 1 }
    }

    var end: AuditBundle.Line { .end(entries: entries, documents: documents) }
}
