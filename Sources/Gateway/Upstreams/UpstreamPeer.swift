package import NIOCore

/// Who gets an answer: a client's connection on the hot path, or a call whose answer is collected. An enum and no protocol,
/// so that the hot path calls directly.
enum UpstreamPeer {
    case client(ClientConnection)
    case call(UpstreamCall)

    /// Whether the request that asked for a connection still wants it.
    func isWaiting(ticket: Int) -> Bool {
        switch self {
        case .client(let client): client.isWaiting(ticket: ticket)
        case .call(let call): call.isWaiting
        }
    }

    func connected(_ connection: UpstreamConnection) {
        switch self {
        case .client(let client): client.connected(connection)
        case .call(let call): call.connected(connection)
        }
    }

    func failed(_ failure: UpstreamFailure, ticket: Int) {
        switch self {
        case .client(let client): client.answerFailed(failure, ticket: ticket)
        case .call(let call): call.failed(failure)
        }
    }
}

/// A request whose whole answer is collected. A class, because the connection writes into it over several reads.
package final class UpstreamCall {
    package struct Answer {
        package let status: Int
        package let body: ByteBuffer
    }

    let deadline: NIODeadline
    private let request: ByteBuffer
    private let bodyBytesMax: Int
    private var done: ((Result<Answer, UpstreamFailure>) -> Void)?
    private var connection: UpstreamConnection?
    private var status = 0
    private var body = ByteBuffer()
    /// Its place among the calls of its pool; both until it has ended.
    var slot = 0
    var pool: UpstreamPool?

    init(
        _ request: ByteBuffer, deadline: NIODeadline, bodyBytesMax: Int,
        _ done: @escaping (Result<Answer, UpstreamFailure>) -> Void
    ) {
        self.request = request
        self.deadline = deadline
        self.bodyBytesMax = bodyBytesMax
        self.done = done
    }

    var isWaiting: Bool { done != nil && connection == nil }

    func connected(_ connection: UpstreamConnection) {
        self.connection = connection
        connection.send(request, flush: true)
    }

    func started(_ head: AnswerHead) { status = head.status }

    func received(_ piece: ByteBuffer) {
        guard body.readableBytes + piece.readableBytes <= bodyBytesMax else { return failed(.tooLarge) }
        if body.readableBytes == 0 { body = piece } else { body.writeImmutableBuffer(piece) }
    }

    func ended() { finish(.success(Answer(status: status, body: body))) }

    func failed(_ failure: UpstreamFailure) {
        let connection = connection
        finish(.failure(failure))
        connection?.abandon()
    }

    func expire() { failed(.deadline) }

    private func finish(_ result: Result<Answer, UpstreamFailure>) {
        guard let done else { return }
        self.done = nil
        connection = nil
        pool?.forget(self)
        pool = nil
        done(result)
    }
}
