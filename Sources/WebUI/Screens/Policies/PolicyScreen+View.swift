import Access
import GatehouseCore
import Gates
import Promotions
import Registry
import Rendering

extension PolicyScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Policies", "/policies")])
        Tag.h1 { version.reference }
        live("policy") {
            Tag.p(.class("finding")) { finding(visit) }
            standing(visit)
            if !proposals.isEmpty {
                block("Waiting for a second person", id: "proposals") { proposalTable(proposals, visit) }
            }
        }
        Tag.div(.class("columns")) {
            block("Rules", id: "rules") { PolicyRules(policy).markup }
            block("Source", id: "source", note: version.digest.description) {
                Tag.pre(.isFocusable) { Tag.code { String(version.text.prefix(Self.sourceBytesMax)) } }
                if version.text.utf8.count > Self.sourceBytesMax { Tag.p(.class("soft")) { "Its beginning only." } }
            }
        }
        block("Versions", id: "versions") { table("Versions", versions, columns(visit)) }
        block("Used by", id: "models") { usedBy }
        block("Change it", id: "change") { change(visit) }
    }

    private func finding(_ visit: Visit) -> String {
        let since = distance(from: visit.now, to: version.applied)
        guard isNewest else { return "An older version, applied \(since) by \(version.appliedBy.text)." }
        let force =
            switch policy.enforcement {
            case .enforce: "In force"
            case .warn: "Warns only"
            case .off: "Switched off"
            }
        return "\(force) since \(dayAndMinute(version.applied)), \(Wording.count(policy.checks.count, "check")); "
            + (staleness == nil ? "not stale." : "stale: " + (staleness?.reasons.joined(separator: "; ") ?? "") + ".")
    }

    @MarkupBuilder
    private func standing(_ visit: Visit) -> Markup {
        if let staleness {
            notice(staleness.blocks ? .bad : .caution) {
                Tag.p {
                    staleMark(staleness)
                    staleness.blocks
                        ? " Promotions are refused until somebody confirms that these rules still hold."
                        : " Somebody should look whether these rules still hold, and confirm or change them."
                }
            }
        }
        if let confirmation {
            Tag.p(.class("soft")) {
                "Confirmed by \(confirmation.confirmedBy.text) on \(dayAndMinute(confirmation.confirmed)), until "
                "\(dayAndMinute(confirmation.until))."
            }
        }
    }

    private func columns(_ visit: Visit) -> [Column<PolicyVersion>] {
        [
            .words("Version") { one in
                Tag.a(.href(Address.query(Address.policy(one.pattern), [("version", "\(one.number)")]))) { one.reference }
            },
            .words("Applied") { one in moment(one.applied, visit) },
            .words("Written by") { one in one.appliedBy.text },
            .words("Against the one before") { one in
                Tag.a(.href(Address.policyDiff(one.pattern, from: nil, to: "\(one.number)"))) { "what it changed" }
            },
        ]
    }

    @MarkupBuilder
    private var usedBy: Markup {
        if models.isEmpty {
            empty("No registered model has this name, or fits the pattern without a policy closer to it.")
        } else {
            Tag.ul { for model in models { Tag.li { Tag.a(.href(Address.model(model))) { model.text } } } }
            if models.count == Self.modelsMax { Tag.p(.class("soft")) { "The first \(Self.modelsMax)." } }
        }
    }

    @MarkupBuilder
    private func change(_ visit: Visit) -> Markup {
        Tag.p {
            editors.isEmpty ? "Nobody may change it. " : "These may: " + Wording.list(editors, max: Self.editorsMax) + ". "
            if !visit.allows(permission) { "It takes " + permission.neededRole + "." }
        }
        if visit.allows(permission) {
            edit(visit)
            if isNewest {
                actionForm(
                    Address.policy(version.pattern) + "/confirm", visit, title: "Confirm that it still holds",
                    consequence: "\(version.reference) is not stale until the day below, or for a year.", button: "Confirm"
                ) { textField("until", "Until", visit, type: "date", isRequired: false) }
            }
        }
    }

    private func edit(_ visit: Visit) -> Markup {
        let takesTwo = policy.stakes == .high
        return Tag.details(.class("action"), visit.typed.optional("yaml") == nil ? nil : .isOpen) {
            Tag.summary { "Write a new version" }
            form(Address.policy(version.pattern) + "/edit", visit) {
                Tag.p {
                    takesTwo
                        ? "The stakes are high: it becomes a proposal, and is in force once a second policy-owner approves it."
                        : "It is in force at once for \(version.pattern), and every promotion from now on is judged by it."
                }
                textArea(
                    "yaml", "Policy", visit, hint: "Every problem is named with its line and column.", value: version.text,
                    rows: 24)
                Tag.div(.class("actions")) {
                    Tag.button(.type("submit"), Attribute("formaction", Address.policy(version.pattern) + "/try")) {
                        "Try it on past versions"
                    }
                    submit(takesTwo ? "Propose" : "Apply")
                }
            }
        }
    }
}
