import GatehouseCore
package import WireAPI

/// The people of the story and what they may do. They sign in with names and passwords: a token is a machine, and a machine
/// answers for nothing.
package struct Cast: Sendable {
    package enum Person: String, Sendable, CaseIterable {
        /// Registers versions and wants them in production.
        case engineer = "ml-engineer"
        case riskLead = "risk-lead"
        case validator = "model-validator"
        case creditOfficer = "credit-officer"
        case onCall = "on-call"

        var grants: [String] {
            let model = IncidentStory.model
            return switch self {
            case .engineer: ["registrant:\(model)", "staging-manager:\(model)", "production-manager:\(model)"]
            case .riskLead, .validator, .creditOfficer: ["reviewer:\(model)"]
            case .onCall: ["operator:\(model)"]
            }
        }
    }

    /// The team that the policy names.
    static let team = "risk-team"
    static let reviewers: [Person] = [.riskLead, .validator, .creditOfficer]

    let admin: GatehouseClient
    private let people: [Person: GatehouseClient]
    private let password: String

    /// `signIn` makes the client of one person; all share the story's password.
    package init(
        admin: GatehouseClient, password: String,
        signIn: (_ name: String, _ password: String) throws -> GatehouseClient
    ) throws {
        self.admin = admin
        self.password = password
        people = try Dictionary(
            uniqueKeysWithValues: Person.allCases.map { ($0, try signIn($0.rawValue, password)) })
    }

    /// Enters everybody on the server.
    func arrive() async throws {
        for person in Person.allCases {
            let _: UserAnswer = try await admin.post(
                ["users"], AddUserCall(name: person.rawValue, password: password, grants: person.grants))
        }
        for person in Self.reviewers {
            let _: TeamAnswer = try await admin.put(["teams", Self.team, "members", person.rawValue], [String: String]())
        }
    }

    func client(of person: Person) -> GatehouseClient { people[person] ?? admin }

    /// The client of whoever a review was asked of. Fails with `conflict` when that is nobody of the cast.
    func client(of reviewer: String) throws -> GatehouseClient {
        let name = reviewer.hasPrefix("user:") ? String(reviewer.dropFirst("user:".count)) : reviewer
        guard let person = Person(rawValue: name), Self.reviewers.contains(person) else {
            throw GatehouseError(.conflict, "The story did not come out as told: \(reviewer) was asked for a review.")
        }
        return client(of: person)
    }
}
