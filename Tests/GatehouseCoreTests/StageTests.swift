import GatehouseCore
import Testing

@Suite("Stages and the transition table")
struct StageTests {
    @Test("a stage is read in any letter case", arguments: Stage.allCases)
    func anyLetterCase(_ stage: Stage) throws {
        #expect(try Stage(parsing: stage.rawValue) == stage)
        #expect(try Stage(parsing: stage.rawValue.uppercased()) == stage)
        #expect(try Stage(parsing: stage.rawValue.lowercased()) == stage)
    }

    @Test("the stages are MLflow's")
    func names() {
        #expect(Stage.allCases.map(\.rawValue) == ["None", "Staging", "Production", "Archived"])
    }

    @Test(
        "anything else is refused with the list of stages", arguments: ["", "prod", "Production ", " staging", "nil", "Stagıng"])
    func unknown(_ text: String) throws {
        let error = try refusal { try Stage(parsing: text) }
        #expect(error.message == "There is no stage '\(text)'.")
        #expect(error.hint == "Stages are: None, Staging, Production, Archived.")
    }

    /// What a cell requires, as a word.
    private static func word(_ requirement: TransitionRequirement) -> String {
        switch requirement {
        case .nothing: "-"
        case .passingEvaluation: "evaluation"
        case .approval: "approval"
        case .reason: "reason"
        case .rollback: "rollback"
        case .breakGlass: "break-glass"
        case .forbidden: "never"
        }
    }

    @Test("every cell of the table is decided")
    func table() {
        // Rows: from None, Staging, Production, Archived; columns: to the same.
        let table = [
            ["-", "evaluation", "break-glass", "reason"],
            ["reason", "-", "approval", "reason"],
            ["reason", "never", "-", "reason"],
            ["reason", "evaluation", "rollback", "-"],
        ]
        for (row, from) in Stage.allCases.enumerated() {
            for (column, to) in Stage.allCases.enumerated() {
                let requirement = StageTransition(from: from, to: to).requirement
                #expect(Self.word(requirement) == table[row][column], "\(from) → \(to)")
            }
        }
    }

    @Test("nothing enters Production without approval, rollback or break-glass")
    func production() {
        for from in Stage.allCases where from != .production {
            let requirement = StageTransition(from: from, to: .production).requirement
            #expect([.approval, .rollback, .breakGlass].contains(requirement))
        }
    }
}
