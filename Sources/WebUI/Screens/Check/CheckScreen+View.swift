import Access
import GatehouseCore
import Gates
import Promotions
import Rendering

extension CheckScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail(promotion.above + [("promotion to \(promotion.to)", Address.promotion(promotion.id))])
        Tag.h1 { "\(result.name) of \(subject)" }
        live("check") {
            notice(tone) {
                Tag.p(.class("finding")) {
                    verdictCell(line)
                    ". "
                    result.judgement.reason
                }
            }
            if !result.judgement.warnings.isEmpty { list(result.judgement.warnings) }
            asked
            charts
            numbers
            historyBlock
            inputs
        }
        waiverBlock(visit)
        if promotion.state != .evaluating {
            block("Run it again", id: "again") { evaluateAgain(promotion, visit) }
        }
    }

    private var tone: Tone {
        switch result.verdict {
        case .pass: .good
        case .fail, .error: line.blocks ? .bad : .caution
        case .inconclusive: .caution
        }
    }

    /// What is asked, how it is computed, and where the limits come from.
    private var asked: Markup {
        block("What is asked", id: "asked") {
            let words = GateWords.of(gate: result.gate)
            Tag.p { words.summary }
            if !words.formulas.isEmpty {
                Tag.ul { for formula in words.formulas { Tag.li { formula } } }
            }
            Tag.p {
                "The limits come from "
                if let pattern = try? NamedVersion(parsing: evaluation.policyReference), pattern.version != nil {
                    Tag.a(.href(Address.policy(pattern.name))) { evaluation.policyReference }
                } else {
                    "the server's default policy"
                }
                ", as it was when this was measured. A result that is not a pass "
                result.enforcement == .block ? "keeps the version out" : "only warns"
                result.enforcement == .block && !result.inconclusiveBlocks ? ", unless it is inconclusive." : "."
            }
            if let settings = settings?.objectValue, !settings.isEmpty {
                table(
                    "Settings", settings.sorted { $0.key < $1.key },
                    [
                        .words("Setting") { setting in Tag.code { setting.key } },
                        .words("Value") { setting in setting.value.stringValue ?? setting.value.canonicalText },
                        .prose("Meaning") { setting in meaning(of: setting.key) },
                    ])
            }
        }
    }

    private func meaning(of setting: String) -> String {
        switch setting {
        case "enforcement": return "What a result that is not a pass does."
        case "inconclusive": return "What an inconclusive result does."
        default:
            let parameters = GateCatalog.gate(named: result.gate)?.descriptor.parameters ?? []
            return parameters.first { $0.name == setting }?.summary ?? "–"
        }
    }

    @MarkupBuilder
    private var charts: Markup {
        let blocks = CheckCharts(result: result).blocks
        let lacksCalibration = result.gate == "accuracy" && result.judgement.calibration.isEmpty
        if !blocks.isEmpty || lacksCalibration {
            block("Drawn", id: "drawn") {
                for (index, chart) in blocks.enumerated() {
                    chart.markup(title: "Drawing \(index + 1)", id: "drawing-\(index + 1)")
                }
                if lacksCalibration { Tag.p(.class("soft")) { "Calibration: not kept. \(Calibrations.whyNotKept)" } }
            }
        }
    }

    private var numbers: Markup {
        let all = result.judgement.measurements
        let judged = all.filter { $0.verdict != nil } + all.filter { $0.verdict == nil }
        let shown = Array(judged.prefix(Self.measurementsMax))
        return block("Numbers", id: "numbers") {
            if shown.isEmpty {
                empty("This check measured nothing; its sentence above is all it said.")
            } else {
                table(
                    "Numbers", shown,
                    [
                        .prose("What") { number in number.title },
                        .number("Value") { number in number.value == nil ? "–" : number.valueText },
                        // What only helps to read another number has a limit that no policy set.
                        .number("Policy") { number in number.verdict == nil ? "–" : number.limitText },
                        .number("95 % interval") { number in number.intervalText },
                        .number("n") { number in number.n.map { Wording.grouped($0) } ?? "–" },
                        .words("Verdict") { number in if let verdict = number.verdict { mark(verdict) } else { Markup.absent } },
                        .prose("Note") { number in
                            if number.verdict == nil, number.limit != nil { "\(number.limitText); " }
                            number.reason.map { MetricWords.reason($0) } ?? "–"
                        },
                    ])
            }
            Tag.p(.class("soft")) {
                if all.count > shown.count { "\(all.count - shown.count) more numbers are in the answer of the API. " }
                Tag.a(.href("/api/gatehouse/v1/promotions/\(Address.segment(promotion.id))")) { "All of it as JSON" }
                "."
            }
        }
    }

    private var historyBlock: Markup {
        block(
            "Earlier versions", id: "history", note: "What this check said of the versions before, in their newest evaluations."
        ) {
            if history.isEmpty {
                empty("No version before was evaluated with a check of this name.")
            } else {
                table(
                    "Earlier versions", history,
                    [
                        .words("Version") { earlier in
                            Tag.a(.href(Address.version(promotion.model, earlier.version))) { "v\(earlier.version)" }
                        },
                        .words("Number") { earlier in (earlier.measurement ?? earlier.line.deciding)?.title ?? "–" },
                        .number("Value") { earlier in (earlier.measurement ?? earlier.line.deciding)?.valueText ?? "–" },
                        .number("Policy") { earlier in (earlier.measurement ?? earlier.line.deciding)?.limitText ?? "–" },
                        .number("95 % interval") { earlier in (earlier.measurement ?? earlier.line.deciding)?.intervalText ?? "–"
                        },
                        .words("Verdict of the check") { earlier in verdictCell(earlier.line) },
                        .words("Under") { earlier in earlier.policy },
                    ])
            }
        }
    }

    private var inputs: Markup {
        block("What went in", id: "inputs") {
            table(
                "What went in", result.inputs.sorted { $0.key < $1.key },
                [
                    .words("Kind") { input in input.key.replacing("_", with: " ") },
                    .words("SHA-256") { input in Tag.code { input.value.hex } },
                ])
            Tag.p(.class("soft")) {
                "Evaluation \(evaluation.id), \(Wording.grouped(Int(clamping: result.durationMilliseconds))) ms"
                evaluation.datasetReference.map { ", on \($0)" } ?? ""
                "."
            }
        }
    }

    // MARK: Waivers

    private func waiverBlock(_ visit: Visit) -> Markup {
        block("Waiver", id: "waiver") {
            Tag.p {
                "A waiver is an exception to this check for this version's very bytes, for at most \(Waiver.daysMax) days. The check stays as it is; it takes \(Waiver.approvalsRequired) people with \(Permission.review(promotion.model).neededRole) who have no part in the version."
            }
            if !waivers.isEmpty { waiverTable(visit) }
            if let open, open.state == .requested || open.state == .active {
                openWaiver(open, visit)
            } else if !result.blocks {
                Tag.p { "There is nothing to waive: the check keeps nothing out." }
            } else if visit.allows(.evaluate(promotion.model)) {
                actionForm(
                    Address.check(promotion.id, result.name) + "/waiver", visit, title: "Ask for a waiver",
                    consequence:
                        "\(result.name) goes on failing and is recorded as such. Once \(Waiver.approvalsRequired) people have approved, it no longer keeps \(subject) out, until the days are over.",
                    button: "Ask for a waiver"
                ) {
                    textField("days", "Days", visit, hint: "1 to \(Waiver.daysMax).", type: "number", value: "14")
                }
            } else {
                Tag.p { "To ask for one takes \(Permission.evaluate(promotion.model).neededRole)." }
            }
            if result.blocks, open == nil { waiverCommand }
        }
    }

    private var waiverCommand: Markup {
        commandLine(
            "gatehouse waiver request \(shellQuoted(promotion.model.text)) \(promotion.version) \(shellQuoted(result.name)) --days 14 --reason \"…\""
        )
    }

    private func waiverTable(_ visit: Visit) -> Markup {
        table(
            "Waivers of this check", waivers,
            [
                .words("Waiver") { record in Tag.code { record.waiver.id } },
                .words("State") { record in mark(record.state) },
                .words("Asked by") { record in record.waiver.requestedBy.name },
                .words("Approved by") { record in
                    record.waiver.approvals.isEmpty
                        ? "nobody yet" : record.waiver.approvals.map(\.by.name).joined(separator: ", ")
                },
                .words("Until") { record in moment(record.waiver.expires, visit) },
                .prose("Reason") { record in record.difference ?? String(record.reason.prefix(400)) },
            ])
    }

    @MarkupBuilder
    private func openWaiver(_ record: WaiverRecord, _ visit: Visit) -> Markup {
        let base = Address.check(promotion.id, result.name) + "/waivers/\(Address.segment(record.waiver.id))"
        if visit.allows(.review(promotion.model)) {
            if record.state == .requested {
                actionForm(
                    base + "/approve", visit, title: "Approve the waiver",
                    consequence:
                        "You answer for it that \(subject) may pass without \(result.name) until \(dayAndMinute(record.waiver.expires)). It takes \(Waiver.approvalsRequired) people.",
                    button: "Approve", reasonIsRequired: false, scope: "approve-")
            }
            actionForm(
                base + "/revoke", visit, title: "Revoke the waiver",
                consequence: "\(result.name) keeps \(subject) out again at once.", button: "Revoke", isDangerous: true,
                scope: "revoke-")
        } else {
            Tag.p { "To approve or revoke it takes \(Permission.review(promotion.model).neededRole)." }
        }
    }
}
