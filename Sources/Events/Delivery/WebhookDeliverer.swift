import AuditLog
package import GatehouseCore
package import Logging
package import Secrets
import ServiceLifecycle
package import Storage

/// Carries events to webhooks: at least once, in order per webhook and model, several lanes at a time.
///
/// The queue is a table. What is due is looked for after a commit that queued something, after each attempt, and when the next
/// retry falls due; `lookAgain` is for what none of these notices. An attempt that a crash cuts off was never written down, so
/// it is made again after the next start, with the same id.
package struct WebhookDeliverer: Service {
    package static let lanesMax = 16
    /// So that one slow receiver does not hold up the others.
    package static let lanesPerWebhookMax = 4
    package static let daysKept: Int64 = 30
    static let forgottenPerPassMax = 1000
    static let lookAgain: Duration = .seconds(60)
    static let forgetEvery: Duration = .seconds(3600)
    /// How long attempts that are under way may take once the server is asked to end; what is cut off is repeated later.
    static let drainMax: Duration = .seconds(5)
    static let retryAfterFailure: Duration = .seconds(15)

    private let store: any SQLStore
    private let sender: WebhookSender
    private let key: ServerKey
    private let now: @Sendable () -> Timestamp
    private let ids: @Sendable () -> String
    private let logger: Logger
    private let inFlight = LanesInFlight()
    private let wakeUps: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    package init(
        store: any SQLStore, sender: WebhookSender, key: ServerKey, now: @escaping @Sendable () -> Timestamp,
        ids: @escaping @Sendable () -> String, logger: Logger
    ) {
        self.store = store
        self.sender = sender
        self.key = key
        self.now = now
        self.ids = ids
        self.logger = logger
        (wakeUps, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func wake() { waker.yield() }

    package func run() async throws {
        wake()
        await withDiscardingTaskGroup { group in
            group.addTask { await repeating(every: Self.lookAgain) { wake() } }
            group.addTask { await repeating(every: Self.forgetEvery) { await forget() } }
            var alarm: Timestamp?
            for await _ in wakeUps.cancelOnGracefulShutdown() {
                do {
                    for due in try await startable() {
                        inFlight.begin(due.lane)
                        group.addTask { await attempt(due) }
                    }
                    let time = now()
                    if let rung = alarm, rung <= time { alarm = nil }
                    // A look that is already arranged for then, or before, will find this one too.
                    if let next = try await nextDueTime(after: time), alarm.map({ next < $0 }) ?? true {
                        alarm = next
                        group.addTask { await pause(next.since(time)) }
                    }
                } catch {
                    // The disk or the database is out. The server must outlive that, and the queue is kept.
                    logger.error("deliveries postponed", metadata: ["error": "\(error)"])
                    group.addTask { await pause(Self.retryAfterFailure) }
                }
            }
            await drain()
            group.cancelAll()
        }
    }

    /// What may be started now: the heads of free lanes, as far as there is room, one webhook after the other.
    private func startable() async throws -> [DueDelivery] {
        let busy = inFlight.current
        let room = Self.lanesMax - busy.count
        guard room > 0 else { return [] }
        let load = Dictionary(grouping: busy, by: \.webhook).mapValues(\.count)
        let (store, time) = (store, now())
        return try await store.read { tx in
            var chosen: [DueDelivery] = []
            // Those with the least under way first, so that room is shared.
            for webhook in try tx.webhooksWithDueDeliveries(at: time).sorted(by: { load[$0] ?? 0 < load[$1] ?? 0 }) {
                let own = min(room - chosen.count, Self.lanesPerWebhookMax - (load[webhook] ?? 0))
                guard own > 0 else { continue }
                // Those under way are due as well until they are written down.
                let found = try tx.dueDeliveries(of: webhook, at: time, limit: own + Self.lanesPerWebhookMax)
                chosen += found.filter { !busy.contains($0.lane) }.prefix(own)
            }
            return chosen
        }
    }

    private func nextDueTime(after time: Timestamp) async throws -> Timestamp? {
        try await store.read { tx in try tx.nextDueTime(after: time) }
    }

    private func attempt(_ due: DueDelivery) async {
        let started = now()
        let answer = await answer(to: due, at: started)
        // Cut off at the end of the server: nothing is known, so nothing is written down.
        if !Task.isCancelled {
            do {
                try await conclude(due, answer, from: started)
            } catch {
                logger.error("a delivery was not written down", metadata: ["delivery": "\(due.id)", "error": "\(error)"])
                // Not at once: the receiver would be asked again and again while the disk is full.
                try? await Task.sleep(for: Self.retryAfterFailure)
            }
        }
        inFlight.end(due.lane)
        wake()
    }

    private func answer(to due: DueDelivery, at time: Timestamp) async -> ReceiverAnswer {
        do {
            let secret = try due.sealedSecret.map { (bytes) throws(GatehouseError) in try key.open(bytes, of: due.lane.webhook) }
            let request = SignedRequest(id: due.id, body: due.body, secret: secret, at: time)
            return await sender.send(request, to: try WebhookURL(due.url))
        } catch {
            // A key that is put right makes it work again.
            return .failed(reason: error.message, isFinal: false)
        }
    }

    private func conclude(_ due: DueDelivery, _ answer: ReceiverAnswer, from started: Timestamp) async throws {
        let time = now()
        let outcome = RetrySchedule.outcome(of: answer, attempts: due.attempts + 1, at: time)
        let attempt = DeliveryAttempt(due, answer, outcome, from: started, to: time)
        let ids = ids
        try await store.write { tx in
            try tx.record(attempt)
            guard outcome == .gone, var webhook = try tx.webhook(id: due.lane.webhook), webhook.status == .active else { return }
            webhook.status = .disabled
            webhook.disabledBecause = "its receiver answered 410 Gone"
            webhook.updated = time
            try tx.update(webhook, sealedSecret: tx.sealedSecret(ofWebhook: webhook.id))
            try tx.append(
                AuditDraft(
                    id: ids(), time: time, principal: .system("webhooks"), action: .webhookUpdated, facts: webhook.facts))
        }
        if case .failed = outcome {
            logger.warning(
                "a delivery failed for good",
                metadata: ["delivery": "\(due.id)", "webhook": "\(due.lane.webhook)", "failure": "\(attempt.failure ?? "")"])
        }
    }

    /// Waits, then looks again. Ends early with the server.
    private func pause(_ duration: Duration) async {
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: max(.milliseconds(1), duration)) }
        wake()
    }

    private func repeating(every pause: Duration, _ body: @escaping @Sendable () async -> Void) async {
        while !Task.isShuttingDownGracefully, !Task.isCancelled {
            await body()
            do { try await cancelWhenGracefulShutdown { try await Task.sleep(for: pause) } } catch { return }
        }
    }

    private func forget() async {
        let time = now().adding(.seconds(-Self.daysKept * 86_400))
        do {
            while try await store.write({ tx in try tx.forgetDeliveries(finishedBefore: time, limit: Self.forgottenPerPassMax) })
            {}
        } catch {
            logger.warning("old deliveries were not forgotten", metadata: ["error": "\(error)"])
        }
    }

    private func drain() async {
        let clock = ContinuousClock()
        let end = clock.now + Self.drainMax
        while !inFlight.isEmpty, clock.now < end, !Task.isCancelled { try? await clock.sleep(for: .milliseconds(20)) }
    }
}

extension DeliveryAttempt {
    init(
        _ due: DueDelivery, _ answer: ReceiverAnswer, _ outcome: RetrySchedule.Outcome, from started: Timestamp,
        to time: Timestamp
    ) {
        delivery = due.id
        lane = due.lane
        switch outcome {
        case .delivered:
            state = .delivered
            self.due = nil
        case .retry(let pause):
            state = .pending
            self.due = time.adding(pause)
        case .failed, .gone:
            state = .failed
            self.due = nil
        }
        self.time = time
        milliseconds = max(0, time.since(started).milliseconds)
        switch answer {
        case .answered(let answered):
            status = Int64(answered.status)
            body = answered.body
            failure = state == .delivered ? nil : "it answered \(answered.status)"
        case .failed(let reason, _):
            status = nil
            body = nil
            failure = reason
        }
    }
}
