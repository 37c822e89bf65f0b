import GatehouseCore
import Rendering
import Statistics

/// Rows that are needed, or what the rows there are can see.
struct PowerAnswer {
    let method: String
    let sentence: String
    /// Nil where no number of rows does it, or where an AUC's rows are not shared between arms.
    var sizes: ArmSizes?
    /// Rows of the control where `--n` gave the total.
    var present: ArmSizes?
    /// Chance that the present rows see the difference that was named.
    var power: Double?
    /// The nearest values that the present rows can see; a side is nil where none can be.
    var detectable: (below: Double?, above: Double?)?
    var positives: Int?
    var negatives: Int?
    var total: Int?
    var days: Int?
    var reason: String?
    var facts: [Report.Fact] = []
    var curve: LineChart?

    init(method: String, sentence: String) {
        self.method = method
        self.sentence = sentence
    }

    var report: Report {
        Report(
            title: "Rows for a comparison", sentence: sentence, facts: facts + [.init("Method", method)],
            sections: curve.map { [Report.Section("More rows or fewer", [.lines($0)])] } ?? [])
    }

    var json: JSONValue {
        let size = sizes ?? present
        let isEven = size.map { $0.control == $0.treatment } ?? false
        var members: [String: JSONValue] = [
            "n_per_arm": .count(orNull: isEven ? size?.control : nil), "n_control": .count(orNull: size?.control),
            "n_treatment": .count(orNull: size?.treatment), "total": .count(orNull: total ?? size?.total),
            "method": .string(method), "days": .count(orNull: days), "power": .number(orNull: power),
            "reason": reason.map { .string($0) }
                ?? (size != nil && !isEven ? "unequal_arms" : size == nil ? "not_two_arms" : .null),
        ]
        members["detectable"] =
            detectable.map { .object(["below": .number(orNull: $0.below), "above": .number(orNull: $0.above)]) } ?? .null
        if let positives { members["n_positive"] = .count(positives) }
        if let negatives { members["n_negative"] = .count(negatives) }
        return .object(members)
    }
}

extension JSONValue {
    fileprivate static func count(orNull value: Int?) -> JSONValue { value.map { .count($0) } ?? .null }
}

extension PowerQuestion {
    func answer() -> PowerAnswer {
        var answer: PowerAnswer
        switch subject {
        case .rates(let control, let treatment): answer = rates(control, treatment)
        case .means(let difference, let deviation): answer = means(difference, deviation)
        case .auc(let value, let halfWidth, let positiveRate): answer = auc(value, halfWidth, positiveRate)
        case .pairedAUC(let error, let rows, let difference): answer = pairedAUC(error, rows, difference)
        }
        answer.facts = facts
        answer.curve = curve(answer)
        return answer
    }

    private var facts: [Report.Fact] {
        let level = Report.Fact("False alarm rate", Wording.compactPercent(design.alpha))
        switch subject {
        case .auc: return [level]
        case .pairedAUC: return [.init("Power", powerWords), level]
        case .rates, .means:
            let words = "\(Wording.compactPercent(shares.control)) control, \(Wording.compactPercent(shares.treatment)) treatment"
            return [.init("Power", powerWords), level, .init("Shares", words)]
        }
    }

    // MARK: Rates

    private func rates(_ control: Double, _ treatment: Double?) -> PowerAnswer {
        let percent = (Wording.percent(control), Wording.percent(treatment ?? control))
        if let margin {
            let goal = "To show that \(percent.1) is not worse than \(percent.0) by \(Wording.fixed(margin * 100, 2)) points"
            return needed(
                goal, ComparisonDesign.proportionMarginMethod,
                design.sizes(
                    controlRate: control, treatmentRate: treatment ?? control, margin: margin, higherIsBetter: higherIsBetter),
                gap: "it is worse by that much")
        }
        guard let rows else {
            return needed(
                "To see \(percent.0) → \(percent.1)", ComparisonDesign.proportionMethod,
                design.sizes(controlRate: control, treatmentRate: treatment ?? control),
                gap: "there is nothing to see, or too little")
        }
        let present = presentSizes(rows)
        let controlRows = Double(present.control)
        let seen = design.detectable(controlRate: control, controlRows: controlRows)
        let words = [seen.below, seen.above].compactMap { $0.map { Wording.fixed($0 * 100, 2) + " %" } }
        let power = treatment.map { design.power(controlRate: control, treatmentRate: $0, controlRows: controlRows) }
        return present.answer(
            ComparisonDesign.proportionMethod, seen: words.joined(separator: " or "), from: percent.0, design: design,
            power: power,
            detectable: seen, days: days(total: rows))
    }

    // MARK: Means

    private func means(_ difference: Double?, _ deviation: Double) -> PowerAnswer {
        let gain = (difference ?? 0) * (higherIsBetter ? 1 : -1)
        let words = ToolNumber.plain(difference ?? 0)
        if let margin {
            return needed(
                "To show that a mean that differs by \(words) is not worse by \(ToolNumber.plain(margin))",
                ComparisonDesign.meanMarginMethod, design.sizes(aboveMargin: (gain + margin) / deviation),
                gap: "it is worse by that much")
        }
        guard let rows else {
            return needed(
                "To see a difference of \(words) with a standard deviation of \(ToolNumber.plain(deviation))",
                ComparisonDesign.meanMethod, design.sizes(effect: (difference ?? 0) / deviation),
                gap: "there is nothing to see, or too little")
        }
        let present = presentSizes(rows)
        let seen = design.detectableEffect(controlRows: Double(present.control)).map { $0 * deviation }
        let power = difference.map { design.power(effect: $0 / deviation, controlRows: Double(present.control)) }
        return present.answer(
            ComparisonDesign.meanMethod, seen: seen.map { "± " + Wording.compact($0) } ?? "", from: "no difference",
            design: design,
            power: power.flatMap { $0.isFinite ? $0 : nil }, detectable: (seen.map { -$0 }, seen), days: days(total: rows))
    }

    // MARK: AUC

    private func auc(_ value: Double, _ halfWidth: Double, _ positiveRate: Double) -> PowerAnswer {
        let goal = "For an AUC of \(ToolNumber.plain(value)) ± \(ToolNumber.plain(halfWidth))"
        let method = "Hanley and McNeil (1982), interval of \(Wording.compactPercent(1 - design.alpha))"
        guard let rows = AUCPrecision.rows(auc: value, halfWidth: halfWidth, positiveRate: positiveRate, alpha: design.alpha)
        else {
            var answer = PowerAnswer(method: method, sentence: "\(goal) no number of rows is enough that one could wait for.")
            answer.reason = "too_many_rows"
            return answer
        }
        let total = rows.positives + rows.negatives
        var answer = PowerAnswer(
            method: method,
            sentence:
                "\(goal) you need \(Wording.grouped(rows.positives)) positives and \(Wording.grouped(rows.negatives)) negatives\(inDays(total))."
        )
        (answer.positives, answer.negatives, answer.total, answer.days) = (
            rows.positives, rows.negatives, total, days(total: total)
        )
        return answer
    }

    private func pairedAUC(_ error: Double, _ pilot: Int, _ difference: Double) -> PowerAnswer {
        let method = "paired comparison, standard error scaled from a pilot of \(Wording.count(pilot, "row"))"
        let goal =
            margin.map { "To show that the candidate's AUC is not worse by \(ToolNumber.plain($0))" }
            ?? "To see that the candidate's AUC is \(ToolNumber.plain(difference)) higher"
        let found = AUCPrecision.pairedRows(
            pilotStandardError: error, pilotRows: pilot, margin: margin ?? 0, difference: difference, design: design)
        guard let total = found else {
            var answer = PowerAnswer(method: method, sentence: "\(goal) no number of rows is enough that one could wait for.")
            answer.reason = "too_many_rows"
            return answer
        }
        var answer = PowerAnswer(
            method: method,
            sentence:
                "\(goal) with \(powerWords) power you need \(Wording.grouped(total)) rows scored by both models\(inDays(total)).")
        (answer.total, answer.days) = (total, days(total: total))
        return answer
    }

    // MARK: Wording

    private func needed(_ goal: String, _ method: String, _ sizes: ArmSizes?, gap: String) -> PowerAnswer {
        guard let sizes else {
            var answer = PowerAnswer(method: method, sentence: "\(goal) no number of rows is enough: \(gap).")
            answer.reason = "no_rows_suffice"
            return answer
        }
        let rows =
            sizes.control == sizes.treatment
            ? "\(Wording.grouped(sizes.control)) rows per arm"
            : "\(Wording.grouped(sizes.control)) rows of the control and \(Wording.grouped(sizes.treatment)) of the treatment"
        var answer = PowerAnswer(
            method: method, sentence: "\(goal) with \(powerWords) power you need \(rows)\(inDays(sizes.total)).")
        answer.sizes = sizes
        answer.days = days(total: sizes.total)
        return answer
    }

    private var powerWords: String { Wording.compactPercent(design.power) }

    private func presentSizes(_ rows: Int) -> ArmSizes {
        let control = Int((Double(rows) * shares.control).rounded())
        return ArmSizes(control: control, treatment: rows - control)
    }

    /// Whole days; nil without a rate, or beyond what a calendar holds.
    private func days(total: Int) -> Int? {
        guard let perDay else { return nil }
        return Int(exactly: (Double(total) / perDay).rounded(.up))
    }

    private func inDays(_ total: Int) -> String {
        guard let perDay, let days = days(total: total) else { return "" }
        let rate = Int(exactly: perDay).map(Wording.grouped) ?? ToolNumber.plain(perDay)
        return "; at \(rate) rows a day, both arms together, that is \(Wording.count(days, "day"))"
    }
}

extension ArmSizes {
    fileprivate func answer(
        _ method: String, seen: String, from: String, design: ComparisonDesign, power: Double?,
        detectable: (below: Double?, above: Double?), days: Int?
    ) -> PowerAnswer {
        let rows = "\(Wording.grouped(control)) + \(Wording.grouped(treatment)) rows"
        let finding =
            seen.isEmpty
            ? "\(rows) can see no difference at all with \(Wording.compactPercent(design.power)) power."
            : "With \(rows) you can tell \(seen) from \(from) with \(Wording.compactPercent(design.power)) power; less than that stays unseen."
        var answer = PowerAnswer(
            method: method,
            sentence: finding + (power.map { " The difference you named would be seen with \(Wording.percent($0))." } ?? ""))
        answer.present = self
        answer.power = power
        answer.detectable = detectable
        answer.days = days
        return answer
    }
}
