/// The distinct texts of one column of one block, in order of first appearance, found by their bytes without making a
/// string per cell. Hashing is seeded per process: nobody can prepare texts that collide.
struct CategoryDictionary {
    private(set) var categories: [String] = []
    /// Open addressing; 0 is free, otherwise a code plus one.
    private var slots = [Int32](repeating: 0, count: 16)
    private var arena: [UInt8] = []
    /// Where each text begins in `arena`, and where the last one ends.
    private var offsets = [0]

    func code(of text: UnsafeBufferPointer<UInt8>) -> Int32? {
        let found = slots[slot(of: text)]
        return found == 0 ? nil : found - 1
    }

    /// Adds a text that is not there yet. Nil when it is not UTF-8.
    mutating func insert(_ text: UnsafeBufferPointer<UInt8>) -> Int32? {
        guard let category = String(validating: text, as: UTF8.self) else { return nil }
        if categories.count * 2 >= slots.count { grow() }
        categories.append(category)
        arena.append(contentsOf: text)
        offsets.append(arena.count)
        slots[slot(of: text)] = Int32(categories.count)
        return Int32(categories.count - 1)
    }

    /// The slot that holds `text`, or the free one where it belongs.
    private func slot(of text: UnsafeBufferPointer<UInt8>) -> Int {
        var hasher = Hasher()
        hasher.combine(bytes: UnsafeRawBufferPointer(text))
        var position = hasher.finalize() & (slots.count - 1)
        while slots[position] != 0, !isEqual(Int(slots[position]) - 1, text) {
            position = (position + 1) & (slots.count - 1)
        }
        return position
    }

    private func isEqual(_ code: Int, _ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let start = offsets[code]
        guard offsets[code + 1] - start == text.count else { return false }
        return arena.withUnsafeBufferPointer { UnsafeBufferPointer(rebasing: $0[start..<start + text.count]).elementsEqual(text) }
    }

    private mutating func grow() {
        slots = [Int32](repeating: 0, count: slots.count * 2)
        for code in categories.indices {
            let position = arena.withUnsafeBufferPointer {
                slot(of: UnsafeBufferPointer(rebasing: $0[offsets[code]..<offsets[code + 1]]))
            }
            slots[position] = Int32(code) + 1
        }
    }
}
