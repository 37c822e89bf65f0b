import GatehouseCore
import Gates
import Promotions
import Rendering

/// Checks, a row each: value, limit, interval, sample size, verdict. `address` leads to the check's own page.
func checkTable(_ caption: String, _ lines: [CheckLine], address: ((CheckLine) -> String)?) -> Markup {
    table(
        caption, lines,
        [
            .words("Gate") { line in
                if let address { Tag.a(.href(address(line))) { line.result.name } } else { line.result.name }
            },
            .prose("What decided") { line in line.deciding?.title ?? "–" },
            .number("Value") { line in line.deciding?.valueText ?? "–" },
            .number("Policy") { line in line.deciding?.limitText ?? "–" },
            .number("95 % interval") { line in line.deciding?.intervalText ?? "–" },
            .number("n") { line in line.deciding?.n.map { Wording.grouped($0) } ?? "–" },
            .words("Verdict") { line in verdictCell(line) },
        ])
}

@MarkupBuilder
func verdictCell(_ line: CheckLine) -> Markup {
    mark(line.result.verdict)
    if let waiver = line.waiver {
        " "
        Tag.span(.class("soft")) { "waived until \(dayAndMinute(waiver.until))" }
    } else if line.result.verdict != .pass, !line.result.blocks {
        " "
        Tag.span(.class("soft")) { "only warns" }
    }
}

func mark(_ state: Promotion.State) -> Markup {
    switch state {
    case .evaluating: mark(.neutral, "evaluating", shape: "◌")
    case .awaitingReview: mark(.caution, "awaiting review", shape: "◔")
    case .approved: mark(.good, "approved", shape: "✓")
    case .blocked: mark(.bad, "blocked", shape: "✕")
    case .withdrawn: mark(.neutral, "withdrawn", shape: "–")
    }
}

func mark(_ state: Review.State) -> Markup {
    switch state {
    case .requested: mark(.caution, "waiting", shape: "◌")
    case .opened: mark(.caution, "opened", shape: "◔")
    case .answered: mark(.caution, "answered", shape: "◕")
    case .approved: mark(.good, "approved", shape: "✓")
    case .rejected: mark(.bad, "rejected", shape: "✕")
    case .voided: mark(.neutral, "void", shape: "–")
    case .expired: mark(.neutral, "expired", shape: "–")
    case .withdrawn: mark(.neutral, "withdrawn", shape: "–")
    }
}

func mark(_ state: Evaluation.State, passed: Bool?) -> Markup {
    switch state {
    case .queued: mark(.neutral, "queued", shape: "◌")
    case .running: mark(.neutral, "running", shape: "◌")
    case .failed: mark(.bad, "not carried out", shape: "!")
    case .finished: passed == true ? mark(.good, "passed", shape: "✓") : mark(.bad, "did not pass", shape: "✕")
    }
}
