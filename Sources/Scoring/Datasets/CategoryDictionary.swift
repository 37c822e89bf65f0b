import Glibc

/// The distinct texts of one column, in order of first appearance, found by their bytes without making a string per
/// cell. Hashing is seeded per process: nobody can prepare texts that collide.
struct CategoryDictionary: Sendable {
    /// Open addressing: half of the hash above a code plus one; 0 is free.
    private var slots = [UInt64](repeating: 0, count: 16)
    private var arena: [UInt8] = []
    /// Where each text begins in `arena`, and where the last one ends.
    private var offsets = [0]

    var count: Int { offsets.count - 1 }
    /// All texts, in the order of their codes.
    var texts: [String] { (0..<count).map { withText(of: Int32($0)) { String(decoding: $0, as: UTF8.self) } } }

    func withText<Value>(of code: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        arena.withUnsafeBufferPointer { body(UnsafeBufferPointer(rebasing: $0[offsets[Int(code)]..<offsets[Int(code) + 1]])) }
    }

    /// Mutating only so that a dictionary within something larger is looked into in place, without counting references.
    mutating func code(of text: UnsafeBufferPointer<UInt8>) -> Int32? {
        let found = slots[slot(of: text, TextHash.hash(text))]
        return found == 0 ? nil : Self.code(in: found)
    }

    /// Adds a text that is not there yet.
    mutating func insert(_ text: UnsafeBufferPointer<UInt8>) -> Int32 {
        if count * 2 >= slots.count { grow() }
        let hash = TextHash.hash(text)
        let position = slot(of: text, hash)
        arena.append(contentsOf: text)
        offsets.append(arena.count)
        slots[position] = Self.entry(hash, Int32(count - 1))
        return Int32(count - 1)
    }

    private static func code(in entry: UInt64) -> Int32 { Int32(truncatingIfNeeded: entry) - 1 }
    private static func entry(_ hash: UInt64, _ code: Int32) -> UInt64 { hash & ~0xFFFF_FFFF | UInt64(code + 1) }

    /// The slot that holds `text`, or the free one where it belongs.
    @inline(__always)
    private mutating func slot(of text: UnsafeBufferPointer<UInt8>, _ hash: UInt64) -> Int {
        let mask = slots.count - 1
        var position = Int(truncatingIfNeeded: hash) & mask
        while true {
            let entry = slots[position]
            if entry == 0 || entry ^ hash < 1 << 32 && isEqual(Self.code(in: entry), text) { return position }
            position = (position + 1) & mask
        }
    }

    @inline(__always)
    private mutating func isEqual(_ code: Int32, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = offsets[Int(code)]
        guard offsets[Int(code) + 1] - start == text.count else { return false }
        return arena.withUnsafeMutableBytes { arena in
            guard let known = arena.baseAddress, let new = text.baseAddress else { return text.isEmpty }
            return memcmp(known + start, new, text.count) == 0
        }
    }

    private mutating func grow() {
        var larger = [UInt64](repeating: 0, count: slots.count * 2)
        for code in 0..<Int32(count) {
            let hash = withText(of: code, TextHash.hash)
            var position = Int(truncatingIfNeeded: hash) & (larger.count - 1)
            while larger[position] != 0 { position = (position + 1) & (larger.count - 1) }
            larger[position] = Self.entry(hash, code)
        }
        slots = larger
    }
}

/// Folded multiplication of 16 bytes at a time with two secrets of this process.
private enum TextHash {
    private static let secrets: (UInt64, UInt64) = (secret(1), secret(2))

    /// Swift's own hasher is seeded at random when the process starts.
    private static func secret(_ number: Int) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(number)
        return UInt64(truncatingIfNeeded: hasher.finalize()) | 1
    }

    @inline(__always)
    static func hash(_ text: UnsafeBufferPointer<UInt8>) -> UInt64 {
        let count = text.count
        guard let start = text.baseAddress, count > 0 else { return 0 }
        var state = secrets.0 &+ UInt64(count)
        var first: UInt64
        var second: UInt64
        if count >= 8 {
            var position = start
            while start + count - position > 16 {
                state = folded(word(position) ^ state, word(position + 8) ^ secrets.1)
                position += 16
            }
            // The last sixteen bytes; those that were taken already, or all of a shorter text, may be taken twice.
            first = count >= 16 ? word(start + count - 16) : word(start)
            second = word(start + count - 8)
        } else if count >= 4 {
            first = UInt64(UnsafeRawPointer(start).loadUnaligned(as: UInt32.self))
            second = UInt64(UnsafeRawPointer(start + count - 4).loadUnaligned(as: UInt32.self))
        } else {
            first = UInt64(start[0]) | UInt64(start[count / 2]) << 8
            second = UInt64(start[count - 1])
        }
        first ^= state
        second ^= secrets.1
        return folded(first, second)
    }

    @inline(__always)
    private static func word(_ position: UnsafePointer<UInt8>) -> UInt64 {
        UnsafeRawPointer(position).loadUnaligned(as: UInt64.self)
    }

    @inline(__always)
    private static func folded(_ first: UInt64, _ second: UInt64) -> UInt64 {
        let product = first.multipliedFullWidth(by: second)
        return product.high ^ product.low
    }
}
