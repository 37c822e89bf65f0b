import Gateway
import Testing

@Suite("Gateway limits")
struct GatewayLimitsTests {
    @Test("what is held, joined and read ahead fits into one another")
    func sizes() {
        #expect(GatewayLimits.joinedBodyBytesMax <= GatewayLimits.heldBodyBytesMax)
        #expect(GatewayLimits.heldBodyBytesMax <= GatewayLimits.bodyBytesMax)
        // Else a request behind another one could not begin before that one is answered.
        #expect(GatewayLimits.headBytesMax <= GatewayLimits.readAheadBytesMax)
        #expect(GatewayLimits.requestIDBytesMax + GatewayLimits.unitBytesMax < GatewayLimits.headBytesMax)
    }

    @Test("connections are given up before the other side does, and a drain ends after what it waits for")
    func times() {
        // gunicorn closes after 2 s of silence (its setting keepalive), and a tick may come late.
        #expect(Int64(GatewayLimits.upstreamIdleMilliseconds) + 2 * GatewayLimits.tickMilliseconds < 2_000)
        #expect(GatewayLimits.headDeadlineMilliseconds < GatewayLimits.idleDeadlineMilliseconds)
        #expect(GatewayLimits.handshakeMilliseconds < GatewayLimits.drainIdleMilliseconds)
        #expect(GatewayLimits.drainIdleMilliseconds < GatewayLimits.drainMilliseconds)
    }
}
