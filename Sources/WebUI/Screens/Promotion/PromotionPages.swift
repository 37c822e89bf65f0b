import GatehouseCore

/// Promotions and the checks behind them.
struct PromotionPages {
    func add(to pages: Pages) {
        pages.page("promotions") { page in try await PromotionsScreen.load(page) }
        pages.page("promotions/:id") { page in try await PromotionScreen.load(page) }
        pages.page("promotions/:id/checks/:name") { page in try await CheckScreen.load(page) }
        pages.form(
            "promotions/:id/withdraw", { page, form in try await PromotionScreen.withdraw(page, form) },
            reload: { page in try await PromotionScreen.load(page) })
        pages.form(
            "promotions/:id/again", { page, form in try await PromotionScreen.askAgain(page, form) },
            reload: { page in try await PromotionScreen.load(page) })
        pages.form(
            "promotions/:id/evaluate", { page, _ in try await PromotionScreen.evaluate(page) },
            reload: { page in try await PromotionScreen.load(page) })
        pages.form(
            "promotions/:id/checks/:name/waiver", { page, form in try await CheckScreen.askWaiver(page, form) },
            reload: { page in try await CheckScreen.load(page) })
        pages.form(
            "promotions/:id/checks/:name/waivers/:waiver/approve",
            { page, form in try await CheckScreen.approveWaiver(page, form) },
            reload: { page in try await CheckScreen.load(page) })
        pages.form(
            "promotions/:id/checks/:name/waivers/:waiver/revoke",
            { page, form in try await CheckScreen.revokeWaiver(page, form) },
            reload: { page in try await CheckScreen.load(page) })
    }
}
