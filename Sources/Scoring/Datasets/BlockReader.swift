import Crypto
import GatehouseCore
import Glibc

/// A stretch of a data file that holds whole rows and ends with a line feed, so that a scan for the end of a line
/// needs no check for the end of the block.
struct TextBlock: Sendable {
    let index: Int
    var bytes: [UInt8]
    /// Where the rows begin: behind the byte order mark and the header in the first block.
    var start = 0
    /// The block ends inside a row that is longer than a row may be.
    let isCutOff: Bool
    /// Bytes of the file up to the end of this block.
    let bytesRead: Int64
}

/// Cuts a data file into blocks of whole rows and hashes it on the way: what is hashed is what is parsed, even when
/// somebody writes to the file in the meantime.
struct BlockReader: Sendable {
    private var source: ByteSource
    private var hasher = SHA256()
    private var carried: [UInt8] = []
    private var isAtEnd = false
    private var blockCount = 0
    private(set) var bytesRead: Int64 = 0
    private let blockBytes: Int
    private let format: DatasetFormat

    init(_ source: ByteSource, format: DatasetFormat, blockBytes: Int) {
        self.source = source
        self.format = format
        self.blockBytes = blockBytes
    }

    /// The digest of all bytes read so far.
    var digest: GatehouseCore.Digest { GatehouseCore.Digest(bytes: Array(hasher.finalize())) }

    /// The next block, nil at the end. A row longer than a block makes the block grow up to `rowBytesMax`.
    mutating func next() throws(GatehouseError) -> TextBlock? {
        var bytes = carried
        carried = []
        var goal = max(blockBytes, bytes.count)
        while !isAtEnd {
            try fill(&bytes, upTo: goal)
            if isAtEnd { break }
            if let end = endOfLastRow(in: bytes) {
                carried = Array(bytes[end...])
                bytes.removeLast(bytes.count - end)
                return block(bytes)
            }
            guard bytes.count < DatasetLimit.rowBytesMax else {
                isAtEnd = true
                bytes.append(lineFeed)
                return block(bytes, isCutOff: true)
            }
            goal = bytes.count * 2
        }
        guard let last = bytes.last else { return nil }
        if last != lineFeed { bytes.append(lineFeed) }
        return block(bytes)
    }

    private mutating func block(_ bytes: [UInt8], isCutOff: Bool = false) -> TextBlock {
        blockCount += 1
        return TextBlock(index: blockCount - 1, bytes: bytes, isCutOff: isCutOff, bytesRead: bytesRead)
    }

    private mutating func fill(_ bytes: inout [UInt8], upTo goal: Int) throws(GatehouseError) {
        let before = bytes.count
        bytes.append(contentsOf: repeatElement(0, count: goal + 1 - before))
        let outcome = bytes.withUnsafeMutableBytes { buffer in
            let free = UnsafeMutableRawBufferPointer(rebasing: buffer[before...])
            return Result { () throws(GatehouseError) in
                let count = try source.read(into: free)
                hasher.update(bufferPointer: UnsafeRawBufferPointer(rebasing: free[..<count]))
                return count
            }
        }
        let count = try outcome.get()
        bytesRead += Int64(count)
        isAtEnd = before + count < bytes.count
        bytes.removeLast(bytes.count - before - count)
    }

    /// The position behind the last line feed that ends a row. In CSV that is one outside quotes, and `bytes` begin
    /// with a row, hence outside.
    private func endOfLastRow(in bytes: [UInt8]) -> Int? {
        bytes.withUnsafeBufferPointer { buffer in
            switch format {
            case .jsonLines: Self.lastLineFeed(in: buffer[...]).map { $0 + 1 }
            case .csv: Self.lastLineFeedOutsideQuotes(in: buffer).map { $0 + 1 }
            }
        }
    }

    private static func lastLineFeed(in bytes: Slice<UnsafeBufferPointer<UInt8>>) -> Int? {
        bytes.lastIndex(of: lineFeed)
    }

    /// A doubled quote closes and opens again, so counting quotes is enough. A stray quote inside an unquoted cell
    /// puts the count off, but that row is refused, and everything before it was cut rightly.
    private static func lastLineFeedOutsideQuotes(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var last: Int?
        var position = 0
        while true {
            let opening = firstQuote(in: bytes, from: position) ?? bytes.count
            last = lastLineFeed(in: bytes[position..<opening]) ?? last
            guard opening < bytes.count, let closing = firstQuote(in: bytes, from: opening + 1) else { return last }
            position = closing + 1
        }
    }

    private static func firstQuote(in bytes: UnsafeBufferPointer<UInt8>, from start: Int) -> Int? {
        let rest = UnsafeRawBufferPointer(rebasing: UnsafeRawBufferPointer(bytes)[start...])
        guard let base = rest.baseAddress, let found = memchr(base, Int32(quote), rest.count) else { return nil }
        return start + (UnsafeRawPointer(found) - base)
    }
}
