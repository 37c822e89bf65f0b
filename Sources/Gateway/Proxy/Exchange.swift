package import NIOCore
package import Serving

/// One request and its answer, handed on after the last byte of the answer was given to the client's connection. Valid on the
/// event loop; the buffers share the memory they were read into, so whoever keeps them for long copies them.
package struct Exchange {
    package let routes: ActiveRoutes
    package let endpoint: ActiveEndpoint
    package let segment: ActiveSegment
    /// The arm that the unit has.
    package let assigned: ActiveArm
    /// The arm that answered: another one after a fall-back. Nil: none did, and the gateway answered itself.
    package let served: ActiveArm?
    package let reason: Exposure.Reason
    package let requestID: RequestID
    /// The unit's bytes as the request named it.
    package let unit: ByteBuffer?
    /// What was asked for behind the endpoint's name, such as `/invocations`.
    package let target: ByteBuffer
    package let contentType: ByteBuffer?
    /// The whole body; nil when it was longer than the segment keeps (`ActiveSegment.keptBodyBytesMax`).
    package let requestBody: ByteBuffer?
    package let requestBodyBytes: Int
    package let status: Int
    package let failure: UpstreamFailure?
    /// As `requestBody`.
    package let answerBody: ByteBuffer?
    package let answerBodyBytes: Int
    /// When the first byte of the request was read.
    package let startedAt: NIODeadline
    package let finishedAt: NIODeadline
    /// `startedAt` in milliseconds since 1970.
    package let atMilliseconds: Int64

    package var latencyMicroseconds: Int64 { (finishedAt - startedAt).nanoseconds / 1_000 }
}

/// What is counted of every exchange.
struct ExchangeOutcome {
    let assigned: ActiveArm
    let served: ActiveArm?
    let reason: Exposure.Reason
    let status: Int
    let failure: UpstreamFailure?
    let requestBodyBytes: Int
    let latencyMicroseconds: Int64
    let finishedAt: NIODeadline
}

extension Exchange {
    var outcome: ExchangeOutcome {
        ExchangeOutcome(
            assigned: assigned, served: served, reason: reason, status: status, failure: failure,
            requestBodyBytes: requestBodyBytes, latencyMicroseconds: latencyMicroseconds, finishedAt: finishedAt)
    }
}
