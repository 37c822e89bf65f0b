import GatehouseCore

/// Measures the response time of a model with single-row requests.
///
/// In open loop each request has an intended start on a timetable and its time counts from there, also when the request
/// left late because those before it were stuck. A server that stalls for a second then shows up in every request of that
/// second; a sequential measurement, which politely waits, shows it once (coordinated omission, Gil Tene).
package struct LoadGenerator<LoadClock: Clock>: Sendable where LoadClock.Duration == Duration {
    private let clock: LoadClock

    package init(clock: LoadClock = ContinuousClock()) { self.clock = clock }

    /// Sends the rows of `table` one at a time, from the first again after the last.
    ///
    /// `progress` is called with the number of requests answered or failed. A failing request does not end the measurement:
    /// it is counted, and so is one that is unanswered when the plan's deadline comes. Fails with `invalidArgument` when
    /// the table has no rows, and with `CancellationError`.
    package func measure(
        _ runner: any ModelRunner, rows table: Table, plan: LoadPlan, progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> LatencyMeasurement {
        try await measure([runner], table, plan, progress)[0]
    }

    /// Measures two servers at the same time with the same rows, so that what disturbs the machine disturbs both.
    ///
    /// They take turns in the order A B B A, and `plan` is for each of them. Fails as `measure` does.
    package func compare(
        _ first: any ModelRunner, with second: any ModelRunner, rows table: Table, plan: LoadPlan,
        progress: @escaping @Sendable (Int) -> Void = { _ in }
    ) async throws -> (first: LatencyMeasurement, second: LatencyMeasurement) {
        let measurements = try await measure([first, second], table, plan, progress)
        return (measurements[0], measurements[1])
    }

    private func measure(
        _ runners: [any ModelRunner], _ table: Table, _ plan: LoadPlan, _ progress: @escaping @Sendable (Int) -> Void
    ) async throws -> [LatencyMeasurement] {
        guard table.rowCount > 0 else {
            throw GatehouseError(.invalidArgument, "Latency cannot be measured without rows to send.")
        }
        let log = LatencyLog(plan: plan, servers: runners.count)
        let load = Load(runners: runners, table: table, plan: plan, clock: clock, log: log, progress: progress)
        let isFinished: Void? = try await withDeadline(plan.deadline, clock: clock) {
            await load.warmUp()
            await load.run()
        }
        try Task.checkCancellation()
        if isFinished == nil { log.recordAll { $0.deadlinePassed() } }
        return log.measurements
    }
}

/// One measurement under way.
private struct Load<LoadClock: Clock>: Sendable where LoadClock.Duration == Duration {
    let runners: [any ModelRunner]
    let table: Table
    let plan: LoadPlan
    let clock: LoadClock
    let log: LatencyLog
    let progress: @Sendable (Int) -> Void

    /// One at a time, in both modes; a failure here will show again in the measurement.
    func warmUp() async {
        for request in 0..<plan.warmUp {
            for (server, runner) in runners.enumerated() where !Task.isCancelled {
                _ = try? await runner.predict(row(of: request), progress: { _ in })
                log.record(server: server) { $0.warmedUp() }
            }
        }
    }

    /// As many workers as there may be requests in flight. A worker takes the next request, waits for its intended start,
    /// sends it and waits for the answer, so the bound needs no other bookkeeping.
    func run() async {
        let start = clock.now
        let workers =
            switch plan.mode {
            case .sequential: 1
            case .openLoop: min(LoadPlan.inFlightMax, plan.requests * runners.count)
            }
        await withDiscardingTaskGroup { group in
            for _ in 0..<workers {
                group.addTask {
                    while !Task.isCancelled, let slot = log.takeSlot() { await send(slot, start: start) }
                }
            }
        }
    }

    private func send(_ slot: Int, start: LoadClock.Instant) async {
        let (server, request) = turn(slot)
        let row = row(of: request)
        let intended = intendedStart(of: slot, start: start)
        if let intended, intended > clock.now {
            guard (try? await clock.sleep(until: intended, tolerance: .zero)) != nil else { return }
        }
        let sent = clock.now
        do {
            _ = try await runners[server].predict(row, progress: { _ in })
            let answered = clock.now
            let finished = log.record(server: server) {
                $0.answered(
                    request: request, after: (intended ?? sent).duration(to: answered),
                    fromSending: sent.duration(to: answered))
                $0.ended(after: start.duration(to: answered))
            }
            progress(finished)
        } catch {
            // After the deadline the requests in flight fail because they were cancelled; they count as unanswered.
            guard !Task.isCancelled else { return }
            progress(log.record(server: server) { $0.failed(error) })
        }
    }

    /// With two servers their turns are A B B A A B B A …: neither is always the first of its pair.
    private func turn(_ slot: Int) -> (server: Int, request: Int) {
        let (request, position) = slot.quotientAndRemainder(dividingBy: runners.count)
        return (request.isMultiple(of: 2) ? position : runners.count - 1 - position, request)
    }

    private func intendedStart(of slot: Int, start: LoadClock.Instant) -> LoadClock.Instant? {
        plan.requestsPerSecond.map { start.advanced(by: .seconds(Double(slot) / ($0 * Double(runners.count)))) }
    }

    private func row(of request: Int) -> Table {
        let index = request % table.rowCount
        return table.rows(index..<index + 1)
    }
}
