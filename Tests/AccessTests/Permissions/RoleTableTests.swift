import GatehouseCore
import Testing

@testable import Access

@Suite("Who may do what")
struct RoleTableTests {
    /// The table as people agree on it, a column per role. Written out here, so that it is not the code that says what the
    /// code should do.
    private static let table = """
        permission                    viewer registrant staging-manager reviewer operator production-manager policy-owner auditor gateway admin
        read                          x      x          x               x        x        x                  x            x       -       x
        read-audit                    -      -          -               -        -        -                  -            x       -       x
        log-runs                      -      x          -               -        -        -                  -            -       -       x
        register                      -      x          -               -        -        -                  -            -       -       x
        delete                        -      -          x               -        -        -                  -            -       -       x
        evaluate                      -      x          x               -        -        x                  -            -       -       x
        None→Staging                  -      -          x               -        -        -                  -            -       -       x
        None→Archived                 -      -          x               -        -        -                  -            -       -       x
        Staging→None                  -      -          x               -        -        -                  -            -       -       x
        Staging→Archived              -      -          x               -        -        -                  -            -       -       x
        Archived→Staging              -      -          x               -        -        -                  -            -       -       x
        Archived→None                 -      -          x               -        -        -                  -            -       -       x
        None→Production               -      -          -               -        -        x                  -            -       -       x
        Staging→Production            -      -          -               -        -        x                  -            -       -       x
        Production→Archived           -      -          -               -        -        x                  -            -       -       x
        Production→Staging            -      -          -               -        -        x                  -            -       -       x
        Production→None               -      -          -               -        -        x                  -            -       -       x
        Archived→Production           -      -          -               -        x        x                  -            -       -       x
        roll-back                     -      -          -               -        x        x                  -            -       -       x
        review                        -      -          -               x        -        -                  -            -       -       x
        post-evidence                 -      -          x               x        -        -                  -            -       -       x
        edit-policy                   -      -          -               -        -        -                  x            -       -       x
        edit-reference-data           -      -          -               -        -        -                  x            -       -       x
        manage-webhooks               -      -          -               -        -        -                  -            -       -       x
        manage-serving                -      -          -               -        -        x                  -            -       -       x
        serve-traffic                 -      -          -               -        -        -                  -            -       x       x
        post-outcomes                 -      -          x               -        -        x                  -            -       x       x
        administer                    -      -          -               -        -        -                  -            -       -       x
        """

    private struct Cell: CustomTestStringConvertible, Sendable {
        let permission: String
        let role: String
        let isAllowed: Bool
        var testDescription: String { "\(role): \(permission)" }
    }

    private static let cells: [Cell] = {
        let lines = table.split(separator: "\n").map { $0.split(separator: " ").map(String.init) }
        return lines.dropFirst().flatMap { line in
            zip(lines[0], line).dropFirst().map { Cell(permission: line[0], role: $0, isAllowed: $1 == "x") }
        }
    }()

    @Test("each role permits what the table says and nothing else", arguments: cells)
    private func cell(_ cell: Cell) throws {
        let stages = cell.permission.split(separator: "→").map(String.init)
        let permission = try Permission(
            asking: stages.count == 2 ? "transition" : cell.permission, model: "credit-risk", from: stages.first, to: stages.last,
            environment: nil, segment: nil)
        let role = try #require(Role(rawValue: cell.role))
        #expect(Grants([Grant(role)]).allows(permission) == cell.isAllowed)
    }

    @Test("the table has every role, every permission and every move")
    func complete() {
        #expect(Set(Self.cells.map(\.role)) == Set(Role.allCases.map(\.rawValue)))
        let names = Set(Self.cells.map(\.permission))
        #expect(Set(Permission.questions).subtracting(names) == ["transition"])
        let moves = Stage.allCases.flatMap { from in Stage.allCases.filter { $0 != from }.map { "\(from)→\($0)" } }
        #expect(Set(moves).subtracting(names).isEmpty)
    }

    @Test("nothing is allowed by default")
    func nothingByDefault() {
        #expect(!Grants([]).allows(.read))
        #expect(Grants.everything.allows(.administer))
    }
}

@Suite("How far a grant reaches")
struct GrantReachTests {
    private func allows(_ grant: String, _ question: String, _ model: String?, segment: String? = nil) throws -> Bool {
        try Grant(parsing: grant).allows(
            Permission(
                asking: question, model: model, from: "Staging", to: "Production", environment: nil, segment: segment))
    }

    @Test(
        "a grant for a pattern holds for the models that match it",
        arguments: [
            ("registrant:credit-*", "credit-risk", true), ("registrant:credit-*", "fraud", false),
            ("registrant:credit-risk", "credit-risk", true), ("registrant:credit-risk", "credit-risk-2", false),
            ("registrant:*-risk", "credit-risk", true), ("registrant", "fraud", true),
        ])
    func models(grant: String, model: String, isAllowed: Bool) throws {
        #expect(try allows(grant, "register", model) == isAllowed)
    }

    @Test(
        "a grant for an environment or a segment holds there and below",
        arguments: [
            ("production-manager", nil, true), ("production-manager", "eu", true),
            ("production-manager:*:*:eu", "eu", true), ("production-manager:*:*:eu", "eu/de", true),
            ("production-manager:*:*:eu", "europe", false), ("production-manager:*:*:eu", "us", false),
            ("production-manager:*:*:eu", nil, false), ("production-manager:*:production", nil, true),
            ("production-manager:*:qa", nil, false),
        ] as [(String, String?, Bool)])
    func slots(grant: String, segment: String?, isAllowed: Bool) throws {
        #expect(try allows(grant, "transition", "credit-risk", segment: segment) == isAllowed)
    }

    @Test(
        "what all models share takes a grant for all models", arguments: ["administer", "manage-webhooks", "edit-reference-data"])
    func shared(_ question: String) throws {
        #expect(try allows("admin", question, nil))
        #expect(try !allows("admin:credit-*", question, nil))
        #expect(try allows("admin:credit-*", "delete", "credit-risk"))
    }

    @Test(
        "a policy's pattern must lie inside the pattern of the grant",
        arguments: [
            ("credit-*", "credit-risk", true), ("credit-*", "credit-*", true), ("credit-*", "credit-risk-*", true),
            ("credit-*", "*", false), ("credit-*", "c*", false), ("credit-risk", "credit-*", false), ("*", "*", true),
        ])
    func policies(grant: String, pattern: String, isAllowed: Bool) throws {
        #expect(try allows("policy-owner:\(grant)", "edit-policy", pattern) == isAllowed)
    }

    @Test("a role that is not held per slot and was narrowed to one all the same permits reading only")
    func misplaced() throws {
        let grant = Grant(.registrant, segment: "eu")
        #expect(grant.allows(.read))
        #expect(try !grant.allows(.register(ModelName("m"))))
    }
}

@Suite("Grants as text")
struct GrantTextTests {
    @Test(
        "a grant reads back as it was written",
        arguments: [
            "viewer", "registrant:credit-*", "production-manager:credit-risk:production:eu/de", "operator:*:*:eu",
            "production-manager:*:qa",
        ])
    func roundTrip(_ text: String) throws { #expect(try Grant(parsing: text).description == text) }

    @Test("stars at the end are left out, so that one grant has one text")
    func canonical() throws { #expect(try Grant(parsing: "operator:*:*:*").description == "operator") }

    @Test(
        "what is no grant is refused, and the message says which part is wrong",
        arguments: [
            ("", "not a grant"), ("superuser", "no role 'superuser'"), ("view", "Did you mean 'viewer'"),
            ("viewer:", "not a grant"),
            ("viewer:a:b:c:d", "not a grant"), ("viewer:a/b", "pattern of models"), ("registrant:*:production", "not held per"),
            ("operator:*:a@b", "environment"), ("operator:*:*:eu//de", "segment"),
            ("viewer:" + String(repeating: "a", count: 3000), "not a grant"),
        ])
    func refused(text: String, words: String) {
        do {
            _ = try Grant(parsing: text)
            Issue.record("accepted")
        } catch { #expect(error.code == .invalidArgument && error.message.contains(words), "\(error)") }
    }

    @Test("a refusal names the least role and the command that grants it")
    func remedy() throws {
        let caller = Caller(principal: .token("ci"), grants: Grants([Grant(.registrant)]))
        do {
            try caller.require(
                Permission(
                    asking: "transition", model: "credit-risk", from: "staging", to: "production", environment: nil, segment: "eu"
                ))
            Issue.record("allowed")
        } catch {
            #expect(error.code == .forbidden)
            #expect(
                error.message
                    == "token:ci may not move credit-risk from Staging to Production in production/eu: that takes the role production-manager for credit-risk in production/eu."
            )
            #expect(error.hint == "An admin can grant it: gatehouse token grant ci 'production-manager:credit-risk:*:eu'")
        }
    }
}
