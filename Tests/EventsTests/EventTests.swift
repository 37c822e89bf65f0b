import GatehouseCore
import Testing

@testable import Events

struct EventTests {
    @Test("an event names the audit entry of its change")
    func audit() {
        let event = Event(
            id: "e", time: Timestamp(milliseconds: 1), principal: .user("a"), auditSequence: 7, model: nil)
        #expect(event.auditSequence == 7)
    }
}
