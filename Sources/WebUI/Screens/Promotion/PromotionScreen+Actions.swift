import Access
import GatehouseCore
import HTTPAPI
import Promotions
import Rendering
import Storage

extension PromotionScreen {
    func actions(_ visit: Visit) -> Markup {
        block("Actions", id: "actions") {
            switch promotion.state {
            case .evaluating: withdrawal(visit)
            case .awaitingReview:
                withdrawal(visit)
                evaluateAgain(promotion, visit)
            case .blocked, .withdrawn:
                askAgain(visit)
                evaluateAgain(promotion, visit)
            case .approved: evaluateAgain(promotion, visit)
            }
            Tag.p {
                Tag.a(.href(Address.version(promotion.model, promotion.version) + "#promote")) {
                    "Open another promotion of \(subject)"
                }
            }
            if let evaluation { commandLine("gatehouse evaluation show \(evaluation.id)") }
        }
    }

    @MarkupBuilder
    private func withdrawal(_ visit: Visit) -> Markup {
        if mayWithdraw {
            actionForm(
                Address.promotion(promotion.id) + "/withdraw", visit, title: "Withdraw this promotion",
                consequence:
                    "\(subject) stays where it is. Reviews that are open end, and approvals that were given count no more. It can be asked for again.",
                button: "Withdraw the promotion", isDangerous: true, scope: "withdraw-")
        } else {
            Tag.p { "Whoever asked for it can withdraw it, and everybody who may make this move." }
        }
    }

    /// Whatever kept it out may be mended by now.
    private func askAgain(_ visit: Visit) -> Markup {
        let what =
            promotion.to == .production
            ? "The newest evaluation, waivers and shadow evidence are looked at anew; when nothing but approvals is missing, reviewers are asked."
            : "All checks are run again first, unless the newest evaluation passed and still holds."
        return actionForm(
            Address.promotion(promotion.id) + "/again", visit, title: "Ask for \(promotion.to) again",
            consequence: "This opens another promotion of \(subject), and this one stays as it is. \(what)",
            button: "Ask again", reasonIsRequired: false, scope: "again-")
    }

    // MARK: By the rules of the API's routes

    static func withdraw(_ page: PageRequest, _ form: Form) async throws -> String {
        let caller = try page.caller(who: .read)
        let withdrawn = try await page.services.promotions.withdraw(
            page.segment("id"), reason: form.required("reason", label: "Reason"), by: caller)
        return Address.promotion(withdrawn.id)
    }

    /// Opens a promotion to the same place.
    static func askAgain(_ page: PageRequest, _ form: Form) async throws -> String {
        let caller = try page.caller(who: .read)
        let id = try page.segment("id")
        let earlier = try await page.services.store.read { tx in try tx.requiredPromotion(id) }
        let promotion = try await page.services.promotions.open(
            earlier.model, earlier.version, to: earlier.to, in: earlier.slot, by: caller, reason: form.optional("reason"))
        page.services.wake()
        return Address.promotion(promotion.id)
    }

    /// Measures the version anew.
    static func evaluate(_ page: PageRequest) async throws -> String {
        _ = try page.caller(who: .read)
        let id = try page.segment("id")
        let promotion = try await page.services.store.read { tx in try tx.requiredPromotion(id) }
        let caller = try page.caller(who: .evaluate(promotion.model))
        _ = try await page.services.evaluations.open(promotion.model, promotion.version, by: caller.principal)
        page.services.wake()
        return Address.promotion(id) + "#gates"
    }
}

/// Runs all checks of a promotion's version again: what an approval is bound to is the whole result.
@MarkupBuilder
func evaluateAgain(_ promotion: Promotion, _ visit: Visit) -> Markup {
    let permission = Permission.evaluate(promotion.model)
    if visit.allows(permission) {
        form(Address.promotion(promotion.id) + "/evaluate", visit) {
            Tag.p {
                "Evaluate again: all checks of the policy in force are run on \(promotion.model) v\(promotion.version) once more. "
                promotion.state == .awaitingReview
                    ? "Reviewers answer for the present result: a new one voids their reviews and blocks this promotion."
                    : "This promotion stays as it is."
            }
            submit("Evaluate again")
        }
    } else {
        Tag.p { "To evaluate it again takes \(permission.neededRole)." }
    }
}
