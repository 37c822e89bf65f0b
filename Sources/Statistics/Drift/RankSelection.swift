/// Order statistics without sorting: exact, in a few passes over the numbers, which are neither moved nor copied.
///
/// A radix select for several ranks at once. The first pass counts the top 16 bits of the ordered keys; every later one counts
/// the next 12 bits of the keys that share their upper bits with a wanted rank, until so few are left that they are sorted.
enum RankSelection {
    /// The values at these ranks, counted from 0, in their order. NaN ranks above all numbers; ranks lie below the count.
    static func values(of numbers: [Double], at ranks: [Int]) -> [Double] {
        precondition(ranks.count < Int(UInt8.max) && ranks.allSatisfy { numbers.indices.contains($0) }, "a rank of a number")
        guard numbers.count > gatheredRowsMax else {
            let keys = numbers.map(OrderedKey.key).sorted()
            return ranks.map { OrderedKey.value(keys[$0]) }
        }
        return numbers.withUnsafeBufferPointer { select($0, ranks) }
    }

    /// So few keys are copied and sorted rather than counted once more.
    private static let gatheredRowsMax = 4096

    /// One digit of the walk from the top bits down. `next` leads from (slot, digit) to the slot of the following digit; 0
    /// means that no wanted rank lies there, and stays 0 all the way down.
    private struct Level {
        let shift: UInt64
        let bits: UInt64
        let next: [UInt8]
    }

    /// A rank on its way down: the digits found so far lead to `slot`, and it is the `rest`-th of the keys there.
    private struct Wanted {
        var slot: Int
        var rest: Int
        var key: UInt64
    }

    private static func select(_ numbers: UnsafeBufferPointer<Double>, _ ranks: [Int]) -> [Double] {
        var levels: [Level] = []
        var wanted = ranks.map { Wanted(slot: 0, rest: $0, key: 0) }
        var shift: UInt64 = 64
        while shift > 0 {
            let bits: UInt64 = levels.isEmpty ? 16 : 12
            shift -= bits
            let slots = (wanted.map(\.slot).max() ?? 0) + 1
            let counts = histogram(numbers, levels, slots: slots, shift: shift, bits: bits)
            var next = [UInt8](repeating: 0, count: counts.count)
            var slotsUsed = 0
            var rowsLeft = 0
            for index in wanted.indices {
                var digit = 0
                let base = wanted[index].slot << Int(bits)
                while wanted[index].rest >= Int(counts[base + digit]) {
                    wanted[index].rest -= Int(counts[base + digit])
                    digit += 1
                }
                if next[base + digit] == 0 {
                    slotsUsed += 1
                    next[base + digit] = UInt8(slotsUsed)
                    rowsLeft += Int(counts[base + digit])
                }
                wanted[index].slot = Int(next[base + digit])
                wanted[index].key |= UInt64(digit) << shift
            }
            levels.append(Level(shift: shift, bits: bits, next: next))
            if shift > 0, rowsLeft <= gatheredRowsMax {
                let groups = gathered(numbers, levels, slots: slotsUsed + 1)
                return wanted.map { OrderedKey.value(groups[$0.slot][$0.rest]) }
            }
        }
        return wanted.map { OrderedKey.value($0.key) }
    }

    /// How many keys have each value of a digit, by slot: `slots << bits` counts. Slots come from `next`, digits are masked,
    /// so every index lies inside: the pointers are never out of bounds.
    private static func histogram(
        _ numbers: UnsafeBufferPointer<Double>, _ levels: [Level], slots: Int, shift: UInt64, bits: UInt64
    ) -> [UInt32] {
        var counts = [UInt32](repeating: 0, count: slots << Int(bits))
        counts.withUnsafeMutableBufferPointer { counts in
            let mask = (UInt64(1) << bits) &- 1
            switch levels.count {
            case 0:
                for number in numbers { counts[Int(truncatingIfNeeded: OrderedKey.key(number) >> shift & mask)] &+= 1 }
            case 1:
                let first = levels[0]
                first.next.withUnsafeBufferPointer { next in
                    for number in numbers {
                        let key = OrderedKey.key(number)
                        let slot = Int(next[Int(truncatingIfNeeded: key >> first.shift)])
                        counts[slot << Int(bits) | Int(truncatingIfNeeded: key >> shift & mask)] &+= 1
                    }
                }
            default:
                forEachWanted(numbers, levels) { key, slot in
                    counts[slot << Int(bits) | Int(truncatingIfNeeded: key >> shift & mask)] &+= 1
                }
            }
        }
        return counts
    }

    private static func gathered(_ numbers: UnsafeBufferPointer<Double>, _ levels: [Level], slots: Int) -> [[UInt64]] {
        var groups = [[UInt64]](repeating: [], count: slots)
        forEachWanted(numbers, levels) { key, slot in groups[slot].append(key) }
        for index in groups.indices { groups[index].sort() }
        return groups
    }

    /// Calls `body` with the keys whose digits so far are those of a wanted rank.
    @inline(__always)
    private static func forEachWanted(
        _ numbers: UnsafeBufferPointer<Double>, _ levels: [Level], _ body: (UInt64, Int) -> Void
    ) {
        let first = levels[0]
        first.next.withUnsafeBufferPointer { next in
            for number in numbers {
                let key = OrderedKey.key(number)
                var slot = Int(next[Int(truncatingIfNeeded: key >> first.shift)])
                guard slot != 0 else { continue }
                for level in levels.dropFirst() {
                    let digit = Int(truncatingIfNeeded: key >> level.shift & ((1 << level.bits) &- 1))
                    slot = Int(level.next[slot << Int(level.bits) | digit])
                }
                if slot != 0 { body(key, slot) }
            }
        }
    }
}
