/// What a gateway takes from anybody, whatever an endpoint's rules allow.
package enum GatewayLimits {
    package static let headBytesMax = 32 << 10
    package static let headersMax = 100
    package static let bodyBytesMax = 64 << 20
    package static let headDeadlineMilliseconds = 10_000
    package static let idleDeadlineMilliseconds = 75_000
}
