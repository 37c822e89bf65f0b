import Testing

@testable import Commands

@Suite("Numbers with a fixed count of decimals")
struct FixedTests {
    @Test("zero has no sign")
    func zero() {
        #expect((-0.0).fixed(2) == "0.00")
    }
}
