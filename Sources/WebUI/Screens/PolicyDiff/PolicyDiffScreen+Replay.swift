import GatehouseCore
import Promotions
import Registry
import Rendering

extension BacktestRow {
    var isNewlyIn: Bool { !passed && outcome == .pass }
    var isNewlyOut: Bool { passed && outcome == .fail }
}

extension PolicyDiffScreen {
    @MarkupBuilder
    func replayed(_ visit: Visit) -> Markup {
        if let replay {
            if models.count > 1 { modelChoice(replay.model) }
            if replay.rows.isEmpty {
                empty("No version of \(replay.model) was evaluated yet, so nothing can be replayed.")
            } else {
                table("Past versions of \(replay.model)", replay.rows, Self.columns(replay, visit))
                if replay.rows.count == Self.versionsMax { Tag.p(.class("soft")) { "The newest \(Self.versionsMax) versions." } }
            }
        } else if let unreplayed {
            empty(unreplayed)
        }
    }

    private func modelChoice(_ chosen: ModelName) -> Markup {
        Tag.form(.class("filter"), .method("get"), .action(Address.policy(pattern) + "/diff")) {
            if let old { Tag.input(.type("hidden"), .name("from"), .value("\(old.number)")) }
            switch subject {
            case .version(let version): Tag.input(.type("hidden"), .name("to"), .value("\(version.number)"))
            case .proposal(let proposal, _): Tag.input(.type("hidden"), .name("to"), .value(proposal.id))
            case .draft: Markup()
            }
            Tag.div {
                Tag.label(.for("choose-model")) { "Past of" }
                Tag.select(.id("choose-model"), .name("model")) {
                    for model in models {
                        Tag.option(.value(model.text), model == chosen ? .isSelected : nil) { model.text }
                    }
                }
            }
            Tag.button(.type("submit")) { "Replay" }
        }
    }

    private static func columns(_ replay: Backtest, _ visit: Visit) -> [Column<BacktestRow>] {
        [
            .words("Version") { row in Tag.a(.href(Address.version(replay.model, row.version))) { "v\(row.version)" } },
            .words("Evaluated") { row in shortMoment(row.finished) },
            .words("Under") { row in row.policy },
            .words("Then") { row in mark(row.passed ? Verdict.pass : .fail) },
            .words("By these rules") { row in outcome(row) },
            .prose("What decides") { row in reasons(row) },
        ]
    }

    @MarkupBuilder
    private static func outcome(_ row: BacktestRow) -> Markup {
        switch row.outcome {
        case .pass: mark(Verdict.pass)
        case .fail: mark(Verdict.fail)
        case .undecided: WebUI.mark(.caution, "not known", shape: "~")
        }
        if row.isNewlyIn || row.isNewlyOut {
            " "
            Tag.strong { "changes" }
        }
    }

    /// Checks that say something else than they did, that keep the version out, or that nobody can tell without measuring.
    private static func reasons(_ row: BacktestRow) -> String {
        let words = row.checks.compactMap { check -> String? in
            guard let would = check.would else {
                return "\(check.name): \(check.reason ?? "not known")"
            }
            if let was = check.was, was != would { return "\(check.name): \(was.rawValue), now \(would.rawValue)" }
            return check.blocks ? "\(check.name): \(would.rawValue)" : nil
        }
        return words.isEmpty ? "every check as it was" : Wording.list(words, max: 6, separator: "; ")
    }
}
