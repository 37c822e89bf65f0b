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

    @Test(
        "a segment from outside is made of names", arguments: ["", "eu/", "/eu", "eu//de", "eu/\u{1B}[31m", " eu", "eu@1", ".."])
    func badSegment(_ segment: String) throws {
        let model = try ModelName("m")
        #expect(throws: GatehouseError.self) { try Slot.named(model, environment: nil, segment: segment) }
        #expect(throws: GatehouseError.self) {
            try Slot.named(model, environment: segment.isEmpty ? "a/b" : segment, segment: nil)
        }
        #expect(try Slot.named(model, environment: nil, segment: "eu/de").segmentFallback == ["eu/de", "eu", "default"])
    }

    @Test("unless said otherwise a slot is the champion's, in production, for everybody")
    func defaults() throws {
        let slot = Slot(model: try ModelName("credit-risk"))
        #expect(slot.description == "credit-risk/production/default/champion")
        #expect(slot != Slot(model: try ModelName("credit-risk"), role: "shadow"))
    }
}
