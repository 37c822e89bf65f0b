/// How often each row comes up when as many rows are drawn, with replacement, as there are: a multinomial draw, exact in
/// distribution.
///
/// Made in two levels, so that the counts being written fit a core's nearest cache: first how many draws fall to each block of
/// 32,768 rows, by halving the rows again and again with binomial draws; then the draws inside each block.
enum RowDraws {
    private static let blockBits = 15
    private static let blockRows = 1 << blockBits

    /// Fills `counts`, one per row. A count of 256 would not fit; its chance is below 1 / 256!, about 10⁻⁵⁰⁷.
    static func fill(_ counts: UnsafeMutableBufferPointer<UInt8>, using generator: inout SeededGenerator) {
        counts.update(repeating: 0)
        let blocks = (counts.count + blockRows - 1) / blockRows
        split(counts.count, over: 0..<blocks, counts, &generator)
    }

    private static func split(
        _ draws: Int, over blocks: Range<Int>, _ counts: UnsafeMutableBufferPointer<UInt8>,
        _ generator: inout SeededGenerator
    ) {
        let start = blocks.lowerBound * blockRows
        let end = min(blocks.upperBound * blockRows, counts.count)
        guard blocks.count > 1 else {
            return fill(UnsafeMutableBufferPointer(rebasing: counts[start..<end]), draws, &generator)
        }
        let middle = blocks.lowerBound + blocks.count / 2
        let left = generator.binomial(draws, chance: middle * blockRows - start, of: end - start)
        split(left, over: blocks.lowerBound..<middle, counts, &generator)
        split(draws - left, over: middle..<blocks.upperBound, counts, &generator)
    }

    private static func fill(
        _ counts: UnsafeMutableBufferPointer<UInt8>, _ draws: Int, _ generator: inout SeededGenerator
    ) {
        guard counts.count == blockRows else {
            for _ in 0..<draws { counts[generator.below(counts.count)] &+= 1 }
            return
        }
        // A full block has 2¹⁵ rows: every random word names four of them, and no masked number lies outside.
        let mask = blockRows - 1
        for _ in 0..<draws / 4 {
            let word = generator.next()
            counts[Int(truncatingIfNeeded: word) & mask] &+= 1
            counts[Int(truncatingIfNeeded: word >> 16) & mask] &+= 1
            counts[Int(truncatingIfNeeded: word >> 32) & mask] &+= 1
            counts[Int(truncatingIfNeeded: word >> 48) & mask] &+= 1
        }
        for _ in 0..<draws % 4 { counts[Int(truncatingIfNeeded: generator.next()) & mask] &+= 1 }
    }
}

extension SeededGenerator {
    /// How many of `trials` succeed when each has the chance `part` / `whole`; exact, at about two random bits per trial.
    ///
    /// Every trial compares a random number with the chance bit by bit, all trials at once: those whose bit differs are
    /// decided, the others go on with the next bit.
    mutating func binomial(_ trials: Int, chance part: Int, of whole: Int) -> Int {
        precondition(part >= 0 && part <= whole && whole > 0 && whole <= Int.max / 2, "a chance is a share of a whole")
        guard part < whole else { return trials }
        var successes = 0
        var undecided = trials
        var rest = part
        while undecided > 0, rest > 0 {
            rest *= 2
            let ones = heads(undecided)
            if rest >= whole {
                rest -= whole
                successes += undecided - ones
                undecided = ones
            } else {
                undecided -= ones
            }
        }
        return successes
    }

    /// How many of `coins` fair coins show heads.
    private mutating func heads(_ coins: Int) -> Int {
        var heads = 0
        for _ in 0..<coins / 64 { heads &+= next().nonzeroBitCount }
        let left = coins % 64
        return left == 0 ? heads : heads &+ (next() >> UInt64(64 - left)).nonzeroBitCount
    }
}
