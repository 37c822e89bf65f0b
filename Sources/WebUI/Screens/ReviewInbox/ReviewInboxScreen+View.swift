import GatehouseCore
import Promotions
import Rendering

extension ReviewInboxScreen {
    @MarkupBuilder
    func content(_ visit: Visit) -> Markup {
        Tag.h1 { "Reviews" }
        live("reviews") {
            Tag.p(.class("finding")) { finding(at: visit.now) }
            Tag.nav(.class("filter"), .label("Which reviews")) {
                for option in Shown.allCases {
                    Tag.a(
                        .class("button"), .href("/reviews?state=\(option.rawValue)"),
                        option == shown ? Attribute("aria-current", "true") : nil
                    ) { option.words }
                }
            }
            if rows.isEmpty {
                empty(
                    "No review is \(shown.words). A reviewer is asked when nothing is missing for production but approvals.",
                    command: "gatehouse review list")
            } else {
                table("Reviews \(shown.words)", rows, columns(visit))
                if hasMore { Tag.p { "There are more than \(Self.reviewsMax); these are the newest." } }
            }
        }
    }

    private func finding(at now: Timestamp) -> String {
        guard mine > 0 else { return "Nothing waits for you." }
        let waits = "\(Wording.count(mine, "review")) \(mine == 1 ? "waits" : "wait") for you."
        guard shown == .mine, let first = rows.first else { return waits }
        let review = first.review
        return waits + " Due first: \(review.model) v\(review.version), \(distance(from: now, to: review.expiresAt))."
    }

    private func columns(_ visit: Visit) -> [Column<Row>] {
        [
            .words("Version") { row in
                Tag.a(.href(Address.review(row.review.id))) { "\(row.review.model) v\(row.review.version)" }
            },
            .words("Target") { row in "\(row.promotion.slot.environment)/\(row.promotion.slot.segment)" },
            .words("State") { row in mark(row.review.state) },
            .words("Asked") { row in
                Tag.span(.class("soft")) { distance(from: visit.now, to: row.review.requestedAt) }
            },
            .words(shown == .over ? "Decided" : "Due") { row in
                if shown == .over {
                    if let time = row.review.decidedAt { moment(time, visit) } else { Markup.absent }
                } else {
                    moment(row.review.expiresAt, visit)
                }
            },
            .number("Quorum") { row in "\(row.approvals)/\(row.required)" },
            .words("Reviewer") { row in row.review.reviewer.name },
            .prose("Waits also for") { row in row.waitsAlso.isEmpty ? "nobody" : row.waitsAlso.joined(separator: ", ") },
        ]
    }
}
