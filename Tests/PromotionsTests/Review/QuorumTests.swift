import GatehouseCore
import Statistics
import Testing

@testable import Promotions

@Suite("Who may agree, and how many must")
struct QuorumTests {
    private static let people = ["ada", "ben", "cleo", "dora"].map { Principal.user($0) }

    @Test("everybody with a part in the matter is excluded, with the part in words", arguments: Quorum.Part.allCases)
    func parts(part: Quorum.Part) {
        let quorum = Quorum(required: 1, parties: [Quorum.Party(part, .user("ada"))], eligible: Self.people)
        let objection = quorum.objection(to: .user("ada"))
        #expect(objection == .involved([part]))
        #expect(quorum.words(.involved([part])) == part.words)
        #expect(quorum.objection(to: .user("ben")) == nil)
        #expect(quorum.candidates == Array(Self.people.dropFirst()))
    }

    @Test("two parts of one person are both named")
    func twoParts() {
        let quorum = Quorum(
            required: 1, parties: [Quorum.Party(.requester, .user("ada")), Quorum.Party(.registrant, .user("ada"))])
        #expect(quorum.objection(to: .user("ada")) == .involved([.registrant, .requester]))
        #expect(quorum.words(.involved([.registrant, .requester])) == "registered this version and asked for this")
    }

    @Test("machines never count, even when they are listed")
    func machines() {
        for machine in [Principal.token("ci"), .system("server"), Principal(stored: "user:"), Principal(stored: "user")] {
            let quorum = Quorum(required: 1, parties: [], eligible: [machine])
            #expect(quorum.objection(to: machine) == .machine)
            #expect(!quorum.isMet(by: [machine]))
            #expect(quorum.candidates.isEmpty)
        }
    }

    @Test("one person counts once, under whichever spelling of the name")
    func oncePerPerson() {
        let quorum = Quorum(required: 2, parties: [])
        #expect(quorum.counted([.user("ada"), .user("ada"), .user("Ada")]) == [.user("ada")])
        #expect(!quorum.isMet(by: [.user("ada"), .user("ADA")]))
        #expect(quorum.isMet(by: [.user("ada"), .user("ben")]))
        #expect(Quorum(required: 1, parties: [Quorum.Party(.runUser, .user("ada"))]).objection(to: .user("Ada")) != nil)
    }

    @Test("who lacks the role does not count, and it says which")
    func eligibility() {
        let quorum = Quorum(required: 1, parties: [], eligible: [.user("ben")], eligibility: "the role reviewer for credit-risk")
        #expect(quorum.objection(to: .user("ada")) == .notEligible)
        #expect(quorum.words(.notEligible) == "lacks the role reviewer for credit-risk")
        #expect(!quorum.isMet(by: [.user("ada")]))
    }

    @Test("nobody is asked for: nobody has to agree")
    func none() { #expect(Quorum(required: 0, parties: []).isMet(by: [])) }

    @Test("whatever was asked and agreed, a met quorum has that many different people without a part")
    func walk() {
        var random = SeededGenerator(seed: 22)
        var met = 0
        for step in 0..<5000 {
            func draw(_ among: [Principal], _ oneIn: UInt64) -> [Principal] { among.filter { _ in random.next() % oneIn == 0 } }
            let everybody = Self.people + [.user("ADA"), .token("ci")]
            let parties = draw(everybody, 5).map {
                Quorum.Party(Quorum.Part.allCases[Int(random.next() % UInt64(Quorum.Part.allCases.count))], $0)
            }
            let eligible = draw(everybody, 2)
            let agreed = draw(everybody, 2) + draw(everybody, 2)
            let quorum = Quorum(required: 1 + Int(random.next() % 3), parties: parties, eligible: eligible)
            guard quorum.isMet(by: agreed) else { continue }
            met += 1
            let involved = Set(parties.map { $0.person.text.lowercased() })
            let valid = Set(
                agreed.filter { eligible.contains($0) && $0.text.hasPrefix("user:") }.map { $0.text.lowercased() }
            ).subtracting(involved)
            #expect(valid.count >= quorum.required, "step \(step): \(quorum) \(agreed)")
        }
        #expect(met > 500)
    }
}
