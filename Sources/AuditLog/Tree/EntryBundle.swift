package import GatehouseCore

/// Up to 256 entries in one file: each as two bytes of length, big-endian, and its bytes (C2SP tlog-tiles).
package struct EntryBundle: Sendable, Hashable {
    package static let bytesMax = TilePath.widthMax * (2 + AuditLeaf.bytesMax)

    package let entries: [[UInt8]]

    package init(entries: [[UInt8]]) { self.entries = entries }

    /// Reads a file with exactly `count` entries. Fails with `integrity`.
    package init(parsing bytes: [UInt8], count: Int) throws(GatehouseError) {
        var entries: [[UInt8]] = []
        try Self.each(in: bytes, count: count) { entries.append(Array($0)) }
        self.entries = entries
    }

    /// Hands each entry to `body`, without a copy. Fails with `integrity` when there are not exactly `count`.
    static func each(in bytes: [UInt8], count: Int, _ body: (ArraySlice<UInt8>) -> Void) throws(GatehouseError) {
        var at = 0
        for index in 0..<count {
            guard bytes.count - at >= 2 else { throw damaged("ends before entry \(index) of \(count)") }
            let length = Int(bytes[at]) << 8 | Int(bytes[at + 1])
            at += 2
            guard bytes.count - at >= length else { throw damaged("ends within entry \(index) of \(count)") }
            body(bytes[at..<(at + length)])
            at += length
        }
        guard at == bytes.count else { throw damaged("goes on behind its \(count) entries") }
    }

    /// Entries longer than `AuditLeaf.bytesMax` do not exist: appending refuses them.
    package var bytes: [UInt8] {
        var out: [UInt8] = []
        out.reserveCapacity(entries.reduce(0) { $0 + 2 + $1.count })
        for entry in entries {
            out.append(UInt8(truncatingIfNeeded: entry.count >> 8))
            out.append(UInt8(truncatingIfNeeded: entry.count))
            out += entry
        }
        return out
    }

    private static func damaged(_ what: String) -> GatehouseError {
        GatehouseError(.integrity, "A bundle of entries \(what).", hint: "Find what is wrong: gatehouse audit verify DIR")
    }
}
