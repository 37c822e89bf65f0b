import GatehouseCore
package import NIOCore
import NIOPosix
package import Scoring
import Synchronization

/// A version whose model is scored in this process. Each event loop has a scorer of its own, so that a request takes no lock
/// and waits for nobody; large requests go to a pool of threads. A class because loops and loader share it.
package final class NativeUpstream: LocalUpstream {
    /// Requests of all loops on the pool of threads, waiting ones included.
    static let poolRequestsMax = 64
    /// What one request may ask of a loop, in rows × trees: about half a millisecond.
    static let loopWorkMax = 20_000
    /// A cell and its comma have at least two bytes; most have more.
    private static let cellBytes = 4

    private enum State {
        case loading
        case failed(String)
        case ready(LoadedModel)
    }

    private let name: String
    private let version: String
    private let loops: [LoopScorer]
    private let state = Mutex<State>(.loading)
    private let poolRequests = Mutex<Int>(0)

    /// A loop and its scorer, which only that loop touches.
    private struct LoopScorer: Sendable {
        let loop: any EventLoop
        let scorer: NIOLoopBoundBox<RequestScorer?>
    }

    /// `loops` are those that will ask, `name` is what answers of the Open Inference Protocol call the model.
    package init(name: String, version: Int64, loops: [any EventLoop]) {
        self.name = name
        self.version = "\(version)"
        self.loops = loops.map { LoopScorer(loop: $0, scorer: .makeEmptyBox(eventLoop: $0)) }
    }

    package func becomeReady(_ model: LoadedModel) { state.withLock { $0 = .ready(model) } }

    /// Requests are answered with 503 and the reason until the model is there after all.
    package func becomeUnavailable(_ reason: String) {
        state.withLock { state in
            if case .ready = state { return }
            state = .failed(reason)
        }
    }

    package var isReady: Bool {
        state.withLock { state in
            if case .ready = state { true } else { false }
        }
    }

    package func answer(
        _ request: LocalRequest, on eventLoop: any EventLoop, _ reply: @escaping @Sendable (LocalAnswer) -> Void
    ) {
        guard let scorer = scorer(on: eventLoop) else {
            guard isReady else {
                reply(notReady(request))
                return
            }
            // A loop that this version was not told of has no scorer.
            if let refusal = answerOnPool(later: request, eventLoop, reply) { reply(refusal) }
            return
        }
        let work =
            max(1, request.body.readableBytes / (scorer.model.featureCount * Self.cellBytes)) * max(1, scorer.model.treeCount)
        guard work > Self.loopWorkMax else {
            reply(NativeRequest(request).answer(with: scorer))
            return
        }
        if let refusal = answerOnPool(later: request, eventLoop, reply) { reply(refusal) }
    }

    /// The scorer of the loop that asks. The lock is taken once per loop, by its first request.
    private func scorer(on eventLoop: any EventLoop) -> RequestScorer? {
        for place in loops where place.loop === eventLoop {
            if let scorer = place.scorer.value { return scorer }
            let made = makeScorer()
            place.scorer.value = made
            return made
        }
        return nil
    }

    private func makeScorer() -> RequestScorer? {
        let loaded: LoadedModel? = state.withLock { state in
            if case .ready(let loaded) = state { loaded } else { nil }
        }
        return loaded.map { RequestScorer($0.model, named: $0.isNamed, name: name, version: version) }
    }

    /// Nil when the request is on its way and `reply` will be called.
    private func answerOnPool(
        later request: LocalRequest, _ eventLoop: any EventLoop, _ reply: @escaping @Sendable (LocalAnswer) -> Void
    ) -> LocalAnswer? {
        let isTaken = poolRequests.withLock { count in
            guard count < Self.poolRequestsMax else { return false }
            count += 1
            return true
        }
        guard isTaken else { return Self.tooMuch }
        NIOThreadPool.singleton.submit { state in
            var answer = Self.tooMuch
            // A caller who has given up is not worked for.
            if state == .active, NIODeadline.now() < request.deadline, let scorer = self.makeScorer() {
                answer = NativeRequest(request).answer(with: scorer)
            }
            self.poolRequests.withLock { $0 -= 1 }
            eventLoop.execute { [answer] in reply(answer) }
        }
        return nil
    }

    private static let tooMuch = LocalAnswer(
        status: 503, body: ByteBuffer(string: #"{"error": "Too many large requests wait for this model."}"#))

    private func notReady(_ request: LocalRequest) -> LocalAnswer {
        let reason: String = state.withLock { state in
            switch state {
            case .loading, .ready: "is being loaded"
            case .failed(let reason): "cannot be served: \(reason)"
            }
        }
        if NativeRequest(request).target == .live { return NativeRequest.live }
        let text = "Version \(version) of '\(name)' \(reason)"
        let bytes = JSONWriter.object { writer in
            if NativeRequest(request).target == .invocations {
                writer.member("error_code", "TEMPORARILY_UNAVAILABLE")
                writer.member("message", text)
            } else {
                writer.member("error", text)
            }
        }
        return LocalAnswer(status: 503, body: ByteBuffer(bytes: bytes))
    }
}

/// A model that has been verified, read and tried.
package struct LoadedModel: Sendable {
    package let model: NativeModel
    /// Whether a signature names the columns.
    package let isNamed: Bool

    package init(_ model: NativeModel, isNamed: Bool) {
        self.model = model
        self.isNamed = isNamed
    }
}
