import Glibc

/// Seeded random numbers for the story's applicants: SplitMix64 (Steele, Lea and Flood 2014, "Fast splittable
/// pseudorandom number generators").
struct Chance {
    private var state: UInt64

    /// Different kinds of sample never share a sequence, also when they share a seed.
    init(seed: UInt64, kind: ApplicantKind) {
        state = seed
        for byte in kind.rawValue.utf8 { state = bits() ^ UInt64(byte) }
    }

    private mutating func bits() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// Uniform in [0, 1), a multiple of 2⁻⁵³.
    mutating func uniform() -> Double { Double(bits() >> 11) * 0x1p-53 }

    /// Standard normal, by Box and Muller's transform.
    mutating func normal() -> Double {
        let radius = sqrt(-2 * log(1 - uniform()))
        return radius * cos(2 * Double.pi * uniform())
    }

    /// Poisson, by multiplying uniforms until they fall below e⁻ᵐᵉᵃⁿ. Capped at 30.
    mutating func count(mean: Double) -> Int {
        let floor = exp(-min(mean, 20))
        var product = uniform()
        var count = 0
        while product > floor && count < 30 {
            product *= uniform()
            count += 1
        }
        return count
    }
}
