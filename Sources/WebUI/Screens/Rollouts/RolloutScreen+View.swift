import Access
import AuditLog
import GatehouseCore
import Promotions
import Registry
import Rendering
import Rollouts
import Serving

extension RolloutScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([
            ("Traffic", "/traffic"),
            ("Rollouts of \(rollout.slot.model)", Address.query("/rollouts", [("model", rollout.slot.model.text)])),
        ])
        Tag.h1 { "Rollout of \(name)\(slotWords)" }
        live("rollout") {
            Tag.p(.class("finding")) {
                RolloutWords.mark(machine.phase)
                " "
                finding
            }
            if let next = next(at: visit.now) { Tag.p { next } }
            steps
            Report.Block.shares(shares).markup(title: shares.caption, id: "split")
            Tag.p(.class("soft")) { "What is asked for is a share of the units; some units ask more often than others." }
            guardrails
            sequences
        }
        actions(visit)
        live("rollout-record") {
            record(visit)
            about(visit)
        }
    }

    /// Where it is not the usual place.
    private var slotWords: String {
        let slot = rollout.slot
        return slot == Slot(model: slot.model) ? "" : " in \(slot.environment), segment \(slot.segment)"
    }

    // MARK: - Steps

    private enum Place { case done, now, toCome, wentBack }

    private var steps: Markup {
        Tag.ol(.class("steps"), .label("Steps")) {
            for (index, percent) in plan.steps.enumerated() {
                step("\(percent) %", place(of: index), "at least \(RolloutWords.time(Int64(plan.stepMinSeconds)))")
            }
            step("bake", place(of: plan.steps.count), "at least \(RolloutWords.time(Int64(plan.bakeSeconds)))")
        }
    }

    private func place(of index: Int) -> Place {
        let present: Int
        switch machine.phase {
        case .promoted: return .done
        case .pending: return .toCome
        case .rolledBack: return index < machine.step ? .done : index == machine.step ? .wentBack : .toCome
        case .baking: present = plan.steps.count
        case .observing: present = machine.step
        case .held, .needsHuman: present = machine.interrupted == .baking ? plan.steps.count : machine.step
        }
        return index < present ? .done : index == present ? .now : .toCome
    }

    private func step(_ title: String, _ place: Place, _ detail: String) -> Markup {
        let (shape, word) =
            switch place {
            case .done: ("✓", "done")
            case .now: ("◌", "now")
            case .toCome: ("○", rollout.endedAt == nil ? "to come" : "not reached")
            case .wentBack: ("↩", "went back here")
            }
        return Tag.li(place == .now ? Attribute("aria-current", "step") : nil) {
            Tag.span(.isHidden) { shape + " " }
            Tag.strong { title }
            Tag.span(.class("soft")) { " \(word), \(detail)" }
        }
    }

    private var seenLabel: String { rollout.endedAt == nil ? "Seen in this step" : "Seen in the last step" }

    /// What gateways are told, and how the requests of this step fell.
    private var shares: ShareChart {
        let counts = machine.counts
        let (old, new) = (counts.champion.rates.requests, counts.challenger.rates.requests)
        let asked = Double(machine.percent) / 100
        func parts(_ share: Double) -> [ShareChart.Part] {
            [.init("v\(rollout.champion)", 1 - share), .init("v\(rollout.version)", share)]
        }
        let seen =
            old + new > 0
            ? ShareChart.Row(
                seenLabel, parts(Double(new) / Double(old + new)),
                note: "of \(Wording.count(old + new, "request"))")
            : ShareChart.Row(seenLabel, [], note: "no request was counted in this step yet")
        return ShareChart(
            "Who answers",
            rows: [
                .init(
                    "Asked for", parts(asked), note: machine.phase == .rolledBack ? "last known good: v\(rollout.champion)" : ""),
                seen,
            ])
    }

    // MARK: - Limits

    private var guardrails: Markup {
        block("Limits", id: "limits") {
            if checks.isEmpty {
                empty("No limit was measured.")
            } else {
                table(
                    rollout.endedAt == nil ? "Limits in this step" : "Limits when it was last decided", checks,
                    [
                        .words("Limit on") { RolloutWords.name($0.name, plan.limits) },
                        .words("Verdict") { RolloutWords.mark($0.verdict) },
                        .number("v\(rollout.version)") { check in Self.number(check.value, check.name) },
                        .number("v\(rollout.champion)") { check in Self.number(check.champion, check.name) },
                        .number("Limit") { check in
                            if let limit = check.limit { "≤ " + RolloutWords.number(limit, check.name) } else { Markup.absent }
                        },
                        .number("n") { Wording.grouped($0.rows) },
                        .number("Needed") { check in
                            if check.rowsNeeded > 0 { Wording.grouped(check.rowsNeeded) } else { Markup.absent }
                        },
                        .prose("Why") { $0.reason },
                    ])
            }
            if machine.phase == .rolledBack, !checks.contains(where: { $0.verdict == .harm }) {
                Tag.p(.class("soft")) { "As they were read last; what was proven or ordered is said above." }
            }
            if rollout.endedAt == nil {
                Tag.p { "It goes back to v\(rollout.champion) by itself as soon as one of these is proven:" }
                list(RolloutWords.limits(plan.limits))
                Tag.p(.class("soft")) {
                    "A version that is as good as the one before it is sent back in at most "
                        + "\(Wording.compactPercent(plan.falseRollbackRate)) of rollouts. Where both versions fail alike it does not go back."
                }
            }
        }
    }

    @MarkupBuilder
    private static func number(_ value: Double?, _ name: RolloutCheck.Name) -> Markup {
        if let value { RolloutWords.number(value, name) } else { Markup.absent }
    }

    private var sequences: Markup {
        block(
            "Failures, as data come in", id: "sequence",
            note:
                "The bands hold at any time with 95 % (confidence sequences, Robbins 1970), however often one looks; the machine "
                + "asks for more before it goes back. Added up since the rollout began, by the minute."
        ) {
            if course.failures.isEmpty {
                empty("No request of v\(rollout.version) has been counted yet.")
            } else {
                Report.Block.band(failureChart).markup(title: failureChart.caption, id: "failures")
            }
            if !course.differences.isEmpty {
                Report.Block.band(differenceChart).markup(title: differenceChart.caption, id: "difference")
            }
        }
    }

    private var failureChart: BandChart {
        BandChart(
            "Share of v\(rollout.version)'s requests that failed", xTitle: "requests of v\(rollout.version)", yTitle: "failed, %",
            points: course.failures, lines: plan.limits.errorRate.map { [.init("limit", $0 * 100)] } ?? [], decimals: 2)
    }

    private var differenceChart: BandChart {
        BandChart(
            "v\(rollout.version) less v\(rollout.champion) at the same time", xTitle: "requests of v\(rollout.version)",
            yTitle: "difference, percentage points", points: course.differences, lines: [.init("no difference", 0)], decimals: 2)
    }

    // MARK: - Orders

    @MarkupBuilder
    private func actions(_ visit: Visit) -> Markup {
        if !orders.isEmpty {
            block("Decide", id: "decide") {
                let allowed = orders.filter { visit.allows($0.permission(in: rollout.slot)) }
                for order in allowed {
                    actionForm(
                        "\(Address.rollout(rollout.id))/\(order.rawValue)", visit, title: order.words,
                        consequence: consequence(order),
                        button: order.words, isDangerous: order == .rollBack, reasonIsRequired: order.reasonIsRequired,
                        scope: order.rawValue + "-")
                }
                if allowed.count < orders.count {
                    Tag.p {
                        for order in orders where !visit.allows(order.permission(in: rollout.slot)) {
                            "\(order.words): that takes \(order.permission(in: rollout.slot).neededRole). "
                        }
                    }
                }
            }
        }
        if machine.phase == .promoted {
            Tag.p {
                "To return to v\(rollout.champion), roll the endpoint back: "
                Tag.a(.href("/traffic")) { "Traffic" }
            }
        }
    }

    // MARK: - Record

    private func record(_ visit: Visit) -> Markup {
        block("What happened", id: "events") {
            table(
                "What happened", events,
                [
                    .words("When") { moment($0.event.at, visit) },
                    .words("What") { RolloutWords.event($0.event.what) },
                    .number("Share") { "\($0.event.percent) %" },
                    .prose("Why") { item in
                        item.entry.flatMap { $0.reason.isEmpty ? nil : $0.reason } ?? item.event.verdict.reason
                    },
                    .words("By") { item in
                        if let entry = item.entry { entry.principal.text } else { Markup.absent }
                    },
                    .words("Record") { item in
                        if let sequence = item.event.auditEntry {
                            Tag.a(.href(Address.audit(sequence))) { "entry \(sequence)" }
                        } else {
                            Markup.absent
                        }
                    },
                ])
        }
    }

    private func about(_ visit: Visit) -> Markup {
        block("About it", id: "about") {
            facts([
                ("Version", Tag.a(.href(Address.version(rollout.slot.model, rollout.version))) { "v\(rollout.version)" }),
                ("Beside", Tag.a(.href(Address.version(rollout.slot.model, rollout.champion))) { "v\(rollout.champion)" }),
                ("Opened by", Markup(rollout.openedBy.text)), ("Opened", moment(rollout.openedAt, visit)),
                ("Ended", rollout.endedAt.map { moment($0, visit) } ?? Markup("it goes on")),
                ("Each step", Markup(stepWords)),
                ("Left out", Markup(machine.leftOut == 0 ? "nothing" : Wording.count(machine.leftOut, "measurement"))),
            ])
            Tag.h3 { "What the steps can see" }
            list(rollout.power)
            commandLine("gatehouse rollout watch \(rollout.id)")
        }
    }

    private var stepWords: String {
        "\(RolloutWords.time(Int64(plan.stepMinSeconds))) to \(RolloutWords.time(Int64(plan.stepMaxSeconds))), "
            + "\(Wording.count(plan.stepMinRequests, "request")) per version"
    }
}

extension RolloutsScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([("Traffic", "/traffic")])
        Tag.h1 { model.map { "Rollouts of \($0)" } ?? "Rollouts" }
        filterByModel("/rollouts", model, onlyOpen: onlyOpen)
        live("rollouts") {
            Tag.p(.class("finding")) { finding }
            if rollouts.isEmpty {
                empty(
                    "A promotion to Production starts a rollout where the policy has a rollout section and an endpoint serves the model.",
                    command: "gatehouse rollout start MODEL VERSION --reason \"…\"")
            } else {
                table("Rollouts", rollouts, Self.columns(visit))
                if rollouts.count == Self.rolloutsMax {
                    Tag.p(.class("soft")) { "The newest \(Self.rolloutsMax); name a model, or list more by command." }
                    commandLine("gatehouse rollout list --limit 1000")
                }
            }
        }
    }

    private var finding: String {
        let open = rollouts.filter { $0.endedAt == nil }
        let asking = open.filter { $0.machine.phase == .needsHuman }
        if rollouts.isEmpty { return onlyOpen ? "No rollout goes on." : "There was no rollout yet." }
        if !asking.isEmpty {
            return "\(Wording.count(asking.count, "rollout")) \(asking.count == 1 ? "asks" : "ask") for a decision."
        }
        return open.isEmpty ? "No rollout goes on." : "\(Wording.count(open.count, "rollout")) under way."
    }

    private static func columns(_ visit: Visit) -> [Column<Rollout>] {
        [
            .words("Rollout") { rollout in
                Tag.a(.href(Address.rollout(rollout.id))) { "\(rollout.slot.model) v\(rollout.version)" }
            },
            .words("State") { RolloutWords.mark($0.machine.phase) },
            .number("Share") { "\($0.machine.percent) %" },
            .words("Beside") { "v\($0.champion)" },
            .words("Slot") { ModelScreen.words($0.slot) },
            .words("Started") { shortMoment($0.openedAt) },
            .words("Ended") { rollout in
                if let ended = rollout.endedAt { shortMoment(ended) } else { Markup.absent }
            },
            .prose("Why") { $0.machine.verdict.reason },
        ]
    }
}
