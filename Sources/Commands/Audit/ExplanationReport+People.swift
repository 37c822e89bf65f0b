import GatehouseCore
import Promotions
import Rendering

// What people did and wrote.

extension ExplanationReport {
    static func approvals(_ explanation: Explanation) -> [Report.Block] {
        guard !explanation.reviews.isEmpty else {
            let required = explanation.evaluation?.record.policy.reviewersRequired
            let asked = required.map { " The policy asks for \(Wording.count($0, "approval"))." } ?? ""
            return [.text("No review is recorded.\(asked)")]
        }
        let steps = explanation.reviews.flatMap(\.steps)
        var blocks: [Report.Block] = [
            .table(
                DataTable(
                    [.init("time", .left), .init("step", .left), .init("who", .left), .init("flags", .left), .init("entry")],
                    rows: steps.map {
                        [
                            Phrase($0.time.description), Phrase($0.action), Phrase($0.by.text),
                            Phrase($0.flags.joined(separator: ", "), $0.flags.isEmpty ? .neutral : .caution),
                            Phrase("\($0.sequence)"),
                        ]
                    }))
        ]
        let answers = steps.flatMap { step in
            step.texts.sorted { $0.key < $1.key }.map { [Phrase(step.by.text), Phrase($0.key), Phrase($0.value)] }
                + step.erasedTexts.map { [Phrase(step.by.text), Phrase($0), Phrase("erased on request", .caution)] }
        }
        if !answers.isEmpty {
            blocks.append(
                .table(DataTable([.init("who", .left), .init("question", .left), .init("answer", .left)], rows: answers)))
        }
        return blocks
    }

    static func attempts(_ explanation: Explanation) -> [Report.Block] {
        guard !explanation.decisions.isEmpty else { return [.text("Nobody has tried to move it.")] }
        return [
            .table(
                DataTable(
                    [
                        .init("time", .left), .init("what", .left), .init("move", .left), .init("who", .left),
                        .init("why", .left), .init("entry"),
                    ],
                    rows: explanation.decisions.map { decision in
                        let move = "\(decision.from?.rawValue ?? "") → \(decision.to?.rawValue ?? "")"
                        let missing = decision.missing.isEmpty ? nil : "missing: \(decision.missing.joined(separator: "; "))"
                        return [
                            Phrase(decision.time.description),
                            Phrase(decision.kind.words, decision.kind == .refused ? .bad : .neutral), Phrase(move),
                            Phrase(decision.by.text),
                            Phrase([decision.reason, missing ?? ""].filter { !$0.isEmpty }.joined(separator: "; ")),
                            Phrase("\(decision.sequence)"),
                        ]
                    }))
        ]
    }

    static func remarks(_ explanation: Explanation) -> [Report.Section] {
        guard !explanation.remarks.isEmpty else { return [] }
        return [
            Report.Section(
                "What else is on record",
                [
                    .table(
                        DataTable(
                            [
                                .init("time", .left), .init("what", .left), .init("who", .left), .init("in their words", .left),
                                .init("entry"),
                            ],
                            rows: explanation.remarks.map { remark in
                                [
                                    Phrase(remark.event.time.description), Phrase(remark.action), Phrase(remark.event.by.text),
                                    Phrase(remark.texts.sorted { $0.key < $1.key }.map(\.value).joined(separator: "; ")),
                                    Phrase("\(remark.event.sequence)"),
                                ]
                            }))
                ])
        ]
    }
}

extension Decision.Kind {
    fileprivate var words: String {
        switch self {
        case .moved: "moved"
        case .refused: "refused"
        case .adopted: "adopted without gates"
        case .rolledBack: "rolled back to"
        case .brokeGlass: "broke the glass"
        case .displaced: "displaced"
        case .withdrawn: "withdrawn"
        }
    }
}
