import GatehouseCore
import Testing
import WireAPI

@Suite("The error envelope")
struct ErrorAnswerTests {
    @Test("an error arrives as it was raised")
    func roundTrip() throws {
        let raised = GatehouseError(.conflict, "It moved.", hint: "Look again.", details: ["line 1", "line 2"])
        let arrived = try WireCoder.decode(ErrorAnswer.self, from: WireCoder.encode(ErrorAnswer(raised))).error
        #expect(arrived.code == .conflict)
        #expect(arrived.description == raised.description)
    }
}
