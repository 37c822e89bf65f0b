import Access
import GatehouseCore
import Registry
import Rollouts
import Storage
import Testing

@testable import Promotions

@Suite("Clearance", .timeLimit(.minutes(2)))
struct ClearanceTests {
    private func ask(
        _ shop: Workshop, _ version: VersionNumber?, of model: ModelName, segment: String? = nil, stage: Stage = .production,
        digest: Digest? = nil
    ) async throws -> ClearanceFinding {
        try await ClearanceService(shop.transitions).approval(question(version, model, segment, stage, digest))
    }

    private func question(
        _ version: VersionNumber?, _ model: ModelName, _ segment: String? = nil, _ stage: Stage = .production,
        _ digest: Digest? = nil
    ) throws -> ClearanceQuestion {
        try ClearanceQuestion(
            model: model, version: version, slot: Slot.named(model, environment: nil, segment: segment), stage: stage,
            digest: digest)
    }

    @Test("what is active in the slot may serve, also where a segment falls back to it; what is not may not, and says what is")
    func champion() async throws {
        try await ServingBench.run { bench in
            let (shop, model) = (bench.shop, bench.model)
            let empty = try await ask(shop, nil, of: model)
            #expect(empty.clearance.verdict == .inconclusive && empty.version == nil)
            #expect(
                empty.clearance.reason
                    == "Nothing is active in credit-risk/production/default/champion, so there is nothing to ask about.")
            try await bench.produce(1)
            for segment in [nil, "eu", "eu/de"] {
                let one = try await ask(shop, bench.number(1), of: model, segment: segment).clearance
                #expect(one.verdict == .pass)
                #expect(one.reason.hasPrefix("credit-risk v1 is active in credit-risk/production/default/champion since 2026-"))
            }
            let two = try await ask(shop, bench.number(2), of: model).clearance
            #expect(two.verdict == .fail)
            #expect(
                two.reason == "credit-risk v2 is in None and not active in credit-risk/production/default/champion; v1 is.")
            #expect(two.remedy == "gatehouse promote credit-risk 2 --to production --wait")
            #expect(try await ask(shop, nil, of: model).version == bench.number(1))
            try await bench.produce(2)
            let displaced = try await ask(shop, bench.number(1), of: model)
            #expect(displaced.clearance.verdict == .fail && displaced.stage == .archived)
            #expect(says(displaced.clearance.reason, "v1 is in Archived and not active"))
        }
    }

    @Test("a model or version that is not there is not found, whoever asks")
    func unknown() async throws {
        try await ServingBench.run { bench in
            try await expectFailure(.notFound) { try await ask(bench.shop, bench.number(9), of: bench.model) }
            let nobody = try ModelName("nobody")
            try await expectFailure(.notFound) { try await ask(bench.shop, nil, of: nobody) }
            let service = ClearanceService(bench.transitions)
            try await expectFailure(.notFound) { try await service.evaluation(question(bench.number(9), bench.model)) }
            let error = #expect(throws: GatehouseError.self) { try question(nil, bench.model, nil, .archived) }
            #expect(error?.code == .invalidArgument)
        }
    }

    @Test("a version whose reviewers have not decided waits; their approval lets it in")
    func review() async throws {
        try await ReviewBench.run { bench in
            let staged = try await ask(bench.shop, bench.version, of: bench.model).clearance
            #expect(staged.verdict == .fail && says(staged.reason, "v1 is in Staging and not active"))
            #expect(try await ask(bench.shop, bench.version, of: bench.model, stage: .staging).clearance.verdict == .pass)
            let promotion = try await bench.ask()
            let waiting = try await ask(bench.shop, bench.version, of: bench.model).clearance
            #expect(waiting.verdict == .inconclusive)
            #expect(waiting.reason == "credit-risk v1 is not decided: the promotion \(promotion.id) waits for its reviewers.")
            try await bench.approve(#require(await bench.reviews(promotion).first))
            #expect(try await ask(bench.shop, bench.version, of: bench.model).clearance.verdict == .pass)
        }
    }

    @Test("a blocked version may not serve even where Staging is enough, and hears which gate failed")
    func blocked() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let version = try await shop.version(of: model, LoanModel.weak)
            try await shop.dataset()
            try await shop.policy(Rules.text())
            let before = try await ask(shop, version, of: model, stage: .staging).clearance
            #expect(before.verdict == .fail && before.reason == "credit-risk v1 has not been in Staging.")
            _ = try await shop.promotions.open(model, version, to: .staging, by: shop.caller)
            let open = try await ask(shop, version, of: model, stage: .staging).clearance
            #expect(open.verdict == .inconclusive && says(open.reason, "waits for its evaluation"))
            try await shop.work()
            let blocked = try await ask(shop, version, of: model, stage: .staging).clearance
            #expect(blocked.verdict == .fail)
            #expect(blocked.reason == "credit-risk v1 was blocked: Promotion blocked. Failed gates: accuracy")
        }
    }

    @Test(
        "during a rollout the version may serve while it is watched, waits while it is held or asks, and may not after a rollback",
        arguments: [RolloutMachine.Phase.observing, .held, .needsHuman, .baking, .promoted, .rolledBack])
    func rollout(_ phase: RolloutMachine.Phase) async throws {
        try await RolloutBench.run { bench in
            let rollout = try await bench.start()
            try await bench.measure(rollout)
            try await bench.bring(rollout, to: phase)
            let finding = try await ask(bench.shop, bench.two, of: bench.model)
            let reason = finding.clearance.reason
            let (expected, words): (Verdict, String) =
                switch phase {
                case .observing: (.pass, "has 5 % of")
                case .baking: (.pass, "has 100 % of")
                case .promoted: (.pass, "is active in")
                case .held: (.inconclusive, "is on hold (held by command)")
                case .needsHuman: (.inconclusive, "asks a person")
                case .rolledBack: (.fail, "Its bytes were rolled back there at")
                case .pending: (.error, "")
                }
            #expect(finding.clearance.verdict == expected && says(reason, words), "\(phase): \(reason)")
            #expect((finding.rollout?.id == rollout.id) == !phase.isFinal)
            let champion = try await ask(bench.shop, bench.one, of: bench.model).clearance.verdict
            #expect(champion == (phase == .promoted ? .fail : .pass))
            // Who asks about the slot is asked about the version that comes into it.
            #expect(try await ask(bench.shop, nil, of: bench.model).version == (phase == .rolledBack ? bench.one : bench.two))
        }
    }

    @Test("other bytes than those that were judged may not serve, whatever the version may")
    func otherBytes() async throws {
        try await ServingBench.run { bench in
            let (shop, model) = (bench.shop, bench.model)
            try await bench.produce(1)
            let own = try #require(try await shop.found(bench.number(1), of: model).artifact)
            #expect(try await ask(shop, bench.number(1), of: model, digest: own).clearance.verdict == .pass)
            let other = Digest(bytes: Array(repeating: 9, count: 32))
            for stage in [Stage.staging, .production] {
                let clearance = try await ask(shop, bench.number(1), of: model, stage: stage, digest: other).clearance
                #expect(clearance.verdict == .fail)
                #expect(clearance.reason == "The bytes to be served are \(other), and those of credit-risk v1 are \(own).")
            }
            let finding = try await ClearanceService(bench.transitions).evaluation(
                question(bench.number(1), model, nil, .production, other))
            #expect(finding.clearance.verdict == .fail)
        }
    }

    @Test("an evaluation counts while it is of these bytes, under the policy in force, and young enough; none says nothing")
    func evaluation() async throws {
        try await Workshop.run { shop in
            let model = try await shop.model()
            let good = try await shop.version(of: model)
            let weak = try await shop.version(of: model, LoanModel.weak)
            try await shop.dataset()
            try await shop.policy(Rules.text())
            let service = ClearanceService(shop.transitions)
            func verdict(_ version: VersionNumber) async throws -> Clearance {
                try await service.evaluation(question(version, model)).clearance
            }
            let none = try await verdict(good)
            #expect(none.verdict == .inconclusive && none.reason == "credit-risk v1 has no finished evaluation.")
            try await shop.evaluate(good, of: model)
            try await shop.evaluate(weak, of: model)
            let passed = try await verdict(good)
            #expect(passed.verdict == .pass && says(passed.reason, "every blocking check passed."))
            let failed = try await verdict(weak)
            #expect(failed.verdict == .fail && says(failed.reason, "accuracy. accuracy: "))
            shop.clock.advance(by: .seconds(8 * 86_400))
            let old = try await verdict(good)
            #expect(old.verdict == .inconclusive && says(old.reason, "is older than the policy's max_age of 7d."))
            try await shop.policy(Rules.text(evaluation: "max_age: 30d"))
            let other = try await verdict(good)
            #expect(other.verdict == .inconclusive)
            #expect(says(other.reason, "was under credit-risk@1, and credit-risk@2 is in force."))
        }
    }
}
