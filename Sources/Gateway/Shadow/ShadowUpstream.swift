import NIOCore

/// The way to a shadow version: connections of its own, or a model in this process. Closures, because a lane asks nothing else
/// and tests give it shadows that hang, drip and lie.
struct ShadowUpstream {
    typealias Answer = UpstreamCall.Answer

    static let answerBytesMax = 1 << 20

    /// Calls back once, on the loop.
    let send: (ShadowCopy, NIODeadline, @escaping (Result<Answer, UpstreamFailure>) -> Void) -> Void
    var tick: (NIODeadline) -> Void = { _ in }
    var retire: () -> Void = {}

    /// A server: connections that production does not use, one copy at a time on each, none sent twice.
    static func server(_ pool: UpstreamPool) -> ShadowUpstream {
        var head = ByteBuffer()
        head.writeString(" HTTP/1.1\r\nhost: \(pool.address.authority)\r\nx-gatehouse-shadow: 1\r\n")
        let basePath = ByteBuffer(string: pool.address.basePath)
        return ShadowUpstream(
            send: { copy, deadline, done in
                pool.call(copy.bytes(basePath: basePath, head), deadline: deadline, bodyBytesMax: answerBytesMax, done)
            }, tick: { pool.tick(at: $0) }, retire: { pool.retire() })
    }

    /// A model in this process. It cannot be stopped: an answer that comes after the deadline is late.
    static func process(_ local: any LocalUpstream, on eventLoop: any EventLoop) -> ShadowUpstream {
        ShadowUpstream { copy, deadline, done in
            let done = NIOLoopBound(done, eventLoop: eventLoop)
            let request = LocalRequest(
                method: ByteBuffer(string: "POST"), target: copy.target, contentType: copy.contentType, body: copy.request,
                deadline: deadline)
            local.answer(request, on: eventLoop) { answer in
                if NIODeadline.now() > deadline {
                    done.value(.failure(.deadline))
                } else {
                    done.value(.success(Answer(status: answer.status, body: answer.body)))
                }
            }
        }
    }
}
