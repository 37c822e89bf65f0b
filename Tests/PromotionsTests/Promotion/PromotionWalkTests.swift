import GatehouseCore
import Promotions
import Statistics
import Testing

@Suite("Invariants of every decision about stages")
struct PromotionWalkTests {
    /// A few thousand sets of facts, drawn from a seed that a failure names.
    @Test("whatever the facts, the rules of enforcement hold", arguments: [1, 2, 3, 20_260_101] as [UInt64])
    func randomFacts(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var granted = 0
        for step in 0..<5000 {
            let facts = Self.facts(&random)
            let action = PromotionMachine.decide(facts.facts)
            let place = "seed \(seed), step \(step): \(facts) gave \(action)"
            #expect(Self.broken(facts, action) == nil, "\(place)")
            if case .move = action { granted += 1 }
        }
        // The walk is worth something only if it meets both answers often.
        #expect((500...4500).contains(granted), "seed \(seed) granted \(granted) of 5000")
    }

    /// The rule that an answer breaks, or nil.
    private static func broken(_ facts: Facts, _ action: PromotionMachine.Action) -> String? {
        switch action {
        case .nothing: return facts.from == facts.to && facts.holdsSlot ? nil : "a move was taken for none"
        case .refuse(let missing):
            if facts.from == facts.to, facts.holdsSlot || facts.to != .production { return "staying was refused" }
            if facts.enforcement != .enforce { return "refused without enforcement" }
            if missing.isEmpty { return "a refusal names nothing" }
            // A requirement without a command explains itself.
            let isHelpful = missing.allSatisfy {
                ($0.command?.hasPrefix("gatehouse ") ?? $0.what.contains(":")) || $0.isOwnRemedy
            }
            return isHelpful ? nil : "a refusal gives neither command nor explanation"
        case .move(let unmet):
            if facts.from == facts.to, facts.holdsSlot || facts.to != .production { return "a move to where it is" }
            switch facts.enforcement {
            case .off: return unmet.isEmpty ? nil : "off asked for something"
            case .warn: return unmet.isEmpty && !holds(facts) ? "warn did not say what it let through" : nil
            case .enforce:
                if !unmet.isEmpty { return "enforce moved with something unmet" }
                return holds(facts) ? nil : "enforce moved without what the table requires"
            }
        }
    }

    /// What the table requires of a move, independently of the machine.
    private static func holds(_ facts: Facts) -> Bool {
        switch (facts.from, facts.to) {
        case (.none, .staging), (.archived, .staging): facts.evaluationHolds
        case (.staging, .production):
            facts.evaluationHolds && facts.artifact != nil && facts.slotProblem == nil
                && Set(facts.approvals).count >= facts.reviewers
        case (.none, .production), (.production, .staging): false
        case (.archived, .production): facts.wasActive && facts.artifact != nil && facts.hasReason
        case (_, .none), (_, .archived): facts.hasReason
        case (.production, .production) where !facts.holdsSlot:
            facts.wasActive
                ? facts.artifact != nil && facts.hasReason
                : facts.evaluationHolds && facts.artifact != nil && facts.slotProblem == nil
                    && facts.approvals.count >= facts.reviewers
        case (.staging, .staging), (.production, .production): true
        }
    }

    private static func facts(_ random: inout SeededGenerator) -> Facts {
        var facts = Facts(random.pick(Stage.allCases), random.pick(Stage.allCases))
        facts.enforcement = random.pick([.enforce, .enforce, .warn, .off])
        // Mostly complete, else nearly everything would be refused.
        for flaw in Flaw.allCases where random.next() % 12 == 0 { flaw.spoil(&facts) }
        facts.reviewers = Int(random.next() % 3)
        facts.approvals = (0..<Int(random.next() % 4)).map { "rv_\($0)" }
        facts.holdsSlot = facts.to != .production || random.next() % 2 == 0
        if random.next() % 12 == 0 { facts.slotProblem = "the policy names no segment 'mars': it names eu" }
        facts.age += .seconds(Int64(random.next() % 86_400))
        return facts
    }
}

extension MissingRequirement {
    /// Approvals and reasons are given by people; what to do stands in the sentence.
    fileprivate var isOwnRemedy: Bool { what.contains("approval") || command == "repeat it with --reason \"…\"" }
}

extension SeededGenerator {
    fileprivate mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[Int(next() % UInt64(elements.count))]
    }
}
