import Foundation
package import GatehouseCore
package import WireAPI

/// The incident that Gatehouse exists to make impossible, played for real against a server: every number in it comes from
/// an evaluation, none from this file.
package struct IncidentStory: Sendable {
    package static let model = "credit-risk"
    /// Longer than the story's policy calls hasty.
    static let timeToRead: Duration = .milliseconds(4200)

    /// What the narrator says and shows.
    package enum Event: Sendable {
        case chapter(String)
        case said(String)
        case ran(command: String)
        case decided(PromotionAnswer)
        case refused(GatehouseError)
        case progress(ProgressAnswer)
        /// A `.tlog-proof` file, and the log's key.
        case receipt([UInt8], key: String)
    }

    let cast: Cast
    let gateway: StoryGateway
    /// `Examples/credit-risk`.
    private let examples: String
    /// Where the generated data is put.
    private let dataFolder: String
    let tell: @Sendable (Event) -> Void

    package init(
        cast: Cast, gateway: StoryGateway, examples: String, dataFolder: String, tell: @escaping @Sendable (Event) -> Void
    ) {
        self.cast = cast
        self.gateway = gateway
        self.examples = examples
        self.dataFolder = dataFolder
        self.tell = tell
    }

    /// Plays the story. Fails with `conflict` when it does not come out as told: version 2 blocked,
    /// version 3 in Production after shadow, two approvals and a canary, version 4 rolled back by itself, version 1 after a
    /// rollback and with version 3 compared to it.
    package func play() async throws {
        try await prepare()
        try await adoptFirst()
        try await blockSecond()
        try await tryTheBackDoor()
        try await promoteThird()
        try await withTraffic {
            try await serveFirst()
            try await shadowThird()
            try await reviewThird()
            try await canaryThird()
            try await canaryFourth()
        }
        try await rollBack()
        try await receipt()
        try await compareThird()
    }

    private func prepare() async throws {
        tell(.chapter("A credit-risk team has a policy, two data sets and a feature pipeline"))
        try await cast.arrive()
        try await addDataset("credit-holdout", .holdout)
        try await addDataset("credit-recent", .recent)
        tell(.ran(command: "gatehouse pipeline add credit-features Examples/credit-risk/pipeline.json"))
        let schema = try JSONParser.parse(try text("pipeline.json"))
        let _: PipelineAnswer = try await client.post(
            ["pipelines", "credit-features", "versions"], AddPipelineCall(schema: schema))
        tell(.ran(command: "gatehouse policy apply Examples/credit-risk/policy.yaml"))
        let _: PolicyAnswer = try await client.post(["policies"], ApplyPolicyCall(yaml: try storyPolicy()))
        let _: ModelAnswer = try await client.post(
            ["models"],
            CreateModelCall(name: Self.model, description: "Probability that a business loan defaults within 24 months"))
    }

    /// Half a minute for a review, two days in shadow, a canary that takes a day and a half: nobody wants to wait for a demo
    /// that long. And the model is asked for many applicants at a time, on whatever machine this is.
    private static let hurry = [
        ("{after_opening: 30s, after_request: 60s}", "{after_opening: 3s, after_request: 4s}"),
        (
            "{fraction: 0.1, min_duration: 48h, min_requests: 1000, min_coverage: 0.95,",
            "{fraction: 1, min_duration: 3s, min_requests: 100, min_coverage: 0.5,"
        ),
        ("step_min_duration: 1h, step_min_requests: 2000,", "step_min_duration: 2s, step_min_requests: 10,"),
        ("bake: 24h,", "bake: 2s,"), ("p95_ms: 80,", "p95_ms: 5000,"),
    ]

    private func storyPolicy() throws -> String {
        try Self.hurry.reduce(text("policy.yaml")) { policy, change in
            let pieces = policy.split(separator: change.0, omittingEmptySubsequences: false)
            guard pieces.count == 2 else { throw departure("policy.yaml does not say \(change.0)") }
            return pieces.joined(separator: change.1)
        }
    }

    private func adoptFirst() async throws {
        tell(.chapter("Version 1 was in production before Gatehouse came: it is entered as such"))
        let version = try await register(1)
        tell(.ran(command: "gatehouse adopt \(Self.model) \(version) --reason \"in production since 2024\""))
        let _: VersionAnswer = try await client.post(
            path(version) + ["adopt"], AdoptCall(reason: "in production since 2024, before Gatehouse"))
        tell(.said("The history says: adopted without gates. It is the champion that the next versions are measured against."))
    }

    private func blockSecond() async throws {
        tell(.chapter("Version 2 has a better AUC, so its author wants it in production today"))
        let decision = try await promote(try await register(2))
        guard decision.state == .blocked, decision.checks["fairness"]?["verdict"]?.stringValue == "fail" else {
            throw departure("version 2 was not blocked by the fairness gate: \(decision.reason)")
        }
    }

    private func tryTheBackDoor() async throws {
        tell(.chapter("The author tries the back door: point the alias that serves production at version 2"))
        tell(.ran(command: "gatehouse alias set \(Self.model) 2 champion"))
        do {
            let _: VersionAnswer = try await cast.client(of: .engineer).put(
                ["models", Self.model, "aliases", "champion"], SetAliasCall(version: 2))
            throw departure("the protected alias moved to version 2")
        } catch let error as GatehouseError where error.code == .blockedByPolicy {
            tell(.refused(error))
        }
    }

    private func promoteThird() async throws {
        tell(.chapter("Version 3 leaves the spurious feature out and brings a better one"))
        let decision = try await promote(try await register(3))
        guard decision.state == .approved, decision.promotedTo == "Staging" else {
            throw departure("version 3 did not reach Staging: \(decision.reason)")
        }
    }

    // MARK: Steps

    private var client: GatehouseClient { cast.admin }

    private func addDataset(_ name: String, _ kind: ApplicantKind) async throws {
        let file = "\(dataFolder)/\(name).csv"
        tell(.ran(command: "gatehouse dataset add \(name) \(name).csv"))
        try Data(Applicants.csv(kind: kind, rows: kind.storyRows, seed: ApplicantKind.storySeed)).write(
            to: URL(fileURLWithPath: file))
        let blob = try await client.upload(file: file)
        let added: DatasetAnswer = try await client.post(
            ["datasets", name, "versions"], AddDatasetCall(digest: blob.digest, format: "csv"))
        tell(.said("\(added.name)@\(added.version): \(added.rows ?? 0) made-up applicants, seed \(ApplicantKind.storySeed)"))
    }

    func register(_ number: Int) async throws -> Int64 {
        tell(.ran(command: "gatehouse version create \(Self.model) --model Examples/credit-risk/models/v\(number)"))
        let call = CreateVersionCall(
            files: try await client.upload(model: "\(examples)/models/v\(number)"), source: "models/v\(number)",
            tags: ["gatehouse.feature_pipeline": "credit-features@1", "gatehouse.training_data": "credit-training"])
        let version: VersionAnswer = try await cast.client(of: .engineer).post(["models", Self.model, "versions"], call)
        return version.version
    }

    func promote(_ version: Int64) async throws -> PromotionAnswer {
        tell(.ran(command: "gatehouse promote \(Self.model) \(version) --to staging --wait"))
        let client = cast.client(of: .engineer)
        var answer: PromotionAnswer = try await client.post(path(version) + ["promotions"], PromoteCall(to: "Staging"))
        while answer.state == .evaluating, let id = answer.evaluationID {
            let evaluation: EvaluationAnswer = try await client.get(["evaluations", id])
            evaluation.progress.forEach { tell(.progress($0)) }
            try await Task.sleep(for: .milliseconds(200))
            answer = try await client.get(["promotions", answer.id])
        }
        tell(.decided(answer))
        return answer
    }

    func path(_ version: Int64) -> [String] { ["models", Self.model, "versions", String(version)] }

    private func text(_ file: String) throws -> String {
        guard let data = FileManager.default.contents(atPath: "\(examples)/\(file)") else {
            throw GatehouseError(
                .notFound, "The example file '\(examples)/\(file)' is missing.", hint: "Name the folder with --examples.")
        }
        return String(decoding: data, as: UTF8.self)
    }

    func departure(_ what: String) -> GatehouseError {
        GatehouseError(
            .conflict, "The story did not come out as told: \(what).", hint: "Were the example's models or policy changed?")
    }
}
