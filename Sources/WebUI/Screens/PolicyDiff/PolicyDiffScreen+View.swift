import Access
import GatehouseCore
import Gates
import Promotions
import Registry
import Rendering

extension PolicyDiffScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Policies", "/policies"), (pattern, Address.policy(pattern))])
        Tag.h1 { "\(oldName) → \(subject.name)" }
        Tag.p(.class("finding")) { finding }
        decision(visit)
        block("What changes for a version", id: "changes") {
            if changes.isEmpty {
                empty("Nothing: both ask for the same, word for word or in other words.")
            } else {
                table("Rules that change", changes.sorted(by: Self.isBefore), Self.changeColumns)
            }
        }
        block("Replay", id: "replay", note: "Past evaluations judged again by the new rules. Nothing is measured anew.") {
            replayed(visit)
        }
        if let text, !text.lines.isEmpty {
            block("Text", id: "text") { textMarkup(text) }
        }
        if versions.count > 1 { choices }
    }

    private var finding: String {
        var sentences = [
            changes.isEmpty
                ? "Nothing changes."
                : "\(Wording.count(count(.looser), "rule gets", "rules get")) looser, \(count(.stricter)) stricter, "
                    + "\(count(.neutral)) otherwise different."
        ]
        if let replay, !replay.rows.isEmpty {
            let (newly, lost) = (replay.rows.count { $0.isNewlyIn }, replay.rows.count { $0.isNewlyOut })
            let open = replay.rows.count { $0.outcome == .undecided }
            sentences.append(
                "Of \(Wording.count(replay.rows.count, "past version")) of \(replay.model), \(newly) would pass that failed, "
                    + "\(lost) would fail that passed\(open == 0 ? "" : ", \(open) cannot be told without measuring").")
        }
        return sentences.joined(separator: " ")
    }

    // MARK: - The second person

    @MarkupBuilder
    private func decision(_ visit: Visit) -> Markup {
        if case .proposal(let proposal, let state) = subject {
            Tag.p {
                "Proposed by \(proposal.proposedBy.text), "
                moment(proposal.proposed, visit)
                "; it is \(state.rawValue)."
            }
            if state == .open { decide(proposal, visit) }
        }
        if case .draft = subject {
            Tag.p(.class("soft")) { "Nothing was stored: go back to change the draft, or apply it there." }
        }
    }

    @MarkupBuilder
    private func decide(_ proposal: PolicyProposal, _ visit: Visit) -> Markup {
        let address = "\(Address.policy(pattern))/proposals/\(Address.segment(proposal.id))"
        if !visit.allows(permission) {
            Tag.p { "It is approved by another person with " + permission.neededRole + "." }
        } else {
            Tag.div(.class("actions")) {
                if visit.caller?.principal != proposal.proposedBy {
                    Tag.details(.class("action")) {
                        Tag.summary { "Approve" }
                        form(address + "/approve", visit) {
                            Tag.p { "\(pattern) is judged by these rules at once. You answer for them beside who proposed them." }
                            Tag.input(.type("hidden"), .name("digest"), .value(proposal.digest.description))
                            submit("Approve and put in force")
                        }
                    }
                }
                Tag.details(.class("action")) {
                    Tag.summary { "Withdraw" }
                    form(address + "/withdraw", visit) {
                        Tag.p { "The proposal is over; what is in force stays." }
                        submit("Withdraw the proposal", isDangerous: true)
                    }
                }
            }
            if visit.caller?.principal == proposal.proposedBy {
                Tag.p(.class("soft")) { "You proposed it: another person with \(permission.neededRole) approves it." }
            }
        }
    }

    // MARK: - Rules

    /// What lets more in comes first: it is what a second person must not miss.
    private static func isBefore(_ one: PolicyChange, _ other: PolicyChange) -> Bool {
        func rank(_ effect: PolicyChange.Effect) -> Int {
            switch effect {
            case .looser: 0
            case .stricter: 1
            case .neutral: 2
            }
        }
        return (rank(one.effect), one.path) < (rank(other.effect), other.path)
    }

    private static var changeColumns: [Column<PolicyChange>] {
        [
            .words("Rule") { change in path(change.path) },
            .words("Effect") { change in mark(change.effect) },
            .prose("Before") { change in change.old.map { Markup($0) } ?? .absent },
            .prose("After") { change in change.new.map { Markup($0) } ?? .absent },
        ]
    }

    /// A rule's path, which may go on in the next line behind each of its dots.
    private static func path(_ path: String) -> Markup {
        Tag.code {
            for (index, name) in path.split(separator: ".").enumerated() {
                if index > 0 {
                    "."
                    Tag.wbr()
                }
                String(name)
            }
        }
    }

    private static func mark(_ effect: PolicyChange.Effect) -> Markup {
        switch effect {
        case .looser: shaped(.caution, "looser", "▼")
        case .stricter: shaped(.neutral, "stricter", "▲")
        case .neutral: Tag.span(.class("soft")) { "different" }
        }
    }

    private static func shaped(_ tone: Tone, _ word: String, _ shape: String) -> Markup { WebUI.mark(tone, word, shape: shape) }

    private func textMarkup(_ text: TextDiff) -> Markup {
        Tag.pre(.class("difference"), .isFocusable) {
            Tag.code {
                for line in text.lines {
                    switch line.kind {
                    case .same, .gap: "  \(line.text)\n"
                    case .removed: Tag.span(.class("bad")) { "− \(line.text)\n" }
                    case .added: Tag.span(.class("good")) { "+ \(line.text)\n" }
                    }
                }
                if text.left > 0 { "… and \(text.left) more lines\n" }
            }
        }
    }

    private var choices: Markup {
        Tag.form(.class("filter"), .method("get"), .action(Address.policy(pattern) + "/diff")) {
            Self.select("from", "Compare version", versions, chosen: old?.number)
            Self.select("to", "with", versions, chosen: subjectNumber)
            Tag.button(.type("submit")) { "Compare" }
        }
    }

    private var subjectNumber: VersionNumber? {
        if case .version(let version) = subject { version.number } else { nil }
    }

    private static func select(_ name: String, _ label: String, _ numbers: [VersionNumber], chosen: VersionNumber?) -> Markup {
        Tag.div {
            Tag.label(.for("choose-\(name)")) { label }
            Tag.select(.id("choose-\(name)"), .name(name)) {
                for number in numbers {
                    Tag.option(.value("\(number)"), number == chosen ? .isSelected : nil) { "\(number)" }
                }
            }
        }
    }
}
