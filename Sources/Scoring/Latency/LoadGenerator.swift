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
        guard table.rowCount > 0 else {
            throw GatehouseError(.invalidArgument, "Latency cannot be measured without rows to send.")
        }
        let log = LatencyLog(plan: plan)
        let load = Load(runner: runner, table: table, plan: plan, clock: clock, log: log, progress: progress)
        let isFinished: Void? = try await withDeadline(plan.deadline, clock: clock) {
            await load.warmUp()
            await load.run()
        }
        try Task.checkCancellation()
        if isFinished == nil { log.record { $0.deadlinePassed() } }
        return log.measurement
    }
}

/// One measurement under way.
private struct Load<LoadClock: Clock>: Sendable where LoadClock.Duration == Duration {
    let runner: any ModelRunner
    let table: Table
    let plan: LoadPlan
    let clock: LoadClock
    let log: LatencyLog
    let progress: @Sendable (Int) -> Void

    /// One at a time, in both modes; a failure here will show again in the measurement.
    func warmUp() async {
        for request in 0..<plan.warmUp where !Task.isCancelled {
            _ = try? await runner.predict(row(of: request), progress: { _ in })
            log.record { $0.warmedUp() }
        }
    }

    /// As many workers as there may be requests in flight. A worker takes the next request, waits for its intended start,
    /// sends it and waits for the answer, so the bound needs no other bookkeeping.
    func run() async {
        let start = clock.now
        let workers =
            switch plan.mode {
            case .sequential: 1
            case .openLoop: min(LoadPlan.inFlightMax, plan.requests)
            }
        await withDiscardingTaskGroup { group in
            for _ in 0..<workers {
                group.addTask {
                    while !Task.isCancelled, let request = log.takeRequest() { await send(request, start: start) }
                }
            }
        }
    }

    private func send(_ request: Int, start: LoadClock.Instant) async {
        let row = row(of: request)
        let intended = intendedStart(of: request, start: start)
        if let intended, intended > clock.now {
            guard (try? await clock.sleep(until: intended, tolerance: .zero)) != nil else { return }
        }
        let begin = intended ?? clock.now
        do {
            _ = try await runner.predict(row, progress: { _ in })
            let time = begin.duration(to: clock.now)
            progress(log.record { $0.answered(after: time) })
        } catch {
            // After the deadline the requests in flight fail because they were cancelled; they count as unanswered.
            guard !Task.isCancelled else { return }
            progress(log.record { $0.failed(error) })
        }
    }

    private func intendedStart(of request: Int, start: LoadClock.Instant) -> LoadClock.Instant? {
        plan.requestsPerSecond.map { start.advanced(by: .seconds(Double(request) / $0)) }
    }

    private func row(of request: Int) -> Table {
        let index = request % table.rowCount
        return table.rows(index..<index + 1)
    }
}
