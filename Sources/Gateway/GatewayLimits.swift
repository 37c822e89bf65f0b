/// What a gateway takes from anybody, whatever an endpoint's rules allow.
package enum GatewayLimits {
    package static let headBytesMax = 32 << 10
    package static let headersMax = 100
    package static let bodyBytesMax = 64 << 20
    package static let headDeadlineMilliseconds = 10_000
    package static let idleDeadlineMilliseconds = 75_000
    /// Longer bodies are streamed; up to here a request is held until it is whole, so that no slow client holds a model server.
    package static let heldBodyBytesMax = 64 << 10
    /// Of all bodies longer than that which an event loop holds back at a time, because the endpoint looks into them.
    package static let loopHeldBytesMax = 256 << 20
    /// A body up to here is copied behind its head and sent in one piece.
    package static let joinedBodyBytesMax = 16 << 10
    /// What a client may send ahead of the answer it waits for.
    package static let readAheadBytesMax = 64 << 10
    /// Extensions of all chunks of a body, and its trailers.
    package static let chunkExtensionBytesMax = 4 << 10
    package static let trailerBytesMax = 8 << 10
    package static let requestIDBytesMax = 64
    package static let unitBytesMax = 256
    /// Per event loop and version.
    package static let upstreamConnectionsMax = 512
    package static let upstreamWaitingMax = 1_024
    /// Shorter than what model servers keep a silent connection open (gunicorn 2 s, uvicorn 5 s), so that a request is not
    /// written into one that is just being closed.
    package static let upstreamIdleMilliseconds = 1_800
    package static let clientConnectionsMax = 16_384
    /// How exact deadlines are.
    package static let tickMilliseconds: Int64 = 50
    package static let drainMilliseconds: Int64 = 30_000
    /// How long a drain waits for a request on a connection that is silent.
    package static let drainIdleMilliseconds: Int64 = 1_000
    /// How long a drain lets handshakes that have begun end, and be accepted.
    package static let handshakeMilliseconds: Int64 = 200
    /// What a client is told to wait when no version can answer.
    package static let retryAfterSeconds = 1
}
