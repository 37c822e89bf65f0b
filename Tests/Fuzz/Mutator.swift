import Statistics

/// Damage that knows a little of what it damages: numbers, words, lines, nesting and, in UBJSON, type markers.
struct Mutator {
    /// One kind of damage.
    enum Kind: CaseIterable {
        case flipBit, setByte, insertBytes, deleteRange, duplicateRange, swapRanges, truncate, splice
        case replaceNumber, copyNumber, replaceWord, insertWord, nest, deleteLine, duplicateLine, swapLines
        case replaceTypedValue
    }

    private let seeds: [[UInt8]]
    let dictionary: [[UInt8]]
    private let kinds: [Kind]

    init(seeds: [[UInt8]], isText: Bool) {
        self.seeds = seeds
        dictionary = Self.words(in: seeds)
        // Damage that leaves the grammar whole gets past the first check, hence more often than its turn.
        let subtle: [Kind] = isText ? [.replaceNumber, .copyNumber, .replaceWord] : [.replaceTypedValue, .flipBit, .setByte]
        kinds = Kind.allCases.filter { !isText || $0 != .replaceTypedValue } + [subtle, subtle, subtle, subtle].flatMap(\.self)
    }

    func mutate(_ bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        apply(kinds[generator.below(kinds.count)], to: &bytes, &generator)
    }

    func apply(_ kind: Kind, to bytes: inout [UInt8], _ generator: inout SeededGenerator) {
        guard !bytes.isEmpty else {
            bytes = seeds[generator.below(seeds.count)]
            return
        }
        let place = generator.below(bytes.count)
        switch kind {
        case .flipBit: bytes[place] ^= 1 << UInt8(generator.below(8))
        case .setByte: bytes[place] = Self.oddBytes[generator.below(Self.oddBytes.count)]
        case .insertBytes:
            let count = 1 + generator.below(8)
            bytes.insert(contentsOf: (0..<count).map { _ in UInt8(generator.below(256)) }, at: place)
        case .deleteRange: bytes.removeSubrange(range(from: place, in: bytes, &generator))
        case .duplicateRange:
            let copy = bytes[range(from: place, in: bytes, &generator)]
            bytes.insert(contentsOf: copy, at: generator.below(bytes.count))
        case .swapRanges:
            let moved = range(from: place, in: bytes, &generator)
            let copy = bytes[moved]
            bytes.removeSubrange(moved)
            bytes.insert(contentsOf: copy, at: generator.below(bytes.count + 1))
        case .truncate: bytes.removeLast(bytes.count - place)
        case .splice:
            let other = seeds[generator.below(seeds.count)]
            guard !other.isEmpty else { return }
            // At about the same place, so that the other half continues something alike.
            let entry = min(other.count - 1, max(0, place + generator.below(65) - 32))
            bytes.replaceSubrange(place..., with: other[entry...])
        case .replaceNumber:
            guard let number = number(from: place, in: bytes) else { return }
            bytes.replaceSubrange(number, with: Self.extremes[generator.below(Self.extremes.count)])
        case .copyNumber:
            guard let number = number(from: place, in: bytes),
                let other = self.number(from: generator.below(bytes.count), in: bytes)
            else { return }
            bytes.replaceSubrange(number, with: Array(bytes[other]))
        case .replaceWord: replaceWord(from: place, in: &bytes, &generator)
        case .insertWord: bytes.insert(contentsOf: anyWord(&generator), at: place)
        case .nest: nest(at: place, in: &bytes, &generator)
        case .deleteLine: bytes.removeSubrange(line(around: place, in: bytes))
        case .duplicateLine:
            let line = line(around: place, in: bytes)
            let copies = 1 + generator.below(3)
            let copy = Array(bytes[line])
            bytes.insert(contentsOf: (0..<copies).flatMap { _ in copy }, at: line.lowerBound)
        case .swapLines:
            let line = line(around: place, in: bytes)
            let copy = bytes[line]
            bytes.removeSubrange(line)
            guard !bytes.isEmpty else { return }
            bytes.insert(contentsOf: copy, at: self.line(around: generator.below(bytes.count), in: bytes).lowerBound)
        case .replaceTypedValue: replaceTypedValue(from: place, in: &bytes, &generator)
        }
    }

    /// Mostly short: half of all ranges are below 16 bytes.
    private func range(from place: Int, in bytes: [UInt8], _ generator: inout SeededGenerator) -> Range<Int> {
        let longest = 1 << (1 + generator.below(10))
        return place..<min(bytes.count, place + 1 + generator.below(longest))
    }

    private func line(around place: Int, in bytes: [UInt8]) -> Range<Int> {
        let feed = UInt8(ascii: "\n")
        let start = bytes[..<place].lastIndex(of: feed).map { $0 + 1 } ?? 0
        let end = bytes[place...].firstIndex(of: feed).map { $0 + 1 } ?? bytes.count
        return start..<max(start, end)
    }
}
