import Gateway
import Testing

@Suite("Gateway limits")
struct GatewayLimitsTests {
    @Test("a head is never taken as long as a body")
    func order() { #expect(GatewayLimits.headBytesMax < GatewayLimits.bodyBytesMax) }
}
