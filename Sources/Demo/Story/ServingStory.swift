import GatehouseCore
import WireAPI

/// Version 3 beside version 1 and then, step by step, in its place; and a version 4 that no gate stops.
extension IncidentStory {
    static let endpoint = "credit"
    /// What a step of the story may take before something is wrong with it.
    private static let waitMax: Duration = .seconds(90)
    private static let lookEvery: Duration = .milliseconds(250)

    /// Sends applications while `body` runs.
    func withTraffic(_ body: @escaping @Sendable () async throws -> Void) async throws {
        try await withThrowingTaskGroup { group in
            for sender in 0..<Self.senders { group.addTask { await send(from: sender) } }
            try await body()
            group.cancelAll()
        }
    }

    static let senders = 4
    static let pause: Duration = .milliseconds(25)

    private func send(from sender: Int) async {
        var applicants = ApplicantBatch(seed: ApplicantKind.storySeed + UInt64(sender), name: "broker-\(sender)")
        while !Task.isCancelled {
            let batch = applicants.next()
            // A request that fails is the gateway's to count.
            _ = try? await gateway.score(Self.endpoint, batch.unit, batch.body)
            try? await Task.sleep(for: Self.pause)
        }
    }

    func serveFirst() async throws {
        tell(.chapter("A gateway answers for the model, with what the registry says: version 1"))
        tell(.ran(command: "gatehouse endpoint apply credit.yaml      # native, customers named in x-customer"))
        var call = EndpointCall(model: Self.model, upstream: "native")
        call.unit = RequestFieldWire(header: "x-customer")
        call.liveStatisticsEvery = 1
        let _: EndpointAnswer = try await cast.admin.put(["serving", "endpoints", Self.endpoint], call)
        try await until("the gateway answered with version 1") { try await gateway.served(Self.endpoint) == 1 }
        tell(.said("\(gateway.url)/endpoints/\(Self.endpoint)/invocations: \(ApplicantBatch.rows) applicants at a time"))
    }

    /// Copies of the requests, until the policy has seen enough.
    func shadow(_ version: Int64) async throws {
        tell(.ran(command: "gatehouse shadow start \(Self.model) \(version) --endpoint \(Self.endpoint)"))
        let call = StartShadowCall(
            model: Self.model, version: version, endpoint: Self.endpoint, segment: nil, fraction: nil)
        let run: ShadowRunAnswer = try await cast.client(of: .engineer).post(["serving", "shadows"], call)
        var report: ShadowReportAnswer?
        try await until("the shadow report passed") {
            let found: ShadowReportAnswer = try await cast.admin.get(["serving", "shadows", run.id, "report"])
            report = found
            return found.report["verdict"]?.stringValue == "pass"
        }
        for line in report?.lines.prefix(Self.shadowLines) ?? [] { tell(.said(line)) }
        let _: ShadowRunAnswer = try await cast.client(of: .engineer).post(
            ["serving", "shadows", run.id, "stop"], ReasonCall(reason: "seen enough"))
    }

    private static let shadowLines = 4

    /// Says what a rollout does until it is over, and gives back how it ended.
    func follow(_ version: Int64) async throws -> RolloutAnswer {
        tell(.ran(command: "gatehouse rollout watch \(Self.model)"))
        var (last, told) = (RolloutAnswer?.none, "")
        try await until("the rollout of version \(version) ended") {
            let found: PageAnswer<RolloutAnswer> = try await cast.admin.get(
                ["rollouts"], query: [("model", Self.model), ("limit", "1")])
            guard let rollout = found.items.first, rollout.modelVersion == version else { return false }
            let place = rollout.phase == "observing" ? "\(rollout.percent) %" : rollout.phase
            if place != told {
                tell(.said("\(place): \(rollout.reason)"))
                told = place
            }
            last = rollout
            return rollout.endedAt != nil
        }
        guard let last else { throw departure("there was no rollout of version \(version)") }
        return last
    }

    func shadowThird() async throws {
        tell(.chapter("Version 3 gets copies of the requests; nobody waits for its answers, and nobody is answered by it"))
        try await shadow(3)
    }

    func canaryThird() async throws {
        tell(.chapter("It takes over in three steps, beside version 1 and measured against it"))
        let rollout = try await follow(3)
        guard rollout.phase == "promoted" else { throw departure("the rollout of version 3 ended as \(rollout.phase)") }
    }

    func canaryFourth() async throws {
        tell(.chapter("Version 4 counts each default six times. No gate minds: the order of applicants is better than ever"))
        let decision = try await promote(try await register(4))
        guard decision.state == .approved, decision.promotedTo == "Staging" else {
            throw departure("version 4 did not reach Staging: \(decision.reason)")
        }
        try await shadow(4)
        let asked = try await ask(4, reason: "best AUC so far, and every group alike")
        for review in asked.reviews { try await approveProperly(review, of: 4) }
        tell(.chapter("It declines twice as many as version 3, which the canary sees in a twentieth of the traffic"))
        let rollout = try await follow(4)
        guard rollout.phase == "rolled_back" else { throw departure("the rollout of version 4 ended as \(rollout.phase)") }
        tell(
            .said("Nobody had to wake up. \(Self.model)'s version 3 answers everybody again; version 4 is blocked in this slot."))
    }

    func until(_ what: String, _ happened: () async throws -> Bool) async throws {
        let deadline = ContinuousClock.now + Self.waitMax
        while try await !happened() {
            guard ContinuousClock.now < deadline else { throw departure("\(what): not within \(Self.waitMax)") }
            try await Task.sleep(for: Self.lookEvery)
        }
    }
}
