import GatehouseCore
import Gates
import Promotions
import Rendering

extension ReviewScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        trail([
            ("Reviews", "/reviews"), ("\(subject)", Address.version(review.model, review.version)),
            ("promotion to \(promotion.to)", Address.promotion(promotion.id)),
        ])
        Tag.h1 { "Review \(subject) for \(promotion.to)" }
        live("review") {
            Tag.p(.class("finding")) {
                mark(review.state)
                ". "
                finding(at: visit.now)
            }
        }
        if let token { tokenNotice(token) }
        if let objection, review.state.isOpen { notice(.caution) { Tag.p { objection } } }
        asked(visit)
        if review.state == .requested, mayDecide { opening(visit) }
        evidenceBlock(visit)
        questionnaireBlock(visit)
        decision(visit)
        quorumBlock
        commentsBlock(visit)
    }

    // MARK: What is asked

    private func asked(_ visit: Visit) -> Markup {
        block("What is asked", id: "asked") {
            Tag.p { lines.sentence }
            facts(
                [
                    ("Asked for by", Markup(promotion.requestedBy.name)),
                    ("Why", Markup(promotion.requestReason.flatMap { $0.isEmpty ? nil : $0 } ?? "no reason given")),
                    ("Where", Markup("\(promotion.slot.environment)/\(promotion.slot.segment)")),
                    (
                        "Active there now",
                        champion.map { version in
                            Tag.a(
                                .href(
                                    Address.query(
                                        Address.model(review.model) + "/compare",
                                        [("a", version.description), ("b", review.version.description)]))
                            ) { "v\(version): what differs" }
                        } ?? Markup("nothing")
                    ),
                    ("Asked", moment(review.requestedAt, visit)), ("Ends", moment(review.expiresAt, visit)),
                ] + clocks(at: visit.now).map { ($0.name, Markup($0.value)) })
            Tag.p(.class("soft")) {
                "It is bound to what is there now (digest \(review.bindingDigest.short)): a change of artifact, results, policy or slot voids it."
            }
        }
    }

    private func opening(_ visit: Visit) -> Markup {
        block("Begin", id: "open") {
            form(Address.review(review.id) + "/open", visit) {
                Tag.p { "Opening it is recorded and starts the clock that the policy looks at." }
                submit("Open the review")
            }
        }
    }

    // MARK: Evidence

    @MarkupBuilder
    private func evidenceBlock(_ visit: Visit) -> Markup {
        let opened = review.evidenceOpened
        block("Evidence", id: "evidence") {
            Tag.p {
                "\(opened.count) of \(Review.Panel.allCases.count) panels looked at"
                review.state.isOpen ? "; which ones is recorded with the decision." : "."
            }
            for panel in Review.Panel.allCases {
                Tag.section(.id("panel-\(panel.rawValue)"), Attribute("tabindex", "-1")) {
                    Tag.h3 { Self.words(panel) }
                    if let shown = evidence.first(where: { $0.panel == panel }) {
                        self.panel(shown, visit)
                    } else if mayDecide, review.state != .requested {
                        form(Address.review(review.id) + "/panels/\(panel.rawValue)", visit) {
                            Tag.button(.type("submit")) { "Show: \(Self.words(panel))" }
                        }
                    } else {
                        Tag.p(.class("soft")) {
                            mayDecide ? "Open the review first." : "Not looked at by \(review.reviewer.name)."
                        }
                    }
                }
            }
        }
    }

    @MarkupBuilder
    private func panel(_ shown: ReviewEvidence, _ visit: Visit) -> Markup {
        if let time = review.evidenceOpened[shown.panel] {
            Tag.p(.class("soft")) {
                "Looked at "
                moment(time, visit)
            }
        }
        if shown.panel == .trials { trialsPanel(visit) } else { list(Array(shown.lines.prefix(Self.linesMax))) }
        if shown.panel == .groups {
            for (index, result) in shown.checks.prefix(2).enumerated() {
                if let chart = CheckCharts(result: result).blocks.first {
                    chart.markup(title: "By group", id: "group-\(index + 1)")
                }
            }
        }
        if shown.panel == .gates, !lines.isEmpty {
            checkTable("Gates", lines) { Address.check(promotion.id, $0.result.name) }
        }
    }

    // MARK: Who else

    private var quorumBlock: Markup {
        block("Who decides", id: "quorum") {
            Tag.p { "\(approvals) of \(Wording.count(required, "approval")) given. One rejection blocks the promotion." }
            table(
                "Who decides", others,
                [
                    .words("Reviewer") { other in
                        if other.id == review.id {
                            other.reviewer.name + " (this review)"
                        } else {
                            Tag.a(.href(Address.review(other.id))) { other.reviewer.name }
                        }
                    },
                    .words("State") { other in mark(other.state) },
                    .words("Asked") { other in shortMoment(other.requestedAt) },
                    .words("Decided") { other in
                        if let time = other.decidedAt { shortMoment(time) } else { Markup.absent }
                    },
                    .prose("Remarks") { other in
                        let flags = other.flags.map { "Flag: \($0.words)" }
                        let words = [other.reason, other.voidBecause].compactMap { $0 } + flags
                        words.isEmpty ? "–" : words.joined(separator: ". ")
                    },
                ])
        }
    }

    private func commentsBlock(_ visit: Visit) -> Markup {
        block("Comments", id: "comments") {
            if comments.isEmpty { Tag.p { "Nobody has commented." } }
            for comment in comments.suffix(Self.commentsMax) {
                Tag.article {
                    Tag.p(.class("soft")) {
                        comment.author.text
                        ", "
                        moment(comment.writtenAt, visit)
                    }
                    Tag.p { String(comment.text.prefix(2000)) }
                }
            }
            form(Address.review(review.id) + "/comments", visit) {
                textArea("text", "Comment", visit, hint: "Everybody who may read the review sees it.")
                submit("Comment")
            }
        }
    }
}
