import NIOCore

/// Hands what is written while one event loop goes through its events to the kernel together, at the end of that round: first
/// requests to versions, then answers to clients, then copies and probes. A write to a process that sleeps wakes it, which costs
/// as much as the write itself; of several in a row only the first finds it asleep. A round with few writes has nothing to
/// gain, so after such a round each write is handed over at once. A class, because all connections of a loop share it.
final class FlushRound {
    /// From so many writes in the round before, they are handed over together.
    static let writesMin = 4
    /// With fewer clients a round never has that many.
    static let clientsMin = 3
    /// No write waits for more others than this.
    static let waitingMax = 64

    /// Set by a loop that has so few clients that there is never anything to gather.
    var isOff = false
    private let eventLoop: any EventLoop
    private var requests: [UpstreamConnection] = []
    private var answers: [ClientConnection] = []
    private var calls: [UpstreamConnection] = []
    private var writes = 0
    private var isTogether = false

    init(on eventLoop: any EventLoop) { self.eventLoop = eventLoop }

    func add(request connection: UpstreamConnection) {
        guard waits() else { return connection.flush() }
        requests.append(connection)
        flushIfMany()
    }

    func add(answer connection: ClientConnection) {
        guard waits() else { return connection.flush() }
        answers.append(connection)
        flushIfMany()
    }

    func add(call connection: UpstreamConnection) {
        guard waits() else { return connection.flush() }
        calls.append(connection)
        flushIfMany()
    }

    /// Whether one more write waits for the end of the round. A task of the loop runs when it is through with its events.
    private func waits() -> Bool {
        if isOff { return false }
        writes += 1
        if writes == 1 {
            let round = NIOLoopBound(self, eventLoop: eventLoop)
            eventLoop.execute { round.value.end() }
        }
        return isTogether
    }

    private func end() {
        isTogether = writes >= Self.writesMin
        writes = 0
        flush()
    }

    private func flushIfMany() {
        if requests.count + answers.count + calls.count >= Self.waitingMax { flush() }
    }

    /// A flush may lead to writes of others, which are then flushed as well, or by a flush inside this one.
    private func flush() {
        var index = 0
        while index < requests.count {
            requests[index].flush()
            index += 1
        }
        requests.removeAll(keepingCapacity: true)
        index = 0
        while index < answers.count {
            answers[index].flush()
            index += 1
        }
        answers.removeAll(keepingCapacity: true)
        index = 0
        while index < calls.count {
            calls[index].flush()
            index += 1
        }
        calls.removeAll(keepingCapacity: true)
    }
}
