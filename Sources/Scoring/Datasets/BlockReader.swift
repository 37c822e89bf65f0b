import Crypto
import GatehouseCore
import Glibc

/// A stretch of a data file that holds whole rows and ends with a line feed, so that a scan for the end of a line
/// needs no check for the end of the block. Its room is used again for the next block.
struct TextBlock: Sendable {
    fileprivate(set) var index = 0
    /// The rows, then at least `ByteWord.padding` bytes that belong to none of them.
    fileprivate(set) var room: [UInt8] = []
    /// Where the rows begin: behind the byte order mark and the header in the first block.
    var start = 0
    /// Behind the line feed of the last row.
    fileprivate(set) var end = 0
    /// The block ends inside a row that is longer than a row may be.
    fileprivate(set) var isCutOff = false
    /// Bytes of the file up to the end of this block.
    fileprivate(set) var bytesRead: Int64 = 0

    /// The block from its beginning to the end of its last row; the padding follows in memory.
    func withBytes<Value>(_ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        room.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[..<end])) }
    }

    fileprivate mutating func makeRoom(for count: Int) {
        let missing = count + ByteWord.padding - room.count
        if missing > 0 { room.append(contentsOf: repeatElement(0, count: missing)) }
    }
}

/// Cuts a data file into blocks of whole rows and hashes it on the way: what is hashed is what is parsed, even when
/// somebody writes to the file in the meantime.
struct BlockReader: Sendable {
    private var source: ByteSource
    private var hasher: SHA256?
    private var carried: [UInt8] = []
    private var isAtEnd = false
    private var blockCount = 0
    private(set) var bytesRead: Int64 = 0
    private let blockBytes: Int
    private let format: DatasetFormat

    init(_ source: ByteSource, format: DatasetFormat, blockBytes: Int, hashes: Bool) {
        self.source = source
        self.format = format
        self.blockBytes = blockBytes
        hasher = hashes ? SHA256() : nil
    }

    /// The digest of all bytes read so far, nil when they are not hashed.
    var digest: GatehouseCore.Digest? { hasher.map { GatehouseCore.Digest(bytes: Array($0.finalize())) } }

    /// Puts the next rows into `block`; false at the end. A row longer than a block makes the block grow up to
    /// `rowBytesMax`.
    mutating func next(_ block: inout TextBlock) throws(GatehouseError) -> Bool {
        var count = carried.count
        var goal = max(blockBytes, count)
        block.makeRoom(for: goal)
        block.room.replaceSubrange(..<count, with: carried)
        carried = []
        while !isAtEnd {
            try fill(&block, from: &count, upTo: goal)
            if isAtEnd { break }
            if let end = endOfLastRow(in: block, count) {
                carried = Array(block.room[end..<count])
                return finish(&block, end)
            }
            guard count < DatasetLimit.rowBytesMax else {
                isAtEnd = true
                block.room[count] = lineFeed
                return finish(&block, count + 1, isCutOff: true)
            }
            goal = count * 2
        }
        guard count > 0 else { return false }
        if block.room[count - 1] != lineFeed {
            block.room[count] = lineFeed
            count += 1
        }
        return finish(&block, count)
    }

    private mutating func finish(_ block: inout TextBlock, _ end: Int, isCutOff: Bool = false) -> Bool {
        block.makeRoom(for: end)
        block.index = blockCount
        block.start = 0
        block.end = end
        block.isCutOff = isCutOff
        block.bytesRead = bytesRead
        blockCount += 1
        return true
    }

    /// Reads one byte more than asked for: whether there is one tells the end of the file.
    private mutating func fill(_ block: inout TextBlock, from count: inout Int, upTo goal: Int) throws(GatehouseError) {
        block.makeRoom(for: goal + 1)
        let outcome = block.room.withUnsafeMutableBytes { buffer in
            let free = UnsafeMutableRawBufferPointer(rebasing: buffer[count..<goal + 1])
            return Result { () throws(GatehouseError) in
                let read = try source.read(into: free)
                hasher?.update(bufferPointer: UnsafeRawBufferPointer(rebasing: free[..<read]))
                return read
            }
        }
        let read = try outcome.get()
        bytesRead += Int64(read)
        count += read
        isAtEnd = count < goal + 1
    }

    /// The position behind the last line feed that ends a row. In CSV that is one outside quotes.
    private func endOfLastRow(in block: TextBlock, _ count: Int) -> Int? {
        block.room.withUnsafeBufferPointer { buffer in
            let bytes = UnsafeBufferPointer(rebasing: buffer[..<count])
            return switch format {
            case .jsonLines: bytes.lastIndex(of: lineFeed).map { $0 + 1 }
            case .csv: Self.lastLineFeedOutsideQuotes(in: bytes).map { $0 + 1 }
            }
        }
    }

    /// A block begins with a row, hence outside quotes, and a doubled quote closes and opens again: whether there is an
    /// even number of quotes in front of it tells whether a byte stands outside. A stray quote inside an unquoted cell
    /// puts the count off, but that row is refused, and everything before it was cut rightly.
    private static func lastLineFeedOutsideQuotes(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var isInside = bytes.occurrences(of: quote) & 1 == 1
        var position = bytes.count
        while position > 0 {
            position -= 1
            if bytes[position] == quote { isInside.toggle() }
            if bytes[position] == lineFeed, !isInside { return position }
        }
        return nil
    }
}

extension UnsafeBufferPointer<UInt8> {
    /// How often `byte` occurs, counted in 32 bytes at a time.
    func occurrences(of byte: UInt8) -> Int {
        let pattern = SIMD32<UInt8>(repeating: byte)
        let bytes = UnsafeRawBufferPointer(self)
        let whole = count & ~31
        var total = 0
        var position = 0
        while position < whole {
            // A lane holds a count of up to 255.
            let end = Swift.min(position + 255 * 32, whole)
            var counts = SIMD32<UInt8>()
            while position < end {
                let part = bytes.loadUnaligned(fromByteOffset: position, as: SIMD32<UInt8>.self)
                // Equal lanes are all ones, that is -1.
                counts &-= unsafeBitCast(part .== pattern, to: SIMD32<UInt8>.self)
                position += 32
            }
            for lane in counts.indices { total += Int(counts[lane]) }
        }
        for rest in self[whole...] where rest == byte { total += 1 }
        return total
    }
}
