import GatehouseCore
import Storage

/// From an event to a delivery for each webhook that wants it. A transaction of its own after that of the change, which so costs
/// the same with one receiver and with a thousand. Who changes, adds or removes a webhook fans out first, so those that want an
/// event at its fan-out are those that wanted it when it happened.
enum FanOut {
    /// What waits for the transaction waits so much longer at most; an event is not divided, so one may exceed it.
    static let deliveriesPerPassMax = 100
    /// While nobody can be sent them, events wait so long for somebody who can, and for a time when nobody changes anything. Several
    /// share a pass: fifty rows in fifty lanes are as many pages of each index, and a hundred rows are no more.
    static let waitMax: Duration = .seconds(10)
    /// A look that finds more makes deliveries of them: it would have to ask after each kind, at every look.
    static let kindsWaitingMax = 20
    static let eventsWaitingMax = 1000
}

extension SQLTransaction {
    /// The newest event whose deliveries are not made yet; nil: there is none.
    func lastEventToFanOut() throws -> Int64? {
        try first("SELECT last FROM event_counter WHERE last > fanned_out") { try $0.integer("last") }
    }

    /// The kinds of the events whose deliveries are not made yet; nil: there are more than may wait.
    func kindsToFanOut() throws -> Set<EventKind>? {
        let found = try rows(
            """
            SELECT type, model, COUNT(*) AS n FROM (SELECT type, model FROM event
                WHERE sequence > (SELECT fanned_out FROM event_counter) ORDER BY sequence LIMIT \(FanOut.eventsWaitingMax + 1)) AS e
            GROUP BY type, model ORDER BY type, model LIMIT \(FanOut.kindsWaitingMax + 1)
            """
        ) { row in (kind: try EventKind(row), count: try row.integer("n")) }
        let events = found.reduce(0) { $0 + $1.count }
        return found.count > FanOut.kindsWaitingMax || events > FanOut.eventsWaitingMax ? nil : Set(found.map(\.kind))
    }

    /// Until when the oldest of these events waits at most; nil: there is none.
    func fanOutDeadline() throws -> Timestamp? {
        try first(
            """
            SELECT occurred_at FROM event WHERE sequence > (SELECT fanned_out FROM event_counter) ORDER BY sequence LIMIT 1
            """
        ) { try $0.timestamp("occurred_at") }?.adding(FanOut.waitMax)
    }

    /// Makes the deliveries of events up to `last`, oldest event first, as far as one pass goes. Says whether more are left. How far
    /// it came goes with the same commit that the deliveries come with: none is lost or made twice.
    func fanOut(through last: Int64 = .max, ids: () -> String) throws -> Bool {
        let waiting = try rows(
            """
            SELECT sequence, type, model, occurred_at FROM event
            WHERE sequence > (SELECT fanned_out FROM event_counter) AND sequence <= \(last)
            ORDER BY sequence LIMIT \(FanOut.deliveriesPerPassMax + 1)
            """
        ) { row in
            (sequence: try row.integer("sequence"), kind: try EventKind(row), occurred: try row.timestamp("occurred_at"))
        }
        var (work, done) = (0, 0)
        var subscribers: [EventKind: [Subscriber]] = [:]
        for event in waiting where work < FanOut.deliveriesPerPassMax {
            let known = try subscribers[event.kind] ?? self.subscribers(to: event.kind)
            subscribers[event.kind] = known
            let webhooks = try receivers(of: event.sequence, event.kind, known)
            try enqueue(event.sequence, model: event.kind.model, to: webhooks, at: event.occurred, ids: ids)
            work += max(1, webhooks.count)
            done += 1
        }
        if done > 0 { try execute("UPDATE event_counter SET fanned_out = \(waiting[done - 1].sequence)") }
        return done < waiting.count
    }

    /// Before a change of who wants what. Whoever makes one calls the store's `fanOut` first, so that little is left for this.
    func fanOutAll(ids: () -> String) throws {
        while try fanOut(ids: ids) {}
    }

    private func receivers(of event: Int64, _ kind: EventKind, _ subscribers: [Subscriber]) throws -> [String] {
        guard subscribers.contains(where: \.asksByName) else { return subscribers.map(\.webhook) }
        let body = try first("SELECT body FROM event WHERE sequence = \(event)") { try $0.bytes("body") } ?? []
        let data = try JSONParser.parse(body)["data"] ?? .null
        return try subscribers.filter { try $0.wants(kind, data) }.map(\.webhook)
    }
}

extension SQLStore {
    /// Makes deliveries of the events that happened until now, a pass to a transaction, and says whether there were any.
    func fanOut(ids: @escaping @Sendable () -> String) async throws -> Bool {
        guard let last = try await read({ tx in try tx.lastEventToFanOut() }) else { return false }
        while try await write({ tx in try tx.fanOut(through: last, ids: ids) }) {}
        return true
    }
}

extension EventKind {
    fileprivate init(_ row: SQLRow) throws {
        type = try row.text("type")
        model = try row.text("model")
    }
}
