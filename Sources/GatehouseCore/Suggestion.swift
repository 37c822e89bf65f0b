/// Finds what somebody probably meant.
package enum Suggestion {
    /// The candidate nearest to `word`, or nil when none is near enough to be worth proposing (a third of its length).
    package static func nearest(to word: String, in candidates: some Sequence<String>) -> String? {
        let wanted = Array(word.lowercased())
        func allowance(_ name: String) -> Int { max(1, max(wanted.count, name.count) / 3) }
        // The distance is at least the difference in length: a word of megabytes is compared with nothing.
        let ranked = candidates.filter { abs($0.count - wanted.count) <= allowance($0) }
            .map { (name: $0, distance: distance(wanted, Array($0.lowercased()))) }
        guard let best = ranked.min(by: { ($0.distance, $0.name) < ($1.distance, $1.name) }) else { return nil }
        return best.distance <= allowance(best.name) ? best.name : nil
    }

    /// Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost 1.
    private static func distance(_ left: [Character], _ right: [Character]) -> Int {
        guard !left.isEmpty, !right.isEmpty else { return max(left.count, right.count) }
        var beforePrevious = [Int]()
        var previous = Array(0...right.count)
        for i in 1...left.count {
            var current = [i] + Array(repeating: 0, count: right.count)
            for j in 1...right.count {
                let substitution = previous[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1)
                current[j] = min(previous[j] + 1, current[j - 1] + 1, substitution)
                if i > 1, j > 1, left[i - 1] == right[j - 2], left[i - 2] == right[j - 1] {
                    current[j] = min(current[j], beforePrevious[j - 2] + 1)
                }
            }
            beforePrevious = previous
            previous = current
        }
        return previous[right.count]
    }
}
