import Access
import Events
import GatehouseCore
package import Logging
import ServiceLifecycle
import Synchronization

/// What is done after Slack was told that its request arrived.
enum SlackJob: Sendable {
    case command(SlackCommand, SlackIdentity, trigger: String, responseURL: String)
    case pressed(SlackForms.Action, SlackIdentity, review: String, isInWindow: Bool, trigger: String, responseURL: String)
}

/// The requests between their acknowledgement and their end. In memory: a command holds a token, and whoever gets no answer
/// types it again.
struct SlackQueue: Sendable {
    static let jobsMax = 256

    let jobs: AsyncStream<SlackJob>
    private let entry: AsyncStream<SlackJob>.Continuation

    init() { (jobs, entry) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Self.jobsMax)) }

    /// False: there is no room.
    func add(_ job: SlackJob) -> Bool {
        switch entry.yield(job) {
        case .enqueued: true
        case .dropped, .terminated: false
        @unknown default: false
        }
    }
}

/// Does what was asked for in Slack, several at a time; those under way are finished before the server ends.
package struct SlackWorker: Service {
    static let jobsAtOnceMax = 16

    private let desk: SlackDesk
    private let logger: Logger

    package init(_ desk: SlackDesk, logger: Logger) {
        self.desk = desk
        self.logger = logger
    }

    package func run() async throws {
        let (desk, logger) = (desk, logger)
        await withTaskGroup(of: Void.self) { group in
            var running = 0
            for await job in desk.queue.jobs.cancelOnGracefulShutdown() {
                if running >= Self.jobsAtOnceMax {
                    await group.next()
                    running -= 1
                }
                group.addTask { await desk.perform(job, logger) }
                running += 1
            }
        }
    }
}

/// What submissions were answered, so that one which Slack repeats is answered the same. In memory only, because a token may be
/// in it. A class because the requests share it.
final class SlackAnswers: Sendable {
    static let answersMax = 256
    private static let kept: Duration = .seconds(600)

    private let answers = Mutex<[(key: String, answer: JSONValue, at: Timestamp)]>([])

    func keep(_ answer: JSONValue, for key: String, at now: Timestamp) {
        answers.withLock { answers in
            answers.removeAll { $0.key == key || now.since($0.at) > Self.kept }
            if answers.count >= Self.answersMax { answers.removeFirst() }
            answers.append((key, answer, now))
        }
    }

    func answer(for key: String, at now: Timestamp) -> JSONValue? {
        answers.withLock { answers in answers.last { $0.key == key && now.since($0.at) <= Self.kept }?.answer }
    }
}
