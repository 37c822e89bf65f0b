import AuditLog
package import GatehouseCore
package import Logging
package import Secrets
import ServiceLifecycle
package import Storage

/// Carries events to webhooks: at least once, in order per webhook and model, several lanes at a time.
///
/// The queue is a table. Each look first makes deliveries of the events that came since the last one, if somebody can be sent them.
/// It looks after a commit with an event that none of its kind waits before, after each attempt, and when the next retry falls
/// due or a rest ends; `lookAgain` is for what none of these notices. A lane is leased before its attempt is made, so that of
/// several servers on one database only one makes it. An attempt that a crash cuts off was never written down; it is made again
/// with the same id, after the next start or when the lease has run out.
package struct WebhookDeliverer: Service {
    /// Lanes under way to webhooks whose last answer was a success, and as many to the others: receivers that are down wait for
    /// each other, not the ones that work for them.
    package static let lanesMax = 64
    /// So that one slow receiver does not hold up the others. One that has not answered well yet has a single lane.
    package static let lanesPerWebhookMax = 4
    static let lookAgain: Duration = .seconds(30)
    static let earlyMax: Duration = .seconds(1)
    /// Twice as long as an attempt can take.
    static let leaseMax: Duration = .seconds(2 * WebhookSender.secondsMax)
    /// How long attempts that are under way may take once the server is asked to end; what is cut off is repeated later.
    static let drainMax: Duration = .seconds(5)
    static let retryAfterFailure: Duration = .seconds(15)
    /// Failed attempts are written down at these intervals. Their next one is seconds away, so none of them is in a hurry; and a
    /// change that finds the writer busy with one after the other, because fifty receivers are down, would be.
    static let failuresEvery: Duration = .milliseconds(100)

    private let store: any SQLStore
    private let sender: WebhookSender
    private let key: ServerKey
    private let now: @Sendable () -> Timestamp
    private let ids: @Sendable () -> String
    /// New dashed UUIDs.
    private let uuids: @Sendable () -> String
    /// Whether no other process delivers from this database. What a dead one held is then free at once.
    private let isAlone: Bool
    private let lease: DeliveryLease
    private let logger: Logger
    private let inFlight = LanesInFlight()
    private let created = ContinuousClock.now
    private let wakeUps: AsyncStream<Void>
    private let waker: AsyncStream<Void>.Continuation

    package init(
        store: any SQLStore, sender: WebhookSender, key: ServerKey, isAlone: Bool, now: @escaping @Sendable () -> Timestamp,
        ids: @escaping @Sendable () -> String, uuids: @escaping @Sendable () -> String, logger: Logger
    ) {
        self.store = store
        self.sender = sender
        self.key = key
        self.isAlone = isAlone
        self.now = now
        self.ids = ids
        self.uuids = uuids
        self.logger = logger
        lease = DeliveryLease(owner: ids(), duration: Self.leaseMax)
        (wakeUps, waker) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    package func wake() { waker.yield() }

    /// Events of these kinds came. Where others of their kind wait already, one more changes nothing.
    package func wakeForEvents(of kinds: Set<EventKind>) {
        if !kinds.isSubset(of: inFlight.kindsWaiting) { wake() }
    }

    package func run() async throws {
        if isAlone { await release(nil) }
        wake()
        await withDiscardingTaskGroup { group in
            group.addTask { await repeating(every: Self.lookAgain) { wake() } }
            group.addTask {
                await DeliveryRetention(store: store, now: now, logger: logger, wake: { wake() }).run()
            }
            var alarm: Timestamp?
            for await _ in wakeUps.cancelOnGracefulShutdown() {
                do {
                    // One time for both looks: else what falls due between them is missed by both.
                    let time = now()
                    for due in try await leased(at: time) {
                        inFlight.begin(due.lane, isProven: due.isProven)
                        group.addTask { await attempt(due) }
                    }
                    // Clocks are corrected, so an alarm may ring before its time.
                    if let rung = alarm, rung <= time.adding(Self.earlyMax) { alarm = nil }
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
        await release(lease.owner)
    }

    /// Fans events out, then takes what may be started now: the heads of free lanes, as far as there is room, one webhook after
    /// the other. Looks before it writes: mostly there is nothing.
    private func leased(at time: Timestamp) async throws -> [DueDelivery] {
        let busy = inFlight.current
        let (uuids, lease) = (uuids, lease)
        // Before the look: what comes during it is not known to wait.
        inFlight.kindsWaiting = []
        let (kinds, hasWork) = try await store.read { tx in
            guard let kinds = try Self.kindsThatWait(tx, busy, at: time) else { return (Set<EventKind>?.none, true) }
            let startable = try Self.startable(tx, busy, at: time)
            return (kinds, !startable.isEmpty)
        }
        inFlight.kindsWaiting = kinds ?? []
        guard hasWork else { return [] }
        let found = try await store.write { tx in
            let isMore = try kinds == nil && tx.fanOut(ids: uuids)
            let due = try Self.startable(tx, busy, at: time).compactMap { id in try tx.lease(id, to: lease, at: time) }
            return (isMore: isMore, due: due)
        }
        if found.isMore { wake() }
        return found.due
    }

    /// The kinds of the events that go on waiting for the end of a rest or of an attempt; nil: deliveries are made now, because
    /// somebody could be sent one of them, or they waited long enough.
    static func kindsThatWait(
        _ tx: SQLTransaction, _ busy: [Delivery.Lane: Bool], at time: Timestamp
    ) throws -> Set<EventKind>? {
        guard let deadline = try tx.fanOutDeadline() else { return [] }
        guard deadline > time, let kinds = try tx.kindsToFanOut() else { return nil }
        let load = Dictionary(grouping: busy.keys, by: \.webhook).mapValues(\.count)
        let ready = try tx.webhooksAwake(at: time).filter { load[$0.webhook] ?? 0 < lanesPerWebhook(isProven: $0.isProven) }
        guard !ready.isEmpty else { return kinds }
        return try kinds.contains { try tx.isFree(oneOf: ready.map(\.webhook), for: $0) } ? nil : kinds
    }

    /// Lanes to one webhook that may be under way.
    private static func lanesPerWebhook(isProven: Bool) -> Int { isProven ? lanesPerWebhookMax : 1 }

    private static func startable(_ tx: SQLTransaction, _ busy: [Delivery.Lane: Bool], at time: Timestamp) throws -> [String] {
        let load = Dictionary(grouping: busy.keys, by: \.webhook).mapValues(\.count)
        var room = [true: lanesMax, false: lanesMax]
        for isProven in busy.values { room[isProven, default: 0] -= 1 }
        var chosen: [String] = []
        // Those with the least under way first, so that room is shared.
        let waiting = try tx.webhooksWithDueDeliveries(at: time).sorted { load[$0.webhook] ?? 0 < load[$1.webhook] ?? 0 }
        for (webhook, isProven) in waiting {
            let own = min(room[isProven] ?? 0, lanesPerWebhook(isProven: isProven) - (load[webhook] ?? 0))
            guard own > 0 else { continue }
            // A lane whose lease ran out while it is still under way here is left alone.
            let found = try tx.dueDeliveries(of: webhook, at: time, limit: own + lanesPerWebhookMax)
            let free = found.filter { busy[$0.lane] == nil }.prefix(own)
            room[isProven, default: 0] -= free.count
            chosen += free.map(\.id)
        }
        return chosen
    }

    private func nextDueTime(after time: Timestamp) async throws -> Timestamp? {
        try await store.read { tx in try tx.nextDueTime(after: time) }
    }

    private func attempt(_ due: DueDelivery) async {
        let started = now()
        let answer = await due.call.made(by: sender, key, at: started)
        let ended = now()
        if !answer.isSuccess { await waitForOthers() }
        // Cut off at the end of the server: nothing is known, so nothing is written down.
        if !Task.isCancelled {
            do {
                try await conclude(due, answer, from: started, to: ended)
            } catch {
                logger.error("a delivery was not written down", metadata: ["delivery": "\(due.id)", "error": "\(error)"])
                // Not at once: the receiver would be asked again and again while the disk is full.
                try? await Task.sleep(for: Self.retryAfterFailure)
                await giveBack(due)
            }
        }
        inFlight.end(due.lane)
        wake()
    }

    /// Until all that failed meanwhile are written down, in one commit as far as the database shares it.
    private func waitForOthers() async {
        let elapsed = created.duration(to: .now)
        let turns = (elapsed.milliseconds / Self.failuresEvery.milliseconds) + 1
        try? await Task.sleep(until: created.advanced(by: Self.failuresEvery * Int(turns)))
    }

    private func conclude(
        _ due: DueDelivery, _ answer: ReceiverAnswer, from started: Timestamp, to time: Timestamp
    ) async throws {
        let outcome = RetrySchedule.outcome(of: answer, attempts: due.attempts + 1, queued: due.queued, at: time)
        let result = AttemptResult(due, answer, outcome, from: started, to: time)
        let (ids, uuids, owner) = (ids, uuids, lease.owner)
        if outcome == .gone { _ = try await store.fanOut(ids: uuids) }
        let isQueued = try await store.write { tx in
            guard try tx.record(result, of: owner), outcome == .gone, var webhook = try tx.webhook(id: due.lane.webhook),
                webhook.status == .active || webhook.status == .paused
            else { return false }
            webhook.status = .disabled
            webhook.disabledBecause = "its receiver answered 410 Gone"
            webhook.updated = time
            try tx.update(webhook, tx.sealedSecrets(ofWebhook: webhook.id), ids: uuids)
            try tx.append(
                AuditDraft(
                    id: ids(), time: time, principal: .system("webhooks"), action: .webhookUpdated, facts: webhook.facts))
            let queued = try tx.publish(tx.appendedAuditEntries)
            return !queued.isEmpty
        }
        if isQueued { wake() }
        if case .failed = outcome {
            logger.warning(
                "a delivery failed for good",
                metadata: ["delivery": "\(due.id)", "webhook": "\(due.lane.webhook)", "failure": "\(result.failure ?? "")"])
        }
    }

    /// The lease of an attempt that could not be written down, so that it is made again before the lease runs out.
    private func giveBack(_ due: DueDelivery) async {
        let (time, owner) = (now(), lease.owner)
        do {
            try await store.write { tx in try tx.release(due.id, of: owner, at: time) }
        } catch {
            logger.warning("a lease was not given back", metadata: ["delivery": "\(due.id)", "error": "\(error)"])
        }
    }

    private func release(_ owner: String?) async {
        do { try await store.write { tx in try tx.releaseLeases(of: owner) } } catch {
            // They run out by themselves.
            logger.warning("leases were not given back", metadata: ["error": "\(error)"])
        }
    }

    /// Waits, then looks again. Ends early with the server.
    private func pause(_ duration: Duration) async {
        try? await cancelWhenGracefulShutdown { try await Task.sleep(for: max(.milliseconds(1), duration)) }
        wake()
    }

    private func drain() async {
        let clock = ContinuousClock()
        let end = clock.now + Self.drainMax
        while !inFlight.isEmpty, clock.now < end, !Task.isCancelled { try? await clock.sleep(for: .milliseconds(20)) }
    }
}

extension AttemptResult {
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
        self.started = started
        self.time = time
        milliseconds = max(0, time.since(started).milliseconds)
        patience = RetrySchedule.patience(of: answer, at: time)
        switch answer {
        case .answered(let answered):
            status = Int64(answered.status)
            body = answered.body
            failure = state == .delivered ? nil : "it answered \(answered.status)"
        case .taken(let words):
            status = nil
            body = words
            failure = nil
        case .failed(let reason, _):
            status = nil
            body = nil
            failure = reason
        }
    }
}
