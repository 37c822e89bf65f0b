import Access
import GatehouseCore
import Gates
import Promotions
import Registry
import Rendering

extension PoliciesScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        Tag.h1 { "Policies" }
        live("policies") {
            Tag.p(.class("finding")) { finding }
            if !proposals.isEmpty {
                block("Waiting for a second person", id: "proposals") { proposalTable(proposals, visit) }
            }
            block("In force", id: "in-force") {
                if rows.isEmpty {
                    empty(
                        "No policy was applied: every model lives under the server's default.",
                        command: "gatehouse policy apply policy.yaml")
                } else {
                    table("Policies in force", rows, Self.columns(visit))
                }
                if let next { Tag.p { Tag.a(.href(Address.query("/policies", [("after", next)]))) { "Next policies" } } }
            }
        }
        block("The server's default", id: "default", note: "For models that no policy above is for.") {
            PolicyRules(fallback.policy).markup
        }
        newPolicy(visit)
    }

    private var finding: String {
        let stale = rows.count { $0.staleness != nil }
        let parts = [
            Wording.count(rows.count, "policy is", "policies are") + " in force"
                + (next == nil ? "" : " on this page alone"),
            stale == 0 ? "none is stale" : Wording.count(stale, "is", "are") + " stale",
            proposals.isEmpty
                ? "no edit waits" : Wording.count(proposals.count, "edit waits", "edits wait") + " for a second person",
        ]
        return parts.joined(separator: ", ") + "."
    }

    private static func columns(_ visit: Visit) -> [Column<Row>] {
        [
            .words("For models") { row in Tag.a(.href(Address.policy(row.version.pattern))) { row.version.pattern } },
            .number("Version") { row in "\(row.version.number)" },
            .words("Enforcement") { row in row.version.document["enforcement"]?.stringValue ?? "–" },
            .words("Stakes") { row in row.version.document["stakes"]?.stringValue ?? "–" },
            .number("Reviewers") { row in
                row.version.document["review"]?["required"]?.integerValue.map { "\($0)" } ?? "–"
            },
            .words("Stale") { row in staleMark(row.staleness) },
            .words("Since") { row in shortMoment(row.version.applied) },
            .words("Written by") { row in row.version.appliedBy.text },
        ]
    }

    @MarkupBuilder
    private func newPolicy(_ visit: Visit) -> Markup {
        if visit.allows(.editPolicy(pattern: "*")) {
            Tag.details(.class("action"), visit.typed.optional("yaml") == nil ? nil : .isOpen) {
                Tag.summary { "Write a policy" }
                form("/policies", visit) {
                    Tag.p {
                        "It is checked whole and every problem is named with its line and column. It is in force at once, "
                        "unless the stakes are high: then a second policy-owner approves it first."
                    }
                    textArea(
                        "yaml", "Policy", visit, hint: "YAML; 'model' names the model or a pattern such as credit-*.",
                        value: "model: \nenforcement: enforce\n", rows: 16)
                    submit("Apply the policy")
                }
            }
        } else {
            Tag.p(.class("soft")) { "A policy is written by " + Permission.editPolicy(pattern: "*").neededRole + "." }
        }
    }
}

/// Proposals with what they are for, and who may look at them.
func proposalTable(_ proposals: [PolicyProposal], _ visit: Visit) -> Markup {
    table(
        "Proposals", proposals,
        [
            .words("For models") { proposal in Tag.a(.href(Address.proposal(proposal))) { proposal.pattern } },
            .words("Proposed by") { proposal in proposal.proposedBy.text },
            .words("Proposed") { proposal in moment(proposal.proposed, visit) },
            .words("Open until") { proposal in moment(proposal.expires, visit) },
        ])
}

func staleMark(_ staleness: PolicyStaleness?) -> Markup {
    guard let staleness else { return Tag.span(.class("soft")) { "no" } }
    return mark(staleness.blocks ? .bad : .caution, staleness.blocks ? "stale, blocks" : "stale", shape: "!")
}
