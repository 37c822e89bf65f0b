import Glibc
import Statistics

extension SeededGenerator {
    /// Different kinds of sample never share a sequence, also when they share a seed. The name is folded in by the step
    /// of FNV-1a (Fowler, Noll and Vo).
    init(seed: UInt64, kind: ApplicantKind) {
        self.init(seed: kind.rawValue.utf8.reduce(seed) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 })
    }

    /// A Poisson number, at most 30: uniform numbers are multiplied until they fall below e⁻ᵐᵉᵃⁿ (Knuth).
    mutating func count(mean: Double) -> Int {
        let limit = exp(-mean)
        var product = uniform()
        var count = 0
        while product > limit && count < 30 {
            product *= uniform()
            count += 1
        }
        return count
    }
}
