package import GatehouseCore
package import Logging
import ServiceLifecycle
package import Storage

/// Tells the notifier that something is due. A value that the store, which is made first, and the notifier share.
package struct SlackBell: Sendable {
    let rings: AsyncStream<Void>
    private let ringer: AsyncStream<Void>.Continuation

    package init() { (rings, ringer) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    package func ring() { ringer.yield() }
}

/// Keeps the messages in Slack true to the reviews: one per review, posted once, changed as the review goes on.
///
/// The queue is a table, written in the transaction of the change. An attempt to post is noted before its first byte; when it
/// ends without an answer, the channel is searched for the message before there is another.
package struct SlackNotifier: Service {
    static let pauses: [Duration] = [.seconds(5), .seconds(30), .seconds(120), .seconds(600), .seconds(3600)]
    static let lookAgain: Duration = .seconds(60)
    static let retryAfterFailure: Duration = .seconds(15)
    /// How long an attempt that is under way may take once the server is asked to end.
    static let drainMax: Duration = .seconds(5)
    /// How far Slack's clock may be from ours, and how late a message may appear, when one is searched for.
    static let searchBefore: Duration = .seconds(600)
    static let searchAfter: Duration = .seconds(900)
    package static let daysKept: Int64 = 90
    static let requestsKept: Duration = .seconds(86_400)

    private let store: any SQLStore
    private let api: SlackAPI
    private let bell: SlackBell
    private let now: @Sendable () -> Timestamp
    /// What a review's message says now; nil when there is no such review.
    private let compose: @Sendable (String) async throws -> SlackReviewMessage?
    private let logger: Logger

    package init(
        store: any SQLStore, api: SlackAPI, bell: SlackBell, now: @escaping @Sendable () -> Timestamp, logger: Logger,
        compose: @escaping @Sendable (String) async throws -> SlackReviewMessage?
    ) {
        self.store = store
        self.api = api
        self.bell = bell
        self.now = now
        self.logger = logger
        self.compose = compose
    }

    package func run() async throws {
        bell.ring()
        await withDiscardingTaskGroup { group in
            group.addTask {
                while await pause(Self.lookAgain) {}
            }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await work() }
                group.addTask {
                    try? await gracefulShutdown()
                    try? await Task.sleep(for: Self.drainMax)
                }
                // Whichever is first: the work, which ends after the attempt under way, or the time it has for that.
                await group.next()
                group.cancelAll()
            }
            group.cancelAll()
        }
    }

    private func work() async {
        await withDiscardingTaskGroup { group in
            for await _ in bell.rings.cancelOnGracefulShutdown() {
                do {
                    while !Task.isShuttingDownGracefully, !Task.isCancelled, try await step() {}
                    let time = now()
                    if let next = try await store.read({ tx in try tx.nextSlackNoticeTime(after: time) }) {
                        group.addTask { _ = await pause(min(next.since(time), Self.lookAgain)) }
                    }
                } catch {
                    logger.error("Slack messages postponed", metadata: ["error": "\(error)"])
                    group.addTask { _ = await pause(Self.retryAfterFailure) }
                }
            }
            group.cancelAll()
        }
    }

    /// Deals with what is due longest. False: nothing is.
    package func step() async throws -> Bool {
        let time = now()
        guard let notice = try await store.read({ tx in try tx.dueSlackNotice(at: time) }) else {
            try await forget(at: time)
            return false
        }
        guard let message = try await compose(notice.review) else {
            try await store.write { tx in try tx.settle(notice, notice.posted, at: time) }
            return true
        }
        if let posted = notice.posted {
            let answer = await api.call("chat.update", message.updating(posted))
            try await conclude(notice, message, answer, posted)
        } else if notice.postingSince != nil {
            try await search(notice, message)
        } else if message.isOpen {
            try await post(notice, message)
        } else {
            // Over before anybody was told.
            try await store.write { tx in try tx.settle(notice, nil, at: time) }
        }
        return true
    }

    private func post(_ notice: SlackNotice, _ message: SlackReviewMessage) async throws {
        let time = now()
        try await store.write { tx in try tx.beginPosting(notice, at: time) }
        let answer = await api.call("chat.postMessage", message.posting(to: api.channel, id: notice.messageID))
        try await conclude(notice, message, answer, nil)
    }

    /// After an attempt that nobody knows the end of.
    private func search(_ notice: SlackNotice, _ message: SlackReviewMessage) async throws {
        let since = notice.postingSince ?? now()
        let answer = await api.posted(
            notice.review, from: since.adding(.milliseconds(-Self.searchBefore.milliseconds)), to: since.adding(Self.searchAfter))
        let time = now()
        switch answer {
        case .done(let history):
            if let posted = SlackAPI.find(notice.review, in: history, channel: api.channel) {
                try await store.write { tx in try tx.foundPosted(notice, posted, at: time) }
            } else {
                try await store.write { tx in try tx.endPosting(notice) }
            }
        case .refused(let word):
            // Without the right to look, a message too many is better than none.
            logger.warning("Slack does not let the app look into the channel", metadata: ["error": "\(word)"])
            try await store.write { tx in try tx.endPosting(notice) }
        case .later, .unknown, .unsent: try await postpone(notice, message, answer)
        }
    }

    private func conclude(
        _ notice: SlackNotice, _ message: SlackReviewMessage, _ answer: SlackAPI.Answer, _ known: SlackPosted?
    ) async throws {
        // Cut off at the end of the server: nothing is known, and that is what is written already.
        guard !Task.isCancelled else { return }
        let time = now()
        switch answer {
        case .done(let json):
            let posted =
                known
                ?? json["ts"]?.stringValue.map {
                    SlackPosted(channel: json["channel"]?.stringValue ?? api.channel, timestamp: $0)
                }
            try await store.write { tx in try tx.settle(notice, posted, at: time) }
        case .refused("message_not_found"), .refused("cant_update_message"):
            // Somebody took it away; that is theirs to decide.
            try await store.write { tx in try tx.settle(notice, known, at: time) }
        case .refused, .later, .unsent:
            try await store.write { tx in try tx.endPosting(notice) }
            try await postpone(notice, message, answer)
        case .unknown: try await postpone(notice, message, answer)
        }
    }

    /// Tries again for as long as there is something to decide, then a few times more.
    private func postpone(_ notice: SlackNotice, _ message: SlackReviewMessage, _ answer: SlackAPI.Answer) async throws {
        let time = now()
        let attempt = Int(min(max(notice.attempts, 0), Int64(Self.pauses.count - 1)))
        let isGivenUp = !message.isOpen && notice.attempts >= Self.pauses.count
        let pause = max(Self.pauses[attempt], answer.patience)
        let words = answer.words
        logger.warning("a Slack message was not delivered", metadata: ["review": "\(notice.review)", "error": "\(words)"])
        try await store.write { tx in
            try tx.postpone(notice, to: isGivenUp ? nil : time.adding(pause), because: words)
        }
    }

    private func forget(at time: Timestamp) async throws {
        let (notices, requests) = (
            time.adding(.seconds(-Self.daysKept * 86_400)), time.adding(.milliseconds(-Self.requestsKept.milliseconds))
        )
        let isDue = try await store.read { tx in try tx.hasOldSlack(before: notices, requestsBefore: requests) }
        guard isDue else { return }
        try await store.write { tx in try tx.forgetSlack(before: notices, requestsBefore: requests) }
    }

    /// Waits, then rings. False when the server ends meanwhile.
    private func pause(_ duration: Duration) async -> Bool {
        do {
            try await cancelWhenGracefulShutdown { try await Task.sleep(for: max(.milliseconds(1), duration)) }
        } catch { return false }
        bell.ring()
        return !Task.isShuttingDownGracefully && !Task.isCancelled
    }
}

extension SlackAPI.Answer {
    fileprivate var patience: Duration {
        switch self {
        case .later(let pause): pause
        case .done, .refused, .unknown, .unsent: .zero
        }
    }

    /// Asking again would be answered no better.
    package var isFinal: Bool {
        switch self {
        case .done, .refused: true
        case .later, .unknown, .unsent: false
        }
    }

    /// For the log and the people who look after the server.
    package var words: String {
        switch self {
        case .done: "done"
        case .refused(let word): word
        case .later: "Slack asks for patience"
        case .unknown(let reason), .unsent(let reason): reason
        }
    }
}
