package import GatehouseCore

/// How many different people must agree, and who may not because they have a part in the matter. One rule for reviews,
/// waivers, break-glass and policy edits; no role is an exception from it, admin included.
package struct Quorum: Sendable, Equatable {
    /// What somebody has to do with the matter.
    package enum Part: String, Sendable, CaseIterable {
        case registrant
        case runUser = "run_user"
        case requester
        case policyEditor = "policy_editor"
        case author
    }

    package struct Party: Sendable, Hashable {
        package let part: Part
        package let person: Principal

        package init(_ part: Part, _ person: Principal) {
            self.part = part
            self.person = person
        }
    }

    /// Why somebody's agreement does not count.
    package enum Objection: Sendable, Equatable {
        /// Tokens and parts of the system answer for nothing.
        case machine
        case involved([Part])
        /// Does not hold what it takes; `Quorum.eligibility` says what that is.
        case notEligible
    }

    package let required: Int
    package let parties: [Party]
    /// Who may be asked at all; nil where the door has checked that.
    package let eligible: [Principal]?
    /// What makes somebody eligible, behind "lacks": `the role reviewer for credit-risk`.
    package let eligibility: String

    package init(required: Int, parties: [Party], eligible: [Principal]? = nil, eligibility: String = "the role") {
        self.required = required
        self.parties = parties
        self.eligible = eligible
        self.eligibility = eligibility
    }

    /// Nil: this person's agreement counts.
    package func objection(to principal: Principal) -> Objection? {
        guard principal.isPerson else { return .machine }
        let key = principal.personKey
        let parts = Part.allCases.filter { part in parties.contains { $0.part == part && $0.person.personKey == key } }
        if !parts.isEmpty { return .involved(parts) }
        if let eligible, !eligible.contains(principal) { return .notEligible }
        return nil
    }

    /// The different people among those who agreed that count, in the order in which they agreed.
    package func counted(_ agreed: [Principal]) -> [Principal] {
        var keys: Set<String> = []
        return agreed.filter { objection(to: $0) == nil && keys.insert($0.personKey).inserted }
    }

    package func isMet(by agreed: [Principal]) -> Bool { counted(agreed).count >= required }

    /// Those who may be asked, without the ones who have a part in the matter.
    package var candidates: [Principal] { counted(eligible ?? []) }
}

extension Quorum {
    /// Behind "ada": `registered this version and asked for this`.
    package func words(_ objection: Objection) -> String {
        switch objection {
        case .machine: "is not a person, and only a person can answer for this"
        case .involved(let parts): parts.map(\.words).joined(separator: " and ")
        case .notEligible: "lacks \(eligibility)"
        }
    }
}

extension Quorum.Part {
    package var words: String {
        switch self {
        case .registrant: "registered this version"
        case .runUser: "is the user of the run that trained it"
        case .requester: "asked for this"
        case .policyEditor: "edited the policy last"
        case .author: "wrote this"
        }
    }
}

extension Principal {
    /// Whether it is an account of a person rather than a token or a part of the system.
    package var isPerson: Bool { kind == .user && !name.isEmpty }

    /// One key per person: accounts that differ in letter case only are taken for one, so that neither vouches for the other.
    var personKey: String { text.lowercased() }
}
