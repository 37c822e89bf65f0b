import GatehouseCore
import Gates
import Rendering

/// A policy in words: what it asks of a version on its way to Production, in the order of that way.
struct PolicyRules: Sendable, Equatable {
    struct Part: Sendable, Equatable {
        let title: String
        let sentences: [String]
    }

    struct Check: Sendable, Equatable {
        let name: String
        /// What it asks, and what happens where it says no.
        let sentence: String
        /// `min_absolute_auc 0.82: The least AUC.`
        let settings: [String]
    }

    let before: [Part]
    let checks: [Check]
    let after: [Part]

    init(_ policy: Policy) {
        before = [
            Part(title: "Force", sentences: Self.force(policy)),
            Part(title: "Registration", sentences: Self.registration(policy)),
            Part(title: "Evaluation", sentences: Self.evaluation(policy.evaluation)),
        ].filter { !$0.sentences.isEmpty }
        checks = policy.checks.map(Self.check)
        after = [
            Part(title: "Shadow", sentences: Self.shadow(policy.shadow)),
            Part(title: "Review", sentences: Self.review(policy)),
            Part(title: "Rollout", sentences: Self.rollout(policy.rollout)),
            Part(title: "Slots", sentences: Self.slots(policy)),
        ].filter { !$0.sentences.isEmpty }
    }

    @MarkupBuilder
    var markup: Markup {
        for part in before { Self.markup(part) }
        Tag.h3 { "Checks" }
        if checks.isEmpty { Tag.p { "None: nothing is measured." } }
        Tag.ul {
            for check in checks {
                Tag.li {
                    Tag.strong { check.name }
                    " " + check.sentence
                    if !check.settings.isEmpty {
                        Tag.details {
                            Tag.summary { Wording.count(check.settings.count, "setting") }
                            list(check.settings)
                        }
                    }
                }
            }
        }
        for part in after { Self.markup(part) }
    }

    @MarkupBuilder
    private static func markup(_ part: Part) -> Markup {
        Tag.h3 { part.title }
        list(part.sentences)
    }

    // MARK: - Before and while it is evaluated

    private static func force(_ policy: Policy) -> [String] {
        let enforcement =
            switch policy.enforcement {
            case .enforce: "A move that does not meet these rules is refused."
            case .warn: "A move that does not meet these rules is let through, and what would have been refused is recorded."
            case .off: "Nothing is asked: moves are let through."
            }
        let stakes = policy.stakes == .high ? ["The stakes are high: an edit of these rules takes a second person."] : []
        let reviewBy = policy.reviewBy.map { ["Somebody confirms these rules by \(dayAndMinute($0))."] } ?? []
        let improvement = policy.reviewAfterImprovement.map {
            ["They are stale once a promoted version improved its metric by more than \(number($0))."]
        }
        let stale = policy.stale == .block ? ["While they are stale, promotions are refused."] : []
        return [enforcement] + stakes + reviewBy + (improvement ?? []) + stale
    }

    private static func registration(_ policy: Policy) -> [String] {
        guard !policy.requiredFacts.isEmpty else { return [] }
        let facts = policy.requiredFacts.map { $0.rawValue.replacing("_", with: " ") }
        return ["A version names its " + facts.joined(separator: ", ") + "."]
    }

    private static func evaluation(_ rules: EvaluationRules) -> [String] {
        var sentences = ["A result counts for \(rules.maxAge.words)."]
        if let dataset = rules.dataset {
            let label = rules.label.map { ", label \($0)" } ?? ""
            sentences.insert(
                "Measured on \(dataset)\(label); a score of \(number(rules.decisionThreshold)) or more is a positive decision.",
                at: 0)
        }
        if !rules.groups.isEmpty {
            let groups = rules.groups.joined(separator: ", ")
            sentences.append("By \(groups)\(rules.intersections ? " and every combination of them" : "").")
        }
        sentences.append(
            rules.inconclusiveBlocks ? "A check that cannot tell keeps the version out." : "A check that cannot tell only warns.")
        return sentences
    }

    private static func check(_ check: CheckConfiguration) -> Check {
        let force = check.enforcement == .block ? "" : " It only warns."
        switch check.kind {
        case .builtIn(let gate, let settings):
            guard let descriptor = GateCatalog.gate(named: gate)?.descriptor else {
                return Check(name: check.name, sentence: "is not known here.", settings: [])
            }
            let rows = descriptor.parameters.compactMap { parameter in
                settings.values[parameter.name].map { "\(parameter.name) \($0.text): \(parameter.summary)" }
            }
            return Check(name: check.name, sentence: descriptor.summary + force, settings: rows)
        case .custom(let custom):
            return Check(
                name: check.name, sentence: Self.custom(custom.kind) + " It has \(custom.timeout.words)." + force,
                settings: [])
        }
    }

    private static func custom(_ kind: CustomCheck.Kind) -> String {
        switch kind {
        case .command(let words): "A program answers: \(words.joined(separator: " "))."
        case .url(let url): "A service answers: \(url)."
        case .evidence: "Somebody posts evidence for these very bytes."
        case .card(let document, let fields):
            "The \(document) card is there" + (fields.isEmpty ? "." : ", with " + fields.joined(separator: ", ") + ".")
        case .attestation: "Somebody attests it by name."
        case .robustness(let noise, let shift):
            "Scores move by at most \(number(shift)) on average when inputs are off by \(Wording.compactPercent(noise))."
        }
    }

    // MARK: - Before and in Production

    private static func shadow(_ rules: ShadowRules?) -> [String] {
        guard let rules else { return [] }
        return [
            "\(Wording.compactPercent(rules.fraction)) of requests are mirrored for at least \(rules.minDuration.words) and "
                + "\(Wording.grouped(rules.minRequests)) requests, \(Wording.compactPercent(rules.minCoverage)) of them answered.",
            "At most \(Wording.compactPercent(rules.maxDisagreement)) of decisions differ from the champion's.",
        ]
    }

    private static func review(_ policy: Policy) -> [String] {
        let rules = policy.review
        let needed = policy.reviewersRequired
        guard needed > 0 else { return ["Nobody needs to approve."] }
        let team = rules.reviewers.isEmpty ? "anybody who may review" : rules.reviewers.joined(separator: ", ")
        var sentences = [
            "\(Wording.count(needed, "approval")) by \(team) within \(rules.expires.words); none by whoever made the "
                + "version or asks for it.",
            "Approvals within \(rules.flagAfterOpening.words) of opening or \(rules.flagAfterRequest.words) of the "
                + "request are flagged.",
        ]
        if !rules.refusedFlags.isEmpty {
            let flags = rules.refusedFlags.map { $0.rawValue.replacing("_", with: " ") }.sorted()
            sentences.append("Refused when flagged: \(flags.joined(separator: ", ")).")
        }
        return sentences
    }

    private static func rollout(_ rules: RolloutRules?) -> [String] {
        guard let rules else { return [] }
        let steps = rules.steps.map { "\($0) %" }.joined(separator: ", ")
        let limits = rules.rollbackOn.sorted { $0.key < $1.key }
            .map { limit($0.key, $0.value) }
        return [
            "Traffic goes to \(steps); each step lasts at least \(rules.stepMinDuration.words) and "
                + "\(Wording.grouped(rules.stepMinRequests)) requests, at most \(rules.stepMaxDuration.words).",
            "It is watched for \(rules.bake.words) after the last step.",
        ] + (limits.isEmpty ? [] : ["It goes back on " + limits.joined(separator: ", ") + "."])
    }

    /// `error rate over 1 %`, `p95 over 5,000 ms`, `prediction PSI over 0.25`
    private static func limit(_ key: String, _ value: Double) -> String {
        let name = MetricWords.name(key.hasSuffix("_ms") ? String(key.dropLast(3)) : key)
        let text =
            key.hasSuffix("_ms") ? latencyWords(value) : key.hasSuffix("_rate") ? Wording.compactPercent(value) : number(value)
        return name + " over " + text
    }

    private static func slots(_ policy: Policy) -> [String] {
        var sentences: [String] = []
        if !policy.segments.isEmpty { sentences.append("Segments: \(policy.segments.joined(separator: ", ")).") }
        if policy.noDefaultSegment { sentences.append("A segment without a version of its own is not served.") }
        sentences.append(
            policy.protectedAlias.map { "The alias \($0) stands for Production and moves with it." }
                ?? "No alias stands for Production.")
        return sentences
    }

    private static func number(_ value: Double) -> String { JSONValue.number(value).canonicalText }
}
