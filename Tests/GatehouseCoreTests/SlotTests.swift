import GatehouseCore
import Testing

@Suite("Slots")
struct SlotTests {
    @Test(
        "a segment falls back to its parents and to the default",
        arguments: [
            ("default", ["default"]), ("eu", ["eu", "default"]), ("eu/de", ["eu/de", "eu", "default"]),
            ("eu/de/berlin", ["eu/de/berlin", "eu/de", "eu", "default"]),
        ])
    func fallback(_ segment: String, _ chain: [String]) throws {
        #expect(Slot(model: try ModelName("m"), segment: segment).segmentFallback == chain)
    }

    @Test("unless said otherwise a slot is the champion's, in production, for everybody")
    func defaults() throws {
        let slot = Slot(model: try ModelName("credit-risk"))
        #expect(slot.description == "credit-risk/production/default/champion")
        #expect(slot != Slot(model: try ModelName("credit-risk"), role: "shadow"))
    }
}
