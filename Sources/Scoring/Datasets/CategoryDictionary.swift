import Glibc

/// The distinct texts of one column, in order of first appearance, found by their bytes without making a string per
/// cell. Hashing is seeded per process: nobody can prepare texts that collide.
struct CategoryDictionary: Sendable {
    /// Open addressing: half of the hash above a code plus one; 0 is free.
    private var slots = [UInt64](repeating: 0, count: 16)
    /// What tells each text from others, by its code.
    private var entries: [Entry] = []
    private var arena: [UInt8] = []
    /// Kept here because a global is asked for through a call.
    private let secrets = TextWords.secrets

    /// Where a text stands in `arena`, and its words, so that most texts are compared without going there.
    private struct Entry {
        let words: TextWords
        let start: Int
    }

    var count: Int { entries.count }
    /// All texts, in the order of their codes.
    var texts: [String] { (0..<count).map { withText(of: Int32($0)) { String(decoding: $0, as: UTF8.self) } } }

    func withText<Value>(of code: Int32, _ body: (UnsafeBufferPointer<UInt8>) -> Value) -> Value {
        let entry = entries[Int(code)]
        return arena.withUnsafeBufferPointer {
            body(UnsafeBufferPointer(rebasing: $0[entry.start..<entry.start + entry.words.count]))
        }
    }

    /// Mutating only so that a dictionary within something larger is looked into in place, without counting references.
    @inline(__always)
    mutating func code(of text: UnsafeBufferPointer<UInt8>) -> Int32? {
        let words = TextWords(of: text)
        let found = slots[slot(of: text, words, words.hash(text, secrets))]
        return found == 0 ? nil : Self.code(in: found)
    }

    /// Adds a text that is not there yet.
    mutating func insert(_ text: UnsafeBufferPointer<UInt8>) -> Int32 {
        if count * 2 >= slots.count { grow() }
        let words = TextWords(of: text)
        let hash = words.hash(text, secrets)
        let position = slot(of: text, words, hash)
        entries.append(Entry(words: words, start: arena.count))
        arena.append(contentsOf: text)
        slots[position] = Self.slot(hash, Int32(count - 1))
        return Int32(count - 1)
    }

    private static func code(in slot: UInt64) -> Int32 { Int32(truncatingIfNeeded: slot) - 1 }
    private static func slot(_ hash: UInt64, _ code: Int32) -> UInt64 { hash & ~0xFFFF_FFFF | UInt64(code + 1) }

    /// The slot that holds `text`, or the free one where it belongs.
    @inline(__always)
    private mutating func slot(of text: UnsafeBufferPointer<UInt8>, _ words: TextWords, _ hash: UInt64) -> Int {
        let mask = slots.count - 1
        var position = Int(truncatingIfNeeded: hash) & mask
        while true {
            let slot = slots[position]
            if slot == 0 || slot ^ hash < 1 << 32 && isEqual(Self.code(in: slot), text, words) { return position }
            position = (position + 1) & mask
        }
    }

    @inline(__always)
    private func isEqual(_ code: Int32, _ text: UnsafeBufferPointer<UInt8>, _ words: TextWords) -> Bool {
        let entry = entries[Int(code)]
        guard entry.words == words else { return false }
        return words.areWhole || stands(text, at: entry.start)
    }

    private func stands(_ text: UnsafeBufferPointer<UInt8>, at start: Int) -> Bool {
        arena.withUnsafeBytes { arena in
            guard let known = arena.baseAddress, let new = text.baseAddress else { return text.isEmpty }
            return memcmp(known + start, new, text.count) == 0
        }
    }

    private mutating func grow() {
        var larger = [UInt64](repeating: 0, count: slots.count * 2)
        for code in 0..<Int32(count) {
            let hash = withText(of: code) { TextWords(of: $0).hash($0, secrets) }
            var position = Int(truncatingIfNeeded: hash) & (larger.count - 1)
            while larger[position] != 0 { position = (position + 1) & (larger.count - 1) }
            larger[position] = Self.slot(hash, code)
        }
        slots = larger
    }
}

/// The length of a text and two words of it: all there is to a text of up to sixteen bytes, the end of a longer one.
private struct TextWords: Equatable {
    let first: UInt64
    let second: UInt64
    let count: Int

    /// Whether nothing of the text is left out.
    @inline(__always)
    var areWhole: Bool { count <= 16 }

    @inline(__always)
    init(of text: UnsafeBufferPointer<UInt8>) {
        count = text.count
        guard let start = text.baseAddress, count > 0 else {
            (first, second) = (0, 0)
            return
        }
        // In shorter texts the words overlap.
        if count >= 8 {
            first = count >= 16 ? Self.word(start + count - 16) : Self.word(start)
            second = Self.word(start + count - 8)
        } else if count >= 4 {
            first = UInt64(UnsafeRawPointer(start).loadUnaligned(as: UInt32.self))
            second = UInt64(UnsafeRawPointer(start + count - 4).loadUnaligned(as: UInt32.self))
        } else {
            first = UInt64(start[0]) | UInt64(start[count / 2]) << 8
            second = UInt64(start[count - 1])
        }
    }

    static let secrets: (UInt64, UInt64) = (secret(1), secret(2))

    /// Swift's own hasher is seeded at random when the process starts.
    private static func secret(_ number: Int) -> UInt64 {
        var hasher = Hasher()
        hasher.combine(number)
        return UInt64(truncatingIfNeeded: hasher.finalize()) | 1
    }

    /// Folded multiplication of 16 bytes of `text`, whose words these are, at a time with two secrets of this process.
    @inline(__always)
    func hash(_ text: UnsafeBufferPointer<UInt8>, _ secrets: (UInt64, UInt64)) -> UInt64 {
        var state = secrets.0 &+ UInt64(count)
        if count > 16, let start = text.baseAddress {
            var position = start
            while start + count - position > 16 {
                state = Self.folded(Self.word(position) ^ state, Self.word(position + 8) ^ secrets.1)
                position += 16
            }
        }
        return Self.folded(first ^ state, second ^ secrets.1)
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
