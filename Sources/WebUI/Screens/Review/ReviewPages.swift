import Access
import GatehouseCore
import Gates
import HTTPAPI
import HTTPTypes
import Hummingbird
import Promotions

/// Reviews: what waits, and deciding one.
struct ReviewPages {
    func add(to pages: Pages) {
        pages.page("reviews") { page in try await ReviewInboxScreen.load(page) }
        pages.page("reviews/:id") { page in try await ReviewScreen.load(page) }
        func form(_ path: String, _ act: @escaping @Sendable (PageRequest, Form) async throws -> String) {
            pages.form(path, act, reload: { page in try await ReviewScreen.load(page) })
        }
        form("reviews/:id/open") { page, _ in
            let caller = try page.caller(who: .read)
            let review = try await page.services.reviews.open(page.segment("id"), by: caller)
            return Address.review(review.id) + "#evidence"
        }
        form("reviews/:id/panels/:panel") { page, _ in
            let caller = try page.caller(who: .read)
            let (id, name) = (try page.segment("id"), try page.segment("panel"))
            guard let panel = Review.Panel(rawValue: name) else {
                throw GatehouseError(.invalidArgument, "There is no panel '\(name.prefix(80))'.")
            }
            _ = try await page.services.reviews.recordEvidence(id, panel, by: caller)
            return Address.review(id) + "#panel-\(panel.rawValue)"
        }
        form("reviews/:id/trials") { page, form in
            let caller = try page.caller(who: .read)
            let id = try page.segment("id")
            _ = try await page.services.reviews.tryRow(id, ReviewScreen.trialInput(in: form), by: caller)
            return Address.review(id) + "#panel-\(Review.Panel.trials.rawValue)"
        }
        form("reviews/:id/approve") { page, form in
            let caller = try page.caller(who: .read)
            let token = try form.required("token", label: "Token")
            let review = try await page.services.reviews.approve(page.segment("id"), token: token, by: caller)
            return Address.review(review.id)
        }
        form("reviews/:id/reject") { page, form in
            let caller = try page.caller(who: .read)
            let review = try await page.services.reviews.reject(page.segment("id"), reason: form["reason"], by: caller)
            return Address.review(review.id)
        }
        form("reviews/:id/comments") { page, form in
            let caller = try page.caller(who: .read)
            let id = try page.segment("id")
            _ = try await page.services.reviews.comment(id, form["text"], by: caller)
            return Address.review(id) + "#comments"
        }
        // The token is shown once, and only its digest is kept: it cannot wait behind a redirection.
        pages.post("reviews/:id/answers") { page, form in
            let caller = try page.caller(who: .read)
            do {
                let answered = try await page.services.reviews.answer(
                    page.segment("id"),
                    QuestionnaireAnswers(texts: ReviewScreen.answers(in: form), acknowledged: form.all("limitation")), by: caller)
                return page.answer(once: try await ReviewScreen.load(page, token: answered.token.text))
            } catch let error as GatehouseError where error.code.httpStatus < 500 && error.code != .unauthenticated {
                return page.answer(try await ReviewScreen.load(page), problem: error, form)
            }
        }
    }
}
