/// Whether two numbers agree to `tolerance`, relative to the expected one where that is above 1.
func near(_ value: Double?, _ expected: Double, _ tolerance: Double = 1e-12) -> Bool {
    guard let value else { return false }
    return abs(value - expected) <= tolerance * max(1, abs(expected))
}

/// Whether two numbers agree in their leading digits, however small they are.
func nearRelative(_ value: Double, _ expected: Double, _ tolerance: Double = 1e-12) -> Bool {
    abs(value - expected) <= tolerance * abs(expected)
}
