import Access
import AuditLog
import GatehouseCore
import Gates
import Logging
import Registry
import Rollouts
import Serving
import Storage
import Testing

@testable import Promotions

/// A version in Staging that wants to go to Production under a policy that asks for shadow traffic.
struct ShadowBench {
    static let rules = Rules.text(
        more: "shadow: {fraction: 0.5, min_duration: 2h, min_requests: 50, min_coverage: 0.9, max_disagreement: 0.2}")

    let bench: ReviewBench
    let serving: ServingServices
    var shop: Workshop { bench.shop }
    var slot: Slot { Slot(model: bench.model) }

    static func run(_ body: (ShadowBench) async throws -> Void) async throws {
        try await ReviewBench.run(rules: rules) { bench in
            let serving = try ServingServices(
                bench.shop.transitions, board: RouteBoard(), recordKey: ServingBench.recordKey,
                randomBytes: { Array(repeating: 9, count: $0) })
            try await body(ShadowBench(bench: bench, serving: serving))
        }
    }

    /// Something answers in production, under a name.
    @discardableResult
    func serve() async throws -> VersionNumber {
        let champion = try await shop.version(of: bench.model, LoanModel.weak)
        try await shop.adoptions.adopt(champion, into: slot, reason: "ran before", by: shop.ada)
        try await name()
        return champion
    }

    func name() async throws {
        _ = try await serving.endpoints.apply(
            ServingEndpoint(
                name: "credit", model: bench.model, environment: "production", upstreams: UpstreamPlan(pattern: "native"),
                rules: EndpointRules()), by: shop.caller)
    }

    func start() async throws -> ShadowRun {
        try await serving.shadows.start(
            ShadowStart(model: bench.model, version: bench.version, endpoint: "credit"), by: shop.caller)
    }

    /// Copies of 200 requests, of which so many were decided otherwise and so many never came back.
    func ship(_ run: ShadowRun, disagreeing: Int = 0, lost: Int = 0, number: Int64 = 1) async throws {
        var window = ArmWindow(
            endpoint: "credit", segment: "default", split: nil, arm: .champion, version: 2, digest: run.artifact,
            from: shop.clock.now)
        window.shadow.eligible = 200
        window.shadow.mirrored = 200 - lost
        window.shadow.late = lost
        let at = shop.clock.now
        var lines = ServingRecord.window(window).line
        for index in 0..<(200 - lost) {
            let ours = ShadowPair.Answer(
                version: bench.version.value, status: 200, latencyMicroseconds: 800,
                predictions: [index < disagreeing ? 0.9 : 0.25])
            let pair = ShadowPair(
                requestID: "\(run.id)-\(number)-\(index)", endpoint: "credit", segment: "default", at: at, featuresHash: nil,
                production: ShadowPair.Answer(version: 2, status: 200, latencyMicroseconds: 900, predictions: [0.2]),
                shadow: ours)
            lines += ServingRecord.shadow(pair).line
        }
        _ = try await serving.intake.take(lines, from: "gw", number: number)
    }

    /// Two hours of a shadow that agrees.
    @discardableResult
    func show() async throws -> ShadowRun {
        try await serve()
        let run = try await start()
        shop.clock.advance(by: .seconds(60))
        try await ship(run)
        shop.clock.advance(by: .seconds(2 * 3600))
        return run
    }

    /// What the move lacks beside people's approvals.
    func gaps() async throws -> [MissingRequirement] {
        let caller = try await bench.caller("rita")
        return try await shop.store.read { tx in
            let request = TransitionRequest(
                model: bench.model, version: bench.version, to: .production, slot: slot, by: caller, reason: "test")
            let version = try tx.requiredVersion(bench.version, of: bench.model)
            let inForce = try shop.policies.policy(for: bench.model, tx)
            return try shop.transitions.facts(request, version, inForce, tx).shadow.gaps
        }
    }

    func findings() async throws -> Int64 {
        try await shop.store.read { tx in
            try tx.first("SELECT count(*) AS n FROM shadow_finding") { try $0.integer("n") } ?? 0
        }
    }
}

@Suite("Shadow evidence of a promotion", .timeLimit(.minutes(2)))
struct ShadowStandingTests {
    @Test("what is missing is named with its numbers and the command that gets it, one thing after another")
    func gaps() async throws {
        try await ShadowBench.run { bench in
            #expect(says(try await bench.gaps().first?.what, "nothing to run beside"))
            #expect(says(try await bench.gaps().first?.command, "gatehouse adopt"))
            let champion = try await bench.shop.version(of: bench.bench.model, LoanModel.weak)
            try await bench.shop.adoptions.adopt(champion, into: bench.slot, reason: "ran before", by: bench.shop.ada)
            #expect(try await bench.gaps().map(\.command) == ["gatehouse endpoint apply FILE"])
            try await bench.name()
            let never = try await bench.gaps()
            #expect(says(never.first?.what, "was never in shadow"))
            #expect(never.map(\.command) == ["gatehouse shadow start credit-risk 1 --endpoint credit"])

            let run = try await bench.start()
            bench.shop.clock.advance(by: .seconds(60))
            try await bench.ship(run, lost: 170)
            bench.shop.clock.advance(by: .seconds(60))
            let early = try await bench.gaps()
            #expect(early.map(\.command).allSatisfy { $0 == "gatehouse shadow report \(run.id)" })
            let text = early.map(\.what).joined(separator: "\n")
            #expect(text.contains("120 s of the 7200 s"))
            #expect(text.contains("30 of 50 requests"))
            #expect(text.contains("15.0 % of the requests"))

            let refused = try await bench.bench.ask()
            #expect(refused.state == .blocked)
            #expect(refused.reason.contains("30 of 50 requests"))
            #expect(try await bench.findings() == 0)
        }
    }

    @Test("a pass lets reviewers be asked, is bound to their approvals, and stands in the entries and the answer")
    func passes() async throws {
        try await ShadowBench.run { bench in
            let run = try await bench.show()
            let promotion = try await bench.bench.ask()
            #expect(promotion.state == .awaitingReview)
            let digest = try #require(promotion.binding?[.shadow].stringValue)
            let review = try #require(try await bench.bench.reviews(promotion).first)
            // More pairs come, and the evidence that was asked about stays the same.
            try await bench.ship(run, disagreeing: 100, number: 2)
            let reviewer = try await bench.bench.reviewer(review)
            _ = try await bench.bench.service.open(review.id, by: reviewer)
            let panel = try await bench.bench.service.recordEvidence(review.id, .shadow, by: reviewer)
            #expect(panel.lines.contains { $0.contains("200 of 200 requests") || $0.contains("beside v2 at 'credit'") })
            try await bench.bench.approve(review)
            #expect(try await bench.shop.stage(bench.bench.version, of: bench.bench.model) == .production)

            let entries = try await bench.shop.store.read { tx in
                try tx.entriesExplaining(bench.bench.model, bench.bench.version)
            }
            let moved = try #require(entries.last { $0.action == .transitionGranted })
            #expect(moved.facts["shadow"]?["digest"] == .string(digest))
            #expect(moved.facts["shadow"]?["run"] == .string(run.id))
            let explained = Explanation(bench.bench.model, bench.bench.version, entries: entries)
            #expect(explained.shadow?.summary.compared == 200)
            #expect(explained.shadow?.event.sequence == moved.sequence)
            #expect(explained.json["shadow"]?["result"]?["verdict"] == "pass")
            #expect(explained.sentence.contains("beside v2"))
            #expect(try await bench.findings() == 1)
        }
    }

    @Test("a shadow that decides otherwise refuses, with the share and the limit")
    func disagrees() async throws {
        try await ShadowBench.run { bench in
            try await bench.serve()
            let run = try await bench.start()
            bench.shop.clock.advance(by: .seconds(60))
            try await bench.ship(run, disagreeing: 150)
            bench.shop.clock.advance(by: .seconds(3 * 3600))
            let gaps = try await bench.gaps()
            #expect(gaps.count == 1)
            #expect(says(gaps.first?.what, "75.0 % of the rows differently, surely more than 20.0 %"))
            _ = try await bench.serving.shadows.stop(run.id, reason: "seen enough", by: bench.shop.caller)
            // A run that is over shows nothing more: the way on is another one.
            #expect(try await bench.gaps().first?.command == "gatehouse shadow start credit-risk 1 --endpoint credit")
        }
    }

    @Test("when another version takes the slot, approvals that rest on the old shadow are void, and it is no evidence any more")
    func championChanges() async throws {
        try await ShadowBench.run { bench in
            let run = try await bench.show()
            let promotion = try await bench.bench.ask()
            let other = try await bench.shop.version(of: bench.bench.model, LoanModel.files(splitAt: 0.47))
            let now = bench.shop.clock.now
            try await bench.shop.store.write { tx in
                _ = try tx.occupy(bench.slot, with: other, at: now, auditSequence: 999)
            }
            try await ReviewWatch(bench.bench.service, logger: .init(label: "test")).look()
            let settled = try await bench.bench.promotion(promotion.id)
            #expect(settled.state == .blocked)
            #expect(settled.reason.contains("the shadow evidence does not hold any more"))
            let gaps = try await bench.gaps()
            #expect(says(gaps.first?.what, "\(run.id) began before v\(other) took"))
            #expect(gaps.first?.command == "gatehouse shadow stop \(run.id) --reason \"…\"")
        }
    }

    @Test("a run that ended longer ago than evaluations may be old is no evidence")
    func old() async throws {
        try await ShadowBench.run { bench in
            let run = try await bench.show()
            _ = try await bench.serving.shadows.stop(run.id, reason: "done", by: bench.shop.caller)
            #expect(try await bench.gaps().isEmpty)
            bench.shop.clock.advance(by: .seconds(8 * 86_400))
            #expect(says(try await bench.gaps().first?.what, "longer ago than the policy's max_age of 7d"))
        }
    }

    @Test("a binding without shadow evidence is written and read as before there was any")
    func binding() throws {
        let fields = ["artifact", "signature", "policy", "dataset", "slot", "gate_results", "rollout_plan"]
        let json = JSONValue.object(Dictionary(uniqueKeysWithValues: fields.map { ($0, .string("x")) }))
        #expect(try ReviewBinding(json: json).json == json)
        let more = JSONValue.object((json.objectValue ?? [:]).merging(["shadow": .string("y")]) { $1 })
        #expect(try ReviewBinding(json: more).json == more)
        #expect(try ReviewBinding(json: more).changes(to: ReviewBinding(json: json)) == [.shadow])
        #expect(throws: GatehouseError.self) { try ReviewBinding(json: ["artifact": "x"]) }
    }
}
