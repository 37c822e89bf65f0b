import GatehouseCore
import Testing

@Suite("Stages and the transition table")
struct StageTests {
    @Test("a stage is read in any letter case")
    func anyLetterCase() throws {
        #expect(try Stage(parsing: "PRODUCTION") == .production)
    }
}
