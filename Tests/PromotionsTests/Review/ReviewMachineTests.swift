import GatehouseCore
import Gates
import Statistics
import Testing

@testable import Promotions

@Suite("What becomes of a review")
struct ReviewMachineTests {
    @Test("the whole table: each act in each state", arguments: Review.State.allCases)
    func table(state: Review.State) {
        let facts = ReviewFacts(state: state)
        var withToken = facts
        withToken.isTokenRight = true
        func decide(_ act: ReviewMachine.Act) -> ReviewMachine.Outcome { ReviewMachine.decide(act, withToken) }
        #expect(decide(.tick) == .stay)
        switch state {
        case .requested:
            #expect(decide(.open) == .become(.opened))
            #expect(decide(.lookAtEvidence) == .refuse(.notOpened))
            #expect(decide(.answer) == .refuse(.notOpened))
            #expect(decide(.approve) == .refuse(.notOpened))
            #expect(decide(.reject) == .become(.rejected))
        case .opened:
            #expect(decide(.open) == .stay)
            #expect(decide(.lookAtEvidence) == .stay)
            #expect(decide(.answer) == .become(.answered))
            #expect(decide(.approve) == .refuse(.notAnswered))
            #expect(decide(.reject) == .become(.rejected))
        case .answered:
            #expect(decide(.answer) == .become(.answered))
            #expect(decide(.approve) == .become(.approved))
            #expect(ReviewMachine.decide(.approve, facts) == .refuse(.wrongToken))
            #expect(decide(.reject) == .become(.rejected))
        case .approved, .rejected, .voided, .expired, .withdrawn:
            for act in ReviewMachine.Act.allCases where act != .tick { #expect(decide(act) == .refuse(.over(state))) }
        }
    }

    @Test("a limit that is a whole number is the same limit after it was kept")
    func wholeNumbers() throws {
        func binding(_ plan: JSONValue) -> ReviewBinding { ReviewBinding([.rolloutPlan: plan, .artifact: "x"]) }
        let asked = binding(["rollback_on": ["p95_ms": .number(5_000)]])
        let kept = binding(["rollback_on": ["p95_ms": .integer(5_000)]])
        #expect(asked == kept && asked.changes(to: kept).isEmpty)
        #expect(asked.changes(to: binding(["rollback_on": ["p95_ms": .number(5_000.5)]])) == [.rolloutPlan])
    }

    /// Reviews of one promotion in a world that changes: roles come and go, what is bound changes and changes back, time
    /// runs out, people try everything.
    private struct World {
        var reviews: [(reviewer: Principal, facts: ReviewFacts, boundTo: UInt64)] = []
        var binding: UInt64 = 0
        var allowed: Set<Principal> = []
        var isOverdue = false
        var hasMoved = false

        func facts(_ index: Int) -> ReviewFacts {
            var facts = reviews[index].facts
            facts.changes = reviews[index].boundTo == binding ? [] : ["the policy changed"]
            facts.isOverdue = isOverdue
            facts.objection = allowed.contains(reviews[index].reviewer) ? nil : .notEligible
            return facts
        }

        mutating func act(_ act: ReviewMachine.Act, on index: Int, by actor: Principal, token: Bool) {
            var facts = facts(index)
            facts.isReviewer = reviews[index].reviewer == actor
            facts.isTokenRight = token
            switch ReviewMachine.decide(act, facts) {
            case .stay, .refuse: break
            case .become(let state): reviews[index].facts.state = state
            case .void: reviews[index].facts.state = .voided
            case .withdraw: reviews[index].facts.state = .withdrawn
            }
        }
    }

    @Test(
        "whatever anybody does, in whatever order, nothing moves without valid approvals of different people who may give them",
        arguments: [5, 6, 7] as [UInt64])
    func walk(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let people = ["ada", "ben", "cleo", "Ben"].map { Principal.user($0) } + [.token("ci")]
        func pick<Element>(_ elements: [Element]) -> Element { elements[Int(random.next() % UInt64(elements.count))] }
        let acts: [ReviewMachine.Act] = [
            .open, .open, .lookAtEvidence, .answer, .answer, .approve, .approve, .approve, .tick,
        ]
        var (moved, voided) = (0, 0)
        for round in 0..<1500 {
            var world = World(allowed: Set(people))
            world.reviews = (0..<3).map { _ in (pick(people), ReviewFacts(state: .requested), 0) }
            let party = Quorum.Party(.requester, pick(people))
            for _ in 0..<40 {
                switch random.next() % 120 {
                case 0: world.binding = 1 - world.binding
                case 1: world.isOverdue = random.next() % 8 == 0
                case 2: world.allowed.formSymmetricDifference([pick(people)])
                default:
                    let index = Int(random.next() % 3)
                    let actor = random.next() % 6 == 0 ? pick(people) : world.reviews[index].reviewer
                    // Rejections are rare here, or hardly anything would ever be approved.
                    world.act(random.next() % 40 == 0 ? .reject : pick(acts), on: index, by: actor, token: random.next() % 5 != 0)
                }
                for index in 0..<3 { world.act(.tick, on: index, by: .system("reviews"), token: false) }
                let quorum = Quorum(required: 2, parties: [party], eligible: Array(world.allowed))
                let approved = world.reviews.filter { $0.facts.state == .approved }
                guard quorum.isMet(by: approved.map(\.reviewer)) else { continue }
                moved += 1
                let place = "seed \(seed), round \(round): \(world)"
                let valid = approved.filter {
                    $0.boundTo == world.binding && world.allowed.contains($0.reviewer) && $0.reviewer.text.hasPrefix("user:")
                        && $0.reviewer.text.lowercased() != party.person.text.lowercased()
                }
                #expect(!world.isOverdue, "\(place)")
                #expect(Set(valid.map { $0.reviewer.text.lowercased() }).count >= 2, "\(place)")
                break
            }
            voided += world.reviews.count { $0.facts.state == .voided }
        }
        #expect(moved > 50 && voided > 500, "\(moved) moved, \(voided) voided")
    }
}
